#!/usr/bin/env bash
# A picture of every screen and task page from the real window, worked by keys alone, in English
# and Spanish at 1024x768 and 1366x768: docs/images/screens/NAME-LANGUAGE-WIDTH.png. It also writes
# docs/screens.md, where they stand side by side.
#
#   docs/images/screens.sh [program]     the program; target/debug/tideover while none is named
#
# Needs what tests/screen.sh names. About two minutes for each language and size.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/screen.sh
program=$(realpath "${1:-target/debug/tideover}")
missing=$(screen_needs Xvfb xdotool openbox import) || { echo "$missing" >&2; exit 2; }
work=$(mktemp -d)
out=docs/images/screens
window=
finish() {
  [ -z "$window" ] || kill "$window" 2>/dev/null || true
  stop_screen
  rm -rf "$work"
}
trap finish EXIT
mkdir -p "$out"
start_screen "$work" 1366x768

typed() { xdotool type --delay 110 "$1"; xdotool key Return; sleep 0.6; }
scanned() { xdotool type --delay 1 "$1"; xdotool key Return; sleep 0.4; }
pressed() { for key in "$@"; do xdotool key "$key"; sleep 0.5; done; }
picture() {
  sleep 0.9 # A new notice stands out for a moment; the picture shows it at rest.
  import -window "$shown" -strip -colors 64 "PNG8:$out/$1-$language-$width.png"
}
# The pages stand in the list of the store in this order; a name a row.
pages=$(sed -n '/const ALL: &\[Self\] = &\[/,/\];/s/.*Self::\([A-Za-z]*\),/\1/p' \
  src/register/page/mod.rs | sed 's/\([a-z]\)\([A-Z]\)/\1-\2/g' | tr '[:upper:]' '[:lower:]')

tour() { # every screen once, in the language and the size that are set
  local store="$work/store-$language-$width" tries=300 found
  "$program" demo --data "$store" >"$work/words" 2>&1 &
  window=$!
  until found=$(xdotool search --onlyvisible --name '^Tideover register' 2>/dev/null); do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { cat "$work/words" >&2; exit 1; }
    sleep 0.2
  done
  shown=$(echo "$found" | head -n 1)
  # No window manager runs here, so nobody else gives the window its place and the keyboard.
  xdotool windowmove "$shown" 0 0 windowsize "$shown" "$width" 768 windowfocus "$shown"
  sleep 2
  [ "$language" = en ] || pressed ctrl+e
  picture sign-in
  typed 41; typed 702946; sleep 1.5
  picture open-shift
  typed 150.00
  pressed F10; picture drawer
  pressed Escape F8; picture return
  pressed Escape F1; picture help
  pressed ctrl+o; pressed 1 6 Return
  picture declare
  typed 'Network line cut'; typed 'INC-2041'; sleep 1
  typed '0.65*4011'
  scanned 401100370077; scanned 401101480287; scanned 401103330634; scanned 401107031339
  picture sell
  pressed F12; picture tender
  typed 60.00; sleep 1; picture paid
  scanned 4006381333931; scanned 413209520727; picture yellow
  pressed F2; xdotool type --delay 110 'whole milk'; sleep 1; picture find
  pressed Escape Escape F3; sleep 1; picture fast
  pressed Escape F11; picture more
  pressed Escape
  pressed F12; typed '4.50'; pressed 7; sleep 1; pressed F12; picture age
  typed 05171990; sleep 1; pressed F9; picture check
  pressed Escape Escape; sleep 0.5
  pressed F12 F12; sleep 1; pressed Return
  local row=0 page step
  pressed shift+F11; picture page-store
  pressed Escape
  for page in $pages; do
    row=$((row + 1))
    pressed shift+F11
    for step in $(seq "$row"); do xdotool key Down; sleep 0.1; done
    pressed Return; sleep 0.4
    picture "page-$page"
    pressed Escape Escape Escape
  done
  kill "$window"
  wait "$window" 2>/dev/null || true
  window=
}
for width in 1024 1366; do
  for language in en es; do
    tour
    echo "$language at ${width}x768: done"
  done
done

{
  cat <<'TEXT'
# Every screen
Made by `docs/images/screens.sh` from the real window, worked by keys alone; each also at 1366x768.

| | English, 1024x768 | Spanish, 1024x768 |
|---|---|---|
TEXT
  for file in "$out"/*-en-1024.png; do
    name=$(basename "$file" -en-1024.png)
    echo "| ${name//-/ } ([wide](images/screens/$name-en-1366.png), [ancho](images/screens/$name-es-1366.png))" \
      "| ![$name](images/screens/$name-en-1024.png) | ![$name](images/screens/$name-es-1024.png) |"
  done
} >docs/screens.md
ls "$out" | wc -l
