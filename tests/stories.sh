#!/usr/bin/env bash
# Works through the stories of tests/stories/stories.py in the real window on a virtual display, by
# the keyboard alone. At each step the window's picture and its tree of names (as a screen reader
# gets it) are compared with those in tests/stories/; then the journal is verified and the money
# at the register and at central is compared with what the story says.
#
#   tests/stories.sh [STORY...]         all, or those named
#   UPDATE_STORIES=1                    pictures and trees are written anew: look at them
#   TIDEOVER_BIN=...                    the program (default: target/debug/tideover)
#   TIDEOVER_WINDOW_REQUIRED=1          a missing tool is a failure, not a skip
#
# What differs from the stored goes to target/stories/.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/screen.sh
SCREEN_PACKAGES="$SCREEN_PACKAGES at-spi2-core gir1.2-atspi-2.0 python3-gi dbus-daemon"
export TIDEOVER_BIN="${TIDEOVER_BIN:-target/debug/tideover}"
# Debian's own Python: only it knows the accessibility library.
python=/usr/bin/python3

skip() { echo "skipped: $*"; exit "${TIDEOVER_WINDOW_REQUIRED:-0}"; }
missing=$(screen_needs Xvfb xdotool openbox import convert compare dbus-run-session) || skip "$missing"
"$python" -c 'import gi; gi.require_version("Atspi", "2.0")' 2>/dev/null ||
    skip "python3-gi or gir1.2-atspi-2.0 is not installed; apt-get install -y" \
        "--no-install-recommends $SCREEN_PACKAGES"
[ -x "$TIDEOVER_BIN" ] || { echo "FAILED: $TIDEOVER_BIN is not there; build it first"; exit 1; }

work=$(mktemp -d)
finish() {
    stop_screen
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Nothing of the person at this machine is read, and nothing is left behind.
export HOME="$work/home" XDG_RUNTIME_DIR="$work/run"
unset XDG_DATA_HOME XDG_CONFIG_HOME DBUS_SESSION_BUS_ADDRESS
mkdir -p "$HOME" && mkdir -m 700 "$XDG_RUNTIME_DIR"
start_screen "$work" 1366x800 || exit 1
start_desktop "$work"
dbus-run-session -- "$python" tests/stories/stories.py "$work" "$@" 2>"$work/words"
ended=$?
[ "$ended" -eq 0 ] || grep -v -e dbus-daemon -e SpiRegistry "$work/words" >&2
exit "$ended"
