#!/bin/sh
# Makes the pictures of the manager's page, of the same in a register's window, and of a closure:
# plays the outage, drives the page in headless Chromium and the window in memory, and keeps what
# they looked like on the way.
#
# Needs chromium, chromium-driver, poppler-utils and ImageMagick.
set -eu
cd "$(dirname "$0")/../.."
cargo test --test it reconcile::browser -- --nocapture
mkdir -p target/window
TIDEOVER_PICTURES=target/window cargo test --features gui-tests --test it -- \
    reconcile::window::a_manager reconcile::window::without_central
for name in sheet matter closure alone; do
    convert "target/window/reconcile-window-$name.png" -strip -colors 128 \
        "PNG8:docs/images/reconcile-window-$name.png"
done
for name in page matter dark phone; do
    # The top of a long page is enough to see what it is like.
    convert "target/browser/reconcile-$name.png" -crop x1700+0+0 +repage -strip -colors 128 \
        "PNG8:docs/images/reconcile-$name.png"
done
# The certificate's first page; poppler pads its number where there are ten or more.
set -- target/browser/closure-pdf-*1.png
convert "$1" -strip -colors 64 PNG8:docs/images/reconcile-closure.png
