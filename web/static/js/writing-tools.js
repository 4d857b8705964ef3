/* [data-tools=ID] is a toolbar that writes Markdown into the text area of that id. One stop for Tab,
   arrows within, Ctrl+B for bold. What is written can be undone like typing. */
(() => {
  /* Before, what is selected afterwards, after. A sample is selected without the marks before it,
     so that typing replaces the sample alone. */
  const BLOCKS = {
    heading: (chosen) => ["## ", chosen || "小标题", ""],
    list: (chosen) => marked("", "- ", chosen, "第一条"),
    table: (chosen) => ["| 情形 | 规定 |\n| --- | --- |\n| ", chosen || "情形一", " | 规定 |"],
    callout: (chosen, label) => marked(`> [!${label}]\n`, "> ", chosen, "写在这里"),
  };

  function marked(opening, mark, chosen, sample) {
    return chosen ? [opening, chosen.replace(/^/gm, mark), ""] : [opening + mark, sample, ""];
  }

  for (const bar of document.querySelectorAll("[data-tools]")) {
    const area = document.getElementById(bar.dataset.tools);
    const buttons = [...bar.querySelectorAll("[data-tool]")];
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-tool]");
      if (button) use(area, button.dataset.tool, button.textContent.trim());
    });
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
      for (const button of buttons) button.tabIndex = -1;
      buttons[next].tabIndex = 0;
      buttons[next].focus();
    });
    area.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey || event.shiftKey) return;
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "b") return;
      event.preventDefault();
      use(area, "bold");
    });
  }

  function use(area, tool, label) {
    area.focus();
    const chosen = area.value.slice(area.selectionStart, area.selectionEnd);
    if (tool === "bold") return put(area, "**", chosen || "要点", "**");
    const [before, inner, after] = BLOCKS[tool](chosen, label);
    put(area, gap(area.value.slice(0, area.selectionStart)) + before, inner, after + gapAfter(area));
  }

  /* A block stands alone: an empty line before it and after it. */
  function gap(before) {
    if (!before || before.endsWith("\n\n")) return "";
    return before.endsWith("\n") ? "\n" : "\n\n";
  }

  function gapAfter(area) {
    const after = area.value.slice(area.selectionEnd);
    if (!after || after.startsWith("\n\n")) return "";
    return after.startsWith("\n") ? "\n" : "\n\n";
  }

  function put(area, before, inner, after) {
    const start = area.selectionStart + before.length;
    const text = before + inner + after;
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    area.setSelectionRange(start, start + inner.length);
  }
})();
