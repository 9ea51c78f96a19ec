"""Drives the register's real window as a person does, and sees what a person and a screen reader see.

    story ── keys (xdotool) ──▶ window ──▶ picture (import) + tree of names (AT-SPI) ──▶ compared

It may not look into the program: what it knows comes from the window, the keyboard, and the
program's own commands. It never waits for a time, but until something is to be seen.
"""

import difflib
import json
import os
import pathlib
import re
import subprocess
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

PROGRAM = os.environ["TIDEOVER_BIN"]
UPDATE = bool(os.environ.get("UPDATE_STORIES"))
STORED = pathlib.Path("tests/stories")
DIFFERENT = pathlib.Path("target/stories")
SIZE = (1280, 720)
# Seconds until what should be seen must be there, on a busy machine.
PATIENCE_S = 20
# A new notice stands out for 0.7 s; pictures show it at rest.
REST_S = 1.0
# A person's speed: digits at a scanner's speed are taken for a scan.
TYPED_MS = 120
# A key that pays counts once within 0.25 s.
AGAIN_S = 0.4
# Pixels of a picture that may differ by more than a tenth: 0.2 % of it.
PIXELS_MAX = 1_800

# What differs from run to run: times, days, keys, journals, how far central is.
MASKS = [
    (re.compile(r"\d\d:\d\d(:\d\d)?( [-+]\d\d:\d\d)?"), "hh:mm"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "a day"),
    (re.compile(r"^(Prices|Precios) \d{8}-.*"), r"\1 …"),
    (re.compile(r"^(Not yet at central|Central|Falta en la central): .*"), r"\1: …"),
    (re.compile(r"^(OUTAGE): .*"), r"\1: …"),
    (re.compile(r"\b[0-9a-f]{4}( [0-9a-f]{4})+\b"), "a key"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "a journal"),
    (re.compile(r"/tmp/\S*/"), "…/"),
    (re.compile(r"127\.0\.0\.1:\d+"), "an address"),
]


class Failed(Exception):
    """Something is not as the story says."""


def run(*command, **more):
    """What a command prints; it must end well."""
    ended = subprocess.run(command, capture_output=True, **more)
    if ended.returncode != 0:
        said = (ended.stdout + ended.stderr).decode(errors="replace")
        raise Failed(f"{' '.join(map(str, command))} ended with {ended.returncode}: {said}")
    return ended.stdout


def show_names_to_screen_readers():
    """Says on this session's bus that a screen reader is there; windows then publish names."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    value = GLib.Variant("(ssv)", ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True)))
    where = ("org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set")
    bus.call_sync(*where, value, None, Gio.DBusCallFlags.NONE, 5_000, None)


def frame_of(process):
    """The window of a process in the tree of all programs; none while it has none."""
    desktop = Atspi.get_desktop(0)
    for place in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(place)
        if program and program.get_process_id() == process and program.get_child_count():
            return program.get_child_at_index(0)
    return None


class Window:
    """The window of one run of the program, and the story that is told in it."""

    def __init__(self, story, work, *arguments, environment=None):
        self.story, self.step = story, 0
        self.pressed = "", 0.0
        self.folder = work / story
        self.folder.mkdir(exist_ok=True)
        self.log = open(self.folder / "log", "ab")
        # What it says at its end, such as the demo's sums.
        self.said = open(self.folder / "said", "w+")
        command = [PROGRAM, *map(str, arguments)]
        more = {**os.environ, **(environment or {})}
        self.program = subprocess.Popen(command, stdout=self.said, stderr=self.log, env=more)
        self.shown = self.wait_window()

    def wait_window(self):
        """Waits for the window, gives it its size and the keyboard; its number."""
        def found():
            self.alive()
            search = ["xdotool", "search", "--onlyvisible", "--name", "^Tideover"]
            ended = subprocess.run(search, capture_output=True, text=True)
            return ended.stdout.split()[:1] if frame_of(self.program.pid) else None
        shown = self.until(found, "a window")[0]
        run("xdotool", "windowactivate", "--sync", shown)
        run("xdotool", "windowsize", shown, *map(str, SIZE), "mousemove", "1365", "799")
        return shown

    def next_window(self, words):
        """Goes on in the window that follows this one, once it shows these words."""
        self.wait(words)
        self.shown = self.wait_window()

    def alive(self):
        """The program runs."""
        if self.program.poll() is not None:
            raise Failed(f"it ended with {self.program.returncode}")

    def until(self, look, what):
        """Looks again and again; what was seen."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                if seen := look():
                    return seen
            except GLib.Error:
                pass  # The tree changed while it was read.
            time.sleep(0.05)
        raise Failed(f"{what} was not seen in {PATIENCE_S} s; seen was:\n{self.tree()[0]}")

    # --- hands

    def key(self, *names):
        """Presses keys, such as F12 or ctrl+e; the same one again no faster than a person."""
        for name in names:
            last, at = self.pressed
            if name == last:
                time.sleep(max(0.0, at + AGAIN_S - time.monotonic()))
            run("xdotool", "key", name)
            self.pressed = name, time.monotonic()

    def type(self, text):
        """Types as a person does."""
        run("xdotool", "type", "--delay", str(TYPED_MS), text)

    def line(self, text):
        """Types a line."""
        self.type(text)
        self.key("Return")

    def scan(self, code):
        """Sends a code as a scanner does."""
        run("xdotool", "type", "--delay", "1", f"{code}\r")

    # --- eyes

    def tree(self):
        """Roles, names and states of everything shown, a line each; and places of masked ones."""
        frame = frame_of(self.program.pid)
        if frame is None:
            self.alive()
            return "(no window)\n", []
        lines, masked = [], []

        def walk(node, depth):
            name = node.get_name()
            shown = name
            for pattern, instead in MASKS:
                shown = pattern.sub(instead, shown)
            if shown != name:
                place = node.get_component_iface().get_extents(Atspi.CoordType.WINDOW)
                masked.append((place.x, place.y, place.x + place.width, place.y + place.height))
            states = node.get_state_set()
            words = [node.get_role_name(), f'"{shown}"']
            if not states.contains(Atspi.StateType.SENSITIVE):
                words.append("disabled")
            for state in (Atspi.StateType.SELECTED, Atspi.StateType.CHECKED):
                if states.contains(state):
                    words.append(state.value_nick)
            lines.append("  " * depth + " ".join(words))
            for place in range(node.get_child_count()):
                if child := node.get_child_at_index(place):
                    walk(child, depth + 1)

        walk(frame, 0)
        return "\n".join(lines) + "\n", masked

    def wait(self, words):
        """Waits until a name with these words is shown."""
        self.until(lambda: words in self.tree()[0], f"'{words}'")

    def picture(self, file, masked):
        """The window's picture with what differs from run to run painted over."""
        boxes = [f"rectangle {left},{top} {right},{bottom}" for left, top, right, bottom in masked]
        draw = [word for box in boxes for word in ("-draw", box)]
        taken = run("import", "-window", self.shown, "-strip", "png:-")
        few = ["+dither", "-colors", "128"] if UPDATE else []
        run("convert", "png:-", "-fill", "#808080", *draw, *few, f"PNG:{file}", input=taken)

    def see(self, step):
        """Compares tree and picture of this step with those stored, until they agree."""
        self.step += 1
        name = f"{self.step:02}-{step}"
        stored = STORED / self.story / name
        if UPDATE:
            stored.parent.mkdir(exist_ok=True)
            tree, masked = self.rest()
            stored.with_suffix(".txt").write_text(tree)
            return self.picture(stored.with_suffix(".png"), masked)
        DIFFERENT.mkdir(parents=True, exist_ok=True)
        now = DIFFERENT / f"{self.story}-{name}"
        wanted = stored.with_suffix(".txt").read_text()
        end = time.monotonic() + PATIENCE_S
        why = ""
        while time.monotonic() < end:
            self.alive()
            try:
                tree, masked = self.tree()
            except GLib.Error:
                continue
            if tree != wanted:
                lines = difflib.unified_diff(wanted.splitlines(), tree.splitlines(), lineterm="")
                why = "the tree differs:\n" + "\n".join(lines)
                time.sleep(0.05)
                continue
            self.picture(now.with_suffix(".png"), masked)
            files = (str(stored.with_suffix(".png")), str(now.with_suffix(".png")))
            different = subprocess.run(
                ["compare", "-metric", "AE", "-fuzz", "10%", *files, "null:"],
                capture_output=True, text=True).stderr.split()[0]
            if float(different) <= PIXELS_MAX:
                now.with_suffix(".png").unlink()
                return None
            why = f"{different} pixels of the picture differ; see {now}.png"
            time.sleep(0.2)
        now.with_suffix(".txt").write_text(tree)
        raise Failed(f"{name}: {why}")

    def rest(self):
        """Waits until nothing changes any more."""
        tree, since = None, time.monotonic()
        while time.monotonic() - since < REST_S:
            try:
                now = self.tree()
            except GLib.Error:
                continue
            if now != tree:
                tree, since = now, time.monotonic()
            time.sleep(0.05)
        return tree

    # --- the end

    def close(self):
        """Closes the window as a person does; what the program said at its end."""
        run("xdotool", "key", "alt+F4")
        try:
            # Handing over to central is part of closing.
            ended = self.program.wait(3 * PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"the window did not close; seen was:\n{self.tree()[0]}") from None
        if ended != 0:
            raise Failed(f"it ended with {ended}")
        self.said.seek(0)
        return self.said.read()

    def stop(self):
        """Ends the program if it still runs."""
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()


def records(data):
    """The bodies of a journal by kind, in order."""
    lines = run(PROGRAM, "export", "--data", str(data)).decode().splitlines()
    return [json.loads(line.split(" ", 1)[1]) for line in lines]


def verify(data):
    """The journal is whole; the program's own verifier and its words say so."""
    found = json.loads(run(PROGRAM, "--json", "verify", "--data", str(data)))
    if not found["clean"]:
        raise Failed(f"the journal does not verify: {found}")
