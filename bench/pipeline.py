#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""depthd and the Python peer on the same stereo recording, in one run.

Both see the same 640x400 frames, run the same face network on the right picture, read the median depth of the central
half of every box and send the result by UDP. Printed: CPU and wall milliseconds per frame, peak memory, their ratios;
then what depthd adds to the time its stages take, and whether memory grows over many frames. Nothing is asserted: the
figures are for people, and belong in docs/benchmarks.md with the machine they were measured on.
"""
import argparse
import json
import math
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

WIDTH, HEIGHT = 640, 400
CAMERA = "bench"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, help="folder with data/ and tools/")
    parser.add_argument("--depthd", required=True, help="the program")
    parser.add_argument("--frames", type=int, default=300, help="frames of the comparison")
    parser.add_argument("--rounds", type=int, default=3, help="how often the two take turns")
    parser.add_argument("--long", type=int, default=10_000, help="frames of the memory test; 0 skips it")
    parser.add_argument("--latency-seconds", type=float, default=20, help="length of the latency test")
    return parser.parse_args()


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def extract(shared, folder, frames):
    """The recording as PGM pictures, scaled as the peer scales it."""
    for side in ("left", "right"):
        os.makedirs(f"{folder}/{side}")
        subprocess.run(
            ["ffmpeg", "-v", "error", "-nostdin", "-i", f"{shared}/data/stereo/oakd_patio/{side}.mp4", "-frames:v", str(frames),
             "-vf", f"scale={WIDTH}:{HEIGHT}:flags=area", "-pix_fmt", "gray", f"{folder}/{side}/%05d.pgm"], check=True)
    # The peer takes the pictures for rectified: an ideal pair, 71.86 degrees, 75 mm apart.
    focal = WIDTH / (2 * math.tan(math.radians(71.86) / 2))
    camera = f"{{width: {WIDTH}, height: {HEIGHT}, fx: {focal:.4f}, fy: {focal:.4f}, cx: {(WIDTH - 1) / 2}, cy: {(HEIGHT - 1) / 2}}}"
    identity = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]"
    with open(f"{folder}/calibration.yml", "w") as file:
        file.write(
            f"depthd_calibration: 1\nleft: {camera}\nright: {camera}\nrotation: {identity}\ntranslation_mm: [-75, 0, 0]\n"
            f"rectification: {{left: {identity}, right: {identity}}}\n")


class Daemon:
    """A depthd that replays the recording."""

    def __init__(self, options, folder, pace):
        model = f"{options.shared}/data/models/omz/face-detection-retail-0004.converted.onnx"
        self.http, self.udp, self.sink = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM), 9
        settings = {
            "http.host": "127.0.0.1", "http.port": self.http, "udp.port": self.udp, "udp.targets": f"['127.0.0.1:{self.sink}']",
            "cameras.0.id": CAMERA, "cameras.0.source": "replay", "cameras.0.replay.folder": folder,
            "cameras.0.replay.pace": pace, "cameras.0.pipeline.ai.model": model,
            "cameras.0.pipeline.ai.camera_input": "right", "log.level": "warning",
        }
        command = [options.depthd, "run"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if "dashboard" not in self.process.stdout.readline():
            sys.exit("bench: depthd did not start")

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/api/v1/status", timeout=10) as answer:
            return json.load(answer)

    def figures(self):
        """Frames with a result, CPU seconds, wall time and resident bytes so far."""
        status = self.status()
        streams = {stream["name"]: stream["published"] for stream in status["cameras"][0]["streams"]}
        return streams.get("metaout", 0), status["system"]["cpu_s"], time.monotonic(), status["system"]["resident_bytes"]

    def wait(self, frames):
        """Waits for so many results; gives up when none has come for ten seconds."""
        now = self.figures()
        seen, since = now[0], time.monotonic()
        while now[0] < frames:
            time.sleep(0.2)
            now = self.figures()
            if now[0] > seen:
                seen, since = now[0], time.monotonic()
            elif time.monotonic() - since > 10:
                why = self.status()["why"]
                self.process.kill()
                sys.exit(f"bench: depthd gives no results: {why}")
        return now

    def peak_megabytes(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)


def measure_peer(options):
    """One run of the peer: CPU ms, wall ms, peak MB."""
    command = [sys.executable, f"{options.shared}/tools/peer/pipeline.py", f"{options.shared}/data", "--frames", str(options.frames)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print("  " + output.strip())
    return [float(value) for value in re.search(r"([\d.]+) CPU ms/frame, ([\d.]+) wall ms/frame, (\d+) MB", output).groups()]


def measure_depthd(options, folder):
    """One run of depthd over the same number of frames."""
    daemon = Daemon(options, folder, "full")
    try:
        first = daemon.wait(5)
        last = daemon.wait(options.frames)
        frames = last[0] - first[0]
        cpu, wall = (last[1] - first[1]) / frames * 1e3, (last[2] - first[2]) / frames * 1e3
        memory = daemon.peak_megabytes()
        stages = {stage["name"]: stage["figures"]["cpu_ms"] for stage in daemon.status()["cameras"][0]["stages"]}
    finally:
        daemon.stop()
    parts = ", ".join(f"{name} {value:.2f}" for name, value in stages.items() if value > 0)
    print(f"  depthd, {WIDTH}x{HEIGHT}, 1 thread a stage: {cpu:.2f} CPU ms/frame, {wall:.2f} wall ms/frame, {memory:.0f} MB peak ({parts})")
    return [cpu, wall, memory]


def compare(options, folder):
    print(f"pipeline: {options.frames} frames, {options.rounds} rounds in turn")
    rounds = [(measure_peer(options), measure_depthd(options, folder)) for _ in range(options.rounds)]
    for index, (name, goal) in enumerate([("CPU", "goal 0.8 now, 0.5 later"), ("wall", ""), ("peak memory", "")]):
        ratio = statistics.median(ours[index] / peer[index] for peer, ours in rounds)
        print(f"  {name}: {ratio:.2f} of the peer {f'({goal})' if goal else ''}")
    print(f"  depthd's peak memory: {max(ours[2] for _, ours in rounds):.0f} MB (goal 120)")


def measure_latency(options, folder):
    """At the recorded pace: age of each datagram minus the stages it went through."""
    daemon = Daemon(options, folder, "recorded")
    daemon.wait(5)
    timing, ages = {}, {}
    events = subprocess.Popen(
        ["curl", "-sN", f"http://127.0.0.1:{daemon.http}/api/v1/cameras/{CAMERA}/streams/metaout/events"],
        stdout=subprocess.PIPE, text=True)
    results = subprocess.Popen(
        [options.depthd, "subscribe", "--port", str(daemon.udp), "--json", "--stream", f"{CAMERA}/metaout"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def read_events():
        for line in events.stdout:
            if line.startswith("data:"):
                event = json.loads(line[5:])
                stages = event["timing_ms"]
                timing[event["frame"]] = max(stages["stereo"], stages["inference"]) + stages["fusion"]

    def read_results():
        for line in results.stdout:
            result = json.loads(line)
            ages[result["frame"]] = result["age_us"] / 1e3

    readers = [threading.Thread(target=read_events), threading.Thread(target=read_results)]
    for reader in readers:
        reader.start()
    time.sleep(options.latency_seconds)
    events.terminate()
    results.terminate()
    for reader in readers:
        reader.join()
    daemon.stop()
    added = sorted(ages[frame] - timing[frame] for frame in ages if frame in timing)
    total = sorted(ages.values())
    if not added:
        sys.exit("bench: no results")
    at = lambda values, share: values[min(len(values) - 1, int(len(values) * share))]
    print(f"latency at 30 frames/s, {len(added)} frames: capture to datagram p50 {at(total, .5):.1f} ms, p99 {at(total, .99):.1f} ms; "
          f"added to the stages p50 {at(added, .5):.2f} ms (goal 2), p99 {at(added, .99):.2f} ms (goal 10)")


def measure_growth(options, folder):
    daemon = Daemon(options, folder, "full")
    marks = []
    for share in (0.1, 0.4, 0.7, 1):
        frames, _, _, resident = daemon.wait(int(options.long * share))
        marks.append(f"{frames} frames {resident / 2**20:.1f} MB")
    daemon.stop()
    print(f"memory: {', '.join(marks)}")


def main():
    options = arguments()
    options.depthd = os.path.abspath(options.depthd)
    with tempfile.TemporaryDirectory() as folder:
        extract(options.shared, folder, min(options.frames, 300))
        compare(options, folder)
        measure_latency(options, folder)
        if options.long:
            measure_growth(options, folder)


if __name__ == "__main__":
    main()
