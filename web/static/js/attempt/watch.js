/* Hints for the examiner: leaving the page and coming back, and how much was pasted. Never proof, and never
   the text itself. */
const SETTLE = 500;
const MOST = 300;

export function watch(link, current) {
  let away = "";
  let told = 0;
  let timer = 0;

  function note(kind, response) {
    if (link.locked || link.over || told >= MOST) return;
    told += 1;
    link.note(kind, current(), response);
  }

  function gone(how) {
    clearTimeout(timer);
    if (away) return;
    away = how;
    note("left", { how });
  }

  function back() {
    clearTimeout(timer);
    if (!away || document.hidden || !document.hasFocus()) return;
    note("returned", { how: away });
    away = "";
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? gone("hidden") : back()));
  addEventListener("blur", () => {
    clearTimeout(timer); // a menu of the browser takes the focus for a moment
    timer = setTimeout(() => !document.hasFocus() && gone("blur"), SETTLE);
  });
  addEventListener("focus", back);
  document.addEventListener("paste", (event) => {
    if (event.target.closest?.(".sit-q")) note("pasted", { length: event.clipboardData?.getData("text").length ?? 0 });
  });
}
