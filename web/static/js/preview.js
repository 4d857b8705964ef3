/* textarea[data-preview=URL][data-preview-into=ID] shows, beside the writing, how it will be set. The
   text goes to URL as the form field `body`; what comes back is the HTML. */
(() => {
  for (const area of document.querySelectorAll("textarea[data-preview]")) watch(area);

  function watch(area) {
    const place = document.getElementById(area.dataset.previewInto);
    let timer;
    let flight;

    async function show() {
      flight?.abort();
      flight = new AbortController();
      try {
        const answer = await fetch(area.dataset.preview, {
          method: "POST",
          body: new URLSearchParams({
            body: area.value,
            csrf_token: area.form.elements.csrf_token?.value ?? "",
          }),
          headers: { "HX-Request": "true" },
          signal: flight.signal,
        });
        if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
        place.classList.toggle("stale", !answer.ok);
      } catch (error) {
        if (error.name !== "AbortError") place.classList.add("stale");
      }
    }

    function soon(event) {
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(show, 250);
    }

    area.addEventListener("input", soon);
    area.addEventListener("compositionend", soon);
    if (!place.textContent.trim() && area.value) show();
  }
})();
