#!/usr/bin/env bash
# Changes one place at a time of what money, journal, sign-in and ledger rest on, and asks whether
# a test notices. What no test notices is either a missing test or explained in docs/reliability.md.
#
#   tests/mutants.sh list [GROUP...]     which mutants there are
#   tests/mutants.sh run [GROUP...]      asks them; again: goes on where it ended
#   tests/mutants.sh told [GROUP...]     what was noticed, and what was not
#
# GROUP is money, journal, sign-in or ledger; all of them unless told. How: tests/mutants.py.
# Needs cargo-mutants 27 (cargo install cargo-mutants) and Python. What it did is kept in
# target/mutants; to begin anew, remove that folder.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v cargo-mutants > /dev/null || {
    echo "cargo-mutants is not here: cargo install cargo-mutants"
    exit 2
}
case ${1:-} in
list | look | run | told) exec python3 tests/mutants.py "$@" ;;
*)
    sed -n '2,11s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
