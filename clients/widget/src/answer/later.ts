/** A task of its own, so that the page can react to the reader in between. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

const loaded = new WeakMap<Promise<unknown>, object>();

/** Uses a part at once if it is loaded; otherwise each use is a task, as many answers may wait for the part. */
export async function usePart<Part extends object>(part: Promise<Part>, use: (part: Part) => void): Promise<void> {
  const ready = loaded.get(part) as Part | undefined;
  if (ready) return use(ready);
  const arrived = await part;
  loaded.set(part, arrived);
  await nextTask();
  use(arrived);
}
