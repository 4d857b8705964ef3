/* The exam page: one question at a time, each answer saved as it is given. What is not yet with the server is
   on this computer's disk; the line at the top always says which. See attempt/*.js for the parts. */
import { Clock, shown } from "./attempt/clock.js";
import * as fields from "./attempt/fields.js";
import { watchKeys } from "./attempt/keys.js";
import { Link } from "./attempt/link.js";
import { Notices } from "./attempt/notices.js";
import { openStore } from "./attempt/store.js";
import { watch } from "./attempt/watch.js";

const TYPING = 700;
const LONGEST_TYPING = 1000;
const LOOK = 20_000;
const ALOUD = [300, 60];
const SIGNED_OUT = [400, 401];

const root = document.querySelector("[data-sit]");
const at = (selector) => document.querySelector(selector);
const articles = [...document.querySelectorAll(".sit-q")];
const article = (position) => articles[position - 1];
const numbers = [...document.querySelectorAll("[data-go]")];
const page = [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");
const clock = new Clock(root.dataset.now, root.dataset.deadline);
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`attempt:${root.dataset.attempt}`) : null;
const notices = new Notices(at("[data-notices]"));
const given = new Map(articles.map((one) => [Number(one.dataset.position), fields.read(one)]));
const typing = new Map();
const refused = new Set();
let current = 1;
let spoken = "ok";
let link;

/* ---- what is said ---- */

function aloud(words) {
  at("[data-aloud]").textContent = words;
}

function tell(kind, words, speak = kind !== spoken && kind !== "draft") {
  const line = at("[data-save-state]");
  line.dataset.kind = kind;
  if (line.textContent !== words) line.textContent = words;
  if (!speak) return;
  spoken = kind;
  aloud(words);
}

const told = {
  queue: draw,
  sending: () => tell("draft", "正在保存…"),
  saved() {
    notices.drop("sign-in");
    draw();
    if (refused.size) tell("bad", `第 ${[...refused].join("、")} 题没有保存，请看题目里的说明`);
    else if (!link.unsaved().length) tell("ok", `已保存 ${clock.time()}`);
    waiting();
  },
  holding(heard) {
    merge(heard);
    root.dataset.ready = "";
    freeze(false);
    channel?.postMessage(page);
    tell("ok", link.unsaved().length ? "正在保存…" : "已保存");
  },
  renewed: () => notices.drop("sign-in"),
  failed(status, words, times) {
    tell("bad", trouble(status, words, times));
    if (SIGNED_OUT.includes(status)) notices.signIn(root.dataset.signIn);
    waiting();
  },
  invalid(event, words) {
    wrong(event.position, `没有保存：${words}`);
    refused.add(event.position);
  },
  locked(words) {
    freeze(true);
    at("#hand-in").close();
    tell("bad", "这一页已锁住，不再保存");
    link.reconcile().then(() => notices.lock(words, listed(link.unsaved()), resume));
  },
  ended,
  storeFailed() {
    link.store.lasts = false;
    notices.storeless();
  },
};

function trouble(status, words, times) {
  const here = link.store.lasts ? "答案存在这台电脑上" : "请不要关闭这一页";
  if (status === 404) return `现在登录的不是这份答卷的主人，${here}`;
  if (status === 403) return `您参加考试的权限被取消了，请告诉考官；${here}`;
  if (SIGNED_OUT.includes(status)) return `登录已过期，${here}`;
  if (!navigator.onLine) return `离线，${here}`;
  if (status === 429) return `未保存，正在重试：${words ?? "操作太频繁"}`;
  return `未保存，正在重试（第 ${times} 次），${here}`;
}

function wrong(position, words) {
  const line = article(position)?.querySelector("[data-wrong]");
  if (!line) return;
  line.textContent = words;
  line.hidden = !words;
}

const listed = (events) =>
  events.map((one) => `第 ${one.position} 题：${one.kind === "flagged" ? (one.response ? "标记" : "取消标记") : fields.words(article(one.position), one.response)}`);

/* ---- the questions and their numbers ---- */

function draw() {
  const unsaved = new Set([...refused, ...(link ? link.unsaved().map((one) => one.position) : [])]);
  let answered = 0;
  for (const one of numbers) {
    const position = Number(one.dataset.go);
    const flagged = "flagged" in article(position).dataset;
    const has = given.get(position) !== null;
    answered += has;
    one.toggleAttribute("data-answered", has);
    one.toggleAttribute("data-flagged", flagged);
    one.toggleAttribute("data-unsaved", unsaved.has(position));
    const words = `第 ${position} 题${has ? "，已答" : "，未答"}${flagged ? "，有标记" : ""}${unsaved.has(position) ? "，未保存" : ""}`;
    const place = one.querySelector("[data-words]");
    if (place.textContent !== words) place.textContent = words;
  }
  at("[data-tally]").textContent = `已答 ${answered} / ${articles.length}`;
}

function go(position, focus = true) {
  if (!article(position)) return;
  settleTyping();
  article(current).removeAttribute("data-current");
  numbers[current - 1].removeAttribute("aria-current");
  current = position;
  article(current).setAttribute("data-current", "");
  numbers[current - 1].setAttribute("aria-current", "true");
  at("[data-place]").textContent = current;
  at("[data-step='-1']").disabled = current === 1;
  at("[data-step='1']").disabled = current === articles.length;
  openGrid(false);
  history.replaceState(null, "", `#q-${current}`);
  if (focus) article(current).focus({ preventScroll: true });
  numbers[current - 1].scrollIntoView({ block: "nearest" }); // among hundreds
  scrollTo({ top: 0 });
}

function openGrid(open) {
  at("#grid").toggleAttribute("data-open", open);
  at("[data-grid-open]").setAttribute("aria-expanded", String(open));
  if (open) numbers[current - 1].scrollIntoView({ block: "nearest" });
}

function flag(position) {
  const one = article(position);
  const on = one.toggleAttribute("data-flagged");
  drawFlag(one, on);
  aloud(on ? `第 ${position} 题已标记` : `第 ${position} 题取消标记`);
  link.note("flagged", position, on);
}

function drawFlag(one, on) {
  one.toggleAttribute("data-flagged", on);
  const button = one.querySelector("[data-flag]");
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("[data-flag-word]").textContent = on ? "已标记" : "标记";
}

/* ---- answers ---- */

function changed(position) {
  const said = fields.read(article(position));
  clearTimeout(typing.get(position)?.timer);
  typing.delete(position);
  if (fields.same(said, given.get(position))) return;
  given.set(position, said);
  refused.delete(position);
  wrong(position, "");
  link.note("answered", position, said);
}

/* Text is written down when the typing pauses, and once a second while it does not. */
function typed(position) {
  const begun = typing.get(position)?.begun ?? performance.now();
  clearTimeout(typing.get(position)?.timer);
  const wait = Math.min(TYPING, Math.max(0, begun + LONGEST_TYPING - performance.now()));
  typing.set(position, { begun, timer: setTimeout(() => changed(position), wait) });
  fields.count(article(position));
  if (spoken === "ok") tell("draft", "正在保存…");
}

function settleTyping() {
  for (const position of [...typing.keys()]) changed(position);
}

/* The time of the server is over, or another page writes: nothing more is taken here. */
function freeze(on) {
  for (const one of document.querySelectorAll("[data-fields], [data-flag], [data-clear]")) one.disabled = on;
  at("[data-submit]").toggleAttribute("aria-disabled", on);
}

/* ---- another page, and back ---- */

async function resume(keep) {
  const heard = await link.resume(keep);
  if (!heard || heard.state !== "open") return Boolean(heard);
  merge(heard);
  notices.drop("lock");
  link.send();
  return true;
}

/* What the server has, wherever nothing newer waits here. */
function merge(heard) {
  const mine = new Set(link.unsaved().map((one) => `${one.kind} ${one.position}`));
  for (const one of articles) {
    const position = Number(one.dataset.position);
    if (!mine.has(`answered ${position}`) && !fields.same(given.get(position), heard.responses[position])) {
      given.set(position, heard.responses[position] ?? null);
      fields.write(one, given.get(position));
    }
    if (!mine.has(`flagged ${position}`)) drawFlag(one, heard.flagged.includes(position));
  }
  draw();
}

/* What an older page of this computer could not save. If nobody else has written since, it goes on by itself. */
async function recover() {
  const left = (await link.store.all().catch(() => [])).filter((one) => one.page !== page && article(one.position));
  const rest = left.filter((one) => one.kind === "answered" || one.kind === "flagged").sort((a, b) => a.kept - b.kept || a.sequence - b.sequence);
  const last = new Map(rest.map((one) => [`${one.kind} ${one.position}`, one]));
  const differs = [...last.values()].filter((one) => !fields.same(one.response, one.kind === "answered" ? given.get(one.position) : "flagged" in article(one.position).dataset));
  const sure = differs.filter((one) => one.page === root.dataset.held);
  const unsure = differs.filter((one) => one.page !== root.dataset.held);
  await link.store.put(page, [], left.filter((one) => !differs.includes(one))).catch(told.storeFailed);
  sure.forEach(bring);
  const answers = sure.filter((one) => one.kind === "answered");
  if (answers.length) notices.say("recovered", "info", `已取回上次没有保存成功的答案，正在保存：${listed(answers).join("；")}`);
  if (unsure.length)
    notices.choose(listed(unsure), (wanted) => {
      if (wanted) unsure.forEach(bring);
      else link.store.put(page, [], unsure);
    });
}

function bring(one) {
  if (one.kind === "flagged") drawFlag(article(one.position), one.response);
  else {
    fields.write(article(one.position), one.response);
    given.set(one.position, one.response);
  }
  link.note(one.kind, one.position, one.response, [one]);
}

/* ---- handing in ---- */

let handing = false;

function ask() {
  settleTyping();
  const open = articles.map((one) => Number(one.dataset.position)).filter((position) => given.get(position) === null);
  const flagged = articles.filter((one) => "flagged" in one.dataset).map((one) => Number(one.dataset.position));
  notices.sum(at("[data-sum]"), articles.length, open, flagged, [...refused], (position) => {
    at("#hand-in").close();
    go(position);
  });
  handing = false;
  at("[data-hand-in]").disabled = false;
  waiting();
  at("#hand-in").showModal();
  at("[data-back]").focus(); // Enter goes back to writing
}

/* How many are not with the server; handing in waits for them. */
function waiting() {
  const left = link?.unsaved().length ?? 0;
  const line = at("[data-wait]");
  line.hidden = !left && !handing;
  line.textContent = left ? `还有 ${left} 处没有保存，${handing ? "保存以后就交卷" : "交卷时会等它们保存"}。${navigator.onLine ? "" : "现在离线，联网以后才能交卷。"}` : "正在交卷…";
  if (handing && !left) handIn();
}

async function handIn() {
  handing = false;
  const heard = await link.submit();
  if (heard) return leave();
  handing = true;
  at("[data-wait]").textContent = "还没有交上去，正在重试…";
  setTimeout(() => handing && waiting(), 2000);
}

function leave() {
  link.over = true;
  link.store.clear().finally(() => location.replace(location.pathname));
}

/* The server says that it is over. What came too late is named. */
function ended(heard, late) {
  freeze(true);
  at("#hand-in").close();
  const lost = [...late, ...link.unsaved()].filter((one) => one.kind === "answered");
  tell("bad", heard.ended === "by_time" ? "时间到，已交卷" : "已交卷", true);
  if (!lost.length) return leave();
  link.store.clear();
  link.pending = [];
  notices.late(heard.ended === "by_time", listed(lost), location.pathname);
}

let up = false;

async function timeUp() {
  up = true;
  settleTyping();
  freeze(true);
  tell("bad", "时间到，正在交卷…", true);
  await link.send(true);
  if (link.over || link.locked) return;
  if (clock.left() > 0) {
    up = false; // more time was given meanwhile
    return freeze(false);
  }
  if (!link.pending.length && (await link.submit())) return leave();
  setTimeout(timeUp, 1000);
}

function tick() {
  const left = clock.left();
  const words = shown(left);
  const line = at("[data-left]");
  if (line.textContent !== words) {
    line.textContent = words;
    line.closest(".sit-time").dataset.kind = left < 60_000 ? "bad" : left < 300_000 ? "warn" : "";
    const minutes = ALOUD.findLast((seconds) => left <= seconds * 1000 && left > (seconds - 2) * 1000);
    if (minutes && root.dataset.told !== String(minutes)) {
      root.dataset.told = minutes;
      aloud(`还剩 ${minutes / 60} 分钟`);
    }
  }
  if (clock.stirred()) link.look();
  if (left <= 0 && !up && !link.over && !link.locked) timeUp();
}

/* ---- what happens on the page ---- */

const positionOf = (target) => Number(target.closest(".sit-q")?.dataset.position ?? 0);

root.addEventListener("input", ({ target }) => positionOf(target) && target.matches("input:not([type=radio],[type=checkbox]),textarea") && typed(positionOf(target)));
root.addEventListener("change", ({ target }) => {
  const position = positionOf(target);
  if (position && article(position).dataset.kind !== "order") changed(position);
});
root.addEventListener("submit", (event) => {
  event.preventDefault(); // Enter saves what is typed and nothing else
  settleTyping();
  const position = positionOf(event.target);
  const act = event.submitter;
  if (act && "flag" in act.dataset) flag(position);
  if (act && "clear" in act.dataset) {
    fields.write(article(position), null);
    changed(position);
  }
});
document.addEventListener("click", (event) => {
  const target = event.target;
  const number = target.closest("[data-go]");
  const step = target.closest("[data-step]");
  if (number) event.preventDefault(), go(Number(number.dataset.go));
  if (step) go(current + Number(step.dataset.step));
  if (target.closest("[data-grid-open]")) openGrid(!at("#grid").hasAttribute("data-open"));
  if (target.closest("[data-back]")) (handing = false), at("#hand-in").close();
  if (target.closest("[data-submit]")) event.preventDefault(), link && !link.locked && !link.over && ask();
  if (target.closest("[data-hand-in]")) {
    handing = true;
    at("[data-hand-in]").disabled = true;
    link.send(true);
    waiting();
  }
});
at("#hand-in").addEventListener("close", () => (handing = false));
addEventListener("online", () => link?.send(true));
addEventListener("offline", () => link?.unsaved().length && told.failed(0));
addEventListener("focus", () => link?.stale && link.send(true));
addEventListener("pageshow", (event) => event.persisted && location.reload());
addEventListener("beforeunload", (event) => {
  settleTyping();
  if (link && !link.over && link.unsaved().length) event.preventDefault();
});
addEventListener("pagehide", () => {
  settleTyping();
  link?.part();
});
channel?.addEventListener("message", (event) => event.data !== page && link && !link.over && link.lock("这份答卷已经在另一个窗口打开，请从那里继续；这一页已锁住，不再保存。"));

/* ---- at the beginning ---- */

freeze(true);
tell("draft", "正在准备…");
for (const one of articles) {
  fields.count(one);
  fields.ordering(one, (changedOne, words) => {
    changed(Number(changedOne.dataset.position));
    aloud(words);
  });
}
go(Math.min(Math.max(Number(location.hash.match(/^#q-(\d+)$/)?.[1] ?? 1), 1), articles.length), false);
draw();
const store = await openStore(root.dataset.attempt, root.dataset.person);
const { take, events, state, submitUrl: submit } = root.dataset;
link = new Link({ take, events, state, submit }, page, root.dataset.held, root.dataset.csrf, store, clock, told);
if (!store.lasts) notices.storeless();
await recover();
link.send();
watch(link, () => current);
watchKeys({ article: () => article(current), go: (by) => go(current + by), flag: () => !link.locked && !link.over && flag(current) });
setInterval(tick, 250);
setInterval(() => link.look(), LOOK * (0.8 + 0.4 * Math.random()));
tick();
