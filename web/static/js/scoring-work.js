/* Time worked on form[data-desk]: from touch to touch, and while the sound plays. Whoever does nothing
   for over a minute was away: that time is not counted. */
(() => {
  const field = document.querySelector("form[data-desk] [name=worked]");
  if (!field) return;
  const AWAY = 60_000;
  let total = Number(field.dataset.worked) * 1000;
  let last = Date.now();

  function touched() {
    const at = Date.now();
    if (at - last <= AWAY) total += at - last;
    last = at;
    field.value = (total / 1000).toFixed(1);
  }

  touched();
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "input"]) {
    addEventListener(kind, touched, { passive: true, capture: true });
  }
  document.addEventListener("timeupdate", touched, true);
})();
