#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what a released program asks of the system it is copied to, and fails where that is more than promised.

    inspect-program.py PROGRAM             libraries, glibc's version, symbols, size
    inspect-program.py --glibc PROGRAM     the oldest glibc it runs with, and nothing else
    inspect-program.py --run PROGRAM       the same, then starts it: time to the open door, memory while idle

Reads the ELF file itself: works for any architecture, without binutils.
"""
import argparse
import os
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# glibc's own parts; libudev, which Debian has as a shared library only; libcrypto, for Debian's security updates; the C++ library,
# for ONNX Runtime's sake.
ALLOWED = re.compile(r"(lib(c|m|dl|rt|pthread)\.so\.6?\d?|ld-linux-[\w-]+\.so\.\d|libudev\.so\.1|libcrypto\.so\.3|libstdc\+\+\.so\.6|libgcc_s\.so\.1)")
# Of the oldest Debian each program is for: 12, and 13 for arm64.
NEWEST_GLIBC = {"amd64": (2, 36), "arm64": (2, 41)}
MACHINES = {62: "amd64", 183: "arm64"}
SECTION_SYMBOLS, SECTION_DYNAMIC, SECTION_VERSIONS = 2, 6, 0x6FFFFFFE
TAG_NEEDED, TAG_END = 1, 0


class Elf:
    """The few parts of a 64-bit little-endian ELF file that say what it needs."""

    def __init__(self, path):
        self.data = Path(path).read_bytes()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise SystemExit(f"{path} is no 64-bit little-endian ELF program")
        self.machine = MACHINES.get(struct.unpack_from("<H", self.data, 18)[0], "unknown")
        offset, = struct.unpack_from("<Q", self.data, 40)
        size, count = struct.unpack_from("<HH", self.data, 58)
        names = "name type flags address offset size link info align entry"
        self.sections = [dict(zip(names.split(), struct.unpack_from("<IIQQQQIIQQ", self.data, offset + index * size)))
                         for index in range(count)]

    def of_type(self, kind):
        return next((section for section in self.sections if section["type"] == kind), None)

    def text(self, strings, offset):
        start = self.sections[strings]["offset"] + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    @property
    def needed(self):
        section = self.of_type(SECTION_DYNAMIC)
        for offset in range(section["offset"], section["offset"] + section["size"], 16) if section else ():
            tag, value = struct.unpack_from("<QQ", self.data, offset)
            if tag == TAG_END:
                return
            if tag == TAG_NEEDED:
                yield self.text(section["link"], value)

    @property
    def versions(self):
        """(library, version) of everything bound to a version."""
        section = self.of_type(SECTION_VERSIONS)
        if not section:
            return
        offset = section["offset"]
        for _ in range(section["info"]):
            _, count, file, first, following = struct.unpack_from("<HHIII", self.data, offset)
            entry = offset + first
            for _ in range(count):
                _, _, _, name, after = struct.unpack_from("<IHHII", self.data, entry)
                yield self.text(section["link"], file), self.text(section["link"], name)
                entry += after
            offset += following

    @property
    def is_stripped(self):
        return self.of_type(SECTION_SYMBOLS) is None


def glibc(elf):
    found = [tuple(map(int, name[6:].split("."))) for _, name in elf.versions if re.fullmatch(r"GLIBC_[\d.]+", name)]
    return max(found, default=(0,))


def inspect(path):
    elf = Elf(path)
    needed, newest = sorted(elf.needed), glibc(elf)
    print(f"{path}: {elf.machine}, {os.path.getsize(path) / 1e6:.1f} MB, needs {', '.join(needed)}; "
          f"glibc {'.'.join(map(str, newest))}")
    faults = [f"needs {name}: it belongs inside (scripts/archives.sh)" for name in needed if not ALLOWED.fullmatch(name)]
    if not needed:
        faults.append("is not dynamic: it could not open ONNX Runtime")
    if not elf.is_stripped:
        faults.append("is not stripped")
    allowed = NEWEST_GLIBC.get(elf.machine)
    if not allowed:
        faults.append("is for no machine depthd runs on")
    elif newest > allowed:
        faults.append(f"needs glibc {'.'.join(map(str, newest))}; the oldest Debian it is for has {'.'.join(map(str, allowed))}")
    for fault in faults:
        print(f"{path} {fault}", file=sys.stderr)
    return not faults


def run(path):
    """Starts the daemon waiting for a camera that is not there, and says how long it took and what it holds."""
    with tempfile.TemporaryDirectory() as folder:
        settings = ["cameras.0.id=idle", "cameras.0.source=v4l2", "cameras.0.v4l2.device=serial:none", "models.detection=none",
                    "http.port=0", "http.host=127.0.0.1", "udp.port=0", f"state.directory={folder}/state"]
        words = [word for setting in settings for word in ("--set", setting)]
        began = time.monotonic()
        with open(f"{folder}/log", "wb") as log:
            daemon = subprocess.Popen([str(Path(path).resolve()), "run", *words], stdout=subprocess.PIPE, stderr=log)
        try:
            ready = select.select([daemon.stdout], [], [], 30)[0] and daemon.stdout.readline()
            seconds = time.monotonic() - began
            if not ready:
                sys.exit(f"{path} did not open its door: {Path(folder, 'log').read_text()}")
            time.sleep(3)
            rollup = Path(f"/proc/{daemon.pid}/smaps_rollup").read_text()
            figure = {name: int(value) / 1024 for name, value in re.findall(r"^(\w+): +(\d+) kB", rollup, re.MULTILINE)}
            ownership = figure["Private_Dirty"] + figure["Private_Clean"]
            print(f"{path}: door open after {seconds * 1000:.0f} ms; idle {figure['Rss']:.1f} MiB resident, "
                  f"{figure['Private_Dirty']:.1f} MiB of them written, {ownership:.1f} MiB its own")
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(10)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--glibc", action="store_true")
    parser.add_argument("program")
    options = parser.parse_args()
    if options.glibc:
        print(".".join(map(str, glibc(Elf(options.program)))))
        return
    if not inspect(options.program):
        sys.exit(1)
    if options.run:
        run(options.program)


if __name__ == "__main__":
    main()
