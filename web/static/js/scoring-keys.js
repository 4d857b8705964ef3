/* The scoring desk by keyboard, beside the keys of the form (rubric.js) and of the player: Enter goes to the
   next item, A asks for the automatic check of the item one is on and Shift+A takes it, R opens its remark,
   Esc leads from a remark back to the item, Ctrl+Enter finishes, Ctrl+S saves at once. */
(() => {
  const form = document.querySelector("form[data-desk]");
  if (!form) return;

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.metaKey) return chord(event);
    const item = event.target.closest("[data-item]");
    if (!item) return;
    if (event.target.matches("textarea")) return event.key === "Escape" ? back(event, item) : undefined;
    if (event.target.matches("input:not([type=checkbox],[type=radio])")) return;
    if (event.key === "Enter" && event.target.matches("input")) return next(event, item);
    const key = event.key.toLowerCase();
    if (key === "a") press(event, item.querySelector(event.shiftKey ? "[data-take]" : "[data-look]"));
    if (key === "r") remark(event, item);
  });

  function chord(event) {
    if (event.key === "Enter" && !event.target.closest("[data-new-note]")) {
      event.preventDefault();
      document.dispatchEvent(new Event("scoring-finish"));
    }
    if (event.key.toLowerCase() === "s") {
      event.preventDefault();
      document.dispatchEvent(new Event("scoring-save"));
    }
  }

  function next(event, item) {
    event.preventDefault();
    const list = [...form.querySelectorAll("[data-item]:not([data-hidden])")];
    const found = list[list.indexOf(item) + 1];
    if (!found) return document.querySelector(".scoring-end [data-finish]").focus();
    (found.querySelector("input:checked") ?? found.querySelector("[name^='answer.']"))?.focus();
    found.scrollIntoView({ block: "nearest" });
  }

  function press(event, button) {
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  function remark(event, item) {
    const note = item.querySelector("textarea");
    if (!note) return;
    event.preventDefault();
    note.closest("details").open = true;
    note.focus();
  }

  function back(event, item) {
    event.preventDefault();
    (item.querySelector("input:checked") ?? item.querySelector("[name^='answer.']"))?.focus();
  }

  /* One begins at the first item that is open; on a phone the head of the page comes first. */
  const open = [...form.querySelectorAll("[data-item]:not([data-hidden])")].find((item) => !item.querySelector("input:checked") && !item.querySelector("[inputmode]")?.value);
  if (open && !location.hash && matchMedia("(min-width: 64rem)").matches) open.querySelector("[name^='answer.']")?.focus({ preventScroll: true });
})();
