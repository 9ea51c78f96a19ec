"""A browser for a test: headless Chromium over WebDriver (W3C), with nothing but the standard
library. The driver takes a free port of its own; browser and driver end with the test."""

import base64
import json
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--hide-scrollbars", "--disable-dev-shm-usage"]
ENTER, TAB, SPACE = "\ue007", "\ue004", " "


class Failed(Exception):
    """Something is not as the story says."""


class Browser:
    """One window of an own Chromium; `with Browser() as browser:` ends both."""

    def __init__(self, width=1280, height=900):
        self.profile = tempfile.TemporaryDirectory(prefix="tideover-browser-")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        port = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                port = found.group(1)
                break
        if port is None:
            raise Failed("chromedriver did not start")
        self.base = f"http://127.0.0.1:{port}"
        flags = FLAGS + [f"--user-data-dir={self.profile.name}",
                         f"--window-size={width},{height}"]
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": flags}}}})
        self.session = "/session/" + made["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._ask("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            self.profile.cleanup()

    def _ask(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise Failed(f"{path}: {said['error']}: {said['message'].splitlines()[0]}") from None

    def go(self, address):
        self._ask("POST", self.session + "/url", {"url": address})

    def address(self):
        return self._ask("GET", self.session + "/url")

    def size(self, width, height):
        self._ask("POST", self.session + "/window/rect", {"width": width, "height": height})

    def cdp(self, command, **params):
        self._ask("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": params})

    def look(self, script, *args):
        """What a script sees; it changes nothing on the page."""
        return self._ask("POST", self.session + "/execute/sync", {"script": script, "args": args})

    def find(self, selector, inside=None):
        all_of_it = self.find_all(selector, inside)
        if not all_of_it:
            raise Failed(f"nothing at {selector} on {self.address()}")
        return all_of_it[0]

    def find_all(self, selector, inside=None):
        path = f"/element/{inside[ELEMENT]}/elements" if inside else "/elements"
        return self._ask("POST", self.session + path,
                         {"using": "css selector", "value": selector})

    def click(self, element):
        self._ask("POST", f"{self.session}/element/{element[ELEMENT]}/click")

    def submit(self, button):
        """A click that leaves the page: it waits until the next one is there, whole."""
        before = self.find("html")

        def gone():
            try:
                self._ask("GET", f"{self.session}/element/{before[ELEMENT]}/name")
                return False
            except Failed:
                return True

        self.click(button)
        self.until(gone, "the next page", 120)
        self.until(lambda: self.look("return document.readyState") == "complete", "all of it", 120)

    def type(self, element, text):
        self._ask("POST", f"{self.session}/element/{element[ELEMENT]}/value", {"text": text})

    def text(self, element):
        return self._ask("GET", f"{self.session}/element/{element[ELEMENT]}/text")

    def keys(self, text):
        """Keys that go to whatever has the keyboard."""
        actions = [move for key in text
                   for move in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})]
        self._ask("POST", self.session + "/actions", {"actions": [
            {"type": "key", "id": "keys", "actions": actions}]})

    def picture(self, path):
        """The whole page, however long it is."""
        shot = self._ask("POST", self.session + "/goog/cdp/execute", {
            "cmd": "Page.captureScreenshot",
            "params": {"format": "png", "captureBeyondViewport": True}})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def until(self, true, what, seconds=30):
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise Failed(f"waited {seconds} s for {what}")
            time.sleep(0.05)
