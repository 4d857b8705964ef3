/* The board of live monitoring keeps itself up to date: asks what is new without taking the focus,
   waits while a question is open, and lets the durations run by the server's clock. */
(() => {
  const place = document.querySelector("[data-monitor]");
  if (!place) return;

  const EVERY = 2000; // ms, while the page is seen
  const HIDDEN = 20000;
  const lost = document.querySelector("[data-monitor-lost]");
  let timer;
  let failures = 0;
  let ahead = 0; // seconds by which the server's clock is ahead of this one

  const part = () => place.querySelector("[data-stamp]");

  function setClock() {
    ahead = Number(part().dataset.now) - Date.now() / 1000;
  }

  function again() {
    clearTimeout(timer);
    timer = setTimeout(ask, (document.hidden ? HIDDEN : EVERY) * Math.min(2 ** failures, 16));
  }

  async function ask() {
    if (!document.querySelector("dialog[open]")) {
      try {
        const address = new URL(place.dataset.monitor, location.href);
        address.searchParams.set("since", part().dataset.stamp);
        const answer = await fetch(address, {
          headers: { "HX-Request": "true" },
          redirect: "error",
          cache: "no-store",
          signal: AbortSignal.timeout(10000),
        });
        if (answer.status === 200) show(await answer.text());
        else if (answer.status !== 204) throw new Error(String(answer.status));
        failures = 0;
      } catch {
        failures += 1;
      }
      lost.hidden = failures < 3;
    }
    again();
  }

  function show(html) {
    if (document.querySelector("dialog[open]")) return; // opened while the answer came
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.innerHTML = html;
    setClock();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  function run() {
    const now = Date.now() / 1000 + ahead;
    for (const each of place.querySelectorAll("[data-since]")) {
      const text = duration(Math.max(0, Math.round(now - Number(each.dataset.since))));
      if (each.textContent !== text) each.textContent = text;
    }
  }

  function duration(seconds) {
    const parts = [
      [Math.floor(seconds / 3600), "小时"],
      [Math.floor(seconds / 60) % 60, "分"],
      [seconds % 60, "秒"],
    ];
    return parts.map(([n, unit]) => (n ? n + unit : "")).join("") || "0秒";
  }

  document.addEventListener("visibilitychange", () => document.hidden || (clearTimeout(timer), ask()));
  setClock();
  setInterval(run, 1000);
  again();
})();
