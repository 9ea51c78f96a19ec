#!/usr/bin/env bash
# Changes one place at a time of what money, journal, ledger and sign-in rest on, and asks whether
# a test notices. What no test notices is either a missing test or explained in docs/reliability.md.
#
#   tests/mutants.sh list GROUP          which mutants there are
#   tests/mutants.sh run GROUP [K/N]     one part of them (1/1: all); again: goes on where it ended
#   tests/mutants.sh told GROUP          what was noticed, and what was not
#
# GROUP is money, journal, ledger or sign-in. First the library's own tests are asked, built with
# neither window nor central; then, for what those missed, the tests of it that belong to the group
# (MUTANTS_ONLY_LIB=1 leaves that out). Parts are dealt in turn, so each part is a sample of all.
# Needs cargo-mutants 27 (cargo install cargo-mutants). What it did is kept in target/mutants.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v cargo-mutants > /dev/null || {
    echo "cargo-mutants is not here: cargo install cargo-mutants"
    exit 2
}

deed=${1:-} group=${2:-} part=${3:-1/1}
case $group in
money)
    files=(src/domain/money.rs src/domain/tax.rs src/domain/cash_rounding.rs src/domain/drawer.rs
        src/domain/quantity.rs src/domain/tender.rs src/domain/denomination.rs
        src/domain/sale.rs 'src/domain/sale/*.rs')
    units=(domain::)
    stories=(vectors:: sale_machine:: counter:: drawer:: real_baskets::)
    ;;
journal)
    files=('src/journal/*.rs' 'src/journal/body/*.rs')
    units=(journal::)
    stories=(vectors:: journal:: attacks::)
    ;;
ledger)
    files=('src/ledger/*.rs')
    units=(ledger::)
    stories=(ledger:: crash::cuts crash::errors)
    ;;
sign-in)
    files=(src/register/sign_in.rs src/register/tries.rs src/register/authority.rs
        src/domain/lockout.rs src/domain/person.rs src/domain/approval.rs)
    units=(register::tries domain::lockout domain::person domain::approval)
    stories=(register:: training:: phone_code::)
    ;;
*)
    sed -n '2,13s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac

named=()
for file in "${files[@]}"; do named+=(--file "$file"); done
kept=$PWD/target/mutants/$group
export CARGO_TARGET_DIR=$PWD/target/mutants/build
export TIDEOVER_SCENARIOS="${TIDEOVER_SCENARIOS:-}"

# Parts are counted from 1 here and from 0 there.
ask() {
    local features=$1
    shift
    # shellcheck disable=SC2086
    cargo mutants "${named[@]}" --output "$kept" --iterate --no-shuffle --sharding round-robin \
        --shard "$((${part%/*} - 1))/${part#*/}" --no-default-features $features \
        --baseline skip --timeout 300 --build-timeout 900 --colors never -- "$@"
}

mkdir -p "$kept"
case $deed in
list) cargo mutants "${named[@]}" --list ;;
run)
    ask "" --lib -- "${units[@]}"
    [ -n "${MUTANTS_ONLY_LIB:-}" ] || ask "--features central" --test it -- "${stories[@]}"
    ;;
told)
    for list in caught missed timeout unviable; do
        all=$(cat "$kept"/mutants.out*/"$list.txt" "$kept"/mutants.out*/previously_caught.txt \
            2> /dev/null | sort -u)
        [ "$list" = caught ] || all=$(cat "$kept/mutants.out/$list.txt" 2> /dev/null)
        echo "$list: $(printf '%s' "$all" | grep -c .)"
        [ "$list" = caught ] || printf '%s\n' "$all" | sed '/^$/d; s/^/  /'
    done
    ;;
*) echo "list, run or told?"; exit 2 ;;
esac
