/* Copies an answer as plain text with the article it comes from. What is copied stands on the nearest
   [data-answer]; if part of an article is selected, the selection is copied instead. Copying by the
   browser's own means is noted too. */
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.stopPropagation();
    copy(button.closest("[data-answer]"));
  });

  document.addEventListener("copy-answer", (event) => copy(event.detail ?? event.target));

  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    const within = selection.anchorNode?.parentElement?.closest("[data-source]");
    if (within && !event.target.closest?.("input,textarea")) note(within, selection.toString());
  });

  async function copy(source) {
    const text = source && words(source);
    const chosen = text && selected(source);
    if (!text) return say("这一条没有可以复制的答案，请打开文章再选");
    const done = await put(text);
    say(done ? `已复制：${text.split("\n")[0]}` : "浏览器不让复制，请选中文字后按 Ctrl+C");
    if (done) note(source, chosen);
  }

  /* What was copied is the best sign of what helped, and evidence of what was said. The page may be
     older than the text that holds now: then the server says so. */
  async function note(source, chosen) {
    const token = document.querySelector("input[name=csrf_token]")?.value;
    const row = source.closest("[data-key]");
    if (!token || !row) return;
    const place = [...document.querySelectorAll(".hits > .hit")].findIndex((hit) => hit.dataset.key === row.dataset.key);
    const body = new URLSearchParams({ csrf_token: token, key: row.dataset.key });
    if (place >= 0) body.set("place", place + 1);
    for (const name of ["number", "start", "end", "condition"]) if (row.dataset[name]) body.set(name, row.dataset[name]);
    // A request that outlives its page may carry 64 kB.
    if (chosen) body.set(...(chosen.length < 5000 ? ["selected", chosen] : ["whole", "1"]));
    try {
      const response = await fetch("/desk/copies", { method: "POST", body, keepalive: true });
      if (response.status === 200) say((await response.json()).sentence);
    } catch {
      // Offline: the copy itself is done.
    }
  }

  function words(source) {
    const answer = selected(source) || source.dataset.answer;
    return answer && `${answer}\n——${source.dataset.source}`;
  }

  function selected(source) {
    const selection = getSelection();
    return source.contains(selection.anchorNode) ? selection.toString().trim() : "";
  }

  /* Over plain http, as on many an office network, the clipboard API is not there. */
  async function put(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return putOldWay(text);
    }
  }

  function putOldWay(text) {
    const before = document.activeElement;
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus({ preventScroll: true });
    return done;
  }

  function say(text) {
    document.dispatchEvent(new CustomEvent("say", { detail: text }));
  }
})();
