/* Looking at generated questions by keyboard: A takes, E edits, S passes over, U takes back; R goes
   to the reasons, where 1–6 choose one and send it. "Other" waits for words, Ctrl+Enter sends them.
   Letters typed into a field are only text. */
(() => {
  const form = document.querySelector("[data-reject]");
  const reasons = form ? [...form.querySelectorAll("input[name=reason]")] : [];
  let choosing = false;

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.defaultPrevented) return;
    const field = event.target.closest("input:not([type=radio]),textarea,select");
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "Enter" && field?.form === form) send(event);
      return;
    }
    if (field || document.querySelector("dialog[open]")) return;
    if ((choosing || event.target.matches("[name=reason]")) && /^[1-9]$/.test(event.key)) return choose(event);
    const key = event.key.toLowerCase();
    if (key === "r") start(event);
    else if (key === "a") submit(event, "[data-accept]");
    else if (key === "u") submit(event, "[data-undo]");
    else if (key === "e") follow(event, "[data-edit]");
    else if (key === "s") follow(event, "[data-skip]");
  });

  function start(event) {
    if (!reasons.length) return;
    event.preventDefault();
    choosing = true;
    reasons[0].focus();
  }

  function choose(event) {
    const reason = reasons[Number(event.key) - 1];
    if (!reason) return;
    event.preventDefault();
    reason.checked = true;
    if (reason.value === "other") document.getElementById("remark").focus();
    else form.requestSubmit();
  }

  function send(event) {
    event.preventDefault();
    form.requestSubmit();
  }

  function submit(event, selector) {
    const found = document.querySelector(selector);
    if (!found || event.repeat) return;
    event.preventDefault();
    found.requestSubmit();
  }

  function follow(event, selector) {
    const found = document.querySelector(selector);
    if (!found || event.repeat) return;
    event.preventDefault();
    found.click();
  }
})();
