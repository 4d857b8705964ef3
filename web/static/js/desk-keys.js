/* The keys of the desk. In the box: arrows, Enter, Ctrl+Enter, Esc. Outside it: also C, F, 1–9.
   While an input method composes, every key is the input method's. */
(() => {
  const desk = document.desk;
  if (!desk) return;
  const box = document.getElementById("q");
  const reading = document.getElementById("reading");
  let answered = true;

  box.addEventListener("input", () => (answered = false));
  document.addEventListener("desk-results", () => (answered = true));

  const anywhere = {
    ArrowDown: () => desk.step(1),
    ArrowUp: () => desk.step(-1),
    "ctrl Enter": () => copy(),
  };
  const inBox = {
    Enter: () => (answered ? desk.open(desk.chosen()) : desk.openWhenFound()),
    Escape: () => document.dispatchEvent(new CustomEvent("desk-clear")),
  };
  const outside = {
    Escape: () => desk.back(),
    c: () => copy(),
    f: () => favourite(),
  };
  for (let n = 1; n <= 9; n += 1) outside[n] = () => desk.open(desk.rows()[n - 1]);

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.altKey || event.shiftKey || document.querySelector("dialog[open]")) return;
    const act = find(event);
    if (!act) return;
    event.preventDefault();
    act();
  });

  function find(event) {
    const ctrl = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (ctrl) return anywhere[`ctrl ${key}`];
    if (event.target === box) return anywhere[key] ?? inBox[key];
    if (event.target.closest("input,textarea,select")) return null;
    // In an article the arrows move the text, as everywhere.
    if (reading.contains(event.target) && key.startsWith("Arrow")) return null;
    return anywhere[key] ?? outside[key];
  }

  function copy() {
    const inArticle = reading.contains(document.activeElement) && desk.article();
    const answer = inArticle || desk.chosen() || desk.article();
    if (answer) document.dispatchEvent(new CustomEvent("copy-answer", { detail: answer }));
  }

  async function favourite() {
    const row = desk.chosen();
    if (row && desk.article()?.dataset.key !== row.dataset.key && !reading.contains(document.activeElement))
      await desk.open(row);
    desk.article()?.querySelector("[data-favourite]")?.requestSubmit();
  }
})();
