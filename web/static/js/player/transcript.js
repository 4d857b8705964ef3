/* The words beside the sound: the turn being spoken is marked and kept in view, a click on a turn goes
   there, and words are found, here and on their way to the sound. Works without sound as well. */
const LATER = 4000; // after somebody scrolled, the list stays where it is for so long

export function transcript(deck) {
  const section = document.querySelector("[data-transcript]");
  const list = section?.querySelector("[data-turns]");
  if (!list) return;
  const turns = [...list.children].map((item) => ({ item, start: Number(item.dataset.start), end: Number(item.dataset.end) }));
  find(section, turns, deck, reveal);
  if (!deck) return;
  deck.speech = turns.map((turn) => turn.start);
  const follows = section.querySelector("[data-follow]");
  let spoken = null;
  let moved = -Infinity;

  for (const name of ["wheel", "touchmove", "keydown"]) list.addEventListener(name, () => (moved = performance.now()), { passive: true });
  list.addEventListener("click", (event) => {
    const turn = event.target.closest("li[data-start]");
    if (!turn || event.target.closest("button,a") || !getSelection().isCollapsed) return;
    deck.seek(Number(turn.dataset.start));
  });
  deck.on("jump", () => (moved = -Infinity));
  deck.on("tick", () => {
    const now = at(deck.now);
    if (now === spoken) return;
    spoken?.item.removeAttribute("aria-current");
    now?.item.setAttribute("aria-current", "true");
    spoken = now;
    if (now && follows.checked && performance.now() - moved > LATER) reveal(now.item);
  });

  /* The last turn that has begun, while it is being said. */
  function at(second) {
    let low = 0;
    let high = turns.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (turns[middle].start <= second + 0.01) low = middle + 1;
      else high = middle;
    }
    const turn = turns[low - 1];
    return turn && second <= turn.end + 0.5 ? turn : null;
  }

  function reveal(item) {
    const place = item.offsetTop - list.offsetTop;
    if (place >= list.scrollTop && place + item.offsetHeight <= list.scrollTop + list.clientHeight) return;
    list.scrollTop = place - list.clientHeight / 3;
  }
}

/* Enter goes to the next turn that says it, Shift+Enter to the one before, Esc ends it. */
function find(section, turns, deck, reveal) {
  const form = section.querySelector("[data-find]");
  const box = form.querySelector("input");
  const told = section.querySelector("[data-found]");
  const texts = turns.map(({ item }) => item.querySelector(".turn-text"));
  const plain = texts.map((text) => text.textContent);
  const folded = plain.map(fold);
  let hits = [];
  let here = -1;

  box.addEventListener("input", look);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && box.value) {
      event.preventDefault();
      box.value = "";
      look();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      go(event.shiftKey ? -1 : 1);
    }
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  function look() {
    const wanted = fold(box.value.trim());
    hits = [];
    here = -1;
    for (const [n, text] of texts.entries()) {
      const places = wanted ? all(folded[n], wanted) : [];
      if (places.length) hits.push(n);
      mark(text, plain[n], places, wanted.length);
    }
    told.textContent = wanted ? (hits.length ? `${hits.length} 句` : "没有") : "";
  }

  function go(way) {
    if (!hits.length) return;
    turns[hits[here]]?.item.classList.remove("found");
    here = (here + way + hits.length + (here < 0 && way < 0 ? 1 : 0)) % hits.length;
    const { item, start } = turns[hits[here]];
    item.classList.add("found");
    told.textContent = `第 ${here + 1} 句，共 ${hits.length} 句`;
    deck?.seek(start);
    reveal(item);
  }
}

/* Full-width letters and digits, and capitals, as one: of the same length as before. */
function fold(text) {
  return [...text].map((sign) => (sign.normalize("NFKC").length === sign.length ? sign.normalize("NFKC") : sign)).join("").toLowerCase();
}

function all(text, wanted) {
  const places = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) places.push(at);
  return places;
}

function mark(text, plain, places, length) {
  if (!places.length && !text.children.length) return;
  const pieces = [];
  let done = 0;
  for (const place of places) {
    const hit = document.createElement("mark");
    hit.textContent = plain.slice(place, place + length);
    pieces.push(plain.slice(done, place), hit);
    done = place + length;
  }
  text.replaceChildren(...pieces, plain.slice(done));
}
