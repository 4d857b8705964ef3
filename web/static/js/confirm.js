/* [data-confirm="…"] on a button or form asks before it acts. */
(() => {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  const words = document.getElementById("confirm-text");
  const yes = dialog.querySelector("[data-confirm-yes]");
  let waiting = null;
  let agreed = null;

  document.addEventListener(
    "submit",
    (event) => {
      const button = event.submitter;
      const question = button?.dataset.confirm ?? event.target.dataset.confirm;
      if (!question || agreed === event.target) {
        agreed = null;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      waiting = { form: event.target, button };
      words.textContent = question;
      yes.textContent = button?.textContent.trim() || "确定";
      dialog.returnValue = "";
      dialog.showModal();
    },
    true,
  );

  dialog.addEventListener("close", () => {
    const act = waiting;
    waiting = null;
    if (!act || dialog.returnValue !== "yes") return;
    agreed = act.form;
    act.form.requestSubmit(act.button);
  });
})();
