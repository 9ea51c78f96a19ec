#!/usr/bin/env python3
"""Feeds each target until it had so many seconds of processor time, in slices, and tells the table.

    fuzz/run.py 600                  every target, one after the other
    fuzz/run.py 600 table request    these
    fuzz/run.py told                 the table of what ran so far

Started again it goes on where it ended. Several may run beside each other. What is found lies in
fuzz/found/corpus/TARGET, what fails in fuzz/found/TARGET-*; FUZZ_THROUGH is put before each
command ("nice -n 19", say), FUZZ_BINS says where the targets were built.
"""
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOUND = Path(os.environ.get("FUZZ_FOUND", HERE / "found"))
BINS = Path(os.environ.get("FUZZ_BINS", HERE / "target/x86_64-unknown-linux-gnu/release"))
THROUGH = os.environ.get("FUZZ_THROUGH", "").split()
SLICE = 100
NEW = {"cpu": 0.0, "wall": 0.0, "inputs": 0, "first": None, "last": None, "failed": 0}


def targets():
    lines = (HERE / "Cargo.toml").read_text().splitlines()
    return [line.split('"')[1] for line in lines if line.startswith('name = "') and "-fuzz" not in line]


def told(change=None):
    """What is known of all targets, read and perhaps changed while nobody else does."""
    FOUND.mkdir(parents=True, exist_ok=True)
    with open(FOUND / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = FOUND / "told.json"
        known = json.loads(kept.read_text()) if kept.exists() else {}
        answer = change(known) if change else known
        if change:
            kept.write_text(json.dumps(known, indent=1))
        return answer


def used(pid):
    """Processor time of a process, in seconds."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def feed(target, seconds):
    corpus = FOUND / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    log = FOUND / f"{target}-{int(time.time())}.log"
    flags = ["-timeout=600", "-rss_limit_mb=2048", "-max_len=65536", "-print_final_stats=1"]
    command = THROUGH + [BINS / target, corpus, HERE / "corpus" / target, *flags]
    began, cpu = time.monotonic(), 0.0
    with open(log, "w") as out:
        run = subprocess.Popen(command + [f"-artifact_prefix={FOUND}/{target}-"], stdout=out, stderr=out)
        while run.poll() is None:
            time.sleep(1)
            cpu = max(cpu, used(run.pid))
            if cpu >= seconds:
                run.send_signal(signal.SIGINT)
                run.wait()
    text = log.read_text(errors="replace")
    edges = [int(cov) for cov in re.findall(r"cov: (\d+)", text)]

    def add(known):
        one = known[target]
        one["cpu"] += cpu
        one["wall"] += time.monotonic() - began
        one["inputs"] += sum(map(int, re.findall(r"number_of_executed_units: (\d+)", text)))
        one["first"] = one["first"] or (edges[0] if edges else None)
        one["last"] = edges[-1] if edges else one["last"]
        one["failed"] += "deadly signal" in text or "ERROR: libFuzzer" in text
        one["busy"] = False

    told(add)


def main():
    if sys.argv[1:2] == ["told"]:
        print("| Target | Inputs | Processor | Edges: at the kept seeds, after |\n|---|---|---|---|")
        for target, one in told().items():
            print(f"| {target} | {one['inputs']:,} | {one['cpu']:.0f} s | {one['first']}, {one['last']} |")
        return sum(one["failed"] for one in told().values())
    wanted, chosen = float(sys.argv[1]), sys.argv[2:] or targets()

    def next_one(known):
        due = []
        for target in chosen:
            one = known.setdefault(target, dict(NEW))
            if not one.get("busy") and not one["failed"] and one["cpu"] < wanted - 1:
                due.append((one["cpu"], target))
        if not due:
            return None
        known[min(due)[1]]["busy"] = True
        return min(due)

    while (due := told(next_one)) is not None:
        feed(due[1], min(SLICE, wanted - due[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
