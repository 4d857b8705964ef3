/* Ticking rows: all of a page, a range with Shift, and how many are ticked. */
(() => {
  // A form's .id would be its field named "id", were there one: hence getAttribute.
  const rows = (form) => [...document.querySelectorAll(`[data-row][form="${CSS.escape(form)}"]`)];
  let last = null;

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    if (event.shiftKey && last && last.form === row.form) fill(rows(row.getAttribute("form")), last, row);
    last = row;
  });

  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-all]");
    if (all) for (const row of rows(all.dataset.all)) row.checked = all.checked;
    const form = all?.dataset.all ?? event.target.closest("[data-row]")?.getAttribute("form");
    if (form) count(form);
  });

  function fill(list, from, to) {
    const [start, end] = [list.indexOf(from), list.indexOf(to)].sort((a, b) => a - b);
    for (const row of list.slice(start, end + 1)) row.checked = to.checked;
  }

  function count(id) {
    const list = rows(id);
    const ticked = list.filter((row) => row.checked).length;
    const form = document.getElementById(id);
    const words = form.querySelector("[data-bulk-count]");
    words.textContent = ticked ? `已选 ${ticked} 条` : "勾选后可以一起处理";
    for (const button of form.querySelectorAll("button")) button.disabled = !ticked;
    const all = document.querySelector(`[data-all="${CSS.escape(id)}"]`);
    if (!all) return;
    all.checked = ticked === list.length && ticked > 0;
    all.indeterminate = ticked > 0 && ticked < list.length;
  }

  for (const form of document.querySelectorAll("[data-bulk]")) count(form.getAttribute("id"));
})();
