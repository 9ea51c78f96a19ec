#!/usr/bin/env bash
# What is linked into Tideover: licenses, bans, sources and known holes by cargo-deny (deny.toml),
# and the bill of materials.
#
#   tests/supply.sh [BOM]      the bill goes to BOM, else to target/tideover.cdx.json
#
# Without cargo-deny (cargo install --locked cargo-deny) it says so and goes on;
# TIDEOVER_SUPPLY_REQUIRED=1 makes that an error. Known holes are looked up in the public advisory
# database, which cargo-deny fetches; TIDEOVER_OFFLINE=1 takes the copy that is there.
set -euo pipefail
cd "$(dirname "$0")/.."
bom=${1:-target/tideover.cdx.json}

if cargo deny --version >/dev/null 2>&1; then
  if [ "${TIDEOVER_OFFLINE:-}" = 1 ]; then
    cargo deny --locked --offline check
  else
    cargo deny --locked check
  fi
elif [ "${TIDEOVER_SUPPLY_REQUIRED:-}" = 1 ]; then
  echo "cargo-deny is not installed: cargo install --locked cargo-deny" >&2
  exit 1
else
  echo "cargo-deny is not installed: licenses, bans, sources and known holes were NOT checked"
fi

mkdir -p "$(dirname "$bom")"
python3 tests/sbom.py >"$bom"
echo "$bom: $(python3 tests/sbom.py --check "$bom")"
