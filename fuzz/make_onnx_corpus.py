#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the ONNX check's fuzzing: small models by hand, a tensor in each place where one can be.

    fuzz/make_onnx_corpus.py        # into fuzz/corpus/onnx
"""
from pathlib import Path


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, *parts):
    content = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(location=None):
    held = data(9, b"\x00\x00\x80\x3f") if location is None else \
        data(13, data(1, "location"), data(2, location)) + data(13, data(1, "offset"), data(2, "0")) + number(14, 1)
    return number(1, 1) + number(2, 1) + data(8, "w") + held


def node(*attributes, kind="Constant"):
    return data(1, "x"), data(2, "y"), data(3, "n"), data(4, kind), *(data(5, data(1, "a"), a) for a in attributes)


def model(*parts):
    return number(1, 8) + data(2, "seed") + b"".join(parts) + data(8, data(1, ""), number(2, 17))


def seeds():
    external = tensor("weights.bin")
    inner = data(1, *node()) + data(5, external)
    graph = data(7, data(1, *node()), data(2, "g"))
    yield "plain", model(data(7, data(1, *node()), data(2, "g"), data(5, tensor()), data(11, data(1, "x"))))
    yield "initializer", model(data(7, inner))
    yield "subgraph", model(data(7, data(1, *node(data(6, inner), kind="If"))))
    yield "subgraphs", model(data(7, data(1, *node(data(11, inner), data(11, inner)))))
    yield "tensor", model(data(7, data(1, *node(data(5, external)))))
    yield "tensors", model(data(7, data(1, *node(data(10, external)))))
    yield "sparse", model(data(7, data(15, data(1, tensor()), data(2, external), number(3, 4))))
    yield "sparse_attribute", model(data(7, data(1, *node(data(22, data(1, external))))))
    yield "sparse_attributes", model(data(7, data(1, *node(data(23, data(1, external))))))
    yield "function", model(graph, data(25, data(1, "f"), data(7, *node(data(5, external)))))
    yield "function_default", model(graph, data(25, data(1, "f"), data(11, data(1, "a"), data(5, external))))
    yield "training", model(graph, data(20, data(1, inner), data(2, inner)))
    yield "context", model(data(7, data(1, *node(data(4, "engine.bin"), kind="EPContext"))))
    deep = inner
    for _ in range(40):
        deep = data(1, *node(data(6, deep), kind="If"))
    yield "deep", model(data(7, deep))


if __name__ == "__main__":
    folder = Path(__file__).parent / "corpus/onnx"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in seeds():
        (folder / f"{name}.onnx").write_bytes(content)
