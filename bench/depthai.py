#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a script that imports depthai costs: previewout 300x300, metaout, depth 1280x720, left and right at 30 a second.

The daemon replays a photograph at a known distance with a face network of gen1; the camera's pictures are 640x360, so that
any machine matches 30 a second, and are brought to gen1's sizes for the script. One after the other read it: a peer that
only takes the bytes off the same socket, and a script with the package that calls getData() of every packet. Printed: CPU of
the client in percent of one core, CPU of the daemon's link threads, packets a second, the ratio of script and peer, and how
long a picture takes from its exposure to getData(). Nothing is asserted.
"""
import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "clients/python"), str(CHECKOUT / "clients/python/tests")]
STREAMS = ["left", "right", "depth", "metaout", "previewout"]


def configuration(data):
    network = sorted((data / "depthai/blobs-gen1").glob("face-detection-retail-0004-b0*.blob"))[0]
    description = data / "depthai/blob-config/gen1-v1.0.0.0/face-detection-retail-0004.json"
    return {"streams": STREAMS,
            "ai": {"blob_file": str(network), "blob_file_config": str(description), "calc_dist_to_bb": True}}


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def script(data, seconds):
    """A script as its owner would write it."""
    import depthai

    device = depthai.Device("", False)
    pipeline = device.create_pipeline(configuration(data))
    counts, delays = dict.fromkeys(STREAMS, 0), {"left": [], "right": [], "depth": []}
    end = time.monotonic() + 3
    started = spent = 0.0
    while time.monotonic() < end:
        networks, packets = pipeline.get_available_nnet_and_data_packets(blocking=True)
        for packet in packets:
            data_of = packet.getData()
            if packet.stream_name in delays and started:
                delays[packet.stream_name].append(time.monotonic() - packet.getMetadata().getTimestamp())
            counts[packet.stream_name] += data_of.size > 0
        for packet in networks:
            counts["metaout"] += len(packet.getDetectedObjects()) >= 0
        if not started and time.monotonic() > end - 0.1:
            # The first seconds warm everything up.
            started, spent, counts = time.monotonic(), cpu(), dict.fromkeys(STREAMS, 0)
            end = started + seconds
    took = time.monotonic() - started
    print(json.dumps({"cpu": (cpu() - spent) / took, "rates": {name: count / took for name, count in counts.items()},
                      "p50_ms": {name: 1000 * statistics.median(values) for name, values in delays.items() if values}}))


def peer(data, seconds):
    """The bytes and nothing else: the same pipeline, its packets read into one buffer."""
    from depthai import link
    from depthai.session import Session

    counted = {"bytes": 0}

    def read(self):
        head, room = bytearray(16), memoryview(bytearray(32 << 20))
        with contextlib.suppress(link.LinkError):
            while not self._closed.is_set():
                self._fill(memoryview(head))
                length = int.from_bytes(head[12:16], "little")
                self._fill(room[:length])
                counted["bytes"] += length
                if head[4] != 68:
                    self._take(link.framing.unpack(bytes(head)), bytes(room[:length]))

    link.Link._read = read
    session = Session("C", "")
    assert session.open(10)
    assert session.create(configuration(data)) is not None
    time.sleep(3)
    started, spent, before = time.monotonic(), cpu(), counted["bytes"]
    time.sleep(seconds)
    took = time.monotonic() - started
    print(json.dumps({"cpu": (cpu() - spent) / took, "megabytes": (counted["bytes"] - before) / took / 1e6}))


def link_seconds(pid):
    """CPU seconds of the daemon's link threads so far, and of all of it."""
    ticks = os.sysconf("SC_CLK_TCK")

    def seconds(stat):
        fields = stat.read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / ticks

    threads = [task for task in Path(f"/proc/{pid}/task").iterdir() if (task / "comm").read_text().startswith("depthai")]
    return sum(seconds(task / "stat") for task in threads), seconds(Path(f"/proc/{pid}/stat"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, type=Path, help="folder with data/")
    parser.add_argument("--depthd", required=True, type=Path, help="the program")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--part", type=int, default=2, help="the camera's pictures: 1280x720 divided by this")
    parser.add_argument("--as", dest="role", choices=["script", "peer"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    data = options.shared / "data"
    if options.role:
        return (script if options.role == "script" else peer)(data, options.seconds)
    os.environ["DEPTHD_PROGRAM"] = str(options.depthd.resolve())
    import recording
    from daemon import Daemon

    with tempfile.TemporaryDirectory() as folder:
        settings = recording.make(Path(folder) / "recording", data / "images/zidane.jpg", part=options.part, fps=30)
        box = Daemon(folder, *settings, "models.detection=none")
        results = {}
        try:
            for role in ("peer", "script"):
                child = subprocess.Popen(
                    [sys.executable, __file__, "--shared", options.shared, "--depthd", options.depthd, "--as", role,
                     "--seconds", str(options.seconds)], stdout=subprocess.PIPE, text=True,
                    env=dict(os.environ, DEPTHAI_HOST=box.socket))
                time.sleep(5)
                before, whole = link_seconds(box.pid)
                time.sleep(options.seconds - 4)
                after, end = link_seconds(box.pid)
                span = options.seconds - 4
                streams = box.status()["cameras"][0]["streams"]
                results[role] = json.loads(child.communicate()[0].splitlines()[-1])
                results[role].update(link=(after - before) / span, daemon=(end - whole) / span)
        finally:
            box.stop()
    ours, other = results["script"], results["peer"]
    print("packets/s: " + ", ".join(f"{name} {rate:.1f}" for name, rate in ours["rates"].items()))
    print(f"client: {100 * ours['cpu']:.1f} % of a core; the bytes alone ({other['megabytes']:.0f} MB/s): "
          f"{100 * other['cpu']:.1f} %; ratio {ours['cpu'] / other['cpu']:.2f}")
    print(f"daemon: {100 * ours['link']:.1f} % of a core in its link threads, {100 * ours['daemon']:.0f} % in all "
          f"({100 * ours['link'] / ours['daemon']:.1f} % of it)")
    made = {stream["name"]: stream["latency_p50_ms"] for stream in streams}
    print("exposure to getData(), p50: " + ", ".join(
        f"{name} {value:.1f} ms (published after {made[name]:.1f}: link {value - made[name]:.1f})"
        for name, value in ours["p50_ms"].items()))


if __name__ == "__main__":
    main()
