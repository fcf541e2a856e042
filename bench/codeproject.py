#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The CodeProject.AI server of depthd under load, with a camera running beside it.

  bench/codeproject.py --shared DIR --depthd PROGRAM [--clients 50] [--seconds 60]

One client alone, then many at once, post 640x480 JPEG pictures to vision/detection over connections of their own. Printed:
latency of one client and what of it is neither decoding nor network; then errors, requests per second, p50 and p99 of all
clients; the camera's results per second before and during; the daemon's memory; and how hostile requests are answered.
Nothing is asserted: the figures are for people, and belong in docs/benchmarks.md with the machine they were measured on.
"""
import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SIZE = (640, 480)
BOUNDARY = "depthd-bench"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, help="folder with data/")
    parser.add_argument("--depthd", required=True, help="the program")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60, help="length of the load")
    parser.add_argument("--alone", type=int, default=100, help="requests of the single client")
    parser.add_argument("--camera-fps", type=float, default=10, help="frames per second of the camera beside it")
    parser.add_argument("--set", action="append", default=[], help="further settings of the daemon")
    return parser.parse_args()


def picture(shared, name, folder):
    target = f"{folder}/{name}"
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", f"{shared}/data/images/{name}", "-vf",
         f"scale={SIZE[0]}:{SIZE[1]}", "-q:v", "4", target], check=True)
    with open(target, "rb") as file:
        return file.read()


def form(content, name="image.jpg"):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


class Daemon:
    def __init__(self, options, folder):
        model = f"{options.shared}/data/models/fastestdet/FastestDet.onnx"
        settings = ["http.host=127.0.0.1", "http.port=0", "udp.enabled=false", f"state.directory={folder}/state",
                    "cameras.0.id=bench", "cameras.0.source=demo", f"cameras.0.demo.fps={options.camera_fps}",
                    "cameras.0.pipeline.ai.model=demo", f"models.detection={model}"] + options.set
        self.process = subprocess.Popen(
            [options.depthd, "run"] + [word for pair in settings for word in ("--set", pair)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit("codeproject: depthd did not start")
        self.port = int(line.rstrip("/\n").rsplit(":", 1)[1])

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/status", timeout=10) as answer:
            return json.load(answer)

    def wait(self):
        for _ in range(300):
            if self.results():
                return
            time.sleep(0.1)
        sys.exit("codeproject: the camera gives no results")

    def results(self):
        streams = self.status()["cameras"][0]["streams"]
        return next((s["published"] for s in streams if s["name"] == "metaout"), 0)

    def rate(self, seconds):
        before, begun = self.results(), time.monotonic()
        time.sleep(seconds)
        return (self.results() - before) / (time.monotonic() - begun)

    def memory(self):
        return self.status()["system"]["resident_bytes"] / 2**20

    def connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def ask(connection, body, path="/v1/vision/detection", headers=None):
    begun = time.perf_counter()
    connection.request("POST", path, body, headers or HEADERS)
    answer = json.loads(connection.getresponse().read())
    return (time.perf_counter() - begun) * 1000, answer


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def alone(daemon, body, count):
    connection, times, extra = daemon.connection(), [], []
    for index in range(count + 5):
        elapsed, answer = ask(connection, body)
        if not answer["success"]:
            sys.exit(f"codeproject: {answer['error']}")
        if index >= 5:
            times.append(elapsed)
            # Whole milliseconds, cut off: half a millisecond is lost on average.
            extra.append(elapsed - answer["processMs"] - 0.5)
    return times, extra


def load(daemon, bodies, clients, seconds):
    stop = time.monotonic() + seconds
    times, errors, lock = [], [], threading.Lock()

    def client(number):
        own, failed = [], []
        try:
            connection = daemon.connection()
            while time.monotonic() < stop:
                elapsed, answer = ask(connection, bodies[number % len(bodies)])
                own.append(elapsed)
                if not answer["success"]:
                    failed.append(answer["error"])
        except (OSError, http.client.HTTPException, ValueError) as error:
            failed.append(repr(error))
        with lock:
            times.extend(own)
            errors.extend(failed)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    memory = [daemon.memory()]
    for thread in threads:
        thread.start()
    time.sleep(min(2, seconds / 4))
    warm, rates = daemon.memory(), daemon.rate(max(1, seconds - 4))
    memory.append(daemon.memory())
    for thread in threads:
        thread.join()
    return times, errors, rates, warm, memory[-1]


def hostile(daemon, real):
    huge = bytearray(real)
    for index in range(2, len(huge) - 9):
        if huge[index] == 0xFF and huge[index + 1] in (0xC0, 0xC2):
            huge[index + 5:index + 9] = b"\x27\x10\x27\x10"
            break
    cases = {
        "truncated": (form(real[:2000]), HEADERS), "zip in .jpg": (form(b"PK\x03\x04" + real), HEADERS),
        "100 Mpx header": (form(bytes(huge)), HEADERS), "renamed text": (form(b"hello", "a.png"), HEADERS),
        "10000 form fields": (
            b"".join(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f{i}"\r\n\r\n1\r\n'.encode()
                     for i in range(10_000)), HEADERS),
        "10000 urlencoded fields": (
            "&".join(f"f{i}=1" for i in range(10_000)).encode(), {"Content-Type": "application/x-www-form-urlencoded"}),
        "JSON 10000 deep": (b'{"a":' * 10_000, {"Content-Type": "application/json"}),
    }
    for name, (body, headers) in cases.items():
        before = daemon.memory()
        connection = daemon.connection()
        try:
            elapsed, answer = ask(connection, body, headers=headers)
            words = f"{'success' if answer['success'] else 'refused'}, {answer.get('error', '')[:70]}"
        except (OSError, http.client.HTTPException) as error:
            elapsed, words = float("nan"), repr(error)
        print(f"  {name:24} {elapsed:6.1f} ms  {daemon.memory() - before:+6.1f} MiB  {words}")
    elapsed, answer = ask(daemon.connection(), form(real), path="/v1/vision/detection?min_confidence=nan")
    print(f"  {'threshold nan':24} {elapsed:6.1f} ms                {answer.get('error', 'success')[:70]}")
    endless(daemon)


def endless(daemon):
    before, peak = daemon.memory(), 0.0
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=20) as wire:
        wire.sendall(
            f"POST /v1/vision/detection HTTP/1.1\r\nHost: a\r\nContent-Type: {HEADERS['Content-Type']}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode())
        opening = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'.encode()
        wire.sendall(b"%x\r\n%s\r\n" % (len(opening), opening))
        sent, begun = 0, time.perf_counter()
        try:
            while sent < 200_000_000:
                wire.sendall(b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n")
                sent += 1_000_000
                peak = max(peak, daemon.memory() - before)
        except OSError:
            pass
    print(f"  {'endless multipart':24} cut off after {sent / 1e6:.0f} MB and {time.perf_counter() - begun:.1f} s, "
          f"{peak:+.1f} MiB at most")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        pictures = [picture(options.shared, name, folder) for name in ("zidane.jpg", "bus.jpg", "yolox_dog.jpg")]
        bodies = [form(content) for content in pictures]
        daemon = Daemon(options, folder)
        try:
            daemon.wait()
            undisturbed = daemon.rate(5)
            times, extra = alone(daemon, bodies[0], options.alone)
            print(f"one client: p50 {percentile(times, 0.5):.1f} ms, p99 {percentile(times, 0.99):.1f} ms; "
                  f"beside decoding and network {statistics.median(extra):.2f} ms")
            times, errors, rate, warm, end = load(daemon, bodies, options.clients, options.seconds)
            print(f"{options.clients} clients for {options.seconds:.0f} s: {len(times)} answers, {len(errors)} errors, "
                  f"{len(times) / options.seconds:.1f}/s, p50 {percentile(times, 0.5):.0f} ms, p99 {percentile(times, 0.99):.0f} ms")
            for error in sorted(set(errors))[:5]:
                print(f"  {error}")
            print(f"camera: {undisturbed:.2f} results/s alone, {rate:.2f} under load ({(rate / undisturbed - 1) * 100:+.1f} %)")
            print(f"memory: {warm:.0f} MiB at the start of the load, {end:.0f} MiB at its end")
            print("hostile requests:")
            hostile(daemon, pictures[0])
        finally:
            daemon.end()


if __name__ == "__main__":
    main()
