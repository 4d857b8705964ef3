/* Keeps or drops a favourite without a new page; the server's fragment takes the form's place. */
(() => {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-favourite]");
    if (!form) return;
    event.preventDefault();
    const fresh = await send(form);
    if (!fresh) return say("没有成功，请再按一次");
    const had = form.contains(document.activeElement);
    form.replaceWith(fresh);
    const button = fresh.querySelector("button");
    if (had) button.focus({ preventScroll: true });
    say(button.getAttribute("aria-pressed") === "true" ? "已收藏" : "已取消收藏");
  });

  async function send(form) {
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "HX-Request": "true" },
      });
      if (!answer.ok) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return page.querySelector("[data-favourite]");
    } catch {
      return null;
    }
  }

  function say(text) {
    document.dispatchEvent(new CustomEvent("say", { detail: text }));
  }
})();
