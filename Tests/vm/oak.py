# SPDX-License-Identifier: Apache-2.0
"""An OAK on the kernel's USB bus: the rig's pretend camera (/oak/oak2.py), which changes its numbers as a real one does."""
import os
import subprocess
import tempfile
import time
from pathlib import Path

from bench import DAEMON, HERE, Camera, Daemon, Device, expect, wait_for

# The shortest image there is, of no vendor: a label and the jump.
IMAGE = b"MA2x" + b"\xA8\x05\x00a.elf" + b"\xA4\x00\x00\x00\x00"
SETTINGS = """
cameras:
  - {{id: oak, source: oak, oak: {{device: any, color_width: 300, color_height: 300, fps: 2}}}}
state: {{directory: {folder}}}
models: {{detection: none}}
udp: {{enabled: false}}
log: {{level: debug}}
"""

# Of each state a camera is plugged in: what the rig says, one after the other, on the way to its pictures.
WAYS = {
    "rom": ["attached 03e7:2485", "boot ", "attached 03e7:f63b"],
    "bootloader": ["attached 03e7:f63c", "left: booted", "attached 03e7:f63b"],
    "flash": ["attached 03e7:f63d", "attached 03e7:f63c", "attached 03e7:f63b"],
}
# Pulled four times in each.
ROUNDS = int(os.environ.get("ROUNDS", 1))


TWO = """
cameras:
  - {{id: first, source: oak, oak: {{device: usb, color_width: 300, color_height: 300, fps: 2}}}}
  - {{id: second, source: oak, oak: {{device: 14442C10D1AAAAAAAA, color_width: 300, color_height: 300, fps: 2}}}}
  - {{id: webcam, source: v4l2, v4l2: {{layout: color, stall_s: 30, start_s: 30}}}}
state: {{directory: {folder}}}
models: {{detection: none}}
udp: {{enabled: false}}
"""
OTHER = "14442C10D1AAAAAAAA"
# What a USB 2 link does not carry: two gray pictures, depth and colour 30 times a second.
GREEDY = SETTINGS.replace("fps: 2", "fps: 30")


class OAK(Device):
    """Emulated, a camera has no processor for more than two exposures a second."""

    def __init__(self, start, mxid=None):
        own = ("/oak/oak2.py",) if mxid is None else (f"{HERE}/other_oak.py", mxid)
        super().__init__(*own, "/rig/devices", "--start", start, "--fps", "2")
        self.await_word(WAYS[start][0], 0)

    def await_word(self, word, since):
        wait_for(f"the camera to say {word!r}", lambda: any(line.startswith(word) for line in self.lines[since:]))

    def unplug(self):
        before = self.lines.count("unplugged")
        self.tell("unplug")
        wait_for("the camera to leave", lambda: self.lines.count("unplugged") > before)


def stream(daemon):
    """Waits for a picture.

    Returns how long that took, in seconds."""
    start = time.monotonic()
    daemon.wait_state("oak", "running")
    daemon.snapshot("oak", "left")
    return time.monotonic() - start


def leave(daemon):
    """What a box without its camera holds."""
    wait_for("the camera to be missed", lambda: daemon.camera("oak")["state"] != "running")
    return daemon.footprint()


def box(settings):
    """A daemon that may open cameras and has firmware for them."""
    folder = tempfile.mkdtemp(prefix="oak.")
    image = Path(folder, "image.cmd")
    image.write_bytes(IMAGE)
    state = ["--set", f"state.directory={folder}/state"]
    for command in (["install-rules"], ["firmware", "import", str(image), "--force", *state]):
        done = subprocess.run([DAEMON, *command], capture_output=True, text=True)
        expect(done.returncode == 0, f"{command}: {done}")
    return Daemon(settings.format(folder=f"{folder}/state"))


def on_usb():
    daemon = box(SETTINGS)
    footprints, pulls, delays = [], 0, []
    for start, words in WAYS.items():
        camera = OAK(start)
        stream(daemon)
        camera.unplug()
        footprints.append(leave(daemon))
        # Pulled at every step of the way, and while it streams.
        for word in [*words, None] * ROUNDS:
            since = len(camera.lines)
            camera.plug()
            if word is None:
                delays.append(stream(daemon))
            else:
                camera.await_word(word, since)
            camera.unplug()
            leave(daemon)
            pulls += 1
        camera.plug()
        delays.append(stream(daemon))
        camera.end()
        footprints.append(leave(daemon))
    first, last = footprints[0], footprints[-1]
    expect(last[0] <= first[0] and last[1] <= first[1], f"descriptors, threads, KiB: {footprints}")
    expect(last[2] - first[2] < 8 << 10, f"descriptors, threads, KiB: {footprints}")
    camera = OAK("rom")
    stream(daemon)
    # SIGTERM comes while pictures do; the camera is told to restart.
    since = len(camera.lines)
    daemon.end(seconds=2)
    camera.await_word("left: reset by the host", since)
    delays.sort()
    middle, late = delays[len(delays) // 2], delays[int(len(delays) * 0.95)]
    return (f"ROM, bootloader and flash; {pulls} pulls; from plug to picture p50 {middle:.1f} s, p95 {late:.1f} s; "
            f"{first} before and {last} after")


def together():
    daemon = box(TWO)
    webcam = Camera("WEB", "YUYV", "320x240", 5)
    first, second = OAK("rom"), OAK("bootloader", OTHER)
    for slot, lens in (("first", "left"), ("second", "left"), ("webcam", "color")):
        daemon.wait_state(slot, "running")
        daemon.snapshot(slot, lens)
    expect(any(OTHER in device for device in daemon.camera("second")["devices"]), f"{daemon.camera('second')['devices']}")
    # Who is pulled disturbs nobody.
    first.unplug()
    wait_for("the camera to be missed", lambda: daemon.camera("first")["state"] != "running")
    for slot, lens in (("second", "left"), ("webcam", "color")):
        daemon.snapshot(slot, lens)
    first.plug()
    daemon.wait_state("first", "running")
    restarts = {slot: daemon.camera(slot)["counters"]["capture_restarts"] for slot in ("second", "webcam")}
    daemon.end(seconds=2)
    for device in (webcam, second):
        device.end()
    daemon = box(GREEDY)
    wait_for("the rate to be lowered by name", lambda: "are more than a USB 2 link carries (30 MB)" in daemon.log)
    daemon.end(seconds=2)
    first.end()
    return f"both ran beside a webcam; restarts of the others meanwhile: {restarts}"


# With --long only: minutes, and the rig's camera does not outlive every pull on a busy machine.
SCENARIOS = [] if not os.environ.get("LONG") else [
    ("an OAK on USB: booted from its ROM, its bootloader and its flash, pulled in every state", on_usb),
    ("two OAKs and a webcam at once, then one on a link that carries less than it is to send", together),
]
