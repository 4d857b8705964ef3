/* form[data-upload=MEGABYTES] with a file: sent by itself, and says how far it is. Too large a file is
   told before it is sent. Without script the form goes as any other. */
(() => {
  for (const form of document.querySelectorAll("form[data-upload]")) {
    const bar = form.querySelector("[data-progress]");
    const fault = form.querySelector("[data-fault]");
    const button = form.querySelector("button");

    form.addEventListener("submit", (event) => {
      const file = form.querySelector("input[type=file]").files[0];
      if (!file) return;
      event.preventDefault();
      fault.hidden = true;
      const most = Number(form.dataset.upload);
      const size = file.size / 1024 / 1024;
      if (size > most) return wrong(`文件有 ${size.toFixed(0)} MB，最多 ${most} MB。请压缩，或切成几课。`);
      send(new FormData(form));
    });

    function send(data) {
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("X-Upload", "1");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => tell(event.loaded, event.total));
      request.addEventListener("error", () => wrong("网络断了，没有传完。请再按一次“上传”。"));
      request.addEventListener("load", () => {
        const { address, sentence } = request.response ?? {};
        if (address) {
          const here = new URL(address, location.href);
          const same = here.pathname === location.pathname;
          location.href = here.href;
          if (same) location.reload();
        } else wrong(sentence ?? "没有传上去，请刷新页面再试一次。");
      });
      button.disabled = true;
      bar.hidden = false;
      tell(0, 1);
      request.send(data);
    }

    function tell(done, all) {
      const percent = Math.floor((100 * done) / (all || 1));
      bar.querySelector("progress").value = percent;
      bar.querySelector("[data-told]").textContent = percent < 100 ? `${percent}%` : "传完了，正在检查…";
    }

    function wrong(sentence) {
      button.disabled = false;
      bar.hidden = true;
      fault.hidden = false;
      fault.querySelector("span").textContent = sentence;
    }
  }
})();
