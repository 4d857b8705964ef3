/* Keys of every page: ? shows the sheet of keys, / goes to the search box, Ctrl+S saves a form.
   A letter typed into a field is only ever text. */
(() => {
  const sheet = document.getElementById("keys");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.altKey) return;
    if (event.ctrlKey || event.metaKey) return save(event);
    if (event.key === "?" || event.key === "？") return toggle(event);
    if (event.key === "/" || event.key === "、") goToBox(event);
  });

  /* No question begins with a question mark, so in an empty search box it is still a key. */
  function typing(target) {
    if (target.matches("[data-search-box]") && !target.value) return false;
    return target.matches("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]");
  }

  function toggle(event) {
    if (!sheet || typing(event.target)) return;
    event.preventDefault();
    if (sheet.open) sheet.close();
    else if (!document.querySelector("dialog[open]")) sheet.showModal();
  }

  function goToBox(event) {
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    const box = document.querySelector("[data-search-box]");
    if (!box) return location.assign("/desk");
    box.focus();
    box.select();
  }

  function save(event) {
    if (event.key.toLowerCase() !== "s") return;
    const form = event.target.closest("form[data-draft]") ?? document.querySelector("form[data-draft]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  }
})();
