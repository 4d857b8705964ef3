/* One side alone, in both ears; both sides each in its own. Sound goes through Web Audio only once
   somebody asks for one side: until then the browser plays it as it likes best. */
import { say } from "./deck.js";

export function channels(deck, section) {
  const buttons = [...section.querySelectorAll("[data-only]")];
  if (!buttons.length) return;
  let gains = null;

  for (const button of buttons) button.addEventListener("click", () => only(button.dataset.only));
  deck.acts.side = () => {
    const here = buttons.findIndex((button) => button.getAttribute("aria-pressed") === "true");
    only(buttons[(here + 1) % buttons.length].dataset.only);
  };

  function only(which) {
    if (which !== "" && !gains) gains = wire(deck.sound);
    if (gains) {
      for (const [from, outs] of gains.entries())
        for (const [to, gain] of outs.entries()) gain.gain.value = which === "" ? Number(from === to) : Number(from === Number(which));
    }
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.only === which);
    say(buttons.find((button) => button.dataset.only === which).textContent);
  }

  /* gains[from][to]: from a channel of the file to an ear. */
  function wire(sound) {
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(2);
    const merger = context.createChannelMerger(2);
    context.createMediaElementSource(sound).connect(splitter);
    merger.connect(context.destination);
    sound.addEventListener("play", () => context.resume());
    context.resume();
    return [0, 1].map((from) =>
      [0, 1].map((to) => {
        const gain = context.createGain();
        splitter.connect(gain, from);
        gain.connect(merger, 0, to);
        return gain;
      }),
    );
  }
}
