/* On an article's own page: F keeps it as a favourite, C copies what is selected with its source. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input,textarea,select") || document.querySelector("dialog[open]")) return;
    const article = document.querySelector("article[data-source]");
    if (event.key.toLowerCase() === "f") article.querySelector("[data-favourite]")?.requestSubmit();
    if (event.key.toLowerCase() === "c")
      document.dispatchEvent(new CustomEvent("copy-answer", { detail: article }));
  });
})();
