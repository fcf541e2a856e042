#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzzers of the gen2 link: every kind of value in both encodings, and a message of each kind."""
import struct
from pathlib import Path

LOG, ANSWER, WHOLE = 100, 101, 102
MARKER = bytes.fromhex("abcdef0123456789123456789abcdef0")

f = lambda *values: b"".join(b"\x88" + struct.pack("<f", value) for value in values)
group = lambda prefix, *values: bytes([prefix, len(values)]) + b"".join(values)
fields = lambda *values: group(0xB9, *values)
items = lambda *values: group(0xBA, *values)
octets = lambda content: bytes([0xBC, len(content)]) + content
text = lambda content: bytes([0xBD, len(content)]) + content.encode()
small = lambda *values: b"".join(bytes([value]) for value in values)
each = lambda encoded, size: [encoded[at:at + size] for at in range(0, len(encoded), size)]
floats = lambda *values: each(f(*values), 5)
numbers = lambda *values: each(small(*values), 1)

TIME = fields(b"\x0c", b"\x85\x59\x01")
STAMP = [b"\x07", TIME, TIME]
BOX = [b"\x0f"] + floats(0.5, 0.25, 0.25, 0.75, 0.75)
RECTANGLE = fields(*floats(0.25, 0.25, 0.5, 0.5))
REGION = fields(RECTANGLE, fields(b"\x64", b"\x81\x88\x13"), b"\x01", b"\xff")
POINT = fields(*floats(100, -50, 1500))
EXPOSURE = fields(b"\x85\x40\x1f", b"\x85\x90\x01", b"\x00", b"\x00", *floats(0))
VECTOR = fields(*floats(0, 9.75, 0), *numbers(0, 3), TIME, TIME)
MEMORY = fields(*numbers(1, 2, 3))
CONTROL = fields(
    b"\x40", *numbers(3, 0), *floats(0), *numbers(0, 0), fields(b"\x81\x40\x1f", b"\x81\x90\x01", b"\x00"),
    fields(*numbers(0, 0, 0, 0, 0)), fields(*numbers(0, 0, 0, 0, 0)), *numbers(*[0] * 9), fields(*numbers(0, 0, 0)),
    fields(*numbers(0, 0, 0)), *numbers(*[0] * 11), items())


def messages():
    yield "buffer", 0, fields(*STAMP)
    for name, kind in (("gray", 18), ("depth", 14), ("nv12", 22), ("preview", 8)):
        yield name, 1, fields(fields(*numbers(kind, 4, 2, 4, 1, 0, 8, 16)), EXPOSURE, *numbers(0, 1), *STAMP)
    yield "encoded", 2, fields(EXPOSURE, *numbers(0, 80, 0, 0, 0, 0, 0, 4), *STAMP)
    tensor = fields(
        b"\x43", b"\x00", b"\x02", octets(struct.pack("<2I", 1, 2)), octets(struct.pack("<2I", 4, 2)), text("out"), b"\x00")
    yield "tensors", 3, fields(items(tensor), b"\x01", *STAMP)
    yield "control", 5, CONTROL
    yield "detections", 6, fields(items(fields(*BOX), fields(*BOX)), *STAMP)
    yield "spatial", 7, fields(items(fields(*BOX, POINT, REGION)), *STAMP)
    load = fields(*floats(0.25), b"\x85\xe8\x03")
    yield "system", 8, fields(MEMORY, MEMORY, MEMORY, MEMORY, load, load, fields(*floats(41, 42, 43, 44, 42.5)))
    place = [REGION, *floats(1500, 1500, 1500), b"\x81\x84\x03", b"\x81\x34\x08", b"\x81\xd2\x04", POINT]
    yield "locations", 10, fields(items(fields(*place)), *STAMP)
    yield "tracklets", 14, fields(items(fields(RECTANGLE, *numbers(3, 15, 9, 1), fields(*BOX), POINT)), *STAMP)
    rotation = fields(*floats(0, 0, 0, 1, 0), *numbers(0, 3), TIME, TIME)
    yield "motion", 15, fields(items(fields(VECTOR, VECTOR, VECTOR, rotation)), *STAMP)
    members = b"\xbb\x02" + text("left") + fields(b"\x00") + text("right") + fields(b"\x01")
    yield "group", 23, fields(members, TIME, TIME, b"\x07")
    yield "log", LOG, items(fields(text("system"), b"\x03", TIME, b"\x00", b"\x00", text("hello")))
    metadata = fields(*STAMP)
    yield "whole", WHOLE, b"data" + metadata + struct.pack("<ii", 0, len(metadata)) + MARKER
    features = b"\x91\x83\xa6socket\x01\xa5width\xcd\x05\x00\xa7configs\x91\x82\xa5width\x01\xa6height\x02"
    yield "features", ANSWER, b"\x94\x01\x02\x01" + features
    yield "eeprom", ANSWER, b"\x94\x01\x02\x01\x93\xc3\xa0\x81\xabproductName\xa3OAK"
    yield "refused", ANSWER, b"\x94\x01\x02\x00\xa2no"


def encodings():
    integers = [b"\x7f", b"\x80\xff", b"\x81\xff\xff", b"\x82" + b"\xff" * 4, b"\x83" + b"\xff" * 8, b"\xff", b"\x84\x80",
                b"\x85\x00\x80", b"\x86" + b"\x80" * 4, b"\x87" + b"\x80" * 8]
    rest = [f(1), b"\x89" + struct.pack("<d", 1), octets(b"ab"), text("ab"), b"\xbe", b"\xbb\x01" + text("a") + b"\x01"]
    yield "structure", 0, fields(*integers, *rest, items(*integers))
    yield "structure_deep", 0, b"\xba\x01" * 15 + b"\x00"
    pack = [b"\xc0", b"\xc2", b"\xc3", b"\xca" + b"\x40" * 4, b"\xcb" + b"\x40" * 8, b"\xcc\xff", b"\xcd\xff\xff", b"\xce" + b"\xff" * 4,
            b"\xcf" + b"\xff" * 8, b"\xd0\x80", b"\xd1\x80\x00", b"\xd2\x80\x00\x00\x00", b"\xd3\x80" + b"\x00" * 7]
    yield "messagepack", 1, bytes([0x90 + len(pack)]) + b"".join(pack)
    yield "messagepack_more", 1, b"\x96\x81\xa1a\xd9\x01b\xda\x00\x01c\xdb\x00\x00\x00\x01d\xc4\x01e\xde\x00\x01\xa1k\x01\xdc\x00\x01\xff"
    yield "messagepack_octets", 1, b"\xdc\x00\x50" + b"\xcc\xff" * 40 + b"\x01" * 40
    yield "messagepack_deep", 1, b"\x91" * 15 + b"\xc0"


if __name__ == "__main__":
    for target, seeds in (("encodings", encodings()), ("messages", messages())):
        folder = Path(__file__).parent / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, kind, content in seeds:
            (folder / f"{name}.bin").write_bytes(bytes([kind]) + content)
