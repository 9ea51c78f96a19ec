#!/bin/sh
# Makes the pictures of IT's page: a hand-over is refused, and headless Chromium looks at it.
#
# Needs chromium, chromium-driver and ImageMagick.
set -eu
cd "$(dirname "$0")/../.."
# The other system's folder stands on the page by its name: TIDEOVER_ERP names one to be shown.
if [ -z "${TIDEOVER_ERP:-}" ]; then
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    TIDEOVER_ERP=$made/erp-incoming
    export TIDEOVER_ERP
fi
cargo test --test it queue::browser -- --nocapture
for name in page phone cause; do
    # The top of a long page is enough to see what it is like.
    convert "target/browser/queue-$name.png" -crop x1500+0+0 +repage -strip -colors 128 \
        "PNG8:docs/images/queue-$name.png"
done
