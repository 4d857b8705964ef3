/* On a thread: D makes a draft of the answer that has the focus, else of the best one. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input,textarea,select") || document.querySelector("dialog[open]")) return;
    if (event.key.toLowerCase() !== "d") return;
    const post = event.target.closest(".post") ?? document.querySelector(".post.best");
    const form = post?.querySelector("[data-to-draft]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });
})();
