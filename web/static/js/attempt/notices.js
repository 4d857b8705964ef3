/* What stands above the questions when something has to be known or decided: each thing once, by name. */
export class Notices {
  constructor(place) {
    this.place = place;
  }

  #box(name, kind, words, lines = [], ...acts) {
    this.drop(name);
    const box = document.createElement("div");
    box.className = `notice ${kind} sit-notice`;
    box.dataset.notice = name;
    const text = document.createElement("div");
    text.append(paragraph(words), ...(lines.length ? [list(lines)] : []));
    if (acts.length) {
      const row = document.createElement("p");
      row.className = "row";
      row.append(...acts);
      text.append(row);
    }
    box.append(text);
    this.place.append(box);
    return box;
  }

  drop(name) {
    this.place.querySelector(`[data-notice="${name}"]`)?.remove();
  }

  say(name, kind, words) {
    this.#box(name, kind, words);
  }

  signIn(address) {
    if (this.place.querySelector("[data-notice='sign-in']")) return;
    const link = document.createElement("a");
    Object.assign(link, { href: address, target: "_blank", rel: "opener", className: "button", textContent: "在新窗口登录" });
    this.#box("sign-in", "warn", "登录已过期。您的答案都在这一页上，也存在这台电脑上；登录以后会自动接着保存，不用重答。", [], link);
  }

  storeless() {
    if (this.place.querySelector("[data-notice='storeless']")) return;
    this.#box("storeless", "warn", "这个浏览器不让网页在电脑上存东西（可能是无痕窗口，或磁盘满了）。断网时请不要关闭这一页。");
  }

  lock(words, unsaved, resume) {
    const acts = unsaved.length
      ? [button(`在这里继续作答，并保存这 ${unsaved.length} 处`, "first", () => resume(true)), button("在这里继续，不要这几处", "", () => resume(false))]
      : [button("在这里继续作答", "first", () => resume(true))];
    const more = unsaved.length ? `${words}这一页还有没保存的：` : words;
    this.#box("lock", "bad", more, unsaved, ...acts).scrollIntoView({ block: "nearest" });
  }

  choose(lines, decide) {
    const chosen = (wanted) => {
      this.drop("left");
      decide(wanted);
    };
    this.#box("left", "warn", "这台电脑上还有上次没有保存的答案，之后又在别处作答过。要用哪一份？", lines, button("用这台电脑上的", "", () => chosen(true)), button("不要了，用服务器上的", "", () => chosen(false)));
  }

  late(byTime, lines, address) {
    const on = document.createElement("a");
    Object.assign(on, { href: address, className: "button first", textContent: "知道了" });
    this.#box("late", "bad", `${byTime ? "时间到，已交卷" : "已交卷"}。下面的答案在那以后才送到，没有计入；考官看得到它们到达的时间。`, lines, on);
  }

  /* What handing in would hand in. */
  sum(place, total, open, flagged, refused, go) {
    const parts = [paragraph(`共 ${total} 题，已答 ${total - open.length} 题。交卷以后不能再改。`)];
    if (refused.length) parts.push(jumps("没有保存成功，要改过才算数：", refused, go));
    if (open.length) parts.push(jumps(`还有 ${open.length} 题没有答：`, open, go));
    if (flagged.length) parts.push(jumps("有标记：", flagged, go));
    place.replaceChildren(...parts);
  }
}

function paragraph(words) {
  const made = document.createElement("p");
  made.textContent = words;
  return made;
}

function list(lines) {
  const made = document.createElement("ul");
  made.append(...lines.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
  return made;
}

function button(words, kind, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: `button ${kind}`, textContent: words });
  made.addEventListener("click", async () => {
    made.disabled = true;
    if ((await act()) === false) made.disabled = false;
  });
  return made;
}

function jumps(words, positions, go) {
  const made = paragraph(words);
  made.className = "sit-jumps";
  made.append(...positions.map((position) => {
    const one = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: `第 ${position} 题` });
    one.addEventListener("click", () => go(position));
    return one;
  }));
  return made;
}
