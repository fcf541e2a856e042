#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the XLink fuzzer: short sessions of either end, in the form that XLinkFuzz.swift reads."""
import os
import struct
import sys

WRITE, RELEASE, CREATE, CLOSE, PING, RESET = 0, 2, 3, 4, 5, 6
RESPONSE, ACK, UNNUMBERED = 8, 1, 255

ping, reset = bytes([0]), bytes([4])
open_stream = lambda index, size: bytes([1 | index << 4, size])
write = lambda stream, count: bytes([2 | stream << 4, count])
close = lambda stream: bytes([3 | stream << 4])
release = lambda index: bytes([5 | index << 4])
peer = lambda kind, event=1, stream=0, name=0, size=0, flags=ACK: bytes([8, kind, event, stream, flags, name]) + struct.pack("<H", size)
whole = lambda kind, event, name, stream, size: bytes([7]) + struct.pack("<iI52sIIIIII", event, kind, name, 0, 0, 0, stream, size, ACK)

host = bytes([0]) + ping + peer(PING + RESPONSE)
device = bytes([1]) + peer(PING)
seeds = {
    "host_packets": host + open_stream(0, 1) + peer(CREATE + RESPONSE, 2) + peer(CREATE, 1, UNNUMBERED, 0, 4096) + write(0, 1)
    + peer(WRITE + RESPONSE, 3) + peer(RELEASE, 2, 0, 0, 1024) + peer(WRITE, 3, 0, 0, 100) + release(0) + peer(RELEASE + RESPONSE, 4),
    "host_close": host + open_stream(0, 1) + peer(CREATE + RESPONSE, 2) + close(0) + peer(CLOSE + RESPONSE, 3) + open_stream(0, 1),
    "host_asked_first": host + peer(CREATE, 1, UNNUMBERED, 3, 64) + open_stream(3, 1) + peer(CREATE + RESPONSE, 2) + peer(CLOSE, 2),
    "host_reset": host + reset + peer(RESET + RESPONSE, 2),
    "host_refused": host + open_stream(0, 1) + peer(CREATE + RESPONSE, 2, flags=64),
    "host_huge": host + peer(CREATE, 1, UNNUMBERED, 0, 64) + whole(WRITE, 2, b"", 0, 0xFFFFFFF0),
    "host_many": host + b"".join(peer(CREATE, n, UNNUMBERED, n, 64) for n in range(34)),
    "device_packets": device + peer(CREATE, 2, 0, 1, 4096) + open_stream(1, 1) + peer(CREATE + RESPONSE, 1, 0, 1) + write(0, 1)
    + peer(RELEASE, 3, 0, 0, 1024) + peer(WRITE, 4, 0, 0, 100) + peer(CLOSE, 5) + release(0) + peer(CLOSE, 6),
    "device_contradiction": device + peer(CREATE, 2, 0, 1, 64) + peer(CREATE, 3, 1, 1, 64),
    "device_reset": device + peer(RESET, 2),
    "whole": bytes([1]) + whole(PING, 1, b"", 0, 0) + whole(CREATE, 2, b"__rpc_main", 0, 5 << 20) + whole(WRITE, 3, b"", 0, 14),
}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "xlink")
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds.items():
        with open(os.path.join(folder, f"{name}.xlink"), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
