/* The server's clock, as this page knows it: measured by round trips against a clock of the browser that
   nobody can set. Changing the computer's time changes nothing here. */
const DRIFT = 1500;

export class Clock {
  #offset;
  #trip = Infinity;
  #gap = Date.now() - performance.now();
  #deadline;

  constructor(now, deadline) {
    this.#offset = Date.parse(now) - performance.now();
    this.#deadline = Date.parse(deadline);
  }

  /* What a request that took from `before` to `after` was told. The quickest one knows best. */
  hear({ server_now: now, deadline }, before, after) {
    if (deadline) this.#deadline = Date.parse(deadline);
    if (!now || after - before > this.#trip) return;
    this.#trip = after - before;
    this.#offset = Date.parse(now) - (before + after) / 2;
  }

  /* The computer slept, or its time was set: whichever it was, the server is asked again. */
  stirred() {
    const gap = Date.now() - performance.now();
    if (Math.abs(gap - this.#gap) < DRIFT) return false;
    this.#gap = gap;
    this.#trip = Infinity;
    return true;
  }

  /* Milliseconds until the deadline; below zero afterwards. */
  left() {
    return this.#deadline - (performance.now() + this.#offset);
  }

  /* 14:05:09 as the server has it, in Chinese standard time. */
  time() {
    return new Date(performance.now() + this.#offset).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
  }
}

/* 1:02:09, 02:09 */
export function shown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const pair = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
