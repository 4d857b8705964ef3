/* The line of suggestions under the box: it comes with the results, shows only while one types, and
   covers nothing. The box is a combobox and keeps the focus. Down moves through the hits as ever, so
   the way in is Up from the first hit (or Alt+Down); then Left and Right, Enter takes, Esc closes. */
(() => {
  const box = document.getElementById("q");
  const desk = document.desk;
  if (!desk) return;
  let typing = false;

  const list = () => document.getElementById("suggestions");
  const options = () => [...(list()?.querySelectorAll("[role=option]") ?? [])];
  const isOpen = () => box.getAttribute("aria-expanded") === "true";
  const active = () => options().find((option) => option.getAttribute("aria-selected") === "true");

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-haspopup", "listbox");
  close();

  box.addEventListener("input", () => {
    typing = true;
    activate(null);
  });

  document.addEventListener("desk-results", () => (typing && list() ? open() : close()));
  document.addEventListener("desk-clear", () => (typing = false));

  function open() {
    list().parentElement.classList.add("open");
    list().setAttribute("role", "listbox");
    list().setAttribute("aria-orientation", "horizontal");
    [...list().children].forEach((option, nth) => {
      option.id = `suggestion-${nth}`;
      option.tabIndex = -1;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
    });
    box.setAttribute("aria-expanded", "true");
    box.setAttribute("aria-controls", "suggestions");
    document.getElementById("desk-status").textContent += `；补全 ${options().length} 条，按上箭头选`;
  }

  function close() {
    typing = false;
    activate(null);
    list()?.parentElement.classList.remove("open");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", "results");
  }

  function activate(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function move(by) {
    const all = options();
    activate(all.at((all.indexOf(active()) + by) % all.length));
  }

  /* As if it had been typed, but what is found for it is not narrowed further. */
  function take(option) {
    box.value = option.dataset.suggestion;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    document.dispatchEvent(new CustomEvent("desk-ask"));
  }

  const inList = {
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    ArrowUp: () => {},
    ArrowDown: () => activate(null),
    Enter: () => take(active()),
    Escape: close,
  };

  function enters(event) {
    if (event.altKey) return event.key === "ArrowDown";
    return event.key === "ArrowUp" && [undefined, desk.chosen()].includes(desk.rows()[0]);
  }

  // Here and not on the document: what is taken here is none of the desk's own keys.
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || !isOpen()) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!active()) {
      if (!enters(event)) return;
      activate(options()[0]);
    } else if (inList[event.key]) inList[event.key]();
    else return;
    event.preventDefault();
  });

  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("[data-suggestion]")) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const option = event.target.closest("[data-suggestion]");
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    take(option);
    box.focus();
  });
})();
