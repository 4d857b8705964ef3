"""How long an hour-long stereo call takes to open in the player, and how evenly it scrolls.

    python -m tests.bench.player [--minutes 60] [--media ulaw|pcm|gsm]

Made on the spot: speech-like noise on two channels of 8 kHz, 800 turns of transcript. Printed are
the time to measure it, the windows of its waveform, the first bytes of its sound, the page's bytes
and the time until its waveform is drawn in Chromium, and the times between frames while one
scrolls and zooms.
"""

from __future__ import annotations

import argparse
import io
import logging
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as DriverService
from selenium.webdriver.support.wait import WebDriverWait

from qa import transcribing
from qa.tables import Recording
from qa.transcripts import Utterance
from tests.browser.conftest import Site, site_here
from tests.browsing import Client
from tests.homes import Homes
from tests.qa.sounds import RATE, syllables
from tests.qa_world import add_call, add_recording
from tests.world import NOW
from web import sounds
from web.app import create_app

KEY = "C-hour"
TURN = 4.5
SUBTYPES = {"ulaw": "ULAW", "pcm": "PCM_16", "gsm": "GSM610", "adpcm": "IMA_ADPCM"}

FRAMES = """
const done = arguments[1], steps = arguments[0], wave = document.querySelector('[data-wave]');
const times = [];
let last = performance.now(), n = 0;
document.player.act('zoomIn'); document.player.act('zoomIn'); document.player.act('zoomIn');
document.player.act('zoomIn'); document.player.act('zoomIn');
function step(now) {
  times.push(now - last); last = now;
  const event = {deltaX: 40, bubbles: true, cancelable: true};
  if (n % 60 === 59) wave.dispatchEvent(new WheelEvent('wheel', {deltaY: n % 120 > 60 ? -60 : 60,
    ctrlKey: true, bubbles: true, cancelable: true, clientX: 600}));
  else wave.dispatchEvent(new WheelEvent('wheel', event));
  if (++n < steps) requestAnimationFrame(step); else done(times.slice(2));
}
requestAnimationFrame(step);
"""
DRAWN = """
const canvas = document.querySelector('[data-wave-canvas]');
if (!document.player || !canvas.width) return false;
const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height - 22).data;
let inked = 0;
for (let n = 3; n < data.length; n += 4 * 7) inked += data[n] > 0;
return inked > 2000;
"""


def timed(told: str, does: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    made = does()
    print(f"{told:<46}{1000 * (time.perf_counter() - began):>10.1f} ms")
    return made


def sound(minutes: float, media: str) -> bytes:
    piece = np.asarray(syllables(30, -20, 1), dtype="float32")
    quiet = np.zeros(RATE * 5, dtype="float32")
    agent = np.concatenate([piece, quiet, piece[::-1], quiet])
    caller = np.concatenate([quiet, piece[::-1], quiet, piece])
    count = round(minutes * 60 * RATE)
    rows = np.stack([np.resize(agent, count), np.resize(caller, count)], axis=1)
    target = io.BytesIO()
    whole = rows[:, 0] if media == "gsm" else rows
    soundfile.write(target, whole, RATE, format="WAV", subtype=SUBTYPES[media])
    return target.getvalue()


def add(site: Site, minutes: float, media: str) -> Recording:
    content = timed("make the sound", lambda: sound(minutes, media))
    services, seconds = site.world.services, minutes * 60
    kept = services.recordings.put(io.BytesIO(content))
    mono = media == "gsm"
    with site.world.work(doing="bench") as session:
        call = add_call(session, KEY, site.world.person("agent").id, seconds=seconds)
        about: dict[str, Any] = {"channels": 1, "agent_side": ""} if mono else {}
        about |= {"sha256": kept.sha256, "size": kept.size, "seconds": seconds}
        recording = add_recording(session, call, **about)
        said = [
            Utterance(
                Fraction(str(n * TURN)),
                Fraction(str(n * TURN + 4)),
                f"第{n}句：请问这张车票可以退吗？" * 3,
                "agent" if n % 2 else "customer",
            )
            for n in range(int(seconds / TURN))
        ]
        transcribing.add(session, call, said, "file", None, NOW)
    print(f"{'the file':<46}{kept.size / 1e6:>10.1f} MB")
    store = services.recordings
    timed(
        "measure it (figures and peaks, in a job)",
        lambda: sounds.measure(services.db, store, recording.id, NOW),
    )
    with site.world.reading() as session:
        return session.get_one(Recording, recording.id)


def server(site: Site, recording: Recording) -> None:
    """Times at the server, without a browser."""
    app = create_app(site.world.services.settings, made=site.world.services)
    app.test_client_class = Client
    client = app.test_client()
    client.sign_in(site.world, "inspector")
    url = f"/qa/calls/{KEY}/sound/{recording.id}"
    page = timed("the page, first", lambda: client.get(f"/qa/calls/{KEY}"))
    timed("the page, again", lambda: client.get(f"/qa/calls/{KEY}"))
    print(f"{'its bytes':<46}{len(page.data) / 1000:>10.1f} kB")
    points = int(recording.seconds * 50)
    thin = next(level for level in (1, 4, 16, 64, 256, 1024) if points * 1.02 / level < 8192)
    whole = timed(
        "the whole waveform, first (levels are made)",
        lambda: client.get(f"{url}/peaks?thin={thin}&first=0&count=8192"),
    )
    print(f"{'its bytes':<46}{len(whole.data) / 1000:>10.1f} kB")
    timed(
        "a window of the finest level",
        lambda: client.get(f"{url}/peaks?thin=1&first={points // 2}&count=2048"),
    )
    timed("first 64 kB of sound", lambda: client.get(url, headers={"Range": "bytes=0-65535"}))
    size = client.head(url).content_length or 0
    middle = {"Range": f"bytes={size // 2 + 1}-{size // 2 + 65536}"}
    timed("64 kB from the middle", lambda: client.get(url, headers=middle))


def browser(site: Site, folder: Path) -> None:
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1440,900"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={folder / 'chromium'}")
    driver = Chrome(options=options, service=DriverService(shutil.which("chromedriver")))
    try:
        _look(driver, site)
    finally:
        driver.quit()


def _look(driver: Chrome, site: Site) -> None:
    driver.set_script_timeout(120)
    app = create_app(site.world.services.settings, made=site.world.services)
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    driver.get(site.url("/healthz"))
    cookie = signer.dumps({"sign_in": site.token("inspector")})
    driver.add_cookie({"name": "zhixi", "value": cookie, "path": "/"})
    driver.get(site.url("/help"))

    def opened() -> None:
        driver.get(site.url(f"/qa/calls/{KEY}"))
        WebDriverWait(driver, 120, 0.02).until(lambda d: d.execute_script(DRAWN))

    for told in ("open it until the waveform is drawn, first", "the same, again"):
        timed(told, opened)
    timed(
        "press play until the sound moves",
        lambda: (
            ActionChains(driver).send_keys("k").perform(),
            WebDriverWait(driver, 120, 0.02).until(
                lambda d: d.execute_script("return document.player.now > 0.05")
            ),
        ),
    )
    timed(
        "jump to 50 minutes until the sound moves there",
        lambda: (
            driver.execute_script("document.player.seek(document.player.seconds * 5 / 6)"),
            WebDriverWait(driver, 120, 0.02).until(
                lambda d: d.execute_script(
                    "return document.player.now > document.player.seconds * 5 / 6 + 0.05"
                )
            ),
        ),
    )
    times = sorted(driver.execute_async_script(FRAMES, 600))
    for told, value in (
        ("between frames while scrolling: median", statistics.median(times)),
        ("  95 of 100 within", times[int(len(times) * 0.95)]),
        ("  the longest of 598", times[-1]),
    ):
        print(f"{told:<46}{value:>10.1f} ms")
    used = driver.execute_script("return performance.memory.usedJSHeapSize / 1e6")
    print(f"{'script memory of the page':<46}{used:>10.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.player")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--media", choices=sorted(SUBTYPES), default="ulaw")
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        homes = Homes(folder / "homes")
        with site_here(homes, folder / "home") as site:
            recording = add(site, options.minutes, options.media)
            server(site, recording)
            browser(site, folder)
        homes.close()


if __name__ == "__main__":
    main()
