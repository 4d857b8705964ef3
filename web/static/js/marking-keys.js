/* Marking by keyboard: 0–9 choose so many tenths of the points, F all of them; P goes to the points,
   W to the words, Enter sends and brings the next answer, S passes over, U takes the last one back.
   What is typed into a field is only text; Escape leaves it, Ctrl+Enter sends from the words. */
(() => {
  const form = document.querySelector("[data-marking]");
  if (!form) return;
  const points = form.elements.points;
  const tenths = [...form.elements.tenths];

  for (const each of tenths) {
    each.addEventListener("change", () => {
      points.value = "";
    });
  }
  points.addEventListener("input", () => {
    const same = points.value.trim();
    for (const each of tenths) each.checked = same !== "" && each.dataset.points === same;
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const field = event.target.closest("input:not([type=radio]),textarea,select");
    if (event.key === "Escape" && field) return field.blur();
    if (event.key === "Enter") return enter(event, field);
    if (field || event.ctrlKey || event.metaKey) return;
    const key = event.key.toLowerCase();
    if (/^[0-9]$/.test(key)) choose(event, Number(key));
    else if (key === "f") choose(event, tenths.length - 1);
    else if (key === "p") focus(event, points);
    else if (key === "w") focus(event, form.elements.words);
    else if (key === "s") press(event, form.querySelector("[data-skip]"));
    else if (key === "u") undo(event);
  });

  function enter(event, field) {
    const sends = event.ctrlKey || event.metaKey;
    if (field?.tagName === "TEXTAREA" && !sends) return;
    if (event.target.closest("button,a,summary") && !sends) return;
    event.preventDefault();
    if (!event.repeat) form.requestSubmit();
  }

  function choose(event, n) {
    event.preventDefault();
    tenths[n].checked = true;
    tenths[n].dispatchEvent(new Event("change"));
    tenths[n].focus();
  }

  function focus(event, field) {
    event.preventDefault();
    field.focus();
    field.select();
  }

  function press(event, button) {
    if (!button || event.repeat) return;
    event.preventDefault();
    button.click();
  }

  function undo(event) {
    const found = document.querySelector("[data-undo]");
    if (!found || event.repeat) return;
    event.preventDefault();
    found.requestSubmit();
  }
})();
