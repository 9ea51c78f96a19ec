#!/usr/bin/env python3
"""Writes what is linked into Tideover as a CycloneDX 1.6 bill of materials, or checks one.

    tests/sbom.py [--target TRIPLE] > tideover.cdx.json
    tests/sbom.py --check tideover.cdx.json

Components are the crates that `cargo metadata` resolves for the shipped features, with their
checksums of Cargo.lock, and the C libraries that two of them bring along. What only tests use is
not among them. The same tree gives the same bytes. --check ends with 1 where a component is not
the one of Cargo.lock. Standard library only.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEATURES = "gui,central"
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def locked():
    """Name and version of every crate in the lock file, with source and checksum."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(one["name"], one["version"]): one for one in lock["package"]}


def purl(name, version, kind="cargo"):
    return f"pkg:{kind}/{name}@{version.replace('+', '%2B')}"


def resolved(target):
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    command += ["--no-default-features", "--features", FEATURES]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def linked(metadata):
    """The crates reached from the program other than by its tests, and whom each needs."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    needs, waiting = {}, [metadata["resolve"]["root"]]
    while waiting:
        crate = waiting.pop()
        if crate in needs:
            continue
        used = [
            one["pkg"]
            for one in nodes[crate]["deps"]
            if any(kind["kind"] != "dev" for kind in one["dep_kinds"])
        ]
        needs[crate] = used
        waiting += used
    return needs


def brought_along(packages):
    """C libraries inside of crates: a hole in one is a hole in the program."""
    for package in packages:
        folder = pathlib.Path(package["manifest_path"]).parent
        if package["name"] == "libsqlite3-sys":
            header = (folder / "sqlite3" / "sqlite3.h").read_text()
            version = re.search(r'#define SQLITE_VERSION +"([0-9.]+)"', header).group(1)
            yield package, "sqlite", version
        if package["name"] == "zstd-sys":
            yield package, "zstd", package["version"].split("+zstd.")[1]


def component(package, checksum):
    made = {
        "type": "library",
        "bom-ref": purl(package["name"], package["version"]),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package["name"], package["version"]),
    }
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package.get("license"):
        # Old crates write a slash for "or".
        made["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    return made


def bill(target):
    metadata = resolved(target)
    lock = locked()
    needs = linked(metadata)
    packages = {one["id"]: one for one in metadata["packages"] if one["id"] in needs}
    root = packages[metadata["resolve"]["root"]]
    ref = {one: purl(package["name"], package["version"]) for one, package in packages.items()}
    components = [
        component(package, lock[(package["name"], package["version"])].get("checksum"))
        for one, package in packages.items()
        if one != root["id"]
    ]
    depends = {ref[one]: sorted(ref[other] for other in used) for one, used in needs.items()}
    for package, name, version in brought_along(packages.values()):
        inside = purl(name, version, "generic")
        components.append(
            {"type": "library", "bom-ref": inside, "name": name, "version": version, "purl": inside}
        )
        depends[ref[package["id"]]].append(inside)
        depends[inside] = []
    program = component(root, None) | {"type": "application"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": program,
            "properties": [
                {"name": "cargo:features", "value": FEATURES},
                {"name": "cargo:target", "value": target},
            ],
        },
        "components": sorted(components, key=lambda one: one["bom-ref"]),
        "dependencies": [
            {"ref": one, "dependsOn": sorted(used)} for one, used in sorted(depends.items())
        ],
    }


def wrong_with(made):
    """Everything in which a bill differs from the lock file."""
    lock = locked()
    for one in made["components"]:
        if not one["purl"].startswith("pkg:cargo/"):
            continue
        name = f"{one['name']} {one['version']}"
        known = lock.get((one["name"], one["version"]))
        if known is None:
            yield f"{name} is not in Cargo.lock"
        elif known.get("source") != REGISTRY:
            yield f"{name} is not from the public registry"
        elif one.get("hashes") != [{"alg": "SHA-256", "content": known["checksum"]}]:
            yield f"{name} has another checksum than in Cargo.lock"
        elif not one.get("licenses"):
            yield f"{name} names no license"
    known = {one["bom-ref"] for one in made["components"]}
    known.add(made["metadata"]["component"]["bom-ref"])
    for one in made["dependencies"]:
        for used in [one["ref"], *one["dependsOn"]]:
            if used not in known:
                yield f"{used} is needed and not listed"


def main():
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--target", default="x86_64-unknown-linux-gnu")
    reader.add_argument("--check", metavar="FILE")
    asked = reader.parse_args()
    if not asked.check:
        json.dump(bill(asked.target), sys.stdout, indent=1)
        print()
        return 0
    made = json.loads(pathlib.Path(asked.check).read_text())
    found = list(wrong_with(made))
    for line in found:
        print(line, file=sys.stderr)
    if found:
        return 1
    crates = sum(one["purl"].startswith("pkg:cargo/") for one in made["components"])
    print(f"{crates} crates, each as in Cargo.lock")
    return 0


if __name__ == "__main__":
    sys.exit(main())
