#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the results of a depthd box as they arrive over UDP. Needs nothing but Python 3.8.

    python3 subscribe.py HOST [PORT] [--stream demo/object_tracker] [--rate 10] [--count 20] [--key-file FILE]
    python3 subscribe.py 239.255.68.80 32171 --multicast

The protocol is described in docs/udp.md; this file is short enough to be copied into a robot.
"""
import argparse
import hashlib
import hmac
import os
import socket
import struct
import sys
import time

HEADER = struct.Struct(">4sBBBBIIBBHI")
HELLO, CHALLENGE, RESULT, DESCRIBE, SUBSCRIBE, ACCEPT, KEEPALIVE, BYE, PING, PONG, REFUSE = range(1, 12)
STATES = ["new", "tracked", "lost", "removed"]
AUTHENTICATED, TRAILER = 0x80, 16


def cbor(value):
    """Writes the few kinds of CBOR values that subscribers send."""
    def head(major, number):
        for info, width in ((24, "B"), (25, "H"), (26, "I"), (27, "Q")):
            if number < 24:
                return bytes([major << 5 | number])
            if number < 1 << 8 * struct.calcsize(width):
                return bytes([major << 5 | info]) + struct.pack(">" + width, number)
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def parse(data, at=0, depth=8):
    """Reads one CBOR value; returns it and where it ends. Raises on anything broken."""
    if depth == 0:
        raise ValueError("nested too deeply")
    major, number = data[at] >> 5, data[at] & 31
    at += 1
    if number >= 24:
        width = 1 << (number - 24)
        if width > 8 or at + width > len(data):
            raise ValueError("bad length")
        number = int.from_bytes(data[at:at + width], "big")
        at += width
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major in (2, 3):
        if at + number > len(data):
            raise ValueError("too short")
        raw = data[at:at + number]
        return (raw if major == 2 else raw.decode()), at + number
    if major in (4, 5):
        if number > len(data):
            raise ValueError("too short")
        items = []
        for _ in range(number * (major - 3)):
            item, at = parse(data, at, depth - 1)
            items.append(item)
        return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at
    if major == 7 and number in (20, 21, 22):
        return {20: False, 21: True, 22: None}[number], at
    raise ValueError("unexpected kind of value")


class Seal:
    """The key shared with the box: every datagram ends with 16 bytes of HMAC-SHA256, and comes once only."""
    def __init__(self, key):
        self.key = key
        self.counted = 0

    def code(self, data):
        return hmac.new(self.key, data, hashlib.sha256).digest()[:TRAILER]

    def opened(self, data):
        if len(data) < HEADER.size + TRAILER or not data[7] & AUTHENTICATED:
            return None
        content = data[:-TRAILER]
        return content if hmac.compare_digest(self.code(content), data[-TRAILER:]) else None


class Subscriber:
    def __init__(self, host, port, wishes, key=None):
        family, _, _, _, self.box = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.settimeout(0.1)
        self.wishes = wishes
        self.seal = Seal(key) if key else None
        self.session = 0
        self.multicast = False

    def join(self, interface):
        """Listens to a group instead of asking a box (IPv4); `interface` is an address of this machine."""
        self.multicast = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.box)
        membership = socket.inet_aton(self.box[0]) + socket.inet_aton(interface)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)

    def send(self, kind, body=None, length=0):
        flags = counted = 0
        if self.seal:
            self.seal.counted += 1
            flags, counted = AUTHENTICATED, self.seal.counted
        data = HEADER.pack(b"DPTH", 1, kind, 0, flags, self.session, counted, 0, 1, 0, 0)
        data += cbor(body) if body is not None else b""
        data = data.ljust(length, b"\0")
        self.socket.sendto(data + self.seal.code(data) if self.seal else data, self.box)

    def receive(self):
        """The next datagram of the box as (header, body), or None when none came within 0.1 s."""
        try:
            data, sender = self.socket.recvfrom(2048)
        except socket.timeout:
            return None
        except ConnectionRefusedError:  # nobody there yet
            return None
        data = self.seal.opened(data) if self.seal else data
        if data is None or not self.multicast and sender[:2] != self.box[:2]:
            return None
        if len(data) < HEADER.size or data[:5] != b"DPTH\x01":
            return None
        header = HEADER.unpack_from(data)
        try:
            if header[2] == RESULT and header[3] == 1:  # JSON: the stream imu
                body = data[HEADER.size:].decode()
            else:
                body = parse(data[HEADER.size:])[0] if len(data) > HEADER.size else {}
        except (ValueError, IndexError):
            return None
        return header, body

    def connect(self):
        """Asks until the box grants a subscription; returns the stream names by number, and the lease in seconds."""
        while True:
            nonce, cookie, self.session = os.urandom(8), None, 0
            for attempt in range(10):
                if cookie is None:
                    self.send(HELLO, {"nonce": nonce}, 64)
                else:
                    self.send(SUBSCRIBE, {"cookie": cookie, "nonce": nonce, **self.wishes})
                until = time.monotonic() + min(2, 0.2 * 2 ** attempt)
                while time.monotonic() < until:
                    got = self.receive()
                    if got is None:
                        continue
                    header, body = got
                    if header[2] == CHALLENGE and cookie is None and body.get("nonce") == nonce:
                        cookie = body["cookie"]
                        break
                    if header[2] == ACCEPT:
                        self.session = header[5]
                        return {number: name for name, number in body["streams"].items()}, body["lease_ms"] / 1000
                    if header[2] == REFUSE:
                        sys.exit("refused: " + body["text"])

    def group_results(self):
        """Yields what `results` does, from a group: streams are known once they were described, which is each second."""
        streams, labels = {}, {}
        while True:
            got = self.receive()
            if got is None:
                continue
            header, body = got
            stream = header[5], header[9]
            if header[2] == DESCRIBE:
                streams[stream], labels[stream] = body[3] + "/" + body[4], body[7]
            if header[2] == RESULT and stream in streams:
                yield streams[stream], labels[stream], header, body

    def results(self):
        """Yields (stream name, labels, header, body) of every RESULT, for ever."""
        while True:
            streams, lease = self.connect()
            print("subscribed to", ", ".join(streams.values()) or "nothing yet", flush=True)
            labels, newest, lost = {}, None, 0
            heard = asked = time.monotonic()
            while time.monotonic() - heard < lease:
                if time.monotonic() - asked > lease / 3:
                    asked = time.monotonic()
                    self.send(KEEPALIVE, {"seen": newest or 0, "lost": lost})
                    self.send(PING, {"t": time.monotonic_ns()}, 64)
                    lost = 0
                got = self.receive()
                if got is None:
                    continue
                header, body = got
                if header[5] != self.session:
                    if header[2] == PONG:  # there, but it does not know us any more
                        break
                    continue
                heard = time.monotonic()
                if header[2] == BYE:
                    break
                if header[2] in (RESULT, DESCRIBE):
                    step = 1 if newest is None else (header[6] - newest) & 0xFFFFFFFF
                    if 0 < step < 1 << 31:
                        newest, lost = header[6], lost + step - 1
                if header[2] == DESCRIBE:
                    streams[header[9]] = body[3] + "/" + body[4]
                    labels[header[9]] = body[7]
                if header[2] == RESULT:
                    yield streams.get(header[9], "?"), labels.get(header[9], []), header, body


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("host")
    options.add_argument("port", nargs="?", type=int, default=32170)
    options.add_argument("--stream", action="append", help="camera/stream; may be repeated; default all")
    options.add_argument("--rate", type=int, help="datagrams per second and stream")
    options.add_argument("--count", type=int, help="stop after so many results")
    options.add_argument("--key-file", help="file with the key the box has as udp.key_file")
    options.add_argument("--multicast", nargs="?", const="0.0.0.0", metavar="ADDRESS",
                         help="HOST is a group to listen to, at this address of this machine")
    options = options.parse_args()
    wishes = {}
    if options.stream:
        wishes["streams"] = options.stream
    if options.rate:
        wishes["rate"] = options.rate
    key = None
    if options.key_file:
        with open(options.key_file, "rb") as file:
            key = file.read().rstrip()
    subscriber = Subscriber(options.host, options.port, wishes, key)
    if options.multicast:
        subscriber.join(options.multicast)
    results = subscriber.group_results() if options.multicast else subscriber.results()
    try:
        for number, (stream, labels, header, body) in enumerate(results, 1):
            if header[3] == 1:
                print(f"{stream} {body.rstrip()}", flush=True)
                objects = []
            else:
                frame, _, age, total, objects = body[:5]
                print(f"{stream} frame {frame} age {age / 1000:.1f} ms objects {total}", flush=True)
            for track, state, label, confidence, left, top, right, bottom, x, y, z in (o[:11] for o in objects):
                name = labels[label] if label < len(labels) else str(label)
                where = "unknown" if z is None else f"{x} {y} {z} mm"
                box = " ".join(f"{v / 65535:.3f}" for v in (left, top, right, bottom))
                print(f"  #{track} {STATES[state] if state < 4 else state} {name} {confidence / 255:.2f} box {box} at {where}", flush=True)
            if number == options.count:
                break
    except KeyboardInterrupt:
        pass
    finally:
        if not options.multicast:
            subscriber.send(BYE)


if __name__ == "__main__":
    main()
