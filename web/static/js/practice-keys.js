/* Practising by keyboard: 1–9 choose an option (again: take it back, where several may be chosen),
   Enter sends. Digits typed into a field are only text. */
(() => {
  const form = document.querySelector("[data-practice]");
  if (!form) return;
  const options = [...form.querySelectorAll("input[type=radio],input[type=checkbox]")];

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=radio]):not([type=checkbox]),textarea,select")) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && !event.repeat && !event.target.closest("a,button")) {
      event.preventDefault();
      form.requestSubmit();
    } else if (/^[1-9]$/.test(event.key)) choose(event, options[Number(event.key) - 1]);
  });

  function choose(event, option) {
    if (!option) return;
    event.preventDefault();
    option.checked = option.type === "radio" || !option.checked;
    option.focus();
  }
})();
