#!/usr/bin/env bash
# Passes the tests on a fresh Debian or Ubuntu with Rust: installs what they need, then runs all.
#
#   tests/run.sh            everything
#   tests/run.sh --quick    with fewer kills, power cuts and seeds, and without the real window
#
# TIDEOVER_DATA and TIDEOVER_SCENARIOS name folders with real baskets and scenarios; tests that
# need them say so and pass where they are not set.
set -euo pipefail
cd "$(dirname "$0")/.."
quick=${1:-}
step() { printf '\n== %s\n' "$*"; }

step "Packages"
needed=(gcc libc6-dev python3 python3-gi gir1.2-atspi-2.0 at-spi2-core dbus-daemon
  e2fsprogs xfsprogs btrfs-progs util-linux
  xvfb xdotool openbox imagemagick x11-utils
  chromium chromium-driver poppler-utils
  postgresql
  libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1 libgl1-mesa-dri)
missing=()
for package in "${needed[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=''
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null
fi
for tool in clippy rustfmt; do
  cargo "${tool/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$tool"
done
echo "all there"

step "Format"
cargo fmt --check

step "Lints"
cargo clippy --quiet --features gui-tests --all-targets -- -D warnings

step "Tests"
# How often the kill loop kills: enough to hit every gap in a sale's way to the disk many times.
# It was just installed: a test that can't find it is wrong.
export TIDEOVER_POSTGRES_REQUIRED=1
# Power cuts: TIDEOVER_CUTS=1000000 is the long run.
# Seeds: whole stores that are simulated; each failing one is told with how to play it again.
if [ "$quick" = --quick ]; then kills=20 cuts=2000 seeds=30; else kills=300 cuts=20000 seeds=1000; fi
TIDEOVER_KILLS="${TIDEOVER_KILLS:-$kills}" TIDEOVER_CUTS="${TIDEOVER_CUTS:-$cuts}" \
  TIDEOVER_SEEDS="${TIDEOVER_SEEDS:-$seeds}" cargo test --features gui-tests

step "What is linked"
tests/supply.sh

step "A library without a window"
if cargo tree --no-default-features -e normal | grep -qE '\b(egui|eframe|axum)\b'; then
  echo "the library without features still needs a window or a server" >&2
  exit 1
fi
cargo check --quiet --no-default-features --lib

step "The unit under systemd"
TIDEOVER_BIN=target/debug/tideover tests/unit.sh

if [ "$quick" != --quick ]; then
  step "The real window"
  TIDEOVER_BIN=target/debug/tideover TIDEOVER_WINDOW_REQUIRED=1 tests/window.sh
  step "Stories in the real window"
  TIDEOVER_BIN=target/debug/tideover TIDEOVER_WINDOW_REQUIRED=1 tests/stories.sh
fi
step "All passed"
