/* The controls of a question and the response they stand for, by kind; the same shapes as on the wire. */
const all = (article, selector) => [...article.querySelectorAll(selector)];
const texts = (article) => all(article, "[name^='r']");

const READ = {
  single: (a) => a.querySelector("[name=r]:checked")?.value ?? null,
  multiple: (a) => some(all(a, "[name=r]:checked").map((box) => box.value)),
  judge: (a) => ({ yes: true, no: false })[a.querySelector("[name=r]:checked")?.value] ?? null,
  blank: (a) => (texts(a).some((box) => box.value.trim()) ? texts(a).map((box) => box.value) : null),
  number: (a) => (texts(a)[0].value.trim() ? texts(a)[0].value : null),
  essay: (a) => (texts(a)[0].value.trim() ? texts(a)[0].value : null),
  order: (a) => {
    const rows = all(a, "[data-letter]");
    const places = rows.map((row) => Number(row.querySelector("select").value));
    if (new Set(places).size < rows.length || places.includes(0)) return null;
    return rows.map((row, n) => [places[n], row.dataset.letter]).sort(([a], [b]) => a - b).map(([, letter]) => letter);
  },
  match: (a) => {
    const chosen = all(a, "select").filter((box) => box.value).map((box) => [box.dataset.left, box.value]);
    return chosen.length ? Object.fromEntries(chosen) : null;
  },
};

const WRITE = {
  single: (a, said) => tick(a, (value) => value === said),
  multiple: (a, said) => tick(a, (value) => Boolean(said?.includes(value))),
  judge: (a, said) => tick(a, (value) => said !== null && value === (said ? "yes" : "no")),
  blank: (a, said) => texts(a).forEach((box, n) => (box.value = said?.[n] ?? "")),
  number: (a, said) => (texts(a)[0].value = said ?? ""),
  essay: (a, said) => (texts(a)[0].value = said ?? ""),
  order: (a, said) => {
    const list = a.querySelector("[data-order]");
    for (const row of all(a, "[data-letter]")) row.querySelector("select").value = said ? String(said.indexOf(row.dataset.letter) + 1) : "";
    if (said) list.append(...said.map((letter) => list.querySelector(`[data-letter="${letter}"]`)));
    hint(a);
  },
  match: (a, said) => all(a, "select").forEach((box) => (box.value = said?.[box.dataset.left] ?? "")),
};

const some = (list) => (list.length ? list : null);
const tick = (article, wanted) => all(article, "[name=r]").forEach((box) => (box.checked = wanted(box.value)));

export const read = (article) => READ[article.dataset.kind](article);

export function write(article, said) {
  WRITE[article.dataset.kind](article, said ?? null);
  count(article);
}

export const isText = (article) => ["blank", "number", "essay"].includes(article.dataset.kind);

export const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/* A response in words, for lists. */
export function words(article, said) {
  if (said === null || said === undefined) return "没有答";
  if (said === true || said === false) return said ? "对" : "错";
  if (Array.isArray(said)) return said.map((one) => one || "（空）").join("、");
  if (typeof said === "object") return Object.entries(said).map(([left, right]) => `${left}→${right}`).join("；");
  const text = String(said);
  return text.length > 60 ? `${text.slice(0, 60)}…（共 ${text.length} 字）` : text;
}

/* How long an essay is. */
export function count(article) {
  const place = article.querySelector("[data-count]");
  if (place) place.textContent = `${[...texts(article)[0].value].length} 字`;
}

/* ---- putting in order ---- */

const rowsOf = (article) => all(article, "[data-letter]");

function number(article) {
  rowsOf(article).forEach((row, n) => (row.querySelector("select").value = String(n + 1)));
  hint(article);
}

function hint(article) {
  const placed = read(article) !== null;
  article.querySelector("[data-order-hint]").textContent = placed ? "按现在从上到下的顺序作答。" : "还没有答：用箭头移动，或给一项选上第几。";
  article.querySelector("[data-order-keep]").closest("p").hidden = placed;
}

function move(article, row, place) {
  const others = rowsOf(article).filter((one) => one !== row);
  others.splice(Math.max(0, Math.min(place, others.length)), 0, row);
  row.parentElement.append(...others);
  number(article);
}

/* Rows move by their arrows and by the number chosen; `changed(article, words)` is told. */
export function ordering(article, changed) {
  if (article.dataset.kind !== "order") return;
  write(article, read(article));
  article.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (event.target.closest("[data-order-keep]")) {
      number(article);
      return changed(article, "就按这个顺序");
    }
    if (!button) return;
    const row = button.closest("[data-letter]");
    move(article, row, rowsOf(article).indexOf(row) + Number(button.dataset.move));
    button.focus();
    changed(article, `移到第 ${rowsOf(article).indexOf(row) + 1}`);
  });
  article.addEventListener("change", (event) => {
    const row = event.target.closest("[data-letter]");
    if (!row || !event.target.value) return hint(article);
    move(article, row, Number(event.target.value) - 1);
    event.target.focus();
    changed(article, `移到第 ${rowsOf(article).indexOf(row) + 1}`);
  });
}
