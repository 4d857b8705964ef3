/* [data-read-to=ID] can be ticked once that element, the end of a text, has been on the screen.
   Without script it can be ticked at any time: the person says so themselves. */
(() => {
  for (const box of document.querySelectorAll("[data-read-to]")) {
    const end = document.getElementById(box.dataset.readTo);
    const hint = box.closest("form").querySelector("[data-read-first]");
    if (!end || !("IntersectionObserver" in window)) continue;
    box.disabled = true;
    if (hint) hint.hidden = false;
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      box.disabled = false;
      if (hint) hint.hidden = true;
    });
    watch.observe(end);
  }
})();
