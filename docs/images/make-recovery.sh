#!/bin/sh
# Makes the pictures of the recovery page, of a store's status and of the form for customers:
# registers drain, and headless Chromium looks at it on a desk and on a phone.
#
# Needs chromium, chromium-driver and ImageMagick.
set -eu
cd "$(dirname "$0")/../.."
cargo test --test it recovery::browser -- --nocapture
for name in page page-spanish dark phone phone-spanish calm calm-spanish status status-spanish \
    status-silent public; do
    # The top of a long page is enough to see what it is like; a calm one is seen to its end.
    case $name in calm*) height=1800 ;; *) height=1500 ;; esac
    convert "target/browser/recovery-$name.png" -crop "x$height+0+0" +repage -strip -colors 128 \
        "PNG8:docs/images/recovery-$name.png"
done
