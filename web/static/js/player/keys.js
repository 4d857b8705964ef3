/* The keys of the player, wherever one is on the page. What is typed into a field is only text: there,
   hold Alt. A button, a link or a choice that has the focus keeps Space, Enter and the arrows. */
const PLAIN = {
  " ": "toggle",
  k: "toggle",
  j: "back5",
  l: "on5",
  ArrowLeft: "back2",
  ArrowRight: "on2",
  ",": "slower",
  ".": "faster",
  "[": "loopFrom",
  "]": "loopTo",
  "\\": "loopOff",
  s: "skip",
  m: "mark",
};
const SHIFTED = {
  ArrowLeft: "back15",
  ArrowRight: "on15",
  "<": "frameBack",
  ">": "frameOn",
  s: "next",
  m: "side",
};
const WIDE = { "，": ",", "。": ".", "【": "[", "】": "]", "《": "<", "》": ">" };
const IN_FIELDS = { KeyK: "toggle", KeyJ: "back5", KeyL: "on5", KeyM: "mark" };
const TAKEN = [" ", "Enter", "ArrowLeft", "ArrowRight"];

export function keys(deck) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const name = event.altKey ? IN_FIELDS[event.code] : named(event);
    if (!name || !deck.acts[name]) return;
    event.preventDefault();
    deck.act(name);
  });

  function named(event) {
    const { target } = event;
    if (target.closest("textarea,select,[contenteditable],input:not([type=checkbox],[type=radio],[type=range])")) return null;
    const keeps = target.closest("button,a[href],summary,input,[data-turns]") && !target.closest("[data-wave]");
    if (keeps && TAKEN.includes(event.key)) return null;
    const key = WIDE[event.key] ?? (event.key.length === 1 ? event.key.toLowerCase() : event.key);
    return event.shiftKey ? SHIFTED[key] : PLAIN[key];
  }
}
