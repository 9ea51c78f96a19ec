#!/bin/sh
# Makes the pictures of the README and the runbooks from the real window, 1280 x 720.
#
#   docs/images/make.sh [program]        the program; target/debug/tideover while none is named
#
# Needs Xvfb, xdotool and ImageMagick. Nothing outside docs/images and a temporary folder changes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=${1:-$here/../../target/debug/tideover}
work=$(mktemp -d)
screen= window=
finish() {
    for process in $window $screen; do kill "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT INT TERM

# The server picks a free display and tells it.
Xvfb -displayfd 3 -screen 0 1280x720x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
screen=$!
tries=50
until [ -s "$work/display" ]; do
    tries=$((tries - 1)); [ "$tries" -gt 0 ] || { echo "Xvfb did not start" >&2; exit 1; }
    sleep 0.2
done
DISPLAY=:$(cat "$work/display"); export DISPLAY
unset WAYLAND_DISPLAY

LIBGL_ALWAYS_SOFTWARE=1 "$program" demo --data "$work/store" >"$work/words" 2>&1 &
window=$!
tries=150
until found=$(xdotool search --onlyvisible --name 'Tideover register' 2>/dev/null); do
    tries=$((tries - 1)); [ "$tries" -gt 0 ] || { cat "$work/words" >&2; exit 1; }
    sleep 0.2
done
found=$(echo "$found" | head -n 1)
# No window manager runs here, so nobody else gives the window its place and the keyboard.
xdotool windowmove "$found" 0 0 windowsize "$found" 1280 720 windowfocus "$found"
sleep 3

typed() { xdotool type --delay 120 "$1"; xdotool key Return; sleep 0.6; }
scanned() { xdotool type --delay 1 "$1"; xdotool key Return; sleep 0.4; }
pressed() { xdotool key "$1"; sleep 0.6; }
picture() {
    sleep 0.9 # A new notice stands out for a moment; the picture shows it at rest.
    import -window root -strip -colors 128 "PNG8:$here/$1"
}

picture sign-in.png
typed 41; typed 702946; sleep 1.5
typed 150.00
pressed F1; pressed ctrl+o
pressed 1; pressed 6; pressed Return
picture outage.png
xdotool type --delay 120 'Network line cut'; pressed Return
xdotool type --delay 120 'INC-2041'; pressed Return
sleep 1
typed '0.65*4011'
scanned 401100370077
scanned 401101480287
scanned 401103330634
scanned 401107031339
typed '2.10*4131'
typed '2*401131085889'
scanned 401132566165
scanned 401134046443
picture sell.png
pressed F12
picture tender.png
typed 60.00; sleep 1
picture done.png
# The next customer: a code that nobody knows, and beer.
scanned 4006381333931
scanned 413209520727
scanned 401100370077
picture yellow.png
pressed F2
xdotool type --delay 120 'whole milk'; sleep 1
picture find.png
pressed Escape; pressed Escape
pressed F3; sleep 1
picture fast.png
pressed Escape
pressed F12
xdotool type --delay 120 '4.50'; pressed Return; pressed 7; sleep 1
pressed F12
picture age.png
typed 05171990; sleep 1
pressed F9
picture check.png
ls -l "$here"/*.png
