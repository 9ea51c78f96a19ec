#!/usr/bin/env bash
# Runs packaging/tideover-central.service under a live systemd: started, asked, killed, stopped, and
# a register that is enrolled there and sends, with every restriction of the unit in force.
#
#   tests/unit.sh
#   TIDEOVER_BIN=...              the program (default: target/debug/tideover)
#   TIDEOVER_UNIT_REQUIRED=1      a machine where this can't be had is a failure, not a skip
#
# systemd is started as the first process of namespaces of its own (processes, mounts, network,
# host name, cgroups), on a view of this machine's root whose changes lie in memory and go with it.
# Nothing of the machine's own systemd, if it has one, is touched. Needs root.
set -u
cd "$(dirname "$0")/.." || exit 1
program=$(realpath "${TIDEOVER_BIN:-target/debug/tideover}")
unit=packaging/tideover-central.service

skip() { echo "skipped: $*"; exit "${TIDEOVER_UNIT_REQUIRED:-0}"; }
[ "$(id -u)" = 0 ] || skip "only root can start a systemd in namespaces"
[ -x /lib/systemd/systemd ] || skip "systemd is not installed"
for tool in unshare nsenter pivot_root curl; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ -x "$program" ] || { echo "FAILED: $program is not there; build it first"; exit 1; }

work=$(mktemp -d)
booted=
finish() {
    [ -z "$booted" ] || { kill -KILL "$booted"; wait "$booted"; } 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
cp "$program" "$work/tideover" && cp "$unit" "$work/" && mkdir "$work/over" || exit 1

# What the first process of the namespaces does before it becomes systemd.
cat >"$work/boot.sh" <<'BOOT'
set -eu
work=$1
mount --make-rprivate /
mount -t tmpfs tmpfs "$work/over"
mkdir "$work/over/changes" "$work/over/work" "$work/over/root"
root=$work/over/root
mount -t overlay overlay "$root" \
    -o "lowerdir=/,upperdir=$work/over/changes,workdir=$work/over/work"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
# As the machine has them: one hierarchy, or systemd's own beside the others.
if [ "$(stat --file-system --format %T /sys/fs/cgroup)" = cgroup2fs ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
    mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
    mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified" || true
fi
install -m 0755 "$work/tideover" "$root/usr/local/bin/tideover"
own=$root/etc/systemd/system
mkdir -p "$own"
# Nothing else of this machine is started.
for there in "$root"/lib/systemd/system/* "$own"/*; do
    name=${there##*/}
    case $name in
    systemd-journald.service | systemd-journald*.socket) ;;
    *.service | *.socket | *.mount | *.automount | *.timer | *.path)
        ln -sf /dev/null "$own/$name" ;;
    esac
done
rm -f "$own/tideover-central.service"
cp "$work/tideover-central.service" "$own/"
: >"$root/etc/fstab"
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nWants=tideover-central.service\n' \
    >"$own/tried.target"
cd "$root"
pivot_root . mnt
umount --lazy /mnt
# What systemd mounts for a unit, its credentials say, has to be seen in the unit.
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=tried.target --log-target=console --show-status=no
BOOT

unshare --mount --pid --fork --uts --ipc --cgroup --net --kill-child=KILL \
    bash "$work/boot.sh" "$work" </dev/null >"$work/boot.log" 2>&1 &
booted=$!
first=
# Tries something each fifth of a second, for half a minute and more.
until_true() {
    for _ in $(seq 200); do
        "$@" >/dev/null 2>&1 && return 0
        kill -0 "$booted" 2>/dev/null || return 1
        sleep 0.2
    done
    return 1
}
inside() { nsenter --target "$first" --mount --pid --net --uts --ipc --cgroup "$@"; }
is_systemd() {
    first=$(pgrep --parent "$booted" --exact systemd) && inside systemctl show --property Version
}
until_true is_systemd || skip "systemd did not start here: $(tail -n 2 "$work/boot.log")"

fail() {
    echo "FAILED: $*"
    inside journalctl --unit tideover-central --no-pager --lines 20
    exit 1
}
say() { echo "  $*"; }
shown() { inside systemctl show tideover-central --property "$1" --value; }
data=/var/lib/tideover-central
ready() { inside tideover central ready --data "$data"; }

until_true ready || fail "central is not ready"
say "started: $(shown ActiveState), as user $(shown User)"
pid=$(shown MainPID)
status=$(inside cat "/proc/$pid/status")
has() { grep -qE "^$1:[[:space:]]+$2\$" <<<"$status" || fail "$1 is not $2"; }
has CapEff 0000000000000000
has CapBnd 0000000000000000
has NoNewPrivs 1
has Seccomp 2
has Umask 0077
grep -qE '^Uid:[[:space:]]+0' <<<"$status" && fail "it runs as root"
say "no capability, no new privileges, filtered calls, a user of its own"
inside journalctl --unit tideover-central --output cat --no-pager >"$work/journal"
token=$(inside cat "$data/read.token")
grep -q "$token" "$work/journal" && fail "the token of its pages is in the journal"
fingerprint=$(sed -n 's/^Fingerprint *//p' "$work/journal")
say "its token is not in the journal"

code=$(inside tideover central enroll-code --data "$data" --store 1042 --register 7)
code=${code%%$'\n'*}
inside tideover enroll --data /srv/enrolling --central https://127.0.0.1:7443 \
    --fingerprint "$fingerprint" --code "$code" >"$work/told" 2>&1 || fail "$(cat "$work/told")"
inside test -s "$data/central.db" || fail "there is no database"
owners=$(inside find "$data/" ! -user "$(inside stat --format %u "$data/central.key")")
[ -z "$owners" ] || fail "a command of root left files that central can't write: $owners"
say "a register is enrolled with a code that root made beside it"

# A register's key, sealed to the machine, that a unit hands to a user who can't open it.
inside tideover key seal --data /srv/enrolling --with host >"$work/told" 2>&1 || fail "$(cat "$work/told")"
inside mv /srv/enrolling /srv/till && inside chown -R nobody /srv/till
# What a unit of the user nobody, with this line in it, is told of the key.
as_nobody() {
    inside tee /run/systemd/system/till.service >/dev/null <<TILL
[Service]
Type=oneshot
User=nobody
$1
ExecStart=/usr/local/bin/tideover key show --data /srv/till --json
StandardOutput=truncate:/run/told
StandardError=inherit
TILL
    inside systemctl daemon-reload
    inside systemctl start till
    inside cat /run/told
}
key='"key": "[0-9a-f]{64}"'
sealed=LoadCredentialEncrypted=register.key:/srv/till/register.key.sealed
told=$(as_nobody "$sealed" 2>&1)
grep -qE "$key" <<<"$told" || fail "a unit does not hand the key over: $told"
told=$(as_nobody "" 2>/dev/null)
grep -qE "$key" <<<"$told" && fail "a sealed key is opened by a user who may not: $told"
say "a sealed key is handed over by its unit, and opened by nobody else"

# Root changes the sealed key for another one, gives the folder back, and the unit hands it over.
before=$(as_nobody "$sealed" 2>&1 | grep -oE "$key")
inside tideover key rotate --data /srv/till >"$work/told" 2>&1 || fail "$(cat "$work/told")"
grep -q "chown -R" "$work/told" || fail "root is not told to give files back: $(cat "$work/told")"
inside chown -R nobody /srv/till
after=$(as_nobody "$sealed" 2>&1 | grep -oE "$key")
[ -n "$after" ] && [ "$before" != "$after" ] || fail "the key was not changed: $before, $after"
say "a sealed key is changed for another one, and handed over in its place"

inside kill -KILL "$pid"
killed() { [ "$(shown NRestarts)" = 1 ] && ready; }
until_true killed || fail "killed, it was not started again"
say "killed: started again, ready"

inside systemctl stop tideover-central
[ "$(shown Result) $(shown ExecMainStatus)" = "success 0" ] ||
    fail "stopped with $(shown Result), $(shown ExecMainStatus)"
say "stopped in good order"
exposed=$(inside systemd-analyze security tideover-central --no-pager |
    sed -n 's/.*level for tideover-central.service: \([0-9.]*\).*/\1/p')
awk -v n="$exposed" 'BEGIN { exit !(n != "" && n <= 2.0) }' || fail "exposure: $exposed of 10"
say "systemd-analyze security: $exposed of 10"
echo "the unit under systemd $(systemctl --version | awk 'NR == 1 { print $2 }'): passed"
