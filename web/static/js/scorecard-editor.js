/* The editor of scorecards: after each act the focus is where one goes on; a choice that changes the
   form saves at once; Enter in a row adds the next one, Alt and an arrow moves the row or the item. */
(() => {
  const form = document.getElementById("editor");
  if (!form) return;

  const draft = () => document.getElementById("draft");

  function arrive() {
    const place = draft();
    const failed = "failed" in place.dataset;
    form.toggleAttribute("data-draft-failed", failed);
    // What was kept of the part that was open goes, before the form takes the name of the next.
    form.dispatchEvent(new Event(failed ? "input" : "saved"));
    form.dataset.draft = place.dataset.draftName;
    focusOn(place.dataset.focus);
    if (failed) place.querySelector(".notices")?.scrollIntoView({ block: "center" });
  }

  function focusOn(id) {
    const field = id && document.getElementById(id);
    if (!field) return;
    field.focus({ preventScroll: true });
    field.closest(".part")?.scrollIntoView({ block: "nearest" });
    field.scrollIntoView({ block: "nearest" });
    if (field.matches("input:not([type=checkbox])")) field.select();
  }

  focusOn(draft().dataset.focus);

  document.addEventListener("htmx:after:swap", () => {
    const place = draft();
    if (!place || place.dataset.arrived) return;
    place.dataset.arrived = "yes";
    history.replaceState(null, "", place.dataset.url);
    arrive();
  });

  document.addEventListener("htmx:error", () => {
    form.dispatchEvent(new Event("input"));
    const words = "没有保存：连不上服务器。写的还在，请稍后再按保存。";
    document.dispatchEvent(new CustomEvent("say", { detail: words }));
  });

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-refresh]")) save(event.target.id);
  });

  /* Saved as it is, and back on the same field. */
  function save(id) {
    document.addEventListener("htmx:after:swap", () => focusOn(id), { once: true });
    form.requestSubmit();
  }

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest("[data-row-of]");
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      const way = event.key === "ArrowUp" ? "up" : "down";
      const part = event.target.closest("[data-part]");
      const button = row
        ? row.querySelector(`[value^="row.${way}:"]`)
        : part?.querySelector(`[data-tools] [value^="${way}:"]`);
      event.preventDefault();
      if (button && !button.disabled) button.click();
    } else if (event.key === "Enter" && row && event.target.matches("input:not([type=checkbox])")) {
      event.preventDefault();
      document.getElementById(`${row.dataset.rowOf}.add`)?.click();
    }
  });
})();
