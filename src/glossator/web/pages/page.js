// What scripts add to our pages: questions go to the component, and the reader has copy buttons.

const chat = document.querySelector("glossator-chat");

for (const form of document.querySelectorAll("form.ask")) {
  form.addEventListener("submit", (event) => {
    const question = form.elements.q.value.trim();
    if (question && askHere(question)) event.preventDefault();
  });
}
for (const link of document.querySelectorAll(".questions a")) {
  link.addEventListener("click", (event) => {
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!elsewhere && askHere(link.textContent)) event.preventDefault();
  });
}

/** False while the component has not been loaded: then the server answers with a page. */
function askHere(question) {
  if (!chat?.ask) return false;
  chat.ask(question);
  chat.scrollIntoView({ block: "nearest" });
  return true;
}

const link = document.getElementById("markdown");
if (link) addCopyButtons(link);

function addCopyButtons(link) {
  const texts = link.dataset;
  for (const block of document.querySelectorAll("main pre")) {
    const frame = document.createElement("div");
    const button = addButton(frame, texts, () => navigator.clipboard.writeText(block.innerText));
    frame.className = "code";
    button.setAttribute("aria-label", texts.code);
    block.replaceWith(frame);
    frame.prepend(block);
  }
  // A promise is the content, because Safari accepts no call that comes later than the click.
  const button = addButton(link.parentElement, texts, () =>
    navigator.clipboard.write([new ClipboardItem({ "text/plain": markdown(link.href) })]),
  );
  button.textContent = texts.copy;
  link.remove();
}

// Keyboards scroll only what can have the focus.
for (const block of document.querySelectorAll("main :is(pre, table)")) {
  if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
}

async function markdown(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const text = await response.text(); // begins with a note for programs
  return new Blob([text.replace(/^> .*\n\n/, "")], { type: "text/plain" });
}

function addButton(parent, texts, copy) {
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
