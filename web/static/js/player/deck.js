/* The sound and where it is. Events: tick (the place moved), state (playing, speed, loop, skipping),
   jump (somebody moved it). Times are seconds of the recording. */
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];
const FRAME = 0.02; // what a telephone sends at a time
const EDGE = 0.25; // of a silence that stays when it is skipped
const REPORT = 15; // seconds of sound between two reports

export class Deck extends EventTarget {
  constructor(section) {
    super();
    this.sound = section.querySelector("[data-sound]");
    this.seconds = Number(section.dataset.seconds);
    this.bands = JSON.parse(section.querySelector("[data-bands]")?.textContent ?? "[]");
    this.loop = null;
    this.skipping = false;
    this.stopAt = null;
    this.speech = [];
    this.played = 0;
    this.counted = null;
    this.sound.preservesPitch = true;
    this.sound.removeAttribute("controls");
    this.acts = this.named();
    this.follow();
    this.report(section.dataset);
  }

  on(name, does) {
    this.addEventListener(name, does);
  }

  get now() {
    return Math.min(this.sound.currentTime, this.seconds);
  }

  get playing() {
    return !this.sound.paused && !this.sound.ended;
  }

  /* 02:15.4, with hours 1:02:15.4 */
  told(seconds) {
    const tenths = Math.floor(Math.max(0, seconds) * 10 + 0.5);
    const minutes = Math.floor(tenths / 600);
    const two = (number) => String(number).padStart(2, "0");
    const rest = `${two(minutes % 60)}:${two(Math.floor((tenths % 600) / 10))}.${tenths % 10}`;
    return minutes >= 60 ? `${Math.floor(minutes / 60)}:${rest}` : rest;
  }

  seek(seconds) {
    if (!Number.isFinite(seconds)) return;
    this.stopAt = null;
    this.count();
    this.sound.currentTime = Math.max(0, Math.min(seconds, Math.max(0, this.seconds - FRAME)));
    this.counted = null;
    this.tell("jump");
    this.tell("tick");
  }

  /* Once, and stops at its end. */
  playSpan(from, to) {
    this.seek(from);
    this.stopAt = to;
    this.play();
  }

  async play() {
    if (this.now >= this.seconds - FRAME) this.seek(0);
    try {
      await this.sound.play();
    } catch (wrong) {
      if (wrong.name !== "AbortError") say("声音放不出来：请刷新页面再试，还不行请告诉管理员");
    }
  }

  act(name) {
    this.acts[name]?.();
  }

  named() {
    const by = (seconds) => () => this.seek(this.now + seconds);
    const rate = (way) => () => {
      const here = RATES.indexOf(this.sound.playbackRate);
      this.sound.playbackRate = RATES[Math.max(0, Math.min(here + way, RATES.length - 1))];
      say(`${this.sound.playbackRate} 倍速`);
    };
    return {
      toggle: () => (this.playing ? this.sound.pause() : this.play()),
      back2: by(-2),
      back5: by(-5),
      back15: by(-15),
      on2: by(2),
      on5: by(5),
      on15: by(15),
      frameBack: by(-FRAME),
      frameOn: by(FRAME),
      slower: rate(-1),
      faster: rate(1),
      next: () => this.nextSpeech(),
      skip: () => this.toggleSkipping(),
      loopFrom: () => this.loopOver(this.now, null),
      loopTo: () => this.loopOver(this.loop?.from ?? 0, this.now),
      loopOff: () => this.loopOver(null),
    };
  }

  loopOver(from, to = null) {
    if (from !== null && to !== null && to - from < 5 * FRAME) return say("循环的止点要在起点后面");
    this.loop = from === null ? null : { from, to };
    if (this.loop && to === null) say(`循环从 ${this.told(from)} 起，到止点按 ]`);
    this.changed();
  }

  toggleSkipping() {
    this.skipping = !this.skipping;
    const count = this.bands.filter((band) => band.kind !== "interruption").length;
    const words = count ? `跳过静音：共 ${count} 段` : "这通电话没有测到长静音";
    say(this.skipping ? words : "不再跳过静音");
    this.changed();
  }

  /* To where somebody speaks next: the end of a silence or the beginning of a turn. */
  nextSpeech() {
    const ends = this.bands.filter((band) => band.kind !== "interruption").map((band) => band.end);
    const places = [...this.speech, ...ends].filter((place) => place > this.now + 0.1);
    if (!places.length) return say("后面没有别的说话了");
    this.seek(Math.min(...places));
  }

  /* Moves with the sound: each frame while it plays, and where frames stand still (a hidden page) four
     times a second. */
  follow() {
    const step = () => {
      this.keepWithin();
      this.tell("tick");
      if (this.playing && !document.hidden) requestAnimationFrame(step);
    };
    for (const name of ["play", "pause", "ratechange", "ended"]) this.sound.addEventListener(name, () => this.changed());
    this.sound.addEventListener("playing", () => requestAnimationFrame(step));
    this.sound.addEventListener("seeked", () => this.tell("tick"));
    this.sound.addEventListener("timeupdate", () => (document.hidden ? step() : this.keepWithin()));
    document.addEventListener("visibilitychange", () => !document.hidden && requestAnimationFrame(step));
    this.sound.addEventListener("error", () => say("声音取不到：可能登录已过期或录音刚被删除，请刷新页面"));
  }

  keepWithin() {
    if (!this.playing || this.sound.seeking) return;
    const { now, loop } = this;
    if (this.stopAt !== null && now >= this.stopAt) {
      this.stopAt = null;
      return this.sound.pause();
    }
    if (loop && loop.to !== null && now >= loop.to) return this.seek(loop.from);
    if (!this.skipping) return;
    const band = this.bands.find(({ kind, start, end }) => kind !== "interruption" && now >= start + EDGE && now < end - EDGE);
    if (band) this.seek(band.end - EDGE);
  }

  /* How much was really played goes to the record of who listened. */
  report({ heard, page }) {
    const { sound } = this;
    const token = () => document.querySelector("input[name=csrf_token]")?.value ?? "";
    const send = () => {
      this.count();
      if (this.played < 0.1) return;
      navigator.sendBeacon(heard, new URLSearchParams({ csrf_token: token(), page, seconds: this.played.toFixed(2) }));
      this.played = 0;
    };
    for (const name of ["play", "seeked"]) sound.addEventListener(name, () => (this.counted = sound.currentTime));
    sound.addEventListener("timeupdate", () => {
      this.count();
      if (this.played >= REPORT) send();
    });
    sound.addEventListener("pause", send);
    addEventListener("pagehide", send);
  }

  /* From where it was counted last; what was jumped over was not played. */
  count() {
    if (this.counted === null || this.sound.seeking) return;
    const { currentTime } = this.sound;
    const gone = currentTime - this.counted;
    if (gone > 0 && gone < 3) this.played += gone;
    this.counted = currentTime;
  }

  changed() {
    this.tell("state");
    this.tell("tick");
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

export function say(text) {
  document.dispatchEvent(new CustomEvent("say", { detail: text }));
}
