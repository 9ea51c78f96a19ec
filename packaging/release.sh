#!/usr/bin/env bash
# Builds a release from the commit that is checked out, into a new folder, and lists it.
#
#   packaging/release.sh VERSION NUMBER FOLDER
#
# NUMBER is greater than that of every release before. Nothing of this machine goes into the
# program: no path, no time; two builders that use the same compiler get the same bytes, compare
# them, and each signs (docs/release.md). RELEASE_FEATURES is handed to cargo: for a program without
# window, RELEASE_FEATURES='--no-default-features --features central'.
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
version=$1 number=$2
[ ! -e "$3" ] || { echo "$3 is there already; a release begins with a new folder" >&2; exit 1; }
mkdir -p "$3"
folder=$(cd "$3" && pwd)
cd "$(dirname "$0")/.."
if [ -n "$(git status --porcelain)" ]; then
  echo "There are changes that no commit has; a release is built from a commit alone" >&2
  exit 1
fi
commit=$(git rev-parse HEAD)
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
git archive "$commit" | tar -x -C "$source"
cd "$source"

cargo=${CARGO_HOME:-$HOME/.cargo}
rust=$(rustc --print sysroot)
separator=$'\x1f'
flags=
for pair in "$source=/tideover" "$cargo=/cargo" "$rust=/rust"; do
  flags+="${flags:+$separator}--remap-path-prefix=$pair"
done
export CARGO_ENCODED_RUSTFLAGS=$flags
export CFLAGS="-ffile-prefix-map=$source=/tideover -ffile-prefix-map=$cargo=/cargo"
export CARGO_TARGET_DIR=$source/target CARGO_INCREMENTAL=0
SOURCE_DATE_EPOCH=$(git -C "$OLDPWD" log -1 --format=%ct "$commit")
export SOURCE_DATE_EPOCH
# shellcheck disable=SC2086 # several words on purpose
cargo build --locked --release --bin tideover ${RELEASE_FEATURES:-}

install -m 0755 target/release/tideover "$folder/tideover"
python3 tests/sbom.py >"$folder/tideover.cdx.json"
install -m 0644 LICENSE-APACHE LICENSE-MIT CHANGELOG.md packaging/tideover-central.service "$folder"
"$folder/tideover" program list "$folder" --version "$version" --number "$number" --source "$commit"
