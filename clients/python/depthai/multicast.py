# SPDX-License-Identifier: Apache-2.0
"""One question by multicast DNS: who offers ``_depthd._tcp.local``?

Asked from a port of its own, so that the answer comes straight back (RFC 6762, 6.7). A record's name, length or pointer
may be anything; nothing is believed before it is checked.
"""

import socket
import struct
import time
from typing import Dict, List, Tuple

from .framing import PORT

SERVICE = "_depthd._tcp.local"
GROUP = ("224.0.0.251", 5353)
_A, _PTR, _TXT, _AAAA, _SRV = 1, 12, 16, 28, 33


def question() -> bytes:
    """The query: one PTR question."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in SERVICE.split("."))
    return struct.pack(">6H", 0, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", _PTR, 1)


def _name(data: bytes, at: int) -> Tuple[str, int]:
    """A name and the place after it."""
    labels: List[str] = []
    end = -1
    for _ in range(128):
        if at >= len(data):
            break
        length = data[at]
        if length == 0:
            return ".".join(labels).lower(), (at + 1 if end < 0 else end)
        if length & 0xC0 == 0xC0:
            if at + 1 >= len(data):
                break
            if end < 0:
                end = at + 2
            at = (length & 0x3F) << 8 | data[at + 1]
        elif length & 0xC0 or at + 1 + length > len(data):
            break
        else:
            labels.append(data[at + 1 : at + 1 + length].decode("utf-8", "replace"))
            at += 1 + length
    raise ValueError("a name that does not end")


def _port(text: bytes) -> int:
    """The port that a TXT record gives for this link (``depthai=11480``), or 0."""
    at = 0
    while at < len(text):
        entry = text[at + 1 : at + 1 + text[at]]
        at += 1 + text[at]
        key, _, value = entry.partition(b"=")
        if key.lower() == b"depthai" and value.isdigit() and 0 < int(value) < 65536:
            return int(value)
    return 0


def answers(data: bytes, sender: str) -> List[Tuple[str, int]]:
    """Hosts and ports in an answer; ``sender`` stands in for an address that the answer does not carry."""
    if len(data) < 12:
        return []
    _, flags, questions, *counts = struct.unpack(">6H", data[:12])
    if not flags & 0x8000:
        return []
    instances: List[str] = []
    targets: Dict[str, str] = {}
    ports: Dict[str, int] = {}
    hosts: Dict[str, str] = {}
    at = 12
    try:
        for _ in range(questions):
            _, at = _name(data, at)
            at += 4
        for _ in range(sum(counts)):
            owner, at = _name(data, at)
            if at + 10 > len(data):
                break
            kind, _, _, length = struct.unpack(">HHIH", data[at : at + 10])
            at += 10
            if at + length > len(data):
                break
            body = data[at : at + length]
            if kind == _PTR and owner == SERVICE:
                instances.append(_name(data, at)[0])
            elif kind == _SRV and length > 6:
                targets[owner] = _name(data, at + 6)[0]
            elif kind == _TXT:
                ports[owner] = _port(body)
            elif kind == _A and length == 4:
                hosts[owner] = socket.inet_ntoa(body)
            at += length
    except (ValueError, struct.error):
        pass
    return [(hosts.get(targets.get(name, ""), sender), ports.get(name) or PORT) for name in instances]


def browse(seconds: float, group: Tuple[str, int] = GROUP) -> List[Tuple[str, int]]:
    """Every box that answers within ``seconds``, the first to answer first."""
    found: List[Tuple[str, int]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        try:
            asker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            asker.sendto(question(), group)
            end = time.monotonic() + seconds
            while True:
                left = end - time.monotonic()
                if left <= 0 or found:
                    break
                asker.settimeout(left)
                data, sender = asker.recvfrom(9000)
                found.extend(box for box in answers(data, sender[0]) if box not in found)
        except OSError:
            pass
    return found
