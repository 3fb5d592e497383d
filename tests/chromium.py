"""A real browser on a real Datasette: Debian's Chromium, headless, and a record of every request that it made."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_core_python.base import AXE_FILE_PATH
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SCREENS = Path(__file__).parents[1] / "build" / "screens"
_SHIFT = """
const done = arguments[arguments.length - 1];
let sum = 0;
const add = (list) => { for (const one of list.getEntries()) sum += one.value; };
const observer = new PerformanceObserver(add);
observer.observe({ type: "layout-shift", buffered: true });
setTimeout(() => { add({ getEntries: () => observer.takeRecords() }); done(sum); }, 300);
"""
AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
# What Chromium asks for by itself, whatever page it shows, is off.
_QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
    "--no-default-browser-check", "--no-pings", "--disable-domain-reliability",
)  # fmt: skip
_PATIENCE = 30.0  # seconds


def require_chromium() -> tuple[str, str]:
    """Return the browser's and its driver's paths; skip without them, or fail where they have to be (CI)."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if found[0] is None or found[1] is None:
        reason = (
            "Chromium and its driver are not installed (Debian: apt-get install chromium chromium-driver)"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found[0], found[1]


class Window:
    """A browser window on one Datasette."""

    def __init__(self, driver: Chrome, base: str) -> None:
        self.driver = driver
        self.base = base
        self.requested: list[str] = []

    def open(self, path: str) -> None:
        self.driver.get(self.base + path)
        self.until("document.body && document.readyState === 'complete'")

    def one(self, selector: str) -> Element:
        return Element(self.driver.find_element(By.CSS_SELECTOR, selector))

    def all(self, selector: str) -> list[Element]:
        return [Element(found) for found in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def text(self, selector: str = "main") -> str:
        return str(self.one(selector).found.text)

    def press(self, keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(keys)

    def script(self, code: str, *arguments: object) -> object:
        found: object = self.driver.execute_script(code, *arguments)  # type: ignore[no-untyped-call]
        return found

    def until(self, code: str) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + _PATIENCE
        while not self.script(f"return Boolean({code})"):
            assert time.monotonic() < end, code
            time.sleep(0.05)

    def media(self, **features: str) -> None:
        """Have pages rendered as for a reader with these preferences, such as prefers_color_scheme="dark"."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def size(self, width: int, height: int) -> None:
        """Have the page as wide and high as that: a window can't be as narrow as a phone."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def screen(self, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SCREENS / f"{name}.png"))

    def requests(self) -> list[str]:
        """Return the address of every request since the window was opened, whoever made it."""
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            if message["method"] in {"Network.requestWillBeSent", "Network.webSocketCreated"}:
                parameters = message["params"]
                self.requested.append(parameters.get("request", parameters)["url"])
        return self.requested

    def strayed(self) -> list[str]:
        """Return the requests that were for anything but this Datasette."""
        inner = ("data:", "about:", "blob:", "chrome:", "chrome-untrusted:")
        host = urlsplit(self.base).netloc
        return [url for url in self.requests() if not url.startswith(inner) and urlsplit(url).netloc != host]

    def complaints(self) -> list[str]:
        """Return what the browser's console says is wrong, such as what a policy forbade."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def barriers(self) -> list[str]:
        """Return what axe-core finds serious or critical on this page."""
        self.script(AXE)
        result = self.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")  # type: ignore[no-untyped-call]
        return [
            f"{found['id']} ({found['impact']}): {node['html'][:200]}"
            for found in result["violations"] if found["impact"] in {"serious", "critical"}
            for node in found["nodes"]
        ]  # fmt: skip

    def shift(self) -> float:
        """Return by how much what was shown already moved while the page loaded, as the web vital "CLS" has it; 0 is not at all."""
        return float(self.driver.execute_async_script(_SHIFT))  # type: ignore[no-untyped-call]


class Element:
    """A part of the page."""

    def __init__(self, found: object) -> None:
        self.found = found  # type: ignore[assignment]

    def click(self) -> None:
        self.found.click()

    def fill(self, text: str, *, enter: bool = False) -> None:
        self.found.clear()
        self.found.send_keys(text + (Keys.ENTER if enter else ""))

    def style(self, name: str) -> str:
        return str(self.found.value_of_css_property(name))


@contextmanager
def datasette(*files: Path, options: tuple[str, ...] = ()) -> Iterator[str]:
    """Serve the files on loopback, as a user would, and give the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "datasette", "serve", *map(str, files), "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_for(base, server)
            yield base
        finally:
            server.terminate()


def _wait_for(base: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"{base}/-/versions.json", timeout=5).close()  # noqa: S310 - ours
        except OSError:
            assert server.poll() is None, "Datasette has ended"
            assert time.monotonic() < end, "Datasette does not answer"
            time.sleep(0.1)
        else:
            return


@contextmanager
def window(base: str, profile: Path) -> Iterator[Window]:
    """Open a browser window with an empty profile."""
    browser, driver = require_chromium()
    options = ChromeOptions()
    options.binary_location = browser
    for switch in (*_QUIET, f"--user-data-dir={profile}", "--window-size=1280,900"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield Window(chrome, base)
    finally:
        chrome.quit()
