// Copy buttons of the reader: one on each block of code, and one that copies the page as Markdown.

const link = document.getElementById("markdown");
const texts = link.dataset;

for (const block of document.querySelectorAll("main pre")) {
  const frame = document.createElement("div");
  const button = addButton(frame, () => navigator.clipboard.writeText(block.innerText));
  frame.className = "code";
  button.setAttribute("aria-label", texts.code);
  block.replaceWith(frame);
  frame.prepend(block);
}

// Keyboards scroll only what can have the focus.
for (const block of document.querySelectorAll("main :is(pre, table)")) {
  if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
}

// A promise is the content, because Safari accepts no call that comes later than the click.
const button = addButton(link.parentElement, () =>
  navigator.clipboard.write([new ClipboardItem({ "text/plain": markdown() })]),
);
button.textContent = texts.copy;
link.remove();

async function markdown() {
  const response = await fetch(link.href);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return new Blob([await response.blob()], { type: "text/plain" });
}

function addButton(parent, copy) {
  const button = document.createElement("button");
  const status = document.createElement("span");
  button.type = "button";
  status.setAttribute("role", "status");
  parent.append(button, status);
  button.addEventListener("click", async () => {
    try {
      await copy();
      status.textContent = texts.copied;
    } catch {
      status.textContent = texts.failed;
    }
  });
  return button;
}
