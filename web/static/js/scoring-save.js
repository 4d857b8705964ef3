/* The marks of form[data-desk] are saved within a second of a change, one save at a time, and tried again
   until the server has said that it has them. Until then they are kept in this browser as well, so that
   neither a killed server nor a closed window loses one. A page opened later takes over: the older is
   locked and says so. */
(() => {
  const form = document.querySelector("form[data-desk]");
  if (!form) return;
  const { desk, person } = form.dataset;
  const KEPT = `marks:${desk}`;
  const QUIET = 500;
  const PATIENCE = 15_000;
  const LONGEST = 30_000;
  const own = (name) => form.elements.namedItem(name);
  const page = own("page").value;
  const state = document.querySelector("[data-save-state]");
  const notices = document.querySelector("[data-notices]");
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(KEPT) : null;
  const asked = new Set();
  let turn = 0;
  let failed = 0;
  let timer = 0;
  let sending = null;
  let locked = false;
  let confirmed = marks();

  /* ---- what is marked, here and in this browser ---- */

  function marks() {
    const data = new FormData(form);
    for (const name of ["csrf_token", "page", "turn", "saves", "worked"]) data.delete(name);
    return new URLSearchParams(data).toString();
  }

  const dirty = () => !locked && (marks() !== confirmed || asked.size > 0);

  function attempt(act) {
    try {
      return act();
    } catch {
      return null; // no storage in this browser: then only the server keeps the marks
    }
  }

  const kept = () => attempt(() => JSON.parse(localStorage.getItem(KEPT)));
  const keep = () => attempt(() => localStorage.setItem(KEPT, JSON.stringify({ person, page, saves: Number(own("saves").value), marks: marks() })));

  function drop() {
    if (kept()?.page === page) attempt(() => localStorage.removeItem(KEPT));
  }

  function fill(text) {
    const given = new URLSearchParams(text);
    for (const field of form.elements) {
      if (!/^(answer\.|note\.|comment$)/.test(field.name)) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = given.getAll(field.name).includes(field.value);
      else field.value = given.get(field.name) ?? "";
      if (field.value && field.matches("textarea")) field.closest("details")?.setAttribute("open", "");
    }
    form.querySelector("[name^='answer.']")?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /* ---- what is said ---- */

  function tell(kind, words) {
    if (!state) return;
    state.dataset.kind = kind;
    if (state.textContent !== words) state.textContent = words;
  }

  function notice(words, ...acts) {
    const box = document.createElement("div");
    box.className = "notice warn";
    const text = document.createElement("p");
    text.append(words, " ", ...acts);
    box.append(text);
    notices.replaceChildren(box);
    return box;
  }

  function button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button slim";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  function lock(words, differences = []) {
    locked = true;
    clearTimeout(timer);
    form.querySelector("[data-fields]").disabled = true;
    for (const each of document.querySelectorAll("[data-finish]")) each.disabled = true;
    tell("bad", "这一页已经锁住，不再保存");
    const box = notice(words, button("在这里继续", () => location.reload()));
    for (const each of differences) {
      const line = document.createElement("p");
      line.className = "small";
      line.textContent = `${each.title}：另一页存的是“${each.there}”，这里是“${each.here}”。`;
      box.querySelector("p").append(line);
    }
  }

  /* ---- saving ---- */

  function changed() {
    if (locked) return;
    keep();
    if (!sending && !failed) tell("draft", "未保存");
    clearTimeout(timer);
    timer = setTimeout(save, QUIET);
  }

  async function post(url, extra = []) {
    const data = new URLSearchParams(new FormData(form));
    data.set("turn", String(++turn));
    for (const [name, value] of extra) data.append(name, value);
    return fetch(url, {
      method: "POST",
      body: data,
      headers: { "X-Autosave": "1", "HX-Request": "true" },
      signal: AbortSignal.timeout(PATIENCE),
    });
  }

  function save() {
    clearTimeout(timer);
    sending ??= once().finally(() => {
      sending = null;
      if (dirty() && !failed) timer = setTimeout(save, QUIET);
    });
    return sending;
  }

  async function once() {
    if (locked) return;
    const sent = marks();
    const looks = [...asked];
    if (!failed) tell("draft", "正在保存…");
    let answer;
    try {
      answer = await post(form.dataset.save, looks.map((item) => ["look", item]));
    } catch {
      return again("连不上服务器");
    }
    if (answer.ok) {
      looks.forEach((item) => asked.delete(item));
      confirmed = sent;
      return saved(await answer.json());
    }
    return refused(answer, () => again("登录变了"));
  }

  function saved(told) {
    failed = 0;
    own("saves").value = told.saves;
    if (!dirty()) drop();
    tell("ok", `已保存 ${told.at}`);
    document.querySelector("[data-live-score]").innerHTML = told.score;
    for (const [item, html] of Object.entries(told.suggestions)) {
      const place = form.querySelector(`[data-suggestion-place="${CSS.escape(item)}"]`);
      if (place && !place.querySelector("[data-suggestion]")) {
        const within = place.contains(document.activeElement);
        place.innerHTML = html;
        if (within) place.querySelector("button")?.focus({ preventScroll: true });
      }
    }
    faults(told.faults);
  }

  function faults(found) {
    for (const old of form.querySelectorAll("[data-item] .mark-fault")) old.remove();
    for (const [key, words] of Object.entries(found)) {
      const item = form.querySelector(`[data-item="${CSS.escape(key)}"]`);
      const line = document.createElement("p");
      line.className = "mark-fault";
      line.textContent = words;
      item?.querySelector(".mark-more")?.append(line);
    }
  }

  /* What the server would not take. True: it may be tried again. */
  async function refused(answer, retry) {
    if (answer.status === 401) return again("登录已过期，请在新窗口重新登录；评定都在这里");
    if (answer.status === 400) return (await renewed()) ? retry() : again("登录已变，请在新窗口重新登录");
    if (answer.status >= 500 || answer.status === 429) return again("服务器正忙");
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 422) {
      failed = 0;
      confirmed = marks(); // the same again would be refused again
      return tell("bad", `没有保存：${told.error ?? "填写的内容有误"}`);
    }
    return lock(told.error ?? "这次评分不在您这里了：可能已改派或取消。", told.differences);
  }

  function again(why) {
    failed += 1;
    const wait = Math.min(1000 * 2 ** (failed - 1), LONGEST);
    tell("bad", `未保存，正在重试（第 ${failed} 次）：${why}`);
    clearTimeout(timer);
    timer = setTimeout(() => save(), wait);
    return false;
  }

  /* After signing in again the form's token is another one: a fresh page has it. */
  async function renewed() {
    try {
      const fresh = await fetch(location.pathname, { headers: { "HX-Request": "true" } });
      const found = new DOMParser().parseFromString(await fresh.text(), "text/html").querySelector("form[data-desk] [name=csrf_token]");
      if (!found || found.value === own("csrf_token").value) return false;
      for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = found.value;
      return true;
    } catch {
      return false;
    }
  }

  /* ---- finishing ---- */

  async function finish() {
    if (locked) return;
    clearTimeout(timer);
    await sending;
    tell("draft", "正在完成…");
    keep();
    let answer;
    try {
      answer = await post(form.dataset.finishUrl);
    } catch {
      return again("连不上服务器，还没有完成");
    }
    const told = await answer.clone().json().catch(() => ({}));
    if (answer.ok) {
      confirmed = marks();
      drop();
      return location.assign(told.next);
    }
    if (told.missing) {
      confirmed = marks();
      saved(told.state);
      return missing(told);
    }
    return refused(answer, finish);
  }

  function missing(told) {
    const jumps = told.missing.filter((one) => one.item).map((one) => button(one.title, () => jump(one.item)));
    const box = notice(told.error);
    const line = document.createElement("p");
    line.className = "row";
    line.append(...jumps);
    box.querySelector("p").append(line);
    if (told.missing[0]?.item) jump(told.missing[0].item);
  }

  function jump(key) {
    const item = form.querySelector(`[data-item="${CSS.escape(key)}"]`);
    item?.querySelector("[name^='answer.']")?.focus();
    item?.scrollIntoView({ block: "center" });
  }

  /* ---- what happens on the page ---- */

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const look = event.submitter?.dataset.look;
    if (look) asked.add(look);
    if (event.submitter && "finish" in event.submitter.dataset) finish();
    else if (!failed) save();
  });
  document.addEventListener("click", (event) => {
    const taken = event.target.closest?.("[data-take]");
    if (taken && !locked) take(taken.dataset.take, taken.dataset.answer);
  });
  document.addEventListener("scoring-finish", finish);
  document.addEventListener("scoring-save", () => save());

  function take(key, answer) {
    const fields = [...form.querySelectorAll(`[name="answer.${CSS.escape(key)}"]`)];
    const choice = fields.find((field) => ["radio", "checkbox"].includes(field.type) && field.value === answer);
    const typed = fields.find((field) => !["radio", "checkbox"].includes(field.type));
    if (choice && !choice.checked) choice.click();
    else if (!choice && typed) {
      typed.value = answer;
      typed.dispatchEvent(new Event("input", { bubbles: true }));
      typed.dispatchEvent(new Event("change", { bubbles: true }));
    }
    (choice ?? typed)?.focus();
  }

  addEventListener("pagehide", () => {
    if (!dirty()) return;
    keep();
    const data = new URLSearchParams(new FormData(form));
    data.set("turn", String(++turn));
    navigator.sendBeacon(form.dataset.save, data);
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  if (channel) {
    channel.addEventListener("message", (event) => {
      if (event.data !== page) lock("这次评分已在另一个窗口打开，从那里继续；这一页的评定都还看得到。");
    });
    channel.postMessage(page);
  }

  /* ---- at the beginning: what was not acknowledged, and taking over ---- */

  function recover() {
    const old = kept();
    if (!old || old.person !== person || form.dataset.keep) return;
    if (old.marks === marks()) return attempt(() => localStorage.removeItem(KEPT));
    const newest = old.saves >= Number(own("saves").value) || old.page === form.dataset.last;
    const use = () => {
      fill(old.marks);
      notice("已取回上次没有保存成功的评定，正在保存。");
      changed();
    };
    if (newest) return use();
    notice("这个浏览器里还有一份没有保存成功的评定，之后又在别处存过。", button("取回这一份", use), button("不要了", () => {
      attempt(() => localStorage.removeItem(KEPT));
      notices.replaceChildren();
    }));
  }

  async function claim() {
    const data = new URLSearchParams({ csrf_token: own("csrf_token").value, page, saves: own("saves").value });
    let answer;
    try {
      answer = await fetch(form.dataset.claim, { method: "POST", body: data, headers: { "X-Autosave": "1", "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE) });
    } catch {
      return; // the first save takes over as well
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) own("saves").value = told.saves;
    else if (told.kind === "StaleDraft") lock("这一页打开以后，评定又在别处保存过。");
    else if (told.error) lock(told.error);
  }

  sending = claim().finally(() => {
    sending = null;
    if (!locked) form.dataset.ready = "";
    if (dirty()) changed();
  });
  if (form.dataset.keep) confirmed = "";
  recover();
})();
