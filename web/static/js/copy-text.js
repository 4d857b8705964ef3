/* [data-copy-text="…"] copies that text. Where the clipboard is closed (plain http), what stands in
   #secret is selected instead, ready for Ctrl+C. */
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-text]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copyText);
      say("已复制");
    } catch {
      getSelection().selectAllChildren(document.getElementById("secret"));
      say("已选中，请按 Ctrl+C 复制");
    }
  });

  function say(text) {
    document.dispatchEvent(new CustomEvent("say", { detail: text }));
  }
})();
