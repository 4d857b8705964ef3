/* Remarks: M begins one at the moment that is playing, or over the span that is repeated; Ctrl+Enter sends
   it. The answer is a page with the new list in it, which takes the place of the old. */
import { say } from "./deck.js";

export function notes(deck) {
  if (deck) deck.acts.mark = begin;

  function begin() {
    const form = document.querySelector("[data-new-note]");
    if (!form) return say("这里不能写批注：请在评分页上写");
    const { loop } = deck;
    form.elements.start.value = deck.told(loop ? loop.from : deck.now);
    form.elements.end.value = loop?.to ? deck.told(loop.to) : "";
    form.elements.text.focus();
    form.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("[data-new-note]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("[data-note-form]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    const sent = await send(form);
    button.disabled = false;
    if (sent) say(form.matches("[data-new-note]") ? "已记下批注" : "已删除批注");
  });

  async function send(form) {
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const list = page.querySelector("[data-notes]");
      if (answer.ok && list) {
        const within = form.contains(document.activeElement);
        keepTyped(form, list);
        document.querySelector("[data-notes]").replaceWith(list);
        if (within) document.querySelector("[data-wave]")?.focus();
        document.dispatchEvent(new Event("player-notes"));
        return true;
      }
      say(page.querySelector(".mishap h1 + p")?.textContent ?? page.querySelector(".error, .notice.bad")?.textContent.trim() ?? "没有记下，请再试一次");
    } catch {
      say("连不上服务器，没有记下；写的话还在，请稍后再试");
    }
    return false;
  }

  /* What is being written while another remark is taken away. */
  function keepTyped(sent, list) {
    const [old, fresh] = [document.querySelector("[data-new-note]"), list.querySelector("[data-new-note]")];
    if (!old || !fresh || old === sent) return;
    for (const name of ["start", "end", "text", "item"]) if (old.elements[name] && fresh.elements[name]) fresh.elements[name].value = old.elements[name].value;
  }
}
