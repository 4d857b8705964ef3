/* Results as one types. Nothing is asked while pinyin is still being composed; the results on screen
   stay until newer ones come, and an answer to anything but what now stands in the box is dropped. */
(() => {
  const form = document.getElementById("ask");
  const box = document.getElementById("q");
  const results = document.getElementById("results");
  const status = document.getElementById("desk-status");
  if (!form) return;

  const PAUSE = 120;
  let wanted = state();
  let shown = wanted;
  let timer;
  let failures = 0;

  function state() {
    const asked = new URLSearchParams(new FormData(form));
    asked.set("q", asked.get("q").trim());
    return asked.toString();
  }

  function asked(action) {
    const given = new URL(action, location.href).searchParams;
    given.set("q", (given.get("q") ?? "").trim());
    return given.toString();
  }

  function soon() {
    wanted = state();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  function ask() {
    clearTimeout(timer);
    wanted = state();
    if (wanted !== shown) form.dispatchEvent(new CustomEvent("ask-now"));
  }

  function tell(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  box.addEventListener("input", (event) => event.isComposing || soon());
  box.addEventListener("compositionend", soon);
  form.addEventListener("submit", (event) => event.preventDefault());

  /* Filters are links; here they set a field of the form, so that there is one queue of questions. */
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-filter]");
    if (!chip || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    form.elements[chip.dataset.filter].value = chip.dataset.value;
    ask();
    box.focus();
  });

  document.addEventListener("desk-clear", () => {
    box.value = "";
    for (const name of ["kind", "category", "tag"]) form.elements[name].value = "";
    document.getElementById("opened").replaceChildren();
    ask();
    box.focus();
  });

  /* Asked outright: what is already on screen counts as an answer. */
  document.addEventListener("desk-ask", () => {
    ask();
    if (wanted === shown) tell("desk-results");
  });

  /* A redirect to the sign-in page, or an error page, is no answer: keep what is on screen. */
  document.addEventListener("htmx:before:response", (event) => {
    const { response, hx, sourceElement } = event.detail.ctx;
    if (hx.redirect) return;
    if (response.raw.redirected) {
      event.preventDefault();
      location.reload();
    } else if (response.status >= 400) {
      event.preventDefault();
      if (!sourceElement.matches("[data-beside]")) tell("say", failed(response.status));
    }
  });

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement === form && asked(ctx.request.action) !== wanted) event.preventDefault();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement !== form) return;
    failures = 0;
    shown = wanted;
    status.textContent = results.querySelector("[data-found]")?.dataset.found ?? "";
    history.replaceState(null, "", address());
    form.parentElement.scrollTop = 0;
    tell("desk-results");
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.sourceElement !== form) return;
    failures += 1;
    tell("say", "连不上服务器，正在重试；屏幕上还是刚才的结果");
    setTimeout(() => wanted !== shown && form.dispatchEvent(new CustomEvent("ask-now")), 500 * 2 ** Math.min(failures, 5));
  });

  function failed(code) {
    return code === 429 ? "搜得太快了，请稍等片刻" : `这次没有搜成（${code}），请再试一次`;
  }

  function address() {
    const kept = [...new URLSearchParams(wanted)].filter(([, value]) => value);
    return form.action + (kept.length ? "?" + new URLSearchParams(kept) : "");
  }

  box.setSelectionRange(box.value.length, box.value.length);
  // The browser may put back what was typed before a reload, which the page was not made for.
  if (box.value.trim() !== new URL(location.href).searchParams.get("q")?.trim() && box.value) soon();
})();
