/* Plays a call: puts the parts together. document.player is the deck (player/deck.js): other scripts of
   the page may ask it where it is (now), move it (seek) and listen to its events. */
import { channels } from "./player/channels.js";
import { Deck } from "./player/deck.js";
import { keys } from "./player/keys.js";
import { notes } from "./player/notes.js";
import { overview } from "./player/overview.js";
import { Peaks } from "./player/peaks.js";
import { transcript } from "./player/transcript.js";
import { Wave } from "./player/wave.js";

const section = document.querySelector("[data-player]");
if (section?.querySelector("[data-sound]")) start();
transcript(document.player);
notes(document.player);

function start() {
  const deck = new Deck(section);
  document.player = deck;
  section.classList.add("ready");
  bar(deck);
  channels(deck, section);
  keys(deck);
  if (section.dataset.peaks) {
    const peaks = new Peaks(section.dataset.peaks, deck.seconds);
    const wave = new Wave(section.querySelector("[data-wave]"), deck, peaks);
    overview(section.querySelector("[data-over]"), deck, peaks, wave);
  }
  begin(deck);
  addEventListener("hashchange", () => begin(deck));
}

/* Where the address says: #t=135.4 */
function begin(deck) {
  const there = /(?:^#|&)t=([\d.]+)/.exec(location.hash);
  if (there) deck.seek(Number(there[1]));
}

/* The buttons, and what they say. Anything on the page with data-seek jumps. */
function bar(deck) {
  const one = (selector) => section.querySelector(selector);
  const volume = one("[data-volume]");

  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-do]")?.dataset.do;
    if (act) return deck.act(act);
    const place = event.target.closest("[data-seek]");
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (place.dataset.until) deck.playSpan(Number(place.dataset.seek), Number(place.dataset.until));
    else deck.seek(Number(place.dataset.seek));
  });
  volume.addEventListener("input", () => (deck.sound.volume = Number(volume.value)));

  deck.on("tick", () => (one("[data-now]").textContent = deck.told(deck.now)));
  deck.on("state", () => {
    one("[data-play-word]").textContent = deck.playing ? "暂停" : "播放";
    one("[data-rate]").textContent = `${deck.sound.playbackRate}×`;
    one("[data-do=skip]")?.setAttribute("aria-pressed", deck.skipping);
    const loop = one("[data-loop]");
    loop.hidden = deck.loop === null;
    if (deck.loop) loop.textContent = `取消循环 ${deck.told(deck.loop.from)}–${deck.loop.to === null ? "…" : deck.told(deck.loop.to)}`;
  });
  deck.changed();
}
