/* The waveform of each channel, the agent above, with what stands out and what was remarked. Only what is
   in view is drawn, once a frame at most; the playhead moves by itself above the drawing. Event: view. */
const AXIS = 22;
const CLOSEST = 4; // pixels of one point of the finest level
const GRIP = 4; // pixels before a press becomes a span

export class Wave extends EventTarget {
  constructor(box, deck, peaks) {
    super();
    Object.assign(this, { box, deck, peaks, from: 0, pixels: 0, whole: true, waiting: false });
    this.canvas = box.querySelector("[data-wave-canvas]");
    this.head = box.querySelector("[data-wave-head]");
    this.tip = box.querySelector("[data-wave-tip]");
    this.rows = [...box.parentElement.querySelectorAll("[data-row]")].map((name) => Number(name.dataset.row));
    this.colours = null;
    this.watch();
    this.acts();
    this.pointer();
  }

  get width() {
    return this.box.clientWidth;
  }

  get span() {
    return this.width / this.pixels;
  }

  watch() {
    const { deck, peaks } = this;
    new ResizeObserver(() => this.look(this.from, this.whole ? 0 : this.pixels)).observe(this.box);
    const repaint = () => {
      this.colours = null;
      this.ask();
      this.dispatchEvent(new Event("view"));
    };
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    peaks.addEventListener("more", () => this.ask());
    document.addEventListener("player-notes", () => this.ask());
    deck.on("state", () => this.ask());
    deck.on("tick", () => this.place());
    deck.on("jump", () => this.show(deck.now));
  }

  acts() {
    const { deck } = this;
    deck.acts.zoomIn = () => this.zoom(2);
    deck.acts.zoomOut = () => this.zoom(0.5);
    deck.acts.zoomAll = () => this.look(0, 0);
    this.box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = { "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", 0: "zoomAll", PageUp: "back15", PageDown: "on15" }[event.key];
      if (act) deck.act(act);
      else if (event.key === "Home") deck.seek(0);
      else if (event.key === "End") deck.seek(deck.seconds);
      else return;
      event.preventDefault();
    });
  }

  /* From a second on, with so many pixels a second: never less than the whole, never past its ends. */
  look(from, pixels) {
    const { seconds } = this.deck;
    if (!this.width) return;
    this.pixels = Math.min(Math.max(pixels, this.width / seconds), Math.max(this.peaks.base * CLOSEST, this.width / seconds));
    this.whole = this.span >= seconds * 0.999;
    this.from = Math.max(0, Math.min(from, seconds - this.span));
    this.ask();
    this.place();
    this.dispatchEvent(new Event("view"));
  }

  /* About the playhead where it is in view, else about the middle. */
  zoom(times, about = null) {
    const inView = this.deck.now >= this.from && this.deck.now <= this.from + this.span;
    const fixed = about ?? (inView ? this.deck.now : this.from + this.span / 2);
    const share = (fixed - this.from) / this.span;
    const pixels = this.pixels * times;
    this.look(fixed - (share * this.width) / Math.max(pixels, this.width / this.deck.seconds), pixels);
  }

  show(second) {
    if (second < this.from || second > this.from + this.span * 0.97) this.look(second - this.span * 0.1, this.pixels);
  }

  place() {
    const { deck } = this;
    if (deck.playing && !this.pressed) this.show(deck.now);
    const x = (deck.now - this.from) * this.pixels;
    this.head.hidden = x < 0 || x > this.width;
    this.head.style.transform = `translateX(${x}px)`;
    this.box.setAttribute("aria-valuenow", deck.now.toFixed(1));
    this.box.setAttribute("aria-valuetext", deck.told(deck.now));
  }

  ask() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  draw() {
    const { canvas, width, box } = this;
    const height = box.clientHeight;
    if (!width || !height || !this.pixels) return;
    const density = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    this.colours ??= colours(box);
    const pen = canvas.getContext("2d");
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.drawBands(pen, height - AXIS);
    this.drawRows(pen, height - AXIS);
    this.drawNotes(pen, height - AXIS);
    this.drawAxis(pen, height);
  }

  x(second) {
    return (second - this.from) * this.pixels;
  }

  /* The part of a stretch that is in view as [left, width], or nothing. */
  part(start, end) {
    const left = Math.max(-2, this.x(start));
    const right = Math.min(this.width + 2, this.x(end));
    return right < 0 || left > this.width ? null : [left, Math.max(1, right - left)];
  }

  drawBands(pen, height) {
    const loop = this.deck.loop;
    for (const { kind, start, end } of this.deck.bands) {
      const part = this.part(start, end);
      if (!part) continue;
      pen.fillStyle = this.colours[kind];
      pen.fillRect(part[0], 0, part[1], height);
      if (kind === "interruption") {
        pen.fillStyle = this.colours.interruptionEdge;
        pen.fillRect(part[0], 0, Math.max(2, part[1]), 4);
      } else if (kind === "hold") {
        pen.fillStyle = this.colours.holdEdge;
        pen.fillRect(part[0], height - 4, part[1], 4);
      }
    }
    if (!loop) return;
    const part = this.part(loop.from, loop.to ?? loop.from);
    if (!part) return;
    pen.fillStyle = this.colours.loop;
    pen.fillRect(part[0], 0, part[1], height);
    pen.fillStyle = this.colours.agent;
    pen.fillRect(part[0], 0, 2, height);
    if (loop.to !== null) pen.fillRect(part[0] + part[1] - 2, 0, 2, height);
  }

  drawRows(pen, height) {
    const room = height / this.rows.length;
    const thin = this.peaks.level(this.pixels);
    const read = this.peaks.reader(thin, this.from, this.from + this.span);
    const last = Math.min(this.width, Math.ceil(this.x(this.deck.seconds)));
    for (const [n, channel] of this.rows.entries()) {
      const middle = room * (n + 0.5);
      const scale = (room / 2 - 4) / this.peaks.loudest;
      pen.fillStyle = this.colours.line;
      pen.fillRect(0, Math.round(middle), this.width, 1);
      if (n) pen.fillRect(0, Math.round(room * n), this.width, 1);
      pen.fillStyle = n ? this.colours.customer : this.colours.agent;
      pen.beginPath();
      for (let x = 0; x < last; x += 1) {
        const from = this.from + x / this.pixels;
        const found = read(channel, from, from + 1 / this.pixels);
        if (found) pen.rect(x, middle - found[1] * scale, 1, Math.max(1, (found[1] - found[0]) * scale));
      }
      pen.fill();
    }
  }

  drawNotes(pen, height) {
    for (const note of remarks()) {
      const part = this.part(note.start, note.end ?? note.start);
      if (!part) continue;
      pen.fillStyle = this.colours.note;
      if (note.end !== null) pen.fillRect(part[0], height - 5, part[1], 5);
      pen.fillRect(part[0], 0, 1.5, height);
      pen.beginPath();
      pen.moveTo(part[0], 0);
      pen.lineTo(part[0] + 9, 5);
      pen.lineTo(part[0], 10);
      pen.fill();
    }
  }

  drawAxis(pen, height) {
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((s) => s * this.pixels > 76) ?? 7200;
    pen.fillStyle = this.colours.line;
    pen.fillRect(0, height - AXIS, this.width, 1);
    pen.font = this.colours.font;
    pen.textBaseline = "middle";
    for (let n = Math.ceil(this.from / step); n * step <= Math.min(this.from + this.span, this.deck.seconds); n += 1) {
      const x = this.x(n * step);
      pen.fillStyle = this.colours.line;
      pen.fillRect(x, height - AXIS, 1, 5);
      pen.fillStyle = this.colours.words;
      const told = this.deck.told(n * step);
      pen.fillText(step < 1 ? told : told.slice(0, -2), x + 4, height - AXIS / 2 + 2);
    }
  }

  second(event) {
    const there = (event.clientX - this.box.getBoundingClientRect().left) / this.pixels;
    return Math.max(0, Math.min(this.from + there, this.deck.seconds));
  }

  /* A press goes there; a drag with the mouse marks a span to be repeated; a finger moves the view. */
  pointer() {
    const { box, deck } = this;
    box.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.pressed = { x: event.clientX, second: this.second(event), from: this.from, touch: event.pointerType === "touch", far: false };
      box.setPointerCapture(event.pointerId);
    });
    box.addEventListener("pointermove", (event) => {
      this.hover(event);
      const { pressed } = this;
      if (!pressed) return;
      pressed.far ||= Math.abs(event.clientX - pressed.x) > GRIP;
      if (!pressed.far) return;
      if (pressed.touch) return this.look(pressed.from - (event.clientX - pressed.x) / this.pixels, this.pixels);
      const [from, to] = [pressed.second, this.second(event)].sort((a, b) => a - b);
      deck.loop = { from, to };
      deck.changed();
    });
    box.addEventListener("pointerup", () => {
      const { pressed } = this;
      this.pressed = null;
      if (!pressed) return;
      if (!pressed.far) deck.seek(pressed.second);
      else if (!pressed.touch && deck.loop.to - deck.loop.from < 0.1) deck.loopOver(null);
      else if (!pressed.touch) deck.seek(deck.loop.from);
    });
    box.addEventListener("pointercancel", () => (this.pressed = null));
    box.addEventListener("pointerleave", () => (this.tip.hidden = true));
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  wheel(event) {
    const sideways = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
    if (event.ctrlKey) this.zoom(2 ** (-event.deltaY / 200), this.second(event));
    else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) this.look(this.from + sideways / this.pixels, this.pixels);
    else return;
    event.preventDefault();
  }

  hover(event) {
    if (event.pointerType === "touch") return;
    const second = this.second(event);
    const near = 4 / this.pixels;
    const told = this.deck.bands.filter(({ start, end }) => second >= start && second <= end).map((band) => band.words);
    const said = remarks()
      .filter(({ start, end }) => second >= start - near && second <= (end ?? start) + near)
      .map((note) => `批注：${note.text.slice(0, 60)}`);
    this.tip.textContent = [this.deck.told(second), ...told, ...said].join("　");
    this.tip.hidden = false;
    const x = event.clientX - this.box.getBoundingClientRect().left;
    const room = this.width - this.tip.offsetWidth;
    this.tip.style.transform = `translateX(${Math.max(0, Math.min(x + 10, room))}px)`;
  }
}

/* The remarks of the page, as they stand in its list now. */
export function remarks() {
  return [...document.querySelectorAll("[data-note]")].map((note) => ({
    start: Number(note.dataset.start),
    end: note.dataset.end === undefined ? null : Number(note.dataset.end),
    text: note.querySelector(".note-text")?.textContent ?? "",
  }));
}

/* From the tokens of the theme that is on. */
export function colours(box) {
  const style = getComputedStyle(box);
  const value = (name) => style.getPropertyValue(`--wave-${name}`).trim();
  const names = ["agent", "customer", "line", "words", "silence", "interruption", "hold", "loop", "note"];
  return {
    ...Object.fromEntries(names.map((name) => [name, value(name)])),
    interruptionEdge: value("interruption-edge"),
    holdEdge: value("hold-edge"),
    font: `13px ${style.fontFamily}`,
  };
}
