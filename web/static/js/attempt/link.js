/* The line to the server: one request at a time, tried again until it is answered. Events leave the queue and
   the disk only when they are acknowledged. `told` hears of every change of state; see attempt.js. */
const PATIENCE = 15_000;
const LONGEST_WAIT = 15_000;
const MOST_EVENTS = 50;
const MOST_CHARACTERS = 200_000;
const SMALL = 60_000;
const PLACED = ["answered", "flagged"];

export class Link {
  pending = [];
  sequence = 0;
  holds = false;
  over = false;
  #sending = null;
  #failed = 0;
  #timer = 0;
  #flying = new Set();

  constructor(urls, page, held, csrf, store, clock, told) {
    Object.assign(this, { urls, page, held, csrf, store, clock, told });
  }

  /* ---- the queue ---- */

  unsaved() {
    return this.pending.filter((one) => PLACED.includes(one.kind));
  }

  /* Write something down; an older word on the same thing that has not left yet is replaced. */
  note(kind, position, response, replaced = []) {
    const event = { sequence: ++this.sequence, kind, position, response, said_at: new Date().toISOString() };
    const gone = PLACED.includes(kind) ? this.pending.filter((one) => one.kind === kind && one.position === position && !this.#flying.has(one.sequence)) : [];
    this.pending = [...this.pending.filter((one) => !gone.includes(one)), event];
    const kept = this.store.put(this.page, [event], [...gone, ...replaced]).catch(() => this.told.storeFailed());
    this.told.queue();
    this.send();
    return kept;
  }

  #remove(numbers) {
    const gone = this.pending.filter((one) => numbers.includes(one.sequence));
    this.pending = this.pending.filter((one) => !numbers.includes(one.sequence));
    this.store.put(this.page, [], gone).catch(() => this.told.storeFailed());
    return gone;
  }

  /* Forget what another page of this browser has taken into its own queue. */
  async reconcile() {
    if (!this.store.lasts) return;
    const found = await this.store.all().catch(() => this.pending.map((one) => ({ ...one, page: this.page })));
    const kept = new Set(found.filter((one) => one.page === this.page).map((one) => one.sequence));
    this.pending = this.pending.filter((one) => kept.has(one.sequence));
    this.told.queue();
  }

  discard() {
    this.#remove(this.pending.map((one) => one.sequence));
  }

  /* ---- sending ---- */

  send(now = false) {
    if (this.over || this.locked) return this.#sending;
    if (now) this.#failed && clearTimeout(this.#timer);
    else if (this.#failed) return this.#sending;
    this.#sending ??= this.#turn().finally(() => {
      this.#sending = null;
      if (!this.#failed && this.#more()) this.send();
    });
    return this.#sending;
  }

  #more() {
    return !this.over && !this.locked && (!this.holds || this.pending.length > 0);
  }

  async #turn() {
    if (this.stale && !(await this.#renew())) return;
    if (!this.holds && !(await this.#take())) return;
    if (!this.pending.length) return;
    const batch = this.#batch();
    this.#flying = new Set(batch.map((one) => one.sequence));
    this.told.sending();
    const answer = await this.#post(this.urls.events, { page: this.page, events: batch });
    this.#flying.clear();
    if (answer) this.#heard(answer);
  }

  #batch() {
    const batch = [];
    let size = 0;
    for (const one of this.pending) {
      size += JSON.stringify(one.response ?? null).length;
      if (batch.length && (batch.length === MOST_EVENTS || size > MOST_CHARACTERS)) break;
      batch.push(one);
    }
    return batch;
  }

  #heard(told) {
    this.#failed = 0;
    this.#remove(told.acknowledged);
    const late = [];
    for (const { sequence, reason, sentence } of told.refused) {
      if (reason === "elsewhere") continue;
      const [event] = this.#remove([sequence]);
      if (event && reason === "late") late.push(event);
      if (event && reason === "invalid") this.told.invalid(event, sentence);
    }
    if (told.state !== "open") return this.#end(told, late);
    if (!told.holder) return this.lock("这份答卷已经在另一个页面打开，这一页已锁住，不再保存。");
    this.told.saved();
  }

  async #take() {
    this.takeNumber ??= ++this.sequence;
    const told = await this.#post(this.urls.take, { page: this.page, sequence: this.takeNumber, over: this.held });
    if (!told) return false;
    this.#failed = 0;
    this.csrf = told.csrf;
    if (told.state !== "open") return this.#end(told, []), false;
    if (!told.holder) return this.lock("打开这一页以后，这份答卷又在另一个页面打开过，这一页已锁住。"), false;
    this.takeNumber = null;
    this.holds = true;
    this.told.holding(told);
    return true;
  }

  #end(told, late) {
    this.over = true;
    clearTimeout(this.#timer);
    this.told.ended(told, late);
  }

  lock(words) {
    this.holds = false;
    this.locked = true;
    clearTimeout(this.#timer);
    this.told.locked(words);
  }

  /* Hold the attempt again; `keep` says whether what is unsaved here counts. Returns the state heard, or null. */
  async resume(keep) {
    const told = await this.ask();
    if (!told) return null;
    this.csrf = told.csrf;
    if (told.state !== "open") return this.#end(told, []), told;
    if (!keep) this.discard();
    this.held = told.held_by;
    this.takeNumber = null;
    this.locked = false;
    this.#failed = 0;
    return told;
  }

  /* ---- requests ---- */

  async ask(brief = false) {
    try {
      return await this.#json(`${this.urls.state}?page=${this.page}${brief ? "&brief=1" : ""}`, {});
    } catch {
      return null;
    }
  }

  /* A short look at where things stand, while nothing else says so. */
  async look() {
    if (this.over || this.locked || this.#sending || this.stale) return;
    const told = await this.ask(true);
    if (!told || this.#sending) return;
    if (told.state !== "open") this.pending.length ? this.send(true) : this.#end(told, []);
    else if (this.holds && !told.holder) this.lock("这份答卷已经在另一个页面打开，这一页已锁住，不再保存。");
  }

  async submit() {
    return this.#post(this.urls.submit, { page: this.page });
  }

  async #json(url, options) {
    const before = performance.now();
    const answer = await fetch(url, { ...options, headers: { "HX-Request": "true", ...options.headers }, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.redirected) throw Object.assign(new Error(), { status: 401 }); // to a new password, before anything else
    if (!answer.ok && answer.status !== 422) throw Object.assign(new Error(), { status: answer.status, told: await answer.json().catch(() => null) });
    const told = await answer.json();
    this.clock.hear(told, before, performance.now());
    return told;
  }

  #options(content) {
    return { method: "POST", body: JSON.stringify(content), headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf } };
  }

  /* The answer, or null where there was none: then it is tried again by itself. */
  async #post(url, content) {
    try {
      const told = await this.#json(url, this.#options(content));
      if (!("state" in told)) throw Object.assign(new Error(), { status: 422, told });
      this.#failed = 0;
      return told;
    } catch (wrong) {
      if (wrong.status === 409) return this.lock(wrong.told?.error ?? "这份答卷已经在另一个页面打开。"), null;
      if ([400, 401, 403, 404].includes(wrong.status)) this.stale = true;
      this.#again(wrong);
      return null;
    }
  }

  #again({ status, told }) {
    this.#failed += 1;
    // Far apart, so that a server that comes back does not meet everybody in the same second.
    const wait = Math.min(1000 * 2 ** (this.#failed - 1), status ? LONGEST_WAIT : LONGEST_WAIT / 3) * (0.5 + Math.random());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.send(true), wait);
    this.told.failed(status, told?.error, this.#failed);
  }

  /* After signing in again the token of the forms is another one. */
  async #renew() {
    try {
      const told = await this.#json(`${this.urls.state}?page=${this.page}&brief=1`, {});
      this.csrf = told.csrf;
      this.stale = false;
      this.told.renewed();
      return true;
    } catch (wrong) {
      this.#again(wrong);
      return false;
    }
  }

  /* The page goes away: what is left is sent without waiting for the answer. It stays on the disk. */
  part() {
    if (!this.holds || this.over || !this.pending.length) return;
    const batch = this.#batch();
    const options = this.#options({ page: this.page, events: batch });
    if (options.body.length < SMALL) fetch(this.urls.events, { ...options, keepalive: true }).catch(() => {});
  }
}
