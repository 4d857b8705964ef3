/* The whole call in a strip: where one looks, where the sound is. A press or a drag moves the view, a
   double click shows all of it. */
import { colours } from "./wave.js";

export function overview(box, deck, peaks, wave) {
  const canvas = box.querySelector("[data-over-canvas]");
  const view = box.querySelector("[data-over-view]");
  const head = box.querySelector("[data-over-head]");
  const x = (second) => (second / deck.seconds) * box.clientWidth;
  let shades = null;

  new ResizeObserver(draw).observe(box);
  peaks.addEventListener("more", draw);
  wave.addEventListener("view", () => {
    if (wave.colours === null) shades = null;
    if (!shades) draw();
    view.style.transform = `translateX(${x(wave.from)}px)`;
    view.style.width = `${Math.max(6, x(wave.span))}px`;
    view.hidden = wave.whole;
  });
  deck.on("tick", () => (head.style.transform = `translateX(${x(deck.now)}px)`));

  const move = (event) => {
    const second = ((event.clientX - box.getBoundingClientRect().left) / box.clientWidth) * deck.seconds;
    wave.look(second - wave.span / 2, wave.pixels);
  };
  box.addEventListener("pointerdown", (event) => {
    box.setPointerCapture(event.pointerId);
    move(event);
  });
  box.addEventListener("pointermove", (event) => event.buttons && move(event));
  box.addEventListener("dblclick", () => deck.act("zoomAll"));

  function draw() {
    const { clientWidth: width, clientHeight: height } = box;
    const density = devicePixelRatio || 1;
    if (!width || !peaks.whole) return;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    shades ??= colours(box);
    const pen = canvas.getContext("2d");
    pen.scale(density, density);
    for (const { kind, start, end } of deck.bands) {
      pen.fillStyle = shades[kind];
      pen.fillRect(x(start), 0, Math.max(1, x(end) - x(start)), height);
    }
    const read = peaks.reader(peaks.top, 0, deck.seconds);
    const scale = (height / 2 - 1) / peaks.loudest;
    for (const [n, channel] of wave.rows.entries()) {
      pen.fillStyle = n ? shades.customer : shades.agent;
      for (let column = 0; column < width; column += 1) {
        const found = read(channel, (column / width) * deck.seconds, ((column + 1) / width) * deck.seconds);
        const reach = found ? Math.max(found[1], -found[0]) * scale : 0;
        if (wave.rows.length === 1) pen.fillRect(column, height / 2 - reach, 1, Math.max(1, 2 * reach));
        else pen.fillRect(column, n ? height / 2 : height / 2 - reach, 1, Math.max(0.5, reach));
      }
    }
  }
}
