# SPDX-License-Identifier: Apache-2.0
"""Boxes that die, stall, lie; scripts that stop reading; many scripts at once."""

import os
import random
import struct
import subprocess
import sys
import threading
import time

import pytest
from box import BLOB, CREATED, DEVICE, GAP, PACKET, WANT, WELCOME, Box, message, tail, wait_for

import depthai
from depthai import watchdog
from depthai.timing import times


def fetch(pipeline, seconds=3.0):
    """The next packets, without waiting for ever."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        packets = list(pipeline.get_available_data_packets())
        if packets:
            return packets
    raise AssertionError("no packet")


# The queue


def test_thirty_packets_the_oldest_thrown_away(box, device):
    p = device.create_pipeline({"streams": ["video", "jpegout"]})
    for number in range(100):
        box.client.packet("video" if number % 2 else "jpegout", struct.pack("<I", number), tail(4))
    wait_for(lambda: p._queue.dropped == 70)
    numbers = [struct.unpack("<I", packet.getData().tobytes())[0] for packet in p.get_available_data_packets()]
    assert numbers == list(range(70, 100))
    assert len(p.get_available_data_packets()) == 0


def test_a_script_that_stops_reading_does_not_stop_the_box(box, device):
    p = device.create_pipeline({"streams": ["video"]})
    payload = bytes(1_000_000)
    started = time.monotonic()
    for _ in range(200):
        box.client.packet("video", payload)
    assert time.monotonic() - started < 10
    wait_for(lambda: p._queue.dropped == 170)
    assert len(p.get_available_data_packets()) == 30


def test_blocking_waits_for_the_first_packet(box, device):
    p = device.create_pipeline({"streams": ["video"]})
    threading.Timer(0.2, lambda: box.client.packet("video", b"x")).start()
    started = time.monotonic()
    assert len(p.get_available_data_packets(blocking=True)) == 1
    assert time.monotonic() - started > 0.15


def test_asking_an_empty_queue_does_not_spin(device):
    p = device.create_pipeline({"streams": ["video"]})
    before, end = time.process_time(), time.monotonic() + 0.3
    while time.monotonic() < end:
        assert len(p.get_available_data_packets()) == 0
    assert time.process_time() - before < 0.15


def test_pictures_wait_for_the_network_if_asked_to(box, device):
    p = device.create_pipeline({"streams": ["previewout", "metaout"], "app": {"sync_video_meta_streams": True}})
    for sequence in (1, 2, 3):
        box.client.packet("previewout", bytes(72), tail(72, 4, 6, sequence=sequence))
    box.client.packet("metaout", b"x", tail(1, sequence=2))
    wait_for(lambda: len(p._queue._packets) == 4)
    found, rest = p.get_available_nnet_and_data_packets()
    assert len(found) == 1 and [packet.getMetadata().getSequenceNum() for packet in rest] == [1, 2]
    for sequence in range(4, 40):
        box.client.packet("previewout", bytes(72), tail(72, 4, 6, sequence=sequence))
    assert len(fetch(p)) > 0


# Ten at once


def test_ten_clients(box):
    code = """
import sys, depthai
device = depthai.Device("", False)
p = device.create_pipeline({"streams": ["video"]})
got = 0
while got < 50:
    for packet in p.get_available_data_packets(blocking=True):
        assert packet.getData().tobytes() == bytes([packet.getMetadata().getSequenceNum() % 256]) * 5000
        got += 1
print(got)
"""

    def serve(client):
        def send():
            try:
                for number in range(200):
                    client.packet("video", bytes([number]) * 5000, tail(5000, sequence=number))
                    time.sleep(0.002)
            except OSError:
                pass

        threading.Thread(target=send, daemon=True).start()

    box.on_created = serve
    scripts = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(10)]
    for script in scripts:
        out, _ = script.communicate(timeout=60)
        assert script.returncode == 0 and int(out.split()[-1]) >= 50
    assert len(box.clients) == 10


# The watchdog


@pytest.mark.parametrize("generation", ["A", "C"])
def test_the_box_dies_and_comes_back(box, generation, capsys, tmp_path):
    (tmp_path / "net.blob").write_bytes(b"net")
    config = {"streams": ["video"], "ot": {"max_tracklets": 7}}
    if generation == "A":
        assert depthai.init_device("", "")
        p = depthai.create_pipeline(config)
    else:
        device = depthai.Device("", False)
        config["ai"] = {"blob_file": str(tmp_path / "net.blob")}
        p = device.create_pipeline(config)
    box.client.packet("video", b"before")
    assert fetch(p)[0].getData().tobytes() == b"before"
    first = box.client
    box.die()
    time.sleep(0.3)
    (tmp_path / "net.blob").unlink()
    box.come_back()
    wait_for(lambda: box.client is not first and box.client.streams == ["video"])
    assert box.client.creates[-1][1] == first.creates[-1][1] and box.client.blobs == first.blobs
    box.client.packet("video", b"after")
    assert fetch(p)[0].getData().tobytes() == b"after"
    assert capsys.readouterr().out.count("watchdog triggered") == 1
    if generation == "C":
        assert device.get_pipeline() is p and device.is_device_changed() is False
        box.config_d2h = {**box.config_d2h, "_mx_id": "swapped"}
        second = box.client
        second.connection.shutdown(2)
        wait_for(device.is_device_changed)
        assert device.get_mx_id() == "swapped"
        device._session.close()


@pytest.mark.parametrize("generation", ["A", "C"])
def test_silence_makes_a_new_connection(box, generation, capsys):
    # As soon as the watchdog saw the first silence it must not see the next.
    setattr(times, f"silence_{generation.lower()}", 0.4)
    if generation == "A":
        depthai.init_device("", "")
        p = depthai.create_pipeline({"streams": ["video"]})
    else:
        device = depthai.Device("", False)
        p = device.create_pipeline({"streams": ["video"]})
    first = box.client
    wait_for(lambda: box.client is not first and box.client.streams)
    setattr(times, f"silence_{generation.lower()}", 60.0)
    assert not first.open or wait_for(lambda: not first.open) is None
    assert "watchdog triggered" in capsys.readouterr().out
    box.client.packet("video", b"x")
    assert len(fetch(p)) == 1
    if generation == "C":
        device._session.close()


def test_no_watchdog_for_stills_only(box, device):
    times.silence_c = 0.1
    device.create_pipeline({"streams": ["jpegout"]})
    time.sleep(0.5)
    assert len(box.clients) == 1


def test_a_gap_is_waited_for_as_long_as_the_box_answers(box, device, capsys):
    times.silence_c = 0.15
    p = device.create_pipeline({"streams": ["video"]})
    box.client.send(GAP, {"reason": "camera unplugged"})
    time.sleep(0.8)
    assert len(box.clients) == 1
    assert "camera unplugged" in capsys.readouterr().err
    box.client.packet("video", b"x")
    assert len(fetch(p)) == 1
    box.client.send(GAP, {"reason": "again"})
    box.answers_ping = False
    wait_for(lambda: len(box.clients) > 1)
    times.silence_c = 60.0


def test_a_box_that_stays_away_ends_the_process(box, device, monkeypatch, capsys):
    ended = threading.Event()
    monkeypatch.setattr(watchdog, "give_up", ended.set)
    times.reconnect = 0.3
    device.create_pipeline({"streams": ["video"]})
    box.die()
    assert ended.wait(3)
    device._session.close()
    assert "does not come back" in capsys.readouterr().err


def test_the_exit_code_is_nine(box):
    code = """
import depthai
from depthai.timing import times
times.reconnect = times.poll = 0.1
device = depthai.Device("", False)
p = device.create_pipeline({"streams": ["video"]})
print("ready", flush=True)
while True:
    p.get_available_data_packets(blocking=True)
"""
    script = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # Its pipeline is answered: a box that dies before is a device that cannot be opened.
    assert "ready\n" in script.stdout
    box.die()
    out, _ = script.communicate(timeout=20)
    assert script.returncode == 9 and "watchdog triggered" in out


def test_nothing_is_left_at_the_end_of_the_process(box):
    code = """
import depthai
assert depthai.init_device("", "")
p = depthai.create_pipeline({"streams": ["video"]})
"""
    script = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert script.returncode == 0 and script.stderr == ""
    wait_for(lambda: not box.client.open)


def test_a_client_killed_in_the_middle_of_a_packet(box, device):
    code = """
import os, depthai
device = depthai.Device("", False)
p = device.create_pipeline({"streams": ["video"]})
p.get_available_data_packets(blocking=True)
os.kill(os.getpid(), 9)
"""
    healthy = box.client
    p = device.create_pipeline({"streams": ["video"]})
    script = subprocess.Popen([sys.executable, "-c", code])
    wait_for(lambda: len(box.clients) == 2 and box.client.streams, 20)
    try:
        for _ in range(200):
            box.client.packet("video", bytes(2_000_000))
    except OSError:
        pass
    assert script.wait(20) == -9
    healthy.packet("video", b"x")
    assert len(fetch(p)) == 1


# Wrong bytes

BROKEN = {
    "wrong magic": message(PACKET, b"abc", magic=b"DAI2"),
    "oversize": message(PACKET, length=32 * 1024 * 1024 + 1),
    "largest": message(PACKET, length=0xFFFFFFFF),
    "half a header": b"DAI1",
    "JSON that is none": message(DEVICE, b"{"),
    "JSON that is no object": message(GAP, b"[]"),
    "text that is no UTF-8": message(DEVICE, b"\xff\xfe"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_messages_end_the_connection_only(box, device, name):
    p = device.create_pipeline({"streams": ["video"]})
    first = box.client
    first.raw(BROKEN[name])
    if name == "half a header":
        first.connection.shutdown(2)
    wait_for(lambda: box.client is not first and box.client.streams)
    box.client.packet("video", b"x")
    assert fetch(p)[0].getData().tobytes() == b"x"


def test_unknown_kinds_and_streams_are_skipped(box, device):
    p = device.create_pipeline({"streams": ["video"]})
    box.client.raw(message(200, b"anything") + message(PACKET, b"abc", stream=77) + message(PACKET, b"") + message(0))
    box.client.packet("video", b"x")
    assert len(fetch(p)) == 1 and len(box.clients) == 1


def test_packets_of_a_wrong_size_are_dropped_with_one_line(box, device, capsys):
    p = device.create_pipeline({"streams": ["left", "depth", "previewout", "object_tracker", "video"]})
    for _ in range(3):
        box.client.packet("left", bytes(7), tail(7, 4000000000, 4000000000))
        box.client.packet("depth", bytes(12), tail(12, 4, 4))
        box.client.packet("previewout", bytes(71), tail(71, 1, 1))
        box.client.packet("object_tracker", bytes(100), tail(100))
    box.client.packet("video", b"x")
    assert [packet.stream_name for packet in fetch(p)] == ["video"]
    assert capsys.readouterr().err.count("right size") == 4


@pytest.mark.parametrize(
    "answer",
    [
        {"streams": "left"},
        {"streams": [1]},
        {"outputs": 3},
        {"outputs": [[{"name": "x"}]]},
        {"outputs": [[{"name": "x", "dimensions": [1], "data_type": "f64"}]]},
        {"outputs": [[{"name": "x", "dimensions": [-1], "data_type": "f16"}]]},
        {"outputs": [[{"name": "x", "dimensions": [2**30, 2**30], "strides": [0, 0], "data_type": "u8"}]]},
        {"inputs": [[{"name": "x", "dimensions": "abc", "data_type": "f16"}]]},
        {"inputs": [5]},
    ],
    ids=str,
)
def test_an_answer_that_makes_no_sense(box, device, capsys, answer):
    box.created = answer
    assert device.create_pipeline({"streams": ["left"]}) is None
    assert "CREATED" in (said := capsys.readouterr().err) or "layer" in said
    box.created = {}
    assert device.create_pipeline({"streams": ["left"]}) is not None


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        message(WELCOME, b"{"),
        message(WELCOME, b"[]"),
        message(WELCOME, length=2**31),
        b"D",
    ],
)
def test_something_else_at_the_port(box, greeting):
    box.greeting = greeting
    times.connect = 0.3
    assert depthai.init_device("", "") is False


def test_a_welcome_with_nothing_in_it(box):
    box.greeting = message(WELCOME, b"{}")
    device = depthai.Device()
    assert device.get_available_streams() == [] and device.get_mx_id() == ""
    assert device.create_pipeline({"streams": ["left"]}) is None
    device._session.close()


def test_a_box_that_does_not_answer(box, device, capsys):
    times.create = 0.3
    box.on_created = lambda client: None
    box.clients[0].consider = lambda: None
    assert device.create_pipeline({"streams": ["left"]}) is None
    assert "did not answer" in capsys.readouterr().err


def test_a_box_that_wants_a_file_that_nobody_has(box, device, capsys):
    client = box.client
    client.consider = lambda: client.send(WANT, {"blobs": ["00" * 32]}, client.creates[-1][0])
    assert device.create_pipeline({"streams": ["left"]}) is None
    assert "wants a file" in capsys.readouterr().err
    client.consider = lambda: client.send(WANT, {"blobs": 7}, client.creates[-1][0])
    times.create = 0.3
    assert device.create_pipeline({"streams": ["left"]}) is None


def test_a_box_that_breaks_during_create(box, device, capsys):
    client = box.client
    client.consider = lambda: client.connection.shutdown(2)
    assert device.create_pipeline({"streams": ["left"]}) is None
    assert "connection" in capsys.readouterr().err
    assert device.create_pipeline({"streams": ["left"]}) is not None
    assert len(box.clients) == 2


def test_random_bytes(box):
    """Whatever comes, a script sees no exception."""
    noise = random.Random(7)
    device = depthai.Device()
    p = device.create_pipeline({"streams": ["left", "metaout", "video"]})
    for _ in range(60):
        wait_for(lambda: box.client.streams)
        client = box.client
        kind = noise.choice([PACKET, PACKET, PACKET, CREATED, GAP, DEVICE, BLOB, WELCOME, noise.randrange(256)])
        body = noise.randbytes(noise.randrange(200))
        try:
            client.raw(message(kind, body, noise.randrange(5), noise.randrange(4), noise.randrange(3)))
        except OSError:
            pass
        for packet in p.get_available_data_packets():
            packet.getData(), packet.getMetadata(), packet.getDataAsStr()
    device._session.close()


def test_a_large_blob(box, device, tmp_path):
    data = os.urandom(8_000_000)
    (tmp_path / "net.blob").write_bytes(data)
    assert device.create_pipeline({"ai": {"blob_file": str(tmp_path / "net.blob")}}) is not None
    assert list(box.client.blobs.values()) == [data]


@pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets")
def test_the_unix_socket(tmp_path, monkeypatch):
    (tmp_path / "depthd").mkdir()
    box = Box(path=str(tmp_path / "depthd" / "depthai.sock"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert depthai.init_device("", "")
    p = depthai.create_pipeline({"streams": ["video"]})
    box.client.packet("video", bytes(3_000_000))
    assert fetch(p)[0].size() == 3_000_000
    depthai.deinit_device()
    box.die()


def test_a_camera_that_is_starting_is_waited_for(box, device, capsys):
    box.refuse = {"field": "device", "message": "the camera does not run: starting"}
    times.find_box = 2.0
    threading.Timer(0.2, setattr, (box, "refuse", None)).start()
    assert device.create_pipeline({"streams": ["left"]}) is not None
    box.refuse = {"field": "device", "message": "the camera does not run"}
    times.find_box = 0.1
    assert device.create_pipeline({"streams": ["left"]}) is None
    assert "does not run" in capsys.readouterr().err


def test_answers_without_a_number(box, device, tmp_path):
    """A box that forgets the numbers is understood as long as there is one question."""
    (tmp_path / "net.blob").write_bytes(b"net")
    client = box.client
    send = client.send
    client.send = lambda kind, body=b"", number=0, **rest: send(kind, body, 0, **rest)
    assert device.create_pipeline({"ai": {"blob_file": str(tmp_path / "net.blob")}}) is not None
    assert list(client.blobs.values()) == [b"net"]
