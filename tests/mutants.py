#!/usr/bin/env python3
"""Asks of every mutant of a group whether a test notices it; called by tests/mutants.sh.

Building the program anew for each of two thousand mutants would take days. So all of them are put
into one copy of the program, each behind a switch, and it is built once:

    fn plus(a, b) { a + b }      becomes      fn plus(a, b) {
                                                  if on(17) { a - b }
                                                  else if on(18) { a * b }
                                                  else { a + b } }

cargo-mutants says which mutants there are. What doesn't compile is left out ("unviable"), as it
would be had it been built alone. Then each test runs once by itself and writes down into which
changed functions it comes; a mutant is asked with the tests that come by it, the quick ones first,
until one fails. A mutant that no test comes by is missed without being asked. The tests of the
library are built and asked first, the stories then for what is left.

What it learnt lies in target/mutants, so that a run that was ended goes on where it was; what was
missed is asked again once tests have changed.
"""

import bisect
import hashlib
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePath

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "target/mutants"
TREE = KEPT / "tree"
BUILD = Path(os.environ.get("MUTANTS_BUILD", KEPT / "build"))
THROUGH = os.environ.get("MUTANTS_THROUGH", "").split()
WAIT = os.environ.get("MUTANTS_WAIT", "").split()
FEATURES = os.environ.get("MUTANTS_FEATURES", "--no-default-features --features central").split()
# What is built where nobody looks for a panic's line.
PROFILE = [
    "--config", "profile.dev.opt-level=0", "--config", "profile.dev.debug=0",
    "--config", 'profile.dev.package."*".debug=0',
]
# A test that takes longer by itself is not asked; nor are more than so many seconds of stories
# for one mutant, nor stories that begin otherwise than told. All of that can only make fewer
# mutants caught. Seconds are the processor's, so that a crowded machine changes little.
TEST_MAX = float(os.environ.get("MUTANTS_TEST_MAX", "20"))
MUTANT_MAX = float(os.environ.get("MUTANTS_MUTANT_MAX", "60"))
STORIES = os.environ.get("MUTANTS_STORIES", "").split()
# So many of each group, drawn by chance with this seed; all of them unless told.
SAMPLE = int(os.environ.get("MUTANTS_SAMPLE", "1000000"))
SEED = 1

GROUPS = {
    "money": [
        "src/domain/money.rs", "src/domain/tax.rs", "src/domain/cash_rounding.rs",
        "src/domain/drawer.rs", "src/domain/quantity.rs", "src/domain/tender.rs",
        "src/domain/denomination.rs", "src/domain/sale.rs", "src/domain/sale/*.rs",
    ],
    "journal": ["src/journal/*.rs", "src/journal/body/*.rs"],
    "sign-in": [
        "src/register/sign_in.rs", "src/register/tries.rs", "src/register/authority.rs",
        "src/domain/lockout.rs", "src/domain/person.rs", "src/domain/approval.rs",
    ],
    "ledger": ["src/ledger/*.rs"],
}
# The tests that come by what the groups hold; of the rest, few would and most are slow.
ASKED = {
    "lib": [
        "domain::", "journal::", "ledger::", "pack::", "receipt::", "reconcile::", "register::",
        "sync::",
    ],
    "it": [
        "vectors::", "sale_machine::", "counter::", "drawer::", "real_baskets::", "journal::",
        "attacks::journal", "ledger::", "crash::cuts", "crash::errors", "crash::points",
        "register::", "training::", "phone_code::", "badges::", "check::", "rain_check::",
        "peers::", "journals::", "printer::witness", "outage::", "card_pending::", "pickup::",
        "doctor::", "scans::", "codes::", "goods::",
    ],
}
# Unless told: power cuts and flipped bits by the dozen, and files in memory.
SMALL = {
    "TIDEOVER_CUTS": "100", "TIDEOVER_FLIPS": "30", "TIDEOVER_ALL_FLIPS": "20",
    "RUST_BACKTRACE": "0", "RUSTC_BOOTSTRAP": "1",
}
# Where a test's files are, and how long one may grow: a mutant may write without end.
SCRATCH = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else KEPT) / f"mutant-{os.getpid()}"
FILE_MAX = 256 << 20

SWITCH = """//! Which mutant is on. Only in the copy of the program that tests/mutants.sh builds.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

const UNASKED: u32 = u32::MAX;
const NONE: u32 = u32::MAX - 1;
const LOOK: u32 = u32::MAX - 2;
static CHOSEN: AtomicU32 = AtomicU32::new(UNASKED);
static SEEN: [AtomicBool; 8192] = [const { AtomicBool::new(false) }; 8192];

pub const fn on(mutant: u32) -> bool {
    core::intrinsics::const_eval_select((mutant,), while_compiling, running)
}

const fn while_compiling(_: u32) -> bool {
    false
}

fn running(mutant: u32) -> bool {
    let mut chosen = CHOSEN.load(Relaxed);
    if chosen == UNASKED {
        chosen = match std::env::var("TIDEOVER_MUTANT") {
            Err(_) => NONE,
            Ok(word) if word == "look" => LOOK,
            Ok(word) => word.parse().unwrap_or(NONE),
        };
        CHOSEN.store(chosen, Relaxed);
    }
    if chosen == LOOK && !SEEN[mutant as usize].swap(true, Relaxed) {
        use std::io::Write;
        if let Some(path) = std::env::var_os("TIDEOVER_MUTANTS_SEEN") {
            let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
            let line = format!("{mutant}\\n");
            file.and_then(|mut file| file.write_all(line.as_bytes())).ok();
        }
    }
    chosen == mutant
}
"""


def main():
    deed, names = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if any(name not in GROUPS for name in names) or deed not in ("list", "run", "told", "look"):
        sys.exit(f"list, run or told, and of: {' '.join(GROUPS)}")
    names = names or list(GROUPS)
    if deed == "list":
        for mutant in listed(names):
            print(mutant["name"])
    elif deed == "run":
        run(names)
    elif deed == "look":
        for kind in KINDS:
            looked(kind, built(kind)[2])
    else:
        told(names)


KINDS = {"lib": ["--lib"], "it": ["--test", "it"]}


# ---------------------------------------------------------------- which mutants there are


def listed(groups):
    files = [word for group in groups for file in GROUPS[group] for word in ("--file", file)]
    said = subprocess.run(
        ["cargo", "mutants", *files, "--list", "--json"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    mutants = json.loads(said)
    for mutant in mutants:
        mutant["group"] = next(
            group for group in groups
            if any(PurePath(mutant["file"]).match(file) for file in GROUPS[group])
        )
    return mutants


def everything():
    """All mutants of all groups, numbered; each function's text is part of a mutant's name."""
    kept = KEPT / "listed.json"
    paths = sorted({path for globs in GROUPS.values() for glob in globs for path in ROOT.glob(glob)})
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    known = json.loads(kept.read_text()) if kept.exists() else {}
    if known.get("stamp") != stamp:
        known = {"stamp": stamp, "mutants": listed(list(GROUPS))}
        KEPT.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known))
    mutants, texts = known["mutants"], {}
    for number, mutant in enumerate(mutants):
        mutant["number"] = number
        text = texts.setdefault(mutant["file"], Text((ROOT / mutant["file"]).read_text()))
        whole = mutant["function"] or mutant
        start, end = text.span(whole["span"])
        at = text.span(mutant["span"])
        body = text.text[start:end]
        called = mutant["function"]["function_name"] if mutant["function"] else mutant["name"]
        where = f"{mutant['file']}{called}{body}{at[0] - start}{at[1] - start}{mutant['replacement']}"
        mutant["key"] = hashlib.sha256(where.encode()).hexdigest()[:24]
    return mutants


class Text:
    """A source, with places counted from its beginning instead of by line and column."""

    def __init__(self, text):
        self.text = text
        self.lines = [0]
        for line in text.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)

    def place(self, at):
        return self.lines[at["line"] - 1] + at["column"] - 1

    def span(self, span):
        return self.place(span["start"]), self.place(span["end"])

    def body(self, start, end):
        """The place of the brace with which a function's body begins."""
        depth, place = 0, start
        while place < end:
            skipped = quiet(self.text, place)
            if skipped > place:
                place = skipped
                continue
            letter = self.text[place]
            if letter in "([":
                depth += 1
            elif letter in ")]":
                depth -= 1
            elif letter == "{" and depth == 0:
                return place
            place += 1
        raise ValueError(f"no body in: {self.text[start:end]}")


def quiet(text, place):
    """Where a comment or a string that begins here ends."""
    if text.startswith("//", place):
        return text.index("\n", place)
    if text.startswith("/*", place):
        return text.index("*/", place) + 2
    if text[place] == '"':
        place += 1
        while text[place] != '"':
            place += 2 if text[place] == "\\" else 1
        return place + 1
    return place


# ---------------------------------------------------------------- one copy with all of them


def switched(source, mutants):
    """The source with every mutant behind its switch, and the lines each of them takes."""
    functions = {}
    for mutant in mutants:
        functions.setdefault(source.span(mutant["function"]["span"]), []).append(mutant)
    # A function within another one: only the outer one is written out, with both one's mutants.
    spans = sorted(functions, key=lambda span: (span[0], -span[1]))
    outer = []
    for span in spans:
        if outer and span[1] <= outer[-1][1]:
            functions[outer[-1]] += functions[span]
        else:
            outer.append(span)
    out, lines, done = [], {}, 0
    line = 1

    def put(text):
        nonlocal line
        out.append(text)
        line += text.count("\n")

    for span in outer:
        brace = source.body(*span)
        # Iterators of several makes have one type only in a box.
        boxed = "-> impl Iterator" in source.text[span[0]:brace]
        box, unbox = ("{ Box::new(", ") as Box<dyn Iterator<Item = _> + '_> } ") if boxed else ("", "")
        put(source.text[done:brace])
        put("{ ")
        for mutant in functions[span]:
            start, end = source.span(mutant["span"])
            put(f"if crate::mutant_switch::on({mutant['number']}) \n")
            begun = line
            changed = source.text[brace:start] + f" {mutant['replacement']} "
            put(box + changed + source.text[end:span[1]] + unbox + "\n")
            lines[mutant["number"]] = (begun, line - 1)
            put("else ")
        put(box + source.text[brace:span[1]] + unbox + " }")
        done = span[1]
    put(source.text[done:])
    return "".join(out), lines


def written(mutants, unviable):
    """Writes the copy; gives the lines of each mutant by file."""
    wanted = {}
    for folder in ["src", "tests", "assets", "schema", "benches", "docs", "packaging", "fuzz"]:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "target" not in path.relative_to(ROOT).parts:
                wanted[path.relative_to(ROOT)] = path.read_bytes()
    for path in [*ROOT.glob("*.*"), *(ROOT / ".cargo").glob("*")]:
        if path.is_file():
            wanted[path.relative_to(ROOT)] = path.read_bytes()
    by_file, lines = {}, {}
    for mutant in mutants:
        if mutant["key"] not in unviable and mutant["function"]:
            by_file.setdefault(mutant["file"], []).append(mutant)
    for file, inside in by_file.items():
        text, lines[file] = switched(Text((ROOT / file).read_text()), inside)
        wanted[Path(file)] = text.encode()
    wanted[Path("src/mutant_switch.rs")] = SWITCH.encode()
    lib = Path("src/lib.rs")
    wanted[lib] = (
        b"#![feature(core_intrinsics, const_eval_select)]\n"
        + wanted[lib] + b"\npub mod mutant_switch;\n"
    )
    for path in [path for path in TREE.rglob("*") if path.is_file()]:
        if path.relative_to(TREE) not in wanted:
            path.unlink()
    for path, content in wanted.items():
        to = TREE / path
        if not to.exists() or to.read_bytes() != content:
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(content)
            shutil.copymode(ROOT / path, to) if (ROOT / path).exists() else None
    # The switch also stands in functions that the compiler works out, which takes an intrinsic.
    wrapper = KEPT / "rustc"
    if not wrapper.exists():
        wrapper.write_text('#!/bin/sh\nrustc=$1; shift\nRUSTC_BOOTSTRAP=1 exec "$rustc" "$@" --cap-lints allow\n')
        wrapper.chmod(0o755)
    return lines


def built(kind):
    """Builds the copy's tests, leaving out what doesn't compile. Gives mutants, unviable and the
    program."""
    mutants = everything()
    kept = KEPT / "unviable.json"
    KEPT.mkdir(parents=True, exist_ok=True)
    unviable = json.loads(kept.read_text()) if kept.exists() else {}
    env = os.environ | {
        "CARGO_TARGET_DIR": str(BUILD),
        "RUSTC_WORKSPACE_WRAPPER": str(KEPT / "rustc"),
    }
    program = None
    while True:
        lines = written(mutants, unviable)
        subprocess.run(WAIT, check=True) if WAIT else None
        began = time.monotonic()
        asked = subprocess.run(
            [*THROUGH, "cargo", *PROFILE, "test", *FEATURES, *KINDS[kind], "--no-run",
             "--message-format=json"],
            cwd=TREE, env=env, capture_output=True, text=True,
        )
        print(f"built {kind} in {time.monotonic() - began:.0f} s", flush=True)
        wrong, told_by, foreign = set(), {}, []
        for said in map(json.loads, filter(None, asked.stdout.splitlines())):
            if said["reason"] == "compiler-artifact" and said.get("executable"):
                program = said["executable"] if said["profile"]["test"] else program
            if said["reason"] != "compiler-message" or said["message"]["level"] != "error":
                continue
            hit = set()
            for span in said["message"]["spans"]:
                for number, (begin, end) in lines.get(span["file_name"], {}).items():
                    if begin <= span["line_start"] <= end:
                        hit.add(number)
                        told_by[number] = said["message"]["message"]
            wrong |= hit
            if not hit and said["message"]["spans"]:
                foreign.append(said["message"]["rendered"])
        if asked.returncode == 0:
            return mutants, unviable, program
        if not wrong:
            sys.exit("".join(foreign) or asked.stderr)
        print(f"{len(wrong)} do not compile", flush=True)
        for number in wrong:
            unviable[mutants[number]["key"]] = told_by[number]
        kept.write_text(json.dumps(unviable, indent=1))


# ---------------------------------------------------------------- which test comes by which


def play(program, tests, env, limit, batch=False):
    """Runs tests of a program. Gives whether they passed (None: not within the processor's time,
    "waits": that was not used up, and still it does not end), the processor's seconds, and what
    they said."""
    words = ["--exact", *tests, "--test-threads=1"]
    if batch:
        words += ["-Z", "unstable-options", "--fail-fast"]
    SCRATCH.mkdir(parents=True, exist_ok=True)
    env = SMALL | os.environ | {"TMPDIR": str(SCRATCH)} | env
    subprocess.run(WAIT, check=True) if WAIT else None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    def bounds():
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit) + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_MAX, FILE_MAX))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

    with open(KEPT / "said", "w+b") as said:
        child = subprocess.Popen(
            [*THROUGH, program, *words], cwd=TREE, env=env, stdin=subprocess.DEVNULL, stdout=said,
            stderr=said, process_group=0, preexec_fn=bounds,
        )
        try:
            code = child.wait(timeout=30 + limit * 6)
        except subprocess.TimeoutExpired:
            code = "waits"
        # What a test started and left behind goes with it.
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
        shutil.rmtree(SCRATCH, ignore_errors=True)
        said.seek(0)
        text = said.read().decode(errors="replace")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        code = None
    return (code if code in (None, "waits") else code == 0), seconds, text


def looked(kind, program):
    """For each test that passes in time: its seconds, and the functions it comes by."""
    kept = KEPT / f"seen-{kind}.json"
    stamp = hashlib.sha256(Path(program).read_bytes()).hexdigest()
    seen = json.loads(kept.read_text()) if kept.exists() else {}
    if seen.get("stamp") != stamp:
        seen = {"stamp": stamp, "tests": {}}
    trace = KEPT / "trace"
    names = subprocess.run(
        [program, "--list", "--format", "terse"], capture_output=True, text=True, cwd=TREE,
    ).stdout.splitlines()
    names = [line.removesuffix(": test") for line in names if line.endswith(": test")]
    begin = STORIES if kind == "it" and STORIES else ASKED[kind]
    names = [test for test in names if test.startswith(tuple(begin))]
    began = time.monotonic()
    for count, test in enumerate(names):
        if f"{kind} {test}" in seen["tests"]:
            continue
        trace.unlink(missing_ok=True)
        env = {"TIDEOVER_MUTANT": "look", "TIDEOVER_MUTANTS_SEEN": str(trace)}
        passed, seconds, text = play(program, [test], env, TEST_MAX)
        hits = sorted({int(word) for word in trace.read_text().split()}) if trace.exists() else []
        if not passed:
            print(f"not asked: {test} ({'fails' if passed is False else 'too long'})", flush=True)
        seen["tests"][f"{kind} {test}"] = {
            "passed": passed is True, "seconds": seconds, "hits": hits,
        }
        if count % 50 == 0:
            kept.write_text(json.dumps(seen))
    kept.write_text(json.dumps(seen))
    print(f"looked at {len(names)} tests of {kind} in {time.monotonic() - began:.0f} s", flush=True)
    return seen


# ---------------------------------------------------------------- judging


def run(names):
    killers = {}
    for kind in KINDS:
        mutants, unviable, program = built(kind)
        seen = looked(kind, program)
        tests = {
            name: test for name, test in seen["tests"].items()
            if test["passed"] and test["seconds"] <= TEST_MAX
        }
        by_mutant = {}
        for name, test in tests.items():
            for number in test["hits"]:
                by_mutant.setdefault(number, []).append(name)
        # What was missed is asked again by other tests, or with more patience.
        stamp = [seen["stamp"], MUTANT_MAX, STORIES, os.environ.get("TIDEOVER_CUTS", "")]
        for group in names:
            inside = [mutant for mutant in mutants if mutant["group"] == group]
            random.Random(SEED).shuffle(inside)
            began = time.monotonic()
            asked(inside[:SAMPLE], unviable, kind, stamp, by_mutant, tests, program, killers)
            print(f"{group} by {kind}: {time.monotonic() - began:.0f} s", flush=True)
    told(names, mutants)


def asked(mutants, unviable, kind, stamp, by_mutant, tests, program, killers):
    """Asks each mutant that no test of another kind has noticed, and keeps what came of it."""
    kept = KEPT / "verdicts.json"
    verdicts = json.loads(kept.read_text()) if kept.exists() else {}
    for mutant in mutants:
        known = verdicts.get(mutant["key"], {})
        if mutant["key"] in unviable:
            verdicts[mutant["key"]] = {"verdict": "unviable", "why": unviable[mutant["key"]]}
            continue
        if not mutant["function"]:
            continue  # A constant is worked out before anything could be switched.
        before = known.get("asked", {})
        if known.get("verdict") in ("caught", "timeout") or known.get(kind) == stamp:
            continue
        names = by_mutant.get(mutant["number"], [])
        verdict = judged(mutant, names, tests, kind, program, killers)
        count = before | {kind: [verdict.pop("count"), len(names)]}
        stamps = {other: known[other] for other in KINDS if other in known} | {kind: stamp}
        verdicts[mutant["key"]] = verdict | stamps | {"asked": count, "name": mutant["name"]}
        if verdict["verdict"] != "caught":
            print(f"{verdict['verdict']}: {mutant['name']} ({kind}: {count[kind]})", flush=True)
        kept.write_text(json.dumps(verdicts, indent=1))
    kept.write_text(json.dumps(verdicts, indent=1))


def judged(mutant, names, tests, kind, program, killers):
    """Asks the tests that come by: those that noticed its neighbors, then the quick ones."""
    before = killers.setdefault((kind, mutant["file"]), {})
    function = (kind, mutant["file"], mutant["function"]["function_name"])
    near = killers.setdefault(function, {})
    # src/domain/sale/terms.rs is domain::sale::terms, whose own tests know it best.
    path = mutant["file"].removeprefix("src/").removesuffix(".rs").replace("/", "::")
    tops = [path, path.rpartition("::")[0]]
    place = lambda name: sum(not name.split(" ")[1].startswith(top + "::") for top in tops)
    order = sorted(
        names,
        key=lambda name: (
            -near.get(name, 0), place(name), -before.get(name, 0), tests[name]["seconds"],
        ),
    )
    env = {"TIDEOVER_MUTANT": str(mutant["number"])}
    spent, foreseen, count, waited = 0.0, 0.0, 0, 0
    # One by one those that noticed its neighbors, then the library's in few goes, or stories.
    first = [name for name in order if near.get(name)][:4]
    rest = [name for name in order if name not in first]
    batches = [[name] for name in first]
    if kind == "lib":
        batches += [batch for batch in (rest[:12], rest[12:]) if batch]
    else:
        batches += [[name] for name in rest]
    for batch in batches:
        seconds = sum(tests[name]["seconds"] for name in batch)
        if waited == 2 or foreseen + seconds > MUTANT_MAX and kind == "it":
            continue
        foreseen += seconds
        bare = [name.split(" ", 1)[1] for name in batch]
        passed, took, text = play(program, bare, env, 5 + 4 * seconds, len(batch) > 1)
        spent += took
        count += len(batch)
        if passed is False:
            # What fails by chance passes the second time.
            failed = re.findall(r"^test (\S+).*FAILED$", text, re.M)
            bare = failed[:1] or bare[:1]
            passed, took, text = play(program, bare, env, 5 + 4 * seconds)
            spent += took
        # What waits may wait for the machine: that is not counted as noticed.
        waited += passed == "waits"
        if passed:
            continue
        if passed is None:
            return {"verdict": "timeout", "by": bare[0], "count": count, "seconds": spent}
        by = bare[0]
        for counts in (near, before):
            counts[f"{kind} {by}"] = counts.get(f"{kind} {by}", 0) + 1
        return {"verdict": "caught", "by": by, "count": count, "seconds": spent}
    return {"verdict": "missed", "count": count, "seconds": spent}


# ---------------------------------------------------------------- what came out


def explained():
    """What docs/reliability.md says of mutants that nothing can notice: `file`, `what` | why."""
    text = (ROOT / "docs/reliability.md").read_text()
    text = text.partition("Survive, and nothing can notice")[2].partition("\nSurvive ")[0]
    return set(re.findall(r"^\| `(src/[^`]+: [^`]+)` \|", text, re.M))


def told(names, mutants=None):
    verdicts = json.loads((KEPT / "verdicts.json").read_text())
    known = explained()
    mutants = mutants or everything()
    unviable = json.loads((KEPT / "unviable.json").read_text())
    print("| Group | Mutants | don't compile | judged | caught | of judged | explained | survive |")
    print("|---|---|---|---|---|---|---|---|")
    survivors = []
    for group in names:
        count = {"all": 0, "unviable": 0, "caught": 0, "timeout": 0, "explained": 0, "missed": 0}
        for mutant in mutants:
            if mutant["group"] != group:
                continue
            count["all"] += 1
            verdict = verdicts.get(mutant["key"], {}).get("verdict")
            verdict = "unviable" if mutant["key"] in unviable else verdict
            if verdict == "missed":
                bare = re.sub(r"^(\S+?\.rs):\d+:\d+:", r"\1:", mutant["name"])
                verdict = "explained" if bare in known else "missed"
                survivors += [mutant] if verdict == "missed" else []
            if verdict:
                count[verdict] += 1
        done = count["caught"] + count["timeout"] + count["explained"] + count["missed"]
        caught = count["caught"] + count["timeout"]
        late = f", {count['timeout']} by never ending" if count["timeout"] else ""
        print(
            f"| {group} | {count['all']} | {count['unviable']} | {done} | {caught}{late} "
            f"| {share(caught, done, done + count['unviable'] < count['all'])} "
            f"| {count['explained']} | {count['missed']} |"
        )
    for mutant in survivors:
        counts = verdicts[mutant["key"]]["asked"]
        said = ", ".join(f"{asked} of {of} of {kind}" for kind, (asked, of) in counts.items())
        print(f"{mutant['name']}   ({said})")


def share(caught, done, is_sample):
    """Of a sample with the interval in which the share of all lies, 19 times of 20 (Wilson)."""
    if done == 0:
        return "-"
    z, p = 1.96, caught / done
    middle = (p + z * z / (2 * done)) / (1 + z * z / done)
    half = z / (1 + z * z / done) * math.sqrt(p * (1 - p) / done + z * z / (4 * done * done))
    text = f"{100 * p:.1f} %"
    return f"{text} ({100 * (middle - half):.0f} to {100 * (middle + half):.0f})" if is_sample else text


main()
