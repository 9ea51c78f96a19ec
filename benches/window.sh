#!/usr/bin/env bash
# The register's window beside an empty one, on a virtual display: time to the first painted frame,
# processor time while idle, memory. Prints a table; exits 1 when idle time or memory miss their
# goals, which hardly depend on the machine. The ratio of first frames is printed with its goal.
#
#   cargo build --release
#   cargo bench --no-run            # says where its programs are
#   benches/window.sh target/release/tideover EMPTY_WINDOW YARDSTICKS [ROUNDS]
#
# The display's frame buffer is a file, and the pixel in the middle is read from it every few
# milliseconds: the first frame is there when the pixel is no longer black.
set -euo pipefail
if [ $# -lt 3 ]; then
  sed -n '2,8p' "$0" >&2
  exit 2
fi
tideover=$1 empty=$2 yardsticks=$3 rounds=${4:-5}
idle_s=${IDLE_S:-20}
command -v Xvfb >/dev/null || { echo "Xvfb is missing: apt-get install -y xvfb" >&2; exit 2; }

work=$(mktemp -d)
server=
started=
cleanup() {
  for pid in $started $server; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/screen"
Xvfb -displayfd 3 -screen 0 1280x720x24 -fbdir "$work/screen" -nolisten tcp -noreset \
  3>"$work/number" 2>"$work/xvfb.log" &
server=$!
for _ in $(seq 100); do [ -s "$work/number" ] && break; sleep 0.05; done
[ -s "$work/number" ] || { echo "Xvfb did not start:" >&2; cat "$work/xvfb.log" >&2; exit 2; }
export DISPLAY=":$(cat "$work/number")"
unset WAYLAND_DISPLAY
# A register without a graphics card, as here: both windows are drawn by the same renderer.
export LIBGL_ALWAYS_SOFTWARE=1
buffer=$work/screen/Xvfb_screen0

field() { # the number at a byte of the frame buffer's header (XWD, big-endian)
  printf '%d' "0x$(od -An -tx1 -j "$1" -N 4 "$buffer" | tr -d ' \n')"
}
middle=$(($(field 0) + $(field 76) * 12 + 360 * $(field 48) + 640 * 4))
pixel() { od -An -tx1 -j "$middle" -N 3 "$buffer" | tr -d ' \n'; }
now_us() { local t=$EPOCHREALTIME; echo "${t/[.,]/}"; }
# Processor time of a process so far, in clock ticks.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }
rollup() { awk -v name="$2:" '$1 == name { print int($2 / 1024) }' "/proc/$1/smaps_rollup"; }

# Starts a window; sets first_ms, and leaves its process in $started.
open_window() {
  local began
  [ "$(pixel)" = 000000 ] || { echo "the display was not black before the start" >&2; exit 2; }
  began=$(now_us)
  "$@" >"$work/out.log" 2>&1 &
  started=$!
  for _ in $(seq 3000); do
    if [ "$(pixel)" != 000000 ]; then
      first_ms=$((($(now_us) - began) / 1000))
      return
    fi
    kill -0 "$started" 2>/dev/null || { echo "it ended:" >&2; cat "$work/out.log" >&2; exit 2; }
    sleep 0.002
  done
  echo "no frame came within a long time" >&2
  exit 2
}

close_window() {
  kill "$started" 2>/dev/null || true
  wait "$started" 2>/dev/null || true
  started=
  for _ in $(seq 200); do [ "$(pixel)" = 000000 ] && return; sleep 0.01; done
}

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
span() { printf '%s\n' "$@" | sort -n | sed -n '1p;$p' | paste -sd- -; }

"$yardsticks" --register "$work/register"
register=("$tideover" register --data "$work/register" --windowed)

register_ms=() empty_ms=() ratio=()
for round in $(seq 0 "$rounds"); do
  open_window "$empty"; empty_now=$first_ms; close_window
  open_window "${register[@]}"; register_now=$first_ms; close_window
  # The first round only brings files and libraries into memory.
  [ "$round" -eq 0 ] && continue
  empty_ms+=("$empty_now") register_ms+=("$register_now")
  ratio+=("$((register_now * 100 / empty_now))")
done

measure_idle() { # sets idle (hundredths of a percent of a core), rss and pss (MiB)
  local before
  sleep 3
  before=$(ticks "$started")
  sleep "$idle_s"
  idle=$((($(ticks "$started") - before) * 10000 / $(getconf CLK_TCK) / idle_s))
  rss=$(rollup "$started" Rss) pss=$(rollup "$started" Pss)
}
open_window "$empty"; measure_idle; close_window
empty_idle=$idle empty_rss=$rss empty_pss=$pss
open_window "${register[@]}"; measure_idle; close_window

hundredths() { printf '%d.%02d' "$(($1 / 100))" "$(($1 % 100))"; }
row() { printf '  %-46s %10s  %-14s %-12s\n' "$@"; }
echo "The register's window with 200,000 items, 1280x720, software OpenGL, $rounds rounds"
row what median min-max goal
row "first painted frame [ms]" "$(median "${register_ms[@]}")" "$(span "${register_ms[@]}")" ""
row "limit: empty window [ms]" "$(median "${empty_ms[@]}")" "$(span "${empty_ms[@]}")" ""
row "first painted frame [% of the empty window's]" "$(median "${ratio[@]}")" \
  "$(span "${ratio[@]}")" "<= 130"
row "idle over $idle_s s [% of a core]" "$(hundredths "$idle")" "" "<= 0.5"
row "idle, empty window [% of a core]" "$(hundredths "$empty_idle")" "" ""
row "memory: RSS [MiB]" "$rss" "" "<= 150"
row "memory: PSS [MiB]" "$pss" "" ""
row "memory of the empty window: RSS, PSS [MiB]" "$empty_rss, $empty_pss" "" ""
[ "$idle" -le 50 ] && [ "$rss" -le 150 ]
