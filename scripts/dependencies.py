#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a program was made of, as JSON on standard output: the Swift packages that were resolved for it, the C libraries that were
linked into it, the compiler.

    dependencies.py SCRATCH ARCHIVES COMPILER

SCRATCH is SwiftPM's folder, whose workspace-state.json knows every package and its commit; ARCHIVES the folder that
scripts/archives.sh made; COMPILER what `swiftc --version` says.
"""
import json
import re
import sys
from pathlib import Path


def swift_package(dependency):
    reference, state = dependency["packageRef"], dependency["state"]["checkoutState"]
    return {"name": reference["identity"], "version": state.get("version", state["revision"]), "revision": state["revision"],
            "location": reference["location"].removesuffix(".git")}


def library(description):
    fields = dict(re.findall(r"^(\w+): *(.*)$", description.read_text(), re.MULTILINE))
    return {"name": description.stem, "version": fields["Version"]}


def main(scratch, archives, compiler):
    state = json.loads(Path(scratch, "workspace-state.json").read_text())
    packages = [swift_package(dependency) for dependency in state["object"]["dependencies"]]
    # These are found by their descriptions, and not linked in.
    libraries = [library(path) for path in sorted(Path(archives).glob("*.pc")) if path.stem not in ("libudev", "libcrypto")]
    json.dump({"swift": re.search(r"Swift version (\S+)", compiler)[1], "packages": sorted(packages, key=lambda p: p["name"]),
               "libraries": libraries}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
