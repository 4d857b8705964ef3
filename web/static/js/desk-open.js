/* Which hit is chosen, and the article beside it. On a wide screen the article follows the choice
   after a moment's rest; opening it (Enter, a click, a digit) goes into it.
   document.desk = {choose, step, open, nth, back} is what the keys call. */
(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const opened = document.getElementById("opened");
  const reading = document.getElementById("reading");
  const box = document.getElementById("q");
  const wide = matchMedia("(min-width: 60rem)");
  const REST = 300;
  let timer;
  let openNext = false;

  const rows = () => [...desk.querySelectorAll(".results [data-key]:has([data-open])")];
  const chosen = () => desk.querySelector(".results [data-key][aria-current]");
  const article = () => opened.querySelector("article");

  function choose(row, spoken = true) {
    if (!row) return;
    chosen()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    const words = [`第 ${rows().indexOf(row) + 1} 条`, row.dataset.title, row.dataset.answer];
    if (spoken) document.getElementById("desk-status").textContent = words.filter(Boolean).join("，");
    rest(row);
  }

  function step(by) {
    const list = rows();
    const at = list.indexOf(chosen());
    choose(list[Math.min(Math.max(at + by, 0), list.length - 1)]);
  }

  function rest(row) {
    clearTimeout(timer);
    if (wide.matches) timer = setTimeout(() => load(row, true), REST);
  }

  async function load(row, peek) {
    clearTimeout(timer);
    const link = row.querySelector("[data-open]");
    const url = new URL(link.dataset.open, location.href);
    if (peek) url.searchParams.set("peek", "1");
    opened.dataset.wanted = row.dataset.key;
    await htmx.ajax("GET", url.pathname + url.search, { source: opened, target: opened });
    return article()?.dataset.key === row.dataset.key;
  }

  async function open(row) {
    if (!row) return;
    choose(row, false);
    if (!(await load(row, false))) return;
    reading.focus({ preventScroll: true });
    if (!wide.matches) scrollTo(0, 0);
    show();
  }

  function show() {
    const answer = opened.querySelector("#answer");
    if (answer) answer.scrollIntoView({ block: "center" });
    else reading.scrollTop = 0;
  }

  function back() {
    if (!wide.matches) opened.replaceChildren();
    box.focus();
    box.select();
  }

  /* Enter before the results have come opens the first one when they do. */
  function openWhenFound() {
    openNext = true;
    document.dispatchEvent(new CustomEvent("desk-ask"));
  }

  box.addEventListener("input", () => (openNext = false));

  document.addEventListener("desk-results", () => {
    const first = rows().find((row) => row.classList.contains("hit"));
    if (openNext && first) open(first);
    else if (first) rest(first);
    else clearTimeout(timer);
    openNext = false;
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.sourceElement !== opened) return;
    show();
    const url = new URL(location.href);
    url.searchParams.set("open", opened.dataset.wanted);
    history.replaceState(null, "", url);
  });

  desk.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("[data-back]")) {
      event.preventDefault();
      return back();
    }
    const row = event.target.closest(".results [data-key]:has([data-open])");
    if (!row || event.target.closest("button, a:not([data-open])") || getSelection().toString()) return;
    event.preventDefault();
    open(row);
  });

  document.desk = { rows, chosen, article, step, open, back, openWhenFound };
  if (article()) {
    const row = rows().find((one) => one.dataset.key === article().dataset.key);
    chosen()?.removeAttribute("aria-current");
    row?.setAttribute("aria-current", "true");
    show();
  }
  if (!article() && chosen()) rest(chosen());
})();
