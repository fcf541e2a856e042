#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the firmware fuzzer: images of every kind of record, and the archives they come in, all made up."""
import io
import lzma
import os
import struct
import sys
import tarfile
import zipfile

LABEL = lambda name: b"\xa8" + struct.pack("<H", len(name) + 2) + b"\0" + name + b"\0"
LOAD = b"\x8a" + struct.pack("<IH", 0x70000000, 2) + bytes(8)
POKE = b"\x9a" + struct.pack("<II", 0x203200A8, 1)
JUMP = b"\xa4" + struct.pack("<I", 0x70000000)


def image(name=b"test.elf"):
    send = b"\x84" + struct.pack("<IH", 0x70000000, 9)
    call = b"\xba" + struct.pack("<I", 0x70000000)
    return b"MA2x" + b"\xc9\1\2" + POKE + LOAD + send + call + LABEL(name) + b"\0\0" + JUMP + b"\0"


def tar(*files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue().rstrip(b"\0") + bytes(1024)


def wheel(data, method):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("depthai.so"), data, compress_type=method)
    return stream.getvalue()


def seeds():
    stream = lzma.compress(tar(("a.cmd", image())), check=lzma.CHECK_NONE)
    yield "image", b"\0" + image()
    yield "bare", b"\1" + image()
    yield "bootloader", b"\1" + lzma.compress(tar(("b.cmd", image(b"bootloader.elf"))))
    yield "stream", b"\1" + stream
    yield "module", b"\1" + b"\x7fELF" + bytes(9) + b"\xfd7zXZ\0" + bytes(9) + stream + bytes(9)
    yield "stored", b"\1" + wheel(stream, zipfile.ZIP_STORED)
    yield "deflated", b"\1" + wheel(stream, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "corpus", "firmware")
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
