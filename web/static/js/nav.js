/* On a narrow screen the navigation scrolls sideways: bring the page one is on into view. */
(() => {
  const nav = document.querySelector(".bar .nav");
  const here = nav?.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
})();
