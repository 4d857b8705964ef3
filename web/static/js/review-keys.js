/* Judging by keyboard: A approves, R goes to the reason (Ctrl+Enter sends it), C quotes what is
   selected in the text. Letters typed into a field are only text. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.defaultPrevented) return;
    const field = event.target.closest("input,textarea,select");
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "Enter" && field) {
        event.preventDefault();
        field.form?.querySelector("button")?.click();
      }
      return;
    }
    if (field || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "a") document.querySelector("[data-approve]")?.requestSubmit();
    if (key === "r") go(event, document.getElementById("reason"));
    if (key === "c") quote(event);
  });

  function go(event, field) {
    if (!field) return;
    event.preventDefault();
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  }

  function quote(event) {
    const selection = getSelection();
    const field = document.getElementById("quote");
    const text = selection.toString().trim();
    if (!field || !text || !document.querySelector("[data-passages]")?.contains(selection.anchorNode)) return;
    field.value = text.replace(/\s*\n\s*/g, " ").slice(0, 500);
    go(event, document.getElementById("text"));
  }
})();
