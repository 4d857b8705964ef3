/* Following a script by keyboard: 1–9 choose, Backspace goes a step back, Home begins again. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input,textarea,select") || document.querySelector("dialog[open]")) return;
    const flow = document.querySelector("[data-flow]");
    const wanted = /^[1-9]$/.test(event.key)
      ? `[data-choice="${event.key}"]`
      : { Backspace: "[data-back]", Home: "[data-again]" }[event.key];
    const link = wanted && flow?.querySelector(wanted);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
