# SPDX-License-Identifier: Apache-2.0
"""Scripts and daemons that stop, die and come back, each against the other one in earnest."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import recording
from box import CREATE, CREATED, HELLO, PACKET, PING, PONG, REFUSED, WELCOME, message
from daemon import Daemon
from test_daemon_streams import collect

import depthai
from depthai.timing import times

pytestmark = pytest.mark.usefixtures("patient")
PACKAGE = Path(__file__).resolve().parents[1]


@pytest.fixture
def box(program, tmp_path, monkeypatch):
    made = Daemon(tmp_path)
    monkeypatch.setenv("DEPTHAI_HOST", made.socket)
    yield made
    made.stop()


class Wire:
    """A client without the package: it says what it is told to, and reads only when it is asked to."""

    def __init__(self, box):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(box.socket)

    def send(self, kind, body=b"", number=1, **rest):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.socket.sendall(message(kind, data, number, **rest))

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def next(self):
        head = self.exactly(16)
        return head[4], self.exactly(int.from_bytes(head[12:16], "little"))

    def open(self, *streams):
        self.send(HELLO, {"protocol": 1, "client": "test", "device": ""})
        assert self.next()[0] == WELCOME
        self.send(CREATE, {"streams": [{"name": name} for name in streams]}, number=2)
        assert self.next()[0] == CREATED


def link_threads(box):
    return sum(name.startswith(("depthai read", "depthai send")) for name in box.threads())


def resident_bytes(box):
    return int(Path(f"/proc/{box.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_ten_scripts_at_once(box):
    devices = [depthai.Device("", False) for _ in range(10)]
    try:
        pipelines = [device.create_pipeline({"streams": ["left", "depth"]}) for device in devices]
        for pipeline in pipelines:
            found = collect(pipeline, {"left": 5, "depth": 5}, seconds=60)
            numbers = [packet.getMetadata().getSequenceNum() for packet in found["left"]]
            assert numbers == sorted(set(numbers))
    finally:
        for device in devices:
            device._session.close()
    box.wait(lambda: link_threads(box) == 0)


def test_one_script_too_many_is_told(box):
    box.stop()
    box.start("depthai.maximum_clients=2")
    kept = [Wire(box) for _ in range(2)]
    for wire in kept:
        wire.open("left")
    late = Wire(box)
    kind, body = late.next()
    assert kind == REFUSED and "2 clients" in json.loads(body)["message"]
    assert kept[0].next()[0] == PACKET


def test_a_script_that_stops_reading_is_cut_off_and_nobody_notices(box):
    device = depthai.Device("", False)
    pipeline = device.create_pipeline({"streams": ["left"]})
    collect(pipeline, {"left": 5})
    stalled = Wire(box)
    stalled.open("left", "right", "depth", "disparity")
    before = resident_bytes(box)
    end = time.monotonic() + 25
    counts = []
    while link_threads(box) > 2:
        assert time.monotonic() < end, "the client that stopped reading is still there"
        counts.append(len(collect(pipeline, {"left": 10})["left"]))
    assert counts
    # What waits for it is bounded: 30 packets and 32 MiB, and the buffers of two sockets.
    assert resident_bytes(box) - before < 48 << 20
    device._session.close()


def test_a_script_that_is_killed_leaves_nothing(box):
    code = """
import depthai
d = depthai.Device("", False)
p = d.create_pipeline({"streams": ["left", "right", "depth", "previewout"]})
while True:
    if len(p.get_available_data_packets(blocking=True)): print("packet", flush=True)
"""
    for _ in range(3):
        script = subprocess.Popen([sys.executable, "-c", code], cwd=PACKAGE, stdout=subprocess.PIPE, text=True)
        while "packet" not in script.stdout.readline():
            assert script.poll() is None
        script.send_signal(signal.SIGKILL)
        script.wait()
        script.stdout.close()
        box.wait(lambda: link_threads(box) == 0 and not any("client nn" in name for name in box.threads()))
    assert box.status()["health"] == "ok"


def test_nonsense_ends_only_its_own_connection(box):
    device = depthai.Device("", False)
    pipeline = device.create_pipeline({"streams": ["left"]})
    for nonsense in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", message(CREATE, length=0xFFFFFFFF), os.urandom(4096)):
        wire = Wire(box)
        wire.socket.sendall(nonsense)
        with pytest.raises((EOFError, ConnectionError)):
            while True:
                wire.next()
        collect(pipeline, {"left": 2})
    wire = Wire(box)
    for body in (b"", b"[]", b'{"protocol": 2}', b"\xff\xfe", b'{"protocol": 1, "device": "nothing"}'):
        wire.send(HELLO, body)
        assert wire.next()[0] == REFUSED
    wire.send(CREATE, {"streams": []})
    assert wire.next()[0] == REFUSED
    # A kind nobody knows is skipped.
    wire.send(50, b"what is this")
    wire.send(PING, b"still there?")
    assert wire.next() == (PONG, b"still there?")
    device._session.close()


def test_the_daemon_dies_and_comes_back_under_a_script(box, capfd, monkeypatch):
    monkeypatch.setattr(times, "reconnect", 60.0)
    device = depthai.Device("", False)
    pipeline = device.create_pipeline({"streams": ["left", "depth"]})
    collect(pipeline, {"left": 3, "depth": 3})
    for _ in range(2):
        box.kill()
        list(pipeline.get_available_data_packets())
        box.start()
        found = collect(pipeline, {"left": 3, "depth": 3}, seconds=60)
        assert found["left"][0].getData().shape == (720, 1280)
    assert capfd.readouterr().out.count("watchdog triggered") == 2
    assert device.get_pipeline() is pipeline
    device._session.close()


def test_another_camera_takes_the_place_of_the_first(program, gen1_data, tmp_path, monkeypatch, capfd):
    photo = gen1_data.parent / "images" / "zidane.jpg"
    recording.make(tmp_path / "recording", photo)
    settings = tmp_path / "depthd.yml"
    demo = "cameras: [{id: front, source: demo}]\n"
    replay = f"cameras: [{{id: front, source: replay, replay: {{folder: {tmp_path}/recording, fps: 10}}}}]\n"
    settings.write_text(demo)
    box = Daemon(tmp_path, configuration=settings)
    try:
        monkeypatch.setenv("DEPTHAI_HOST", box.socket)
        device = depthai.Device("front", False)
        pipeline = device.create_pipeline({"streams": ["right", "depth"]})
        collect(pipeline, {"right": 3, "depth": 3})
        settings.write_text(replay)
        os.kill(box.pid, signal.SIGHUP)
        # All of the photograph is equally far away: then it is the other camera's depth.
        end = time.monotonic() + 30
        while True:
            assert time.monotonic() < end
            depth = collect(pipeline, {"depth": 1}, seconds=30)["depth"][0].getData()
            known = depth[depth < 65535]
            if known.size and abs(float(known.mean()) - recording.DISTANCE_MM) < 40:
                break
        collect(pipeline, {"right": 3})
        assert "watchdog" not in capfd.readouterr().out
        device._session.close()
    finally:
        box.stop()
