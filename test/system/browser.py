"""A headless Chromium, told what to do in WebDriver's protocol."""

import base64
import http.client
import json
import os
import shutil
import subprocess

import pytest

import harness

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
KEYS = {"tab": "\ue004", "enter": "\ue007", "space": " "}


class Failed(Exception):
    """What the driver says of a command that it could not do."""


class Browser:
    def __init__(self, folder):
        self.folder = folder
        self.port = harness.free_port()
        self.process = subprocess.Popen(
            [DRIVER, f"--port={self.port}", "--log-level=OFF"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder)})
        self.session = None
        harness.wait_until(self._is_up, "chromedriver")

    def _is_up(self):
        try:
            return self._call("GET", "/status")["ready"]
        except OSError:
            return False

    def _call(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            c.request(method, path, None if body is None else
                      json.dumps(body))
            answer = json.loads(c.getresponse().read())["value"]
        finally:
            c.close()
        if isinstance(answer, dict) and "error" in answer:
            raise Failed(answer["message"])
        return answer

    def _do(self, what, **words):
        return self._call("POST", f"/session/{self.session}/{what}", words)

    def begin(self):
        """As root there is no sandbox of its own; without one, no tab of it
        may meet what is not ours."""
        chrome = {"binary": CHROMIUM, "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            f"--user-data-dir={self.folder}/profile",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": chrome,
                  "goog:loggingPrefs": {"browser": "ALL",
                                        "performance": "ALL"}}
        self.session = self._call("POST", "/session", {
            "capabilities": {"alwaysMatch": wanted}})["sessionId"]
        return self

    def devtools(self, command, **params):
        return self._do("goog/cdp/execute", cmd=command, params=params)

    def size(self, width, height, phone=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width,
                      height=height, deviceScaleFactor=1, mobile=phone)

    def prefers(self, scheme):
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        self._do("url", url=url)

    def run(self, script, *words):
        """What "return ..." gives."""
        return self._do("execute/sync", script=script, args=list(words))

    def wait(self, script, what, patience=harness.PATIENCE):
        return harness.wait_until(lambda: self.run(script), what, patience)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])"
                        ".innerText", selector)

    def press(self, key, shift=False):
        value = KEYS.get(key, key)
        keys = [{"type": "keyDown", "value": value},
                {"type": "keyUp", "value": value}]
        if shift:
            keys = [{"type": "keyDown", "value": "\ue008"}, *keys,
                    {"type": "keyUp", "value": "\ue008"}]
        self._do("actions", actions=[{"type": "key", "id": "keys",
                                      "actions": keys}])

    def write(self, words):
        for letter in words:
            self.press(letter)

    def log(self, kind="browser"):
        """What came since it was last asked for."""
        return self._do("se/log", type=kind)

    def requests(self):
        """Addresses that the page has asked since this was last asked for."""
        lines = [json.loads(line["message"])["message"]
                 for line in self.log("performance")]
        return [line["params"]["request"]["url"] for line in lines
                if line["method"] == "Network.requestWillBeSent"]

    def picture(self, whole=False):
        """A PNG."""
        return base64.b64decode(self.devtools(
            "Page.captureScreenshot", captureBeyondViewport=whole,
            **self._clip(whole))["data"])

    def _clip(self, whole):
        if not whole:
            return {}
        w, h = self.run("const e = document.documentElement;"
                        "return [e.clientWidth, e.scrollHeight]")
        return {"clip": {"x": 0, "y": 0, "width": w, "height": h,
                         "scale": 1}}

    def end(self):
        if self.session is not None:
            try:
                self._call("DELETE", f"/session/{self.session}")
            except (Failed, OSError):
                pass
        self.process.terminate()
        self.process.wait(harness.PATIENCE)
        for pid in harness.session_members(self.process.pid):
            harness.end(pid)


@pytest.fixture
def browser(place):
    for name, found in ("chromium", CHROMIUM), ("chromedriver", DRIVER):
        if found is None:
            pytest.skip(f"{name} is not installed")
    # Not in tmp_path, which has the user's name: Chromium makes a UNIX socket
    # below, and the path of that must stay shorter than 108 bytes.
    one = Browser(place)
    try:
        yield one.begin()
    finally:
        one.end()
