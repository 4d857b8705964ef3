/* Marking on a rubric, [data-marking] inside a form: items show and hide by their conditions as answers
   change, “不适用” and “都没有” put out the other boxes, and keys choose while one is on an item:
   1–9 an option, 0 不适用, N and P the next and the last item, Enter in a number the next one. J and K
   are the player's. */
(() => {
  const items = (marking) => [...marking.querySelectorAll("[data-item]")];
  const boxes = (item) => [...item.querySelectorAll("input[name^='answer.']")];
  const shown = (item) => !item.hasAttribute("data-hidden");

  for (const marking of document.querySelectorAll("[data-marking]")) settle(marking);

  document.addEventListener("change", (event) => {
    const marking = event.target.closest?.("[data-marking]");
    if (!marking) return;
    const item = event.target.closest("[data-item]");
    if (item) exclude(item, event.target);
    settle(marking);
  });

  /* One answer to an item: none of its options, or that it does not apply, goes with no other. */
  function exclude(item, last) {
    const alone = (box) => box.value === "na" || "nothing" in box.dataset;
    for (const box of boxes(item)) {
      if (box === last || box.type === "radio") continue;
      const typed = box.type !== "checkbox";
      if (alone(last) && last.checked) typed ? (box.value = "") : (box.checked = false);
      else if (!alone(last) && alone(box) && (last.checked || last.value)) box.checked = false;
    }
  }

  function answers(item) {
    return boxes(item)
      .filter((box) => (["checkbox", "radio"].includes(box.type) ? box.checked : box.value.trim()))
      .map((box) => box.value.trim());
  }

  function settle(marking) {
    const all = new Map(items(marking).map((item) => [item.dataset.item, item]));
    const known = new Map();

    function visible(key) {
      if (!known.has(key)) {
        const when = all.get(key)?.dataset.when;
        known.set(key, all.has(key) && (!when || holds(JSON.parse(when))));
      }
      return known.get(key);
    }

    function holds(when) {
      if (when.all) return when.all.every(holds);
      if (when.any) return when.any.some(holds);
      if (!visible(when.item)) return false;
      const given = answers(all.get(when.item));
      return when.in.some((wanted) => given.some((one) => same(wanted, one)));
    }

    for (const [key, item] of all) item.toggleAttribute("data-hidden", !visible(key));
  }

  const same = (wanted, given) =>
    typeof wanted === "number" ? given !== "" && Number(given.normalize("NFKC")) === wanted : wanted === given;

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const item = event.target.closest?.("[data-item]");
    if (!item) return;
    const typing = event.target.matches("input:not([type=checkbox],[type=radio]),textarea,select");
    if (typing) {
      if (event.key !== "Enter" || !event.target.matches("[name^='answer.']")) return;
      return go(event, item, 1);
    }
    if (/^[0-9]$/.test(event.key)) return choose(event, item, event.key);
    if (event.key === "n" || event.key === "p") return go(event, item, event.key === "n" ? 1 : -1);
  });

  function choose(event, item, nth) {
    const box = item.querySelector(`[data-nth="${nth}"]`);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.click();
  }

  function go(event, item, way) {
    event.preventDefault();
    const list = items(item.closest("[data-marking]")).filter(shown);
    const next = list[list.indexOf(item) + way];
    if (!next) return;
    (next.querySelector("input:checked") ?? boxes(next)[0])?.focus();
    next.scrollIntoView({ block: "nearest" });
  }
})();
