# SPDX-License-Identifier: Apache-2.0
"""What the scenarios work with: fake devices, the daemon, viewers. Runs in the guest, on Python's own library."""
import ctypes
import fcntl
import http.client
import json
import math
import os
import socket
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request
import zlib

DAEMON, PORT = "/depthd/depthd", 8080
# Becomes the program, unlike runuser: signals reach it.
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
HERE = os.path.dirname(os.path.abspath(__file__))


class Failed(Exception):
    """A scenario did not see what it expects."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


# Longer than anything takes that happens at all, on a machine that does ten other things beside this one.
HUNG = 240.0


def wait_for(what, look, seconds=HUNG):
    """Looks until it sees something true; returns that. The limit ends a scenario that hangs and judges nothing."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise Failed(f"waited {seconds:.0f} s for {what}; saw {seen!r}")
        time.sleep(0.05)


class Pace:
    """How fast this machine is while others use the host's processors, so that a time that is held against a limit is the time
    of a machine of its own.

    A loop of always the same work is timed by the thread's own clock: the guest's other threads do not count, a host that gives
    the processor to somebody else does, since the guest cannot see that. The fastest runs are the machine undisturbed.
    """

    samples = []    # (when, seconds of the loop)

    @classmethod
    def begin(cls):
        threading.Thread(target=cls.measure, daemon=True).start()

    @classmethod
    def measure(cls):
        while True:
            begin = time.thread_time()
            for _ in range(10_000):
                pass
            cls.samples.append((time.monotonic(), time.thread_time() - begin))
            time.sleep(0.1)

    @classmethod
    def slowness(cls, begin, end):
        """How much slower than undisturbed the machine was in between: 1, or more."""
        # A guest that has lost its fine clock counts in ticks, and sees most loops take no time at all: those say nothing.
        known = [(when, seconds) for when, seconds in cls.samples if seconds > 0]
        during = [seconds for when, seconds in known if begin <= when <= end]
        if not during:
            return 1.0
        fastest = sorted(seconds for _, seconds in known)[len(known) // 20]
        return max(1.0, sum(during) / len(during) / fastest)

    @classmethod
    def seconds(cls, begin, end):
        """The time from begin to end as an undisturbed machine would have needed it."""
        return (end - begin) / cls.slowness(begin, end)


# What a scenario has started: devices, daemons, scripts. Each has an `abandon` that takes it away, however it is.
STARTED = []


def end_everything():
    """Nothing of a scenario is there for the next one: no daemon, no device, no node of one."""
    while STARTED:
        STARTED.pop().abandon()
    Daemon.running = None
    subprocess.run(["udevadm", "settle"])


def p95(values):
    return sorted(values)[max(0, math.ceil(0.95 * len(values)) - 1)]


class Device:
    """A fake device: a process of the rig, driven by lines."""

    def __init__(self, script, *options):
        self.process = subprocess.Popen(
            ["python3", script, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        STARTED.append(self)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def plug(self):
        self.tell("plug")

    def unplug(self):
        before = self.lines.count("detached")
        self.tell("unplug")
        wait_for("the device to leave", lambda: self.lines.count("detached") > before)

    def end(self):
        """Unplugs it for good."""
        STARTED.remove(self)
        self.abandon()

    def abandon(self):
        try:
            self.tell("quit")
            self.process.wait(HUNG)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


class Camera(Device):
    def __init__(self, serial, form, size, fps, *options):
        super().__init__(f"{HERE}/camera.py", "--format", form, "--size", size, "--fps", str(fps), "--serial", serial,
                         "--name", serial.lower(), *options)
        self.serial = serial
        self.link = f"/dev/v4l/by-id/usb-vmrig_{serial.lower()}_{serial}-video-index0"
        wait_for(f"camera {serial}", lambda: os.path.exists(self.link) or self.dead())

    def abandon(self):
        super().abandon()
        wait_for(f"camera {self.serial} to be gone", lambda: not os.path.lexists(self.link))

    def dead(self):
        expect(self.process.poll() is None, f"camera {self.serial} ended: {self.lines[-5:]}")


class Daemon:
    """The program under test."""

    running = None

    def __init__(self, settings, user="root"):
        self.settings_file = f"/tmp/depthd-{time.monotonic_ns()}.yml"
        with open(self.settings_file, "w") as file:
            file.write(settings)
        self.log_path = self.settings_file + ".log"
        command = [DAEMON, "run", "--config", self.settings_file]
        if user != "root":
            command = [*AS_NOBODY, *command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=open(self.log_path, "w"))
        Daemon.running = self
        STARTED.append(self)
        wait_for("the daemon's door", self.answers)

    def check_alive(self):
        expect(self.process.poll() is None, f"the daemon ended with {self.process.returncode}")

    def answers(self):
        self.check_alive()
        try:
            return self.status()
        except OSError:
            return None

    @property
    def log(self):
        with open(self.log_path) as file:
            return file.read()

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=HUNG) as answer:
            return answer.read()

    def ask(self, method, path, body=None, kind="application/json", seconds=HUNG):
        """Status and answer of a request to the hub's API."""
        headers = {"Content-Type": kind} if body is not None else {}
        request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read()[:500]

    def control(self, camera, stream, **wishes):
        """Tells a lens something, or only asks; what is in force."""
        body = json.dumps(wishes).encode() if wishes else None
        status, force = self.ask("POST" if wishes else "GET", f"/cameras/{camera}/streams/{stream}/control", body)
        expect(status == 200, f"control answered {status}: {force}")
        return force

    def deploy(self, camera, stream, model, configuration):
        """Deploys a network; how long it took. Emulated, a large one takes minutes."""
        with open(model, "rb") as file:
            content = file.read()
        part = b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        body = (part % (b"model", b'; filename="m"', content) + part % (b"nn_config", b"", json.dumps(configuration).encode())
                + b"--edge--\r\n")
        start = time.monotonic()
        status, answer = self.ask("POST", f"/cameras/{camera}/streams/{stream}/nn", body, "multipart/form-data; boundary=edge", seconds=600)
        expect(status == 201, f"deployment answered {status}: {answer}")
        return time.monotonic() - start

    def status(self):
        return json.loads(self.get("/api/v1/status"))

    def camera(self, name):
        return next(c for c in self.status()["cameras"] if c["id"] == name)

    def wait_state(self, name, state, words=""):
        def look():
            camera = self.camera(name)
            return camera if camera["state"] == state and words in camera["why"] else None
        try:
            return wait_for(f"camera {name} to be {state} {words}", look)
        except Failed as failure:
            raise Failed(f"{failure}; it is {self.camera(name)['state']}: {self.camera(name)['why']}")

    def snapshot(self, name, stream, form="png"):
        def look():
            try:
                return self.get(f"/api/v1/cameras/{name}/streams/{stream}/snapshot.{form}")
            except urllib.error.HTTPError as error:
                return None if error.code == 503 else (_ for _ in ()).throw(Failed(f"{error.code}: {error.read()}"))
        return wait_for(f"a picture on {name}/{stream}", look)

    def footprint(self):
        """Descriptors, threads, resident KiB, once the same number of them is seen twenty times: a connection that was just closed
        is still there for a moment."""
        pid, seen = self.process.pid, []

        def settled():
            seen.append((len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))))
            return len(seen) >= 20 and len(set(seen[-20:])) == 1
        wait_for("descriptors and threads to settle", settled)
        with open(f"/proc/{pid}/status") as file:
            rss = int(next(line for line in file if line.startswith("VmRSS")).split()[1])
        return *seen[-1], rss

    def end(self, seconds=15):
        begin = time.monotonic()
        self.process.terminate()
        wait_for("the daemon to end after SIGTERM", lambda: self.process.poll() is not None)
        took = Pace.seconds(begin, time.monotonic())
        STARTED.remove(self)
        Daemon.running = None
        expect(took <= seconds, f"the daemon took {took:.1f} s to end, {seconds} are allowed")
        expect(self.process.returncode == 0, f"the daemon ended with {self.process.returncode}")

    def abandon(self):
        self.process.kill()
        self.process.wait()


def first_result(path):
    """The `detections` of the next message of a WebSocket of the hub's API."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=HUNG) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        stream = connection.makefile("rb")
        expect(b" 101 " in stream.readline(), f"no WebSocket at {path}")
        while stream.readline().strip():
            pass
        while True:
            kind, length = stream.read(2)
            length &= 127
            if length >= 126:
                length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
            content = stream.read(length)
            if kind & 15 == 1:
                return json.loads(content)["detections"]
            # The server looks whether anybody is there while a slow network is at its picture; a mask of zeros hides nothing.
            expect(kind & 15 == 9, f"a frame of kind {kind & 15} instead of a result")
            connection.sendall(bytes([0x8A, 0x80 | length, 0, 0, 0, 0]) + content)


class Viewer:
    """A client that stays connected: counts the pictures or events it gets."""

    def __init__(self, name, stream, form):
        self.times, self.gaps, self.sequences, self.ended = [], [], [], False
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=HUNG)
        self.connection.request("GET", f"/api/v1/cameras/{name}/streams/{stream}/{form}")
        self.answer = self.connection.getresponse()
        expect(self.answer.status == 200, f"{name}/{stream}/{form} answered {self.answer.status}: {self.answer.read(300)}")
        threading.Thread(target=self.watch, args=(self.pictures if form == "mjpeg" else self.events,), daemon=True).start()

    def watch(self, read):
        try:
            read()
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.ended = True

    def pictures(self):
        while line := self.answer.readline():
            if not line.startswith(b"--"):
                continue
            fields = {}
            while head := self.answer.readline().strip():
                name, value = head.split(b":", 1)
                fields[name.lower()] = int(value) if value.strip().isdigit() else value
            # The last boundary has nothing behind it.
            length = fields.get(b"content-length", 0)
            if length and len(self.answer.read(length)) == length:
                self.sequences.append(fields[b"x-sequence"])
                self.times.append(time.monotonic())

    def events(self):
        kind = ""
        while line := self.answer.readline():
            if line.startswith(b"event:"):
                kind = line.split(b":")[1].strip().decode()
            if line.startswith(b"data:"):
                if kind == "gap":
                    self.gaps.append(json.loads(line[5:]))
                else:
                    self.times.append(time.monotonic())
                kind = ""

    def wait_newer(self, than):
        """Waits for something that came after `than`; returns when."""
        def look():
            expect(not self.ended, "the viewer was disconnected")
            return next((t for t in self.times if t > than), None)
        return wait_for("a new picture", look)

    def close(self):
        self.connection.close()


def png_grey(data):
    """Width, height and rows of an 8-bit grey PNG, whatever filters its rows have."""
    expect(data[:8] == b"\x89PNG\r\n\x1a\n", "not a PNG")
    at, body = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack_from(">IIBB", chunk)
            expect((bits, colour) == (8, 0), f"PNG of {bits} bits, colour type {colour}")
        if kind == b"IDAT":
            body += chunk
        at += 12 + length
    raw, rows, above = zlib.decompress(body), [], bytes(width)
    for y in range(height):
        kind, row = raw[y * (width + 1)], bytearray(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
        if kind:
            for x in range(width):
                a, b, c = (row[x - 1] if x else 0), above[x], (above[x - 1] if x else 0)
                p = a + b - c
                paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                row[x] = (row[x] + (0, a, b, (a + b) // 2, paeth)[kind]) & 255
        above = bytes(row)
        rows.append(above)
    return width, height, rows


def jpeg_size(data):
    """Width and height from a JPEG's frame header."""
    at = 2
    while at < len(data):
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if 0xC0 <= marker <= 0xC2:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    raise Failed("no frame header in the JPEG")


def usb_upload(node, size):
    """Sends bytes to endpoint 1 through usbfs, as a boot loader's host does."""
    CLAIM, BULK = 0x8004550F, 0xC0185502
    descriptor = os.open(node, os.O_RDWR)
    try:
        fcntl.ioctl(descriptor, CLAIM, struct.pack("I", 0))
        chunk = ctypes.create_string_buffer(16384)
        for start in range(0, size, 16384):
            length = min(16384, size - start)
            fcntl.ioctl(descriptor, BULK, struct.pack("IIIxxxxP", 1, length, 5000, ctypes.addressof(chunk)))
    finally:
        os.close(descriptor)
