/* On the queue N opens the review that is due first. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input,textarea,select") || document.querySelector("dialog[open]")) return;
    if (event.key.toLowerCase() === "n") document.querySelector("[data-next]")?.click();
  });
})();
