/* The waveform, from the server by windows and levels of detail: the whole at once, coarse; what is looked
   at closely when it is looked at. Windows are BBC audiowaveform's binary format. Event: more. */
const LEVELS = [1, 4, 16, 64, 256, 1024];
const PER_SECOND = 50; // of the finest level; the real number comes with the first window
const WHOLE = 8192; // points that one window may have
const TILE = 2048;
const HEAD = 24;

export class Peaks extends EventTarget {
  constructor(url, seconds) {
    super();
    this.url = url;
    this.base = PER_SECOND;
    this.tiles = new Map();
    this.top = LEVELS.find((thin) => (seconds * PER_SECOND * 1.02) / thin < WHOLE) ?? LEVELS.at(-1);
    this.loudest = 1;
    this.load(this.top, 0, WHOLE, (whole) => {
      this.base = whole.perSecond * this.top;
      this.loudest = Math.max(8, ...reach(whole.data));
    });
  }

  /* The level to draw so many pixels a second from. */
  level(pixels) {
    return LEVELS.filter((thin) => thin <= this.top && this.base / thin >= pixels).at(-1) ?? 1;
  }

  get whole() {
    return this.tiles.get(`${this.top}:0`)?.data ? this.tiles.get(`${this.top}:0`) : null;
  }

  /* A function (channel, from, to) → [lowest, highest], for a stretch that is about to be drawn. What has
     not come yet is drawn from the whole. */
  reader(thin, from, to) {
    if (thin >= this.top) return (channel, a, b) => read(this.whole, 0, channel, a, b);
    const perSecond = this.base / thin;
    const first = Math.max(0, Math.floor((from * perSecond) / TILE));
    for (let n = first; n <= Math.floor((to * perSecond) / TILE); n += 1) this.load(thin, n * TILE, TILE);
    return (channel, a, b) => {
      const start = Math.floor(Math.floor(a * perSecond) / TILE) * TILE;
      const tile = this.tiles.get(`${thin}:${start}`);
      return tile?.data ? read(tile, start, channel, a, b) : read(this.whole, 0, channel, a, b);
    };
  }

  async load(thin, first, count, then = () => {}) {
    const name = `${thin}:${first}`;
    if (this.tiles.has(name)) return;
    this.tiles.set(name, {});
    try {
      const answer = await fetch(`${this.url}?thin=${thin}&first=${first}&count=${count}`);
      if (!answer.ok) throw new Error(answer.status);
      const tile = parsed(await answer.arrayBuffer());
      this.tiles.set(name, tile);
      then(tile);
    } catch {
      setTimeout(() => this.tiles.delete(name), 5000); // then it may be asked for again
      return;
    }
    this.dispatchEvent(new Event("more"));
  }
}

function parsed(buffer) {
  const head = new DataView(buffer);
  const [rate, samples, length, channels] = [8, 12, 16, 20].map((place) => head.getInt32(place, true));
  return { perSecond: rate / samples, length, channels, data: new Int8Array(buffer, HEAD) };
}

function read(tile, start, channel, from, to) {
  if (!tile) return null;
  const first = Math.floor(from * tile.perSecond) - start;
  const last = Math.max(first + 1, Math.ceil(to * tile.perSecond) - start);
  const step = 2 * tile.channels;
  let low = 127;
  let high = -128;
  for (let n = Math.max(0, first); n < Math.min(last, tile.length); n += 1) {
    const place = n * step + 2 * Math.min(channel, tile.channels - 1);
    if (tile.data[place] < low) low = tile.data[place];
    if (tile.data[place + 1] > high) high = tile.data[place + 1];
  }
  return high < low ? null : [low, high];
}

function reach(data) {
  let low = 0;
  let high = 0;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [-low, high];
}
