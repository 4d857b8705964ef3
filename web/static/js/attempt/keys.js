/* The exam by keyboard: A–E or 1–9 choose, arrows or J and K change the question, F flags it, ? shows the keys.
   Letters typed into a field are text, and Enter does nothing by accident. */
export function watchKeys({ article, go, flag }) {
  const sheet = document.getElementById("sit-keys");

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
      const text = event.target.matches("input:not([type=radio],[type=checkbox]),textarea,select");
      if (text) return event.key === "Enter" && event.target.matches("input") ? event.preventDefault() : undefined;
      if (event.key === "?" || event.key === "？") return help(event);
      if (document.querySelector("dialog[open]") || event.target.closest("details[open],[popover]")) return;
      const act = wanted(event.key, event.target);
      if (!act) return;
      event.preventDefault();
      event.stopPropagation(); // arrows would also choose the neighbour of a radio button
      act();
    },
    true,
  );

  function wanted(key, target) {
    if (key === "ArrowRight" || key === "j" || key === "J") return () => go(1);
    if (key === "ArrowLeft" || key === "k" || key === "K") return () => go(-1);
    if (key === "f" || key === "F") return flag;
    if (key === "Enter" && target.matches("input")) return () => {};
    const place = /^[1-9]$/.test(key) ? Number(key) - 1 : /^[a-e]$/i.test(key) ? key.toLowerCase().charCodeAt(0) - 97 : -1;
    const box = article().querySelectorAll("[type=radio],[type=checkbox]")[place];
    return box && (() => choose(box));
  }

  function choose(box) {
    box.focus();
    if (box.type === "checkbox" || !box.checked) box.click();
  }

  function help(event) {
    event.preventDefault();
    event.stopPropagation();
    if (sheet.open) sheet.close();
    else if (!document.querySelector("dialog[open]")) sheet.showModal();
  }
}
