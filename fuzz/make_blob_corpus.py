#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the blob fuzzers: minimal MyriadX blobs of both layouts, one for each kind of stage, made from
nothing but the description of the format in docs/blobs.md."""
import os
import struct
import sys

MARK = 0x7F83FF19
NCHW, NHWC, NC, C = 0x4321, 0x4213, 0x43, 0x3
ABSENT, INPUT, OUTPUT, CONSTANT, SHARED, CHIP = range(6)
F16, U8, S32 = 0, 1, 2
u32 = lambda *values: struct.pack(f"<{len(values)}I", *[value & 0xFFFFFFFF for value in values])
f32 = lambda *values: struct.pack(f"<{len(values)}f", *values)


class Writer:
    """A blob with one input, some stages and one output."""

    def __init__(self, major, minor=0):
        self.version = (major, minor)
        self.constants = bytearray()
        self.stages = []

    def constant(self, data):
        self.constants += bytes(-len(self.constants) % 64)
        offset = len(self.constants)
        self.constants += data
        return offset

    def descriptor(self, element, order, shape):
        """Shape outermost first, dense."""
        size = {F16: 2, U8: 1, S32: 4}[element]
        inner, strides = list(reversed(shape)), []
        for dimension in inner:
            strides.append(size)
            size *= dimension
        head = u32(element, order, len(inner))
        if self.version[0] == 5:
            return head + u32(*inner, *strides)
        return head + u32(CONSTANT, self.constant(u32(*inner)), CONSTANT, self.constant(u32(*strides)))

    def buffer(self, location, offset=0, element=F16, order=NCHW, shape=(1, 2, 3, 4)):
        if location == ABSENT:
            return u32(F16, 0, 0) + (b"" if self.version[0] == 5 else u32(CONSTANT, 0, CONSTANT, 0)) + u32(ABSENT, 0)
        index = u32(0, 64) if location in (INPUT, OUTPUT) else b""
        return self.descriptor(element, order, shape) + u32(location) + index + u32(offset)

    def record(self, kind, parameters, buffers, counted=False):
        body = u32(kind, 2, 4 + len(parameters)) + parameters + (u32(len(buffers)) if counted else b"") + b"".join(buffers)
        return u32(4 + len(body) + 8) + body + u32(kind, MARK)

    def stage(self, kind, parameters, buffers, counted=False):
        self.stages.append(self.record(kind, parameters, buffers, counted))

    def blob(self, inputs=(F16, NCHW, (1, 2, 3, 4)), outputs=(F16, NCHW, (1, 2, 3, 4)), batch=1):
        pad = lambda data: data + bytes(-len(data) % 64)
        port = lambda name, tensor: u32(0, 0, 16) + name.ljust(16, b"\0") + self.descriptor(*tensor)
        first, last = pad(port(b"x", inputs)), pad(port(b"y", outputs))
        stages, constants = pad(b"".join(self.stages)), pad(bytes(self.constants))
        offsets = [192, 192 + len(first), 192 + len(first) + len(last), 192 + len(first) + len(last) + len(stages)]
        size = offsets[3] + len(constants)
        header = struct.pack("<20I", 9709, size, *self.version, 1, 1, len(self.stages), 64 * batch, 64 * batch, batch, 1024, 1, 4, 1, 1, 0, *offsets)
        start = bytearray(52)
        start[0:4] = b"\x7felf"
        return bytes(start) + header + bytes(60) + first + last + stages + constants


def one(kind, parameters=b"", extra=(), version=(6, 0), order=NCHW, **more):
    writer = Writer(*version)
    operands = [writer.buffer(INPUT, order=order), writer.buffer(OUTPUT, order=order)]
    operands += [writer.buffer(location, *rest) for location, *rest in extra]
    writer.stage(kind, parameters, operands)
    return writer.blob(**more)


def hardware(version, operation, kernel=1, channels=2, injected=False):
    writer = Writer(*version)
    weights = writer.constant(struct.pack("<" + "e" * (16 * kernel * kernel), *([0.5] * (16 * kernel * kernel))))
    numbers = writer.constant(struct.pack("<8e", *([1.0] * 8)))
    record = u32(operation)
    if operation == 4:
        record += u32(0)
    record += u32(0, 1, 0) + u32(0, 1, 2, 3, 3)
    record += u32(0, 2, 0, channels, 0) if operation == 2 else u32(0, channels, kernel, kernel, 1)
    if operation == 1:
        record += u32(2, 2)
    record += u32(1, 0, 0, 1) + u32(1) + f32(6) + u32(0, 0)
    inner = writer.record(19, b"", [writer.buffer(INPUT), writer.buffer(CHIP)]) if injected else b""
    shape = (1, 2, 6, 8) if operation == 1 else (1, 2, 3, 4)
    buffers = [
        writer.buffer(INPUT) if operation != 1 else writer.buffer(SHARED, 0, F16, NCHW, shape),
        writer.buffer(OUTPUT), writer.buffer(CONSTANT, weights, F16, NCHW, (1, 2, kernel * kernel, 8)),
        writer.buffer(CONSTANT, numbers, F16, C, (8,)),
    ]
    writer.stage(38, u32(1) + record + u32(1 if injected else 0) + inner, buffers, counted=True)
    return writer.blob()


def seeds():
    geometry = u32(1, 1, 1, 1, 0, 0)
    constants = [(CONSTANT, 0, F16, C, (2,)), (CONSTANT, 0, F16, C, (2,))]
    for major, minor in [(5, 0), (6, 0), (2021, 4), (2022, 1)]:
        version = (major, minor)
        name = f"v{major}_{minor}"
        yield f"{name}_copy", one(19, version=version)
        yield f"{name}_convolution", hardware(version, 0, 3)
        yield f"{name}_pool", hardware(version, 4, 3)
        yield f"{name}_injected", hardware(version, 0, 1, injected=True)
    version = (6, 0)
    yield "fused_pool", hardware(version, 1, 3)
    yield "connected", hardware(version, 2)
    for kind in (0, 49, 8):
        yield f"stage{kind}", one(kind, geometry + u32(1, 1), [(CONSTANT, 0, F16, C, (4 if kind != 8 else 2,))], order=NHWC)
    for kind in (22, 63):
        yield f"stage{kind}", one(kind, geometry, [(CONSTANT, 0, F16, C, (4 if kind == 22 else 2,))])
    for kind in (1, 2, 59):
        yield f"stage{kind}", one(kind, geometry + u32(0))
    for kind in (3, 28, 30, 61, 23, 135, 140):
        yield f"stage{kind}", one(kind, u32(1, 1))
    for kind in (6, 44, 45, 46):
        yield f"stage{kind}", one(kind, u32(1) + f32(0.1), constants)
    for kind in (9, 15, 47, 10):
        yield f"stage{kind}", one(kind, b"", constants)
    for kind in (20, 21, 92, 101, 102, 110, 131, 132, 134, 137, 138, 142):
        yield f"stage{kind}", one(kind)
    for kind in (12, 13, 14, 76, 80, 85, 88, 89):
        yield f"stage{kind}", one(kind, f32(1, 1) + u32(-1) + f32(0, 0, 0), [(INPUT,)])
    yield "stage90", one(90, b"", [(INPUT,), (INPUT,)])
    yield "stage26", one(26, f32(1, 2, 0.5))
    yield "stage57", one(57, f32(0, 6))
    yield "stage111", one(111, f32(1, 0) + u32(0, 0))
    yield "stage11", one(11, u32(5) + struct.pack("<4e", 1, 0.1, 0.75, 0))
    yield "stage35", one(35, u32(0, 0) + f32(1e-6), constants)
    yield "stage62", one(62, u32(1, 0) + f32(1e-6))
    yield "stage34", one(34, u32(0, 1, 2, 3, -1, -1, -1, -1))
    yield "stage71", one(71, u32(0, 0, 0, 0, 0, 0, 0, 0) + f32(0) + u32(0))
    yield "stage73", one(73, u32(1, 1, 1, 0, 0, 0, 0, 0, 0))
    yield "stage67", one(67, u32(0, 0, 2))
    yield "stage72", one(72, u32(0) + f32(2) + u32(0, 2, 2))
    yield "stage29", one(29, u32(1, 1, 1, 1, 0))
    yield "stage37", one(37, u32(2, 1, 0) + f32(0.45) + u32(10, 2, 10) + f32(0.1) + u32(0, 1, 0, 0, 0, 1, 1, 1, 1) + f32(0) + u32(0),
                         [(INPUT,), (OUTPUT, 0, F16, NCHW, (1, 1, 2, 7))])
    yield "stage91", one(91, f32(1, 0) + u32(0, 0, 1), [(INPUT,)])
    for kind in (105, 112, 113, 114):
        yield f"stage{kind}", one(kind, u32(1), [(CONSTANT, 0, S32, C, (1,))])
    yield "stage100", one(100, u32(0), [(CONSTANT, 0, S32, C, (4,))])
    yield "stage104", one(104, u32(0, 0, 1, 1, 0), [(CONSTANT, 0, S32, C, (1,))])
    yield "stage133", one(133, u32(15, 15), [(CONSTANT, 0, S32, C, (4,))] * 3)
    yield "stage70", one(70, u32(1, 1, 1, 1, 2), constants)
    yield "stage64", one(64, u32(16, 16, 16, 10, 5) + f32(0.7, 0, 1, 1, 0) + u32(1, 1, 1, 0, 0, 0, 0) + u32(1) + f32(8) + u32(1) + f32(1), constants)
    yield "stage65", one(65, u32(1, 1) + f32(1) + u32(0), constants)
    yield "stage999", one(999, u32(1, 2, 3), constants)
    yield "batch2", one(20, batch=2)
    yield "u8", one(111, f32(1, 0) + u32(0, 0), inputs=(U8, NCHW, (1, 2, 3, 4)))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "blob")
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(folder, f"{name}.blob"), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
