/* Light, dark, or as the system has it. Runs before the first paint, so that nothing flashes. */
(() => {
  const root = document.documentElement;
  const words = { auto: "跟随系统", light: "浅色", dark: "深色" };
  const order = Object.keys(words);
  root.classList.add("js");

  function chosen() {
    try {
      const theme = localStorage.getItem("theme");
      return theme in words ? theme : "auto";
    } catch {
      return "auto";
    }
  }

  function apply(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const word of document.querySelectorAll("[data-theme-word]")) word.textContent = words[theme];
  }

  apply(chosen());
  addEventListener("storage", (event) => event.key === "theme" && apply(chosen()));
  addEventListener("DOMContentLoaded", () => apply(chosen()));
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-next]")) return;
    const theme = order[(order.indexOf(chosen()) + 1) % order.length];
    try {
      localStorage.setItem("theme", theme);
    } catch {
      /* Storage may be forbidden; the choice then holds for this page. */
    }
    apply(theme);
  });
})();
