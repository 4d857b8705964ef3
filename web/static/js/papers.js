/* Writing a paper: after an act the focus is where one goes on; Enter in a row adds the next one,
   Alt and an arrow moves it; Enter in the search finds instead of saving. And the printer. */
(() => {
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

  const form = document.getElementById("paper");
  if (!form) return;

  let column = ""; // of the field from which a row was moved: one goes on in it

  function arrive() {
    const draft = document.getElementById("draft");
    draft.dataset.arrived = "";
    const focus = draft.dataset.focus ?? "";
    const moved = column && document.getElementById(`${column}-${focus.split("-").pop()}`);
    column = "";
    const field = moved || document.getElementById(focus);
    if (!field) return;
    field.focus();
    if (field.matches("input")) field.select();
  }

  arrive();
  document.addEventListener("htmx:after:swap", () => {
    if ("arrived" in (document.getElementById("draft")?.dataset ?? { arrived: "" })) return;
    form.dispatchEvent(new Event("input", { bubbles: true }));
    arrive();
  });

  document.addEventListener("htmx:error", () => {
    const words = "没有改成：连不上服务器。写的还在，请稍后再按。";
    document.dispatchEvent(new CustomEvent("say", { detail: words }));
  });

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest("[data-row]");
    if (event.altKey && row && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      const way = event.key === "ArrowUp" ? ".up." : ".down.";
      const button = row.querySelector(`button[value*="${way}"]:not(:disabled)`);
      column = button && event.target.matches("input, select") ? event.target.id.split("-")[0] : "";
      button?.click();
    } else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) {
      const next = event.target.closest("[data-find]")
        ? document.getElementById("found")
        : row && document.getElementById("rows-add");
      if (!next) return;
      event.preventDefault();
      next.click();
    }
  });
})();
