# SPDX-License-Identifier: Apache-2.0
"""Where the box is looked for."""

import random
import socket
import struct
import threading

import pytest

from depthai import address, multicast
from depthai.address import Address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("box", Address("box")),
        ("10.0.0.7:5000", Address("10.0.0.7", 5000)),
        ("fe80::1", Address("fe80::1")),
        ("[fe80::1]:5000", Address("fe80::1", 5000)),
        ("/run/depthd/depthai.sock", Address(path="/run/depthd/depthai.sock")),
        ("unix:///tmp/x.sock", Address(path="/tmp/x.sock")),
        ("http://box.local:8080/api", Address("box.local")),
        ("https://box", Address("box")),
        ("tcp://box:5000", Address("box", 5000)),
        ("depthai://box", Address("box")),
    ],
)
def test_forms(text, expected):
    assert address.parse(text) == expected


@pytest.mark.parametrize("text", ["", ":", "box:port", "http://", "box:99999", "tcp://:5"])
def test_wrong_forms(text):
    with pytest.raises(ValueError):
        address.parse(text)


def test_the_order(monkeypatch, tmp_path):
    monkeypatch.setattr(address, "browse", lambda seconds: [("10.1.2.3", 11480)])
    monkeypatch.setattr(address, "local_sockets", lambda: [str(tmp_path / "depthai.sock"), str(tmp_path / "none")])
    (tmp_path / "depthai.sock").touch()
    assert list(address.candidates(0)) == [
        Address(path=str(tmp_path / "depthai.sock")), Address("127.0.0.1"), Address("10.1.2.3"),
    ]  # fmt: skip
    monkeypatch.setenv("DEPTHD_URL", "http://second:80")
    assert list(address.candidates(0)) == [Address("second")]
    monkeypatch.setenv("DEPTHAI_HOST", "first")
    assert list(address.candidates(0)) == [Address("first")]


def test_a_wrong_variable_is_named(monkeypatch, capsys):
    import depthai

    monkeypatch.setenv("DEPTHAI_HOST", "box:port")
    assert depthai.init_device("", "") is False
    assert "DEPTHAI_HOST" in capsys.readouterr().err


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, body):
    return owner + struct.pack(">HHIH", kind, 1, 120, len(body)) + body


def answer(txt=b"\x0ddepthai=12345", pointer=True):
    """What a responder says; the instance's name points back into the packet."""
    service = name("_depthd._tcp.local")
    head = struct.pack(">6H", 0, 0x8400, 0, 1, 0, 3)
    instance = b"\x03box" + (b"\xc0\x0c" if pointer else service)
    host = name("box.local")
    return (
        head + record(service, 12, instance) + record(b"\x03box" + service, 33, struct.pack(">3H", 0, 0, 80) + host)
        + record(b"\x03box" + service, 16, txt) + record(host, 1, bytes([10, 0, 0, 9]))
    )  # fmt: skip


def test_answers():
    assert multicast.answers(answer(), "1.2.3.4") == [("10.0.0.9", 12345)]
    assert multicast.answers(answer(txt=b"\x05x=abc", pointer=False), "1.2.3.4") == [("10.0.0.9", 11480)]
    assert multicast.answers(multicast.question(), "1.2.3.4") == []
    assert multicast.answers(b"", "1.2.3.4") == []
    for end in range(len(answer())):
        multicast.answers(answer()[:end], "1.2.3.4")


def test_answers_that_lie():
    loop = struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" + bytes(10)
    assert multicast.answers(loop, "1.2.3.4") == []
    noise = random.Random(3)
    for _ in range(2000):
        data = bytearray(answer())
        for _ in range(noise.randrange(1, 6)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        for host, port in multicast.answers(bytes(data), "1.2.3.4"):
            assert isinstance(host, str) and 0 < port < 65536


def test_browse():
    responder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    responder.bind(("127.0.0.1", 0))
    asked = []

    def respond():
        data, sender = responder.recvfrom(1000)
        asked.append(data)
        responder.sendto(answer(), sender)

    threading.Thread(target=respond, daemon=True).start()
    assert multicast.browse(2, responder.getsockname()) == [("10.0.0.9", 12345)]
    assert asked == [multicast.question()]
    assert multicast.browse(0.05, ("127.0.0.1", 1)) == []
    responder.close()
