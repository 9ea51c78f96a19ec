#!/bin/sh
# Makes the pictures of the manager's page: plays the outage, drives the page in headless Chromium
# and keeps what it looked like on the way.
#
# Needs chromium, chromium-driver, poppler-utils and ImageMagick.
set -eu
cd "$(dirname "$0")/../.."
cargo test --test it reconcile::browser -- --nocapture
for name in page matter dark phone closure; do
    # The top of a long page is enough to see what it is like.
    convert "target/browser/reconcile-$name.png" -crop x1700+0+0 +repage -strip -colors 128 \
        "PNG8:docs/images/reconcile-$name.png"
done
