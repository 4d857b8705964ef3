/* Asks the server every second and a half what is new, and shows it without taking the focus:
   banners and pop-ups at the edge of the window. Alt+N goes to them, Esc goes back. */
(() => {
  const place = document.getElementById("pulse");
  if (!place) return;

  const EVERY = 1500; // ms, while the page is seen
  const HIDDEN = 15000; // while it is not
  const LONGEST = 60000; // after many failures
  const WHOLE = 60000; // now and then all is asked for, whatever the mark says
  const PUT_AWAY = "pulse-put-away";

  const list = place.querySelector("[data-pulse-list]");
  const aloud = document.getElementById("pulse-aloud");
  const alarm = document.getElementById("pulse-alarm");
  const answered = new Set();
  const standing = new Map(); // what each source has to say
  let mark = "";
  let whole = 0;
  let failures = 0;
  let timer;
  let before = null;
  let over = false;

  /* ---- asking ---- */

  function again(pause) {
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, pause);
  }

  function pause() {
    const usual = document.hidden ? HIDDEN : EVERY;
    const longer = failures ? Math.min(EVERY * 2 ** failures, LONGEST) : usual;
    return Math.max(usual, longer) * (0.95 + Math.random() * 0.1);
  }

  async function ask() {
    const complete = Date.now() - whole > WHOLE;
    try {
      const answer = await fetch(place.dataset.pulse + (complete ? "" : `?since=${encodeURIComponent(mark)}`), {
        headers: { "HX-Request": "true", Accept: "application/json" },
        redirect: "manual",
        cache: "no-store",
        signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 401) return end();
      if (answer.status === 200) {
        const told = await answer.json();
        if (complete) whole = Date.now();
        mark = told.mark;
        for (const name of told.sources) standing.set(name, []);
        for (const item of told.items) standing.get(item.source).push(item);
        show([...standing.values()].flat());
      } else if (answer.status !== 204) throw new Error(String(answer.status));
      failures = 0;
    } catch {
      failures += 1;
    }
    again(pause());
  }

  /* The session is over: say so where it does not disturb, and leave what was typed alone. */
  function end() {
    over = true;
    clearTimeout(timer);
    show([{
      key: "signed-out", kind: "登录已结束", urgency: "banner", detail: "",
      sentence: "您已退出登录或登录已过期，这一页不再更新。写到一半的内容请先复制下来。",
      link: { words: "重新登录", address: `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}` },
      confirm: "",
    }]);
  }

  document.addEventListener("visibilitychange", () => document.hidden || again(0));
  addEventListener("pageshow", (event) => event.persisted && again(0));

  /* ---- showing ---- */

  function show(items) {
    const away = putAway();
    const wanted = items.filter((item) => !answered.has(item.key) && !away.includes(item.key) && !isHere(item));
    const keys = new Set(wanted.map((item) => item.key));
    for (const card of [...list.children]) if (!keys.has(card.dataset.key)) drop(card);
    const there = new Set([...list.children].map((card) => card.dataset.key));
    for (const item of wanted) {
      if (there.has(item.key)) continue;
      const card = made(item);
      if (item.urgency === "popup") list.prepend(card);
      else list.append(card);
      (item.urgency === "popup" ? alarm : aloud).textContent = `${item.kind}：${item.sentence}`;
    }
    place.hidden = !list.children.length;
    lift();
  }

  /* Who is where an item leads need not be sent there; what waits for an answer stays. */
  function isHere(item) {
    return item.link && !item.confirm && item.key !== "signed-out" && location.pathname.startsWith(item.link.address);
  }

  /* Above a dialog that is open, too; a popover takes no focus by itself. */
  function lift() {
    if (!place.showPopover || list.contains(document.activeElement)) return;
    if (place.matches(":popover-open")) place.hidePopover();
    if (list.children.length) place.showPopover();
  }

  function made(item) {
    const card = document.createElement("li");
    card.dataset.key = item.key;
    card.className = item.urgency === "popup" ? "told urgent" : "told";
    const head = part("p", "told-kind", item.kind);
    const words = part("p", "told-words", item.sentence);
    card.append(head, words);
    if (item.detail) card.append(part("p", "told-detail", item.detail));
    const acts = part("div", "told-acts", "");
    if (item.link) {
      const link = part("a", "told-link", item.link.words);
      link.href = item.link.address;
      if (item.confirm && item.urgency !== "popup") link.addEventListener("click", () => send(item));
      acts.append(link);
    }
    if (item.key !== "signed-out") {
      const done = part("button", "button slim", item.urgency === "popup" && item.confirm ? "我已知晓" : item.confirm ? "知道了" : "稍后");
      done.type = "button";
      done.addEventListener("click", () => answer(item, card, done));
      acts.append(done);
    }
    card.append(acts);
    return card;
  }

  function part(name, look, words) {
    const one = document.createElement(name);
    one.className = look;
    one.textContent = words;
    return one;
  }

  function drop(card) {
    const had = card.contains(document.activeElement);
    const next = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    if (had) (next?.querySelector("button, a") ?? before ?? document.body).focus({ preventScroll: true });
  }

  /* ---- answering ---- */

  async function answer(item, card, button) {
    if (item.confirm) {
      button.disabled = true;
      if (!(await send(item))) {
        button.disabled = false;
        return document.dispatchEvent(new CustomEvent("say", { detail: "没有成功，请再按一次" }));
      }
    } else keep(item.key);
    answered.add(item.key);
    drop(card);
    place.hidden = !list.children.length;
    if (place.hidden && place.hidePopover && place.matches(":popover-open")) place.hidePopover();
  }

  async function send(item) {
    try {
      const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
      const reply = await fetch(item.confirm, {
        method: "POST",
        headers: { "HX-Request": "true", "X-CSRFToken": token },
        keepalive: true,
      });
      return reply.ok;
    } catch {
      return false;
    }
  }

  function putAway() {
    try {
      return JSON.parse(sessionStorage.getItem(PUT_AWAY) ?? "[]");
    } catch {
      return [];
    }
  }

  function keep(key) {
    try {
      sessionStorage.setItem(PUT_AWAY, JSON.stringify([...putAway(), key].slice(-200)));
    } catch {
      /* without storage it comes back on the next page */
    }
  }

  /* ---- keys ---- */

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.altKey && event.code === "KeyN" && list.children.length) {
        event.preventDefault();
        before = document.activeElement;
        list.querySelector("button, a")?.focus();
      } else if (event.key === "Escape" && place.contains(event.target)) {
        event.preventDefault();
        event.stopPropagation();
        before?.focus();
      }
    },
    true,
  );

  again(0);
})();
