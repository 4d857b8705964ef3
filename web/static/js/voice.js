/* What a reader says of a text, without leaving it: Y and N vote, E says what is wrong. With a passage
   selected, E takes it along. G (in the search box Ctrl+G) puts an unanswered question on the list. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.altKey || event.shiftKey || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const ctrl = event.ctrlKey || event.metaKey;
    const act = ctrl ? (key === "g" ? raise : null) : typing(event) ? null : { y: () => vote("y"), n: () => vote("n"), e: wrong, g: raise }[key];
    if (act && act()) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-report]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const place = form.closest("[data-voice], [data-gap], [data-report-form]");
    if (!place) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const page = await fetched(form.action, { method: "POST", body: new URLSearchParams(data) });
    if (!page) return;
    if (place.matches("[data-report-form]")) return reported(place, page);
    const fresh = page.querySelector("[data-voice], [data-gap]");
    if (!fresh) return say("没有成功，请再按一次");
    const pressed = event.submitter?.value;
    place.replaceWith(fresh);
    if (fresh.matches("[data-voice]")) {
      fresh.querySelector(`[value="${pressed}"]`)?.focus({ preventScroll: true });
      say(pressed === "1" ? "已记下：有用" : "已记下：没用。哪里有误，按 E 说一声");
    } else say(fresh.textContent.trim());
  });

  function typing(event) {
    return event.target.closest("input,textarea,select");
  }

  function bar() {
    return document.querySelector("[data-voice]");
  }

  function vote(which) {
    const button = bar()?.querySelector(`[data-vote="${which}"]`);
    button?.click();
    return Boolean(button);
  }

  function wrong() {
    const link = bar()?.querySelector("[data-report]");
    if (link) open(link);
    return Boolean(link);
  }

  function raise() {
    const form = document.querySelector("form[data-gap]");
    form?.requestSubmit();
    return Boolean(form);
  }

  async function open(link) {
    const url = new URL(link.href);
    const chosen = selected(link.closest("article")?.querySelector(".prose"));
    if (chosen) {
      url.search = new URLSearchParams({ number: url.searchParams.get("number"), ...chosen });
    }
    const page = await fetched(url);
    const form = page?.querySelector("[data-report-form]");
    if (form) show(form);
  }

  /* The words that are selected, and how often they stand in the text before that. */
  function selected(prose) {
    const selection = getSelection();
    if (!prose || selection.isCollapsed || !prose.contains(selection.anchorNode)) return null;
    const quote = selection.toString().trim();
    const before = document.createRange();
    before.setStart(prose, 0);
    before.setEnd(selection.getRangeAt(0).startContainer, selection.getRangeAt(0).startOffset);
    const tight = (text) => text.replace(/\s+/g, "");
    const nth = quote ? tight(before.toString()).split(tight(quote)).length - 1 : 0;
    return quote ? { quote, nth } : null;
  }

  function show(form) {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", "report-title");
    dialog.innerHTML =
      '<div class="dialog-head"><h2 id="report-title">有误，因为…</h2><form method="dialog"><button class="link" type="submit">关闭</button></form></div>';
    dialog.append(form);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    form.elements.reason.focus();
  }

  function reported(form, page) {
    const again = page.querySelector("[data-report-form]");
    if (again) {
      form.replaceWith(again);
      again.querySelector("[aria-invalid]")?.focus();
      return;
    }
    form.closest("dialog")?.close();
    say(page.querySelector("[data-done]")?.textContent ?? "已提交");
  }

  /* A page of the server, or nothing: then it has been said why. 422 is a form to be put right. */
  async function fetched(url, options = {}) {
    try {
      const answer = await fetch(url, { ...options, headers: { "HX-Request": "true" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok || answer.status === 422) return page;
      say(page.querySelector(".mishap h1 + p")?.textContent ?? "没有成功，请再试一次");
    } catch {
      say("连不上服务器，请稍后再试");
    }
    return null;
  }

  function say(text) {
    document.dispatchEvent(new CustomEvent("say", { detail: text }));
  }
})();
