/* What has been typed is not lost: form[data-draft=KEY] keeps its fields for this window until a save
   has gone through, offers them again if it has not, and asks before one leaves with them unsaved.
   A page that saves without going to another one says so with the event "saved" on the form. */
(() => {
  const PREFIX = "draft:";
  const SENT = "draft-sent";
  const mishap = document.body.hasAttribute("data-mishap") || document.querySelector("[data-keep-out]");
  const forms = [...document.querySelectorAll("form[data-draft]")];
  let dirty = false;

  const store = {
    get: (key) => JSON.parse(attempt(() => sessionStorage.getItem(key)) ?? "null"),
    set: (key, value) => attempt(() => sessionStorage.setItem(key, JSON.stringify(value))),
    drop: (key) => attempt(() => sessionStorage.removeItem(key)),
  };

  function attempt(act) {
    try {
      return act();
    } catch {
      return null;
    }
  }

  const name = (form) => PREFIX + form.dataset.draft;

  function fields(form) {
    return [...form.elements].filter(
      (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
    );
  }

  function read(form) {
    return fields(form).map((field) => [
      field.name,
      ["checkbox", "radio"].includes(field.type) ? [field.value, field.checked] : field.value,
    ]);
  }

  function write(form, kept) {
    const places = new Map();
    for (const [key, value] of kept) {
      const nth = places.get(key) ?? 0;
      places.set(key, nth + 1);
      const field = fields(form).filter((one) => one.name === key)[nth];
      if (!field) continue;
      if (Array.isArray(value)) field.checked = value[1];
      else field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  /* A save that was sent and led to an ordinary page went through; a page with the same form
     marked data-draft-failed, an error page or the sign-in page says that it did not. */
  function settle() {
    const sent = store.get(SENT);
    if (!sent || mishap) return;
    store.drop(SENT);
    const again = forms.find((form) => name(form) === sent);
    if (!again || !("draftFailed" in again.dataset)) store.drop(sent);
  }

  function offer(form) {
    const kept = store.get(name(form));
    if (!kept || JSON.stringify(kept) === JSON.stringify(read(form))) return;
    const notice = document.createElement("div");
    notice.className = "notice warn";
    notice.setAttribute("role", "status");
    const words = document.createElement("p");
    words.textContent = "这里有上次没有保存的内容。";
    const take = button("取回", "button slim first");
    const leave = button("不要了", "button slim");
    notice.append(words, take, leave);
    form.before(notice);
    take.addEventListener("click", () => (write(form, kept), notice.remove()));
    leave.addEventListener("click", () => (store.drop(name(form)), notice.remove()));
  }

  function button(words, look) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = look;
    made.textContent = words;
    return made;
  }

  settle();
  for (const form of forms) {
    offer(form);
    form.addEventListener("input", () => {
      dirty = true;
      store.set(name(form), read(form));
    });
    form.addEventListener("saved", () => {
      dirty = false;
      store.drop(name(form));
      store.drop(SENT);
    });
    form.addEventListener("submit", () => {
      dirty = false;
      store.set(name(form), read(form));
      store.set(SENT, name(form));
    });
  }
  addEventListener("beforeunload", (event) => dirty && event.preventDefault());
})();
