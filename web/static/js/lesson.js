/* A lesson's sound or film: what was really played is counted and sent, and it goes on where one was.
   The page sends all that it has played each time, so that a report that got lost costs nothing. */
(() => {
  const section = document.querySelector("[data-lesson]");
  const player = section?.querySelector("[data-player]");
  if (!player) return;
  const EVERY = 10000;
  const RETRY = 3000;
  const played = [];
  const { heardUrl } = section.dataset;
  const find = (name) => section.querySelector(`[data-${name}]`);
  let mark = null;
  let begun = false;
  let sending = false;
  let sent = "";
  let timer = 0;

  player.addEventListener("loadedmetadata", () => {
    const at = Number(section.dataset.at);
    if (at > 1 && at < player.duration - 1) player.currentTime = at;
  }, { once: true });
  if (!heardUrl) return;

  /* What lies between two looks at the clock was played, unless somebody jumped in between. */
  function count() {
    const now = player.currentTime;
    if (mark !== null && now > mark && !player.seeking) add(mark, now);
    mark = player.paused || player.seeking ? null : now;
  }

  function add(start, end) {
    const last = played.at(-1);
    if (last && Math.abs(last[1] - start) < 0.05) last[1] = end;
    else played.push([start, end]);
  }

  player.addEventListener("timeupdate", count);
  player.addEventListener("seeking", () => (mark = null));
  player.addEventListener("playing", () => (mark = player.currentTime));
  player.addEventListener("play", begin);
  for (const name of ["pause", "ended"]) {
    player.addEventListener(name, () => {
      count();
      mark = null;
      report();
    });
  }
  window.setInterval(() => player.paused || report(), EVERY);
  window.addEventListener("pagehide", () => {
    count();
    if (text() !== sent) navigator.sendBeacon(heardUrl, body());
  });

  const text = () => played.map(([a, b]) => `${a.toFixed(1)}-${b.toFixed(1)}`).join(",");

  function body() {
    const csrf_token = section.querySelector("[name=csrf_token]").value;
    return new URLSearchParams({ csrf_token, spans: text(), at: player.currentTime.toFixed(1) });
  }

  /* The first time says that it has started: from then on there is time to hear something in. */
  function begin() {
    if (!begun) report();
    begun = true;
  }

  async function report() {
    if (sending) return;
    sending = true;
    const now = text();
    clearTimeout(timer);
    try {
      const answer = await fetch(heardUrl, { method: "POST", body: body(), headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      sent = now;
      told(await answer.json());
    } catch {
      find("saved").textContent = "进度未保存，正在重试";
      timer = setTimeout(report, RETRY);
    } finally {
      sending = false;
    }
  }

  function told({ share, done, course_done: all }) {
    find("share").textContent = `${(100 * share).toFixed(1)}%`;
    if (played.length) find("saved").textContent = "进度已保存";
    const sign = find("done");
    if (done && sign.hidden) {
      sign.hidden = false;
      find("said").textContent = all ? "这一课学完了，整门课程也学完了。" : "这一课学完了。";
    }
  }
})();
