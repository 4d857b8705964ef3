/* Copies an answer as plain text with the article it comes from. What is copied stands on the nearest
   [data-answer]; if part of an article is selected, the selection is copied instead. */
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.stopPropagation();
    copy(button.closest("[data-answer]"));
  });

  document.addEventListener("copy-answer", (event) => copy(event.detail ?? event.target));

  async function copy(source) {
    const text = source && words(source);
    if (!text) return say("这一条没有可以复制的答案，请打开文章再选");
    say((await put(text)) ? `已复制：${text.split("\n")[0]}` : "浏览器不让复制，请选中文字后按 Ctrl+C");
  }

  function words(source) {
    const selection = getSelection();
    const within = source.contains(selection.anchorNode) && selection.toString().trim();
    const answer = within || source.dataset.answer;
    return answer && `${answer}\n——${source.dataset.source}`;
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
