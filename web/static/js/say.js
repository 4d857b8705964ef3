/* Says what has just happened in one quiet line, seen and read aloud:
   dispatch new CustomEvent("say", {detail: "…"}) on the document. */
(() => {
  const line = document.getElementById("say");
  if (!line) return;
  let timer;

  document.addEventListener("say", (event) => {
    clearTimeout(timer);
    line.textContent = "";
    // Emptied first, or the same words twice would not be read out twice.
    requestAnimationFrame(() => (line.textContent = event.detail));
    timer = setTimeout(() => (line.textContent = ""), 1600 + 90 * event.detail.length);
  });
})();
