#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real cameras against the real daemon, on a real kernel: what `make vmtest` runs in the guest.

    scenarios.py [NAME…]     all scenarios, or those whose names begin so

Each prints one line of a table; a failure is followed by the daemon's log and status. A scenario waits for what happens, not
for a time, and leaves nothing behind: what it started is ended for it, however it ends.
"""
import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import oak
import service
from bench import (AS_NOBODY, DAEMON, STARTED, Camera, Daemon, Device, Failed, Pace, Viewer, end_everything, expect,
                   first_result, jpeg_size, p95, png_grey, usb_upload, wait_for)

FIXTURES = "/fixtures"
COMMON = "models: {detection: none}\nudp: {enabled: false}\nlog: {level: debug}\n"
SCENARIOS, SHARING = [], set()


def scenario(name, shares=False):
    """Registers a scenario; those that share find Swaps' daemon at work, and leave it at work."""
    def register(function):
        SCENARIOS.append((name, function))
        if shares:
            SHARING.add(name)
        return function
    return register


def depthd(*arguments, user="root"):
    command = [DAEMON, *arguments]
    if user != "root":
        command = [*AS_NOBODY, *command]
    return subprocess.run(command, capture_output=True, text=True)


def mjpeg_camera(serial, *options):
    return Camera(serial, "MJPEG", "320x240", 5, "--frames", f"{FIXTURES}/320x240.mjpeg",
                  "--other-frames", f"{FIXTURES}/160x120.mjpeg", *options)


@scenario("install-rules on a fresh root")
def install_rules():
    refused = depthd("install-rules", user="nobody")
    expect(refused.returncode == 1 and "sudo depthd install-rules" in refused.stderr, f"as nobody: {refused}")
    expect("not installed" in depthd("doctor").stdout, "doctor does not miss the rules")
    first, second = depthd("install-rules"), depthd("install-rules")
    expect(first.returncode == 0 and first.stdout.count("installed") == 2, f"first: {first}")
    expect(second.returncode == 0 and second.stdout.count("there already") == 2, f"second: {second}")
    text = open("/etc/udev/rules.d/80-movidius.rules").read()
    expect('SUBSYSTEM=="usb", ATTRS{idVendor}=="03e7", MODE="0666"' in text, "another rule")
    return "refused without root, installed, found there again"


@scenario("the daemon before any camera: demo, then the camera, then the demo")
def daemon_first():
    depthd("install-rules")
    daemon = Daemon("cameras: [{id: demo, demo: {fps: 1}}]\n" + COMMON)
    # The demo's scene takes a while to be drawn in here.
    expect(daemon.wait_state("demo", "running")["source"] == "demo", "not the demo")
    camera = mjpeg_camera("AUTO")
    wait_for("the camera to take over", lambda: daemon.camera("demo")["source"] == "v4l2")
    status = daemon.wait_state("demo", "running")
    expect("serial:AUTO" in status["devices"][0], f"devices: {status['devices']}")
    expect(jpeg_size(daemon.snapshot("demo", "color", "jpg")) == (320, 240), "another size")
    listing = json.loads(depthd("cameras", "--json").stdout)["cameras"][0]
    expect(listing["selectors"][0] == "serial:AUTO" and listing["role"] == "color", f"cameras: {listing}")
    expect(any(f.startswith("MJPG 320x240") or f.startswith("MJPEG 320x240") for f in listing["formats"]), f"{listing}")
    mode = stat.S_IMODE(os.stat(listing["node"]).st_mode)
    expect(mode & 0o660 == 0o660, f"{listing['node']} has mode {mode:o}")
    power = os.path.realpath(f"/sys/class/video4linux/{os.path.basename(listing['node'])}/device/../power/control")
    expect(open(power).read().strip() == "on", "the camera may be put to sleep")
    camera.unplug()
    wait_for("the demo to come back", lambda: daemon.camera("demo")["source"] == "demo")
    # It draws the demo's scene again, which takes half a minute in here.
    daemon.wait_state("demo", "running")
    daemon.end()
    return "switched without restart, both ways; never put to sleep"


@scenario("a camera nobody may open")
def denied():
    camera = mjpeg_camera("SHUT")
    daemon = Daemon("cameras: [{id: camera, source: v4l2}]\n" + COMMON, user="nobody")
    status = daemon.wait_state("camera", "absent", "group video")
    expect(daemon.status()["health"] == "degraded", "health is not degraded")
    daemon.end()
    return status["why"]


WITNESS = """
cameras:
  - {id: main, source: v4l2, v4l2: {layout: color, stall_s: 3, start_s: 30}}
  - {id: witness, source: v4l2, v4l2: {device: "serial:WITNESS", width: 160, height: 120, stall_s: 30, start_s: 30}}
"""


class Swaps:
    """One daemon with a camera that is maltreated and one that must not notice; the scenarios that share it stand below. Where
    one of them fails, the next begins with another daemon and other cameras."""

    daemon = None

    @classmethod
    def begin(cls):
        cls.witness_camera = Camera("WITNESS", "GREY", "160x120", 5)
        cls.a = mjpeg_camera("A")
        daemon = Daemon(WITNESS + COMMON)
        daemon.wait_state("main", "running")
        daemon.wait_state("witness", "running")
        cls.pictures, cls.events = Viewer("main", "color", "mjpeg"), Viewer("main", "meta_d2h", "events")
        cls.witness = Viewer("witness", "left", "mjpeg")
        for viewer in (cls.pictures, cls.witness):
            viewer.wait_newer(0)
        cls.daemon = daemon


@scenario("the daemon after the camera", shares=True)
def camera_first():
    return f"frames at 5 fps, {Swaps.daemon.camera('main')['devices'][0]}"


@scenario("pulled in mid-stream and replugged, ten times", shares=True)
def replug():
    seconds = []
    for _ in range(10):
        Swaps.a.unplug()
        Swaps.daemon.wait_state("main", "lost", "no camera that fits is plugged in")
        start = time.monotonic()
        Swaps.a.plug()
        seconds.append(Pace.seconds(start, Swaps.pictures.wait_newer(start)))
    expect(p95(seconds) <= 3, f"frames again after {[round(s, 2) for s in seconds]}")
    expect(len(Swaps.events.gaps) >= 10 and "lost" in {g["state"] for g in Swaps.events.gaps}, f"gaps: {Swaps.events.gaps}")
    return f"frames again after p50 {sorted(seconds)[5]:.2f} s, p95 {p95(seconds):.2f} s; {len(Swaps.events.gaps)} gap events"


@scenario("camera A swapped for B and back, ten swaps", shares=True)
def swap():
    cameras, seconds = [Swaps.a, mjpeg_camera("B")], []
    # B was only looked at: a running camera is not taken away.
    expect("serial:A" in Swaps.daemon.camera("main")["devices"][0], "A lost its place to B")
    cameras[1].unplug()
    before = Swaps.daemon.footprint()
    for swap in range(10):
        old, new = cameras[swap % 2], cameras[1 - swap % 2]
        old.unplug()
        start = time.monotonic()
        new.plug()
        seconds.append(Swaps.pictures.wait_newer(start + 0.3) - start)
        status = Swaps.daemon.wait_state("main", "running")
        expect(f"serial:{new.serial}" in status["devices"][0], f"swap {swap}: {status['devices']}")
    # Both there: when the one in use goes, the other takes over by itself.
    cameras[1].plug()
    wait_for("B to be plugged in", lambda: os.path.exists(cameras[1].link))
    start = time.monotonic()
    cameras[0].unplug()
    takeover = Swaps.pictures.wait_newer(start + 0.3) - start
    expect("serial:B" in Swaps.daemon.wait_state("main", "running")["devices"][0], "B did not take over")
    cameras[0].plug()
    wait_for("A to be back", lambda: os.path.exists(cameras[0].link))
    cameras[1].end()
    wait_for("A to take over", lambda: "serial:A" in "".join(Swaps.daemon.camera("main")["devices"]))
    Swaps.pictures.wait_newer(time.monotonic())
    after = Swaps.daemon.footprint()
    expect(after[0] <= before[0] and after[1] <= before[1], f"descriptors, threads {before[:2]} before, {after[:2]} after")
    order = Swaps.pictures.sequences
    expect(order == sorted(set(order)), "frame numbers do not go up")
    return (f"p95 {p95(seconds):.2f} s, take-over {takeover:.2f} s, {before[0]} descriptors and {before[1]} threads before and "
            f"after, {after[2] - before[2]:+d} KiB")


@scenario("a camera that freezes", shares=True)
def freeze():
    told = len(Swaps.events.gaps)
    Swaps.a.tell("freeze")
    start = time.monotonic()
    why = wait_for("the watchdog", lambda: next((g["why"] for g in Swaps.events.gaps[told:] if "frozen" in g["why"]), ""))
    noticed = time.monotonic() - start
    Swaps.a.tell("thaw")
    start = time.monotonic()
    back = Swaps.pictures.wait_newer(start) - start
    Swaps.daemon.wait_state("main", "running")
    return f"noticed after {noticed:.1f} s ({why}), frames {back:.1f} s after it thawed"


@scenario("a camera whose endpoint stalls", shares=True)
def stall():
    told = len(Swaps.events.gaps)
    Swaps.a.tell("stall")
    start = time.monotonic()
    wait_for("the viewers to be told", lambda: len(Swaps.events.gaps) > told)
    back = Swaps.pictures.wait_newer(time.monotonic()) - start
    Swaps.daemon.wait_state("main", "running")
    return f"restarted by the watchdog, frames after {back:.1f} s"


def spoil(fault):
    """A camera sends nothing but spoiled pictures, fifteen of them at least, then good ones."""
    before = Swaps.daemon.camera("main")["counters"]["decode_dropped"]
    spoiled = len(Swaps.a.lines)
    Swaps.a.tell(f"fault {fault}")
    wait_for("fifteen spoiled pictures", lambda: Swaps.a.lines[spoiled:].count("spoiled") >= 15)
    status = Swaps.daemon.camera("main")
    Swaps.a.tell("fault none")
    start = time.monotonic()
    back = Swaps.pictures.wait_newer(start) - start
    dropped = Swaps.daemon.wait_state("main", "running")["counters"]["decode_dropped"] - before
    return dropped, f"{dropped} dropped, then {status['state']}; good frames {back:.1f} s after it mended"


@scenario("short frames", shares=True)
def short_frames():
    dropped, text = spoil("short")
    expect(dropped > 0, "nothing was dropped")
    return text


@scenario("torn frames", shares=True)
def torn_frames():
    return spoil("torn")[1]


@scenario("pictures of another size than promised", shares=True)
def wrong_size():
    dropped, text = spoil("size")
    expect(dropped > 0, "nothing was dropped")
    return text


@scenario("the other slot noticed nothing of all that", shares=True)
def others():
    status = Swaps.daemon.camera("witness")
    expect(status["state"] == "running" and not Swaps.witness.ended, f"{status}")
    expect(status["counters"]["capture_restarts"] == 0, f"{status['counters']}")
    pauses = [Pace.seconds(a, b) for a, b in zip(Swaps.witness.times, Swaps.witness.times[1:])]
    expect(max(pauses) < 2, f"it stood still for {max(pauses):.1f} s")
    text = f"{len(pauses)} frames at 5 fps, longest pause {max(pauses):.2f} s"
    for viewer in (Swaps.pictures, Swaps.events):
        expect(not viewer.ended, "a viewer was disconnected")
    Swaps.daemon.end()
    Swaps.daemon = None
    return text + "; every viewer still connected"


class Script:
    """A running script that imports depthai, and the pictures it told of."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "/tests/script.py"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        self.lines, self.pictures = [], []
        STARTED.append(self)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            words = line.split()
            if words[0] == "picture":
                self.pictures.append((time.monotonic(), int(words[1]), words[2], words[3] == "True"))
            else:
                self.lines.append(line.strip())

    def wait_picture(self, since, camera_is_not=""):
        """The first picture after a moment, of another camera than that."""
        def look():
            expect(self.process.poll() is None, f"the script ended: {self.lines}")
            return next((p for p in self.pictures if p[0] > since and p[2] != camera_is_not), None)
        return wait_for("a picture for the script", look)

    def abandon(self):
        self.process.kill()
        self.process.wait()


@scenario("a depthai script under which cameras are swapped")
def script_swaps():
    cameras = [mjpeg_camera("A"), mjpeg_camera("B")]
    seconds = []
    cameras[1].unplug()
    daemon = Daemon("cameras: [{id: main, source: v4l2, v4l2: {layout: color, stall_s: 20, start_s: 20}}]\n" + COMMON)
    daemon.wait_state("main", "running")
    script = Script()
    first = script.wait_picture(0)
    expect(not first[3], "the first camera is already another one")
    identity = first[2]
    for swap in range(4):
        cameras[swap % 2].unplug()
        start = time.monotonic()
        cameras[1 - swap % 2].plug()
        picture = script.wait_picture(start, camera_is_not=identity)
        seconds.append(picture[0] - start)
        expect(picture[3], "the script is not told that it is another camera")
        identity = picture[2]
    expect(identity == first[2], "the first camera is not known again")
    # Longer away than the watchdog of the original waits.
    cameras[0].unplug()
    time.sleep(8)
    start = time.monotonic()
    cameras[0].plug()
    script.wait_picture(start)
    expect(not any("watchdog" in line for line in script.lines), f"{script.lines}")
    order = [number for _, number, _, _ in script.pictures]
    expect(order == sorted(set(order)), "frame numbers do not go up")
    daemon.end()
    return f"its own pictures again after p95 {p95(seconds):.2f} s, {len(order)} pictures in all; told of each change"


# Three cameras and two matchers on one emulated processor: the watchdog gets patience, it is tested elsewhere.
CALIBRATION = """
cameras:
  - {{id: pair, source: v4l2, calibration: {0}, v4l2: {{layout: pair, left: "serial:L", right: "serial:R", stall_s: 20, start_s: 20}},
     pipeline: {{depth: {{subpixel: false, median_kernel_size: 0, speckle_size: 0}}}}}}
  - {{id: wide, source: v4l2, calibration: {0}, v4l2: {{layout: side_by_side, device: "serial:WIDE", stall_s: 20, start_s: 20}},
     pipeline: {{depth: {{subpixel: false, median_kernel_size: 0, speckle_size: 0}}}}}}
"""


def disparity_is(daemon, slot, shift):
    width, height, rows = png_grey(daemon.snapshot(slot, "disparity"))
    expect((width, height) == (320, 200), f"{width}x{height}")
    # The first row shows the frame number; what only one camera sees, at the sides, has no disparity.
    inside = b"".join(row[40:width - 40] for row in rows[12:height - 12])
    right = inside.count(shift) / len(inside)
    expect(right == 1, f"{right:.2%} of the pixels are {shift}; others: {sorted(set(inside) - {shift})[:8]}")
    return len(inside)


@scenario("a stereo pair and a side-by-side camera: exact disparity")
def stereo():
    cameras = [Camera("L", "GREY", "320x200", 2), Camera("R", "GREY", "320x200", 2, "--shift", "12"),
               Camera("WIDE", "GREY", "640x200", 2, "--side-by-side", "--shift", "21")]
    daemon = Daemon(CALIBRATION.format(f"{FIXTURES}/calibration.yml") + COMMON)
    daemon.wait_state("pair", "running")
    daemon.wait_state("wide", "running")
    pixels = disparity_is(daemon, "pair", 12), disparity_is(daemon, "wide", 21)
    # Half a pair is no pair; when its half is back it goes on.
    cameras[1].unplug()
    why = daemon.wait_state("pair", "lost", "serial:R for right is not plugged in")["why"]
    expect(daemon.camera("wide")["state"] == "running", "the other camera noticed")
    cameras[1].plug()
    daemon.wait_state("pair", "running")
    disparity_is(daemon, "pair", 12)
    daemon.end()
    return f"12 on {pixels[0]} and 21 on {pixels[1]} pixels, none other; without its half: {why}"


HUB = """
cameras:
  - {id: main, source: v4l2, v4l2: {layout: mono, device: "serial:HUB", stall_s: 20, start_s: 20}}
  - {id: witness, source: v4l2, v4l2: {device: "serial:WITNESS", width: 160, height: 120, stall_s: 20, start_s: 20}}
"""


RUNTIME = "runtime: {onnxruntime: /runtime/libonnxruntime.so.1.27.0}\n"


def v4l2(camera, *names):
    """What the kernel says of a camera's controls."""
    command = ["v4l2-ctl", "-d", camera.link, "--get-ctrl", ",".join(names)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # It lists them in an order of its own.
    values = {name: int(value.split()[0]) for name, value in (line.split(":") for line in text.splitlines())}
    return [values[name] for name in names]


@scenario("the hub: controls reach the camera and come back with it")
def hub_controls():
    camera = Camera("HUB", "GREY", "160x120", 5)
    witness = Camera("WITNESS", "GREY", "160x120", 5)
    daemon = Daemon(HUB + COMMON)
    daemon.wait_state("main", "running")
    stream = next(s["name"] for s in json.loads(daemon.get("/cameras/MAIN/streams")) if s["active"])
    first = daemon.control("MAIN", stream)
    expect(first["auto_exposure_enable"] and first["exposure_time"] == 15700 and first["focus"] is None, f"first: {first}")
    force = daemon.control("MAIN", stream, auto_exposure_enable=False, exposure_time=5000, sensitivity_iso=400,
                           brightness=5, contrast=-10, auto_whitebalance_mode="OFF", manual_whitebalance=4444)
    names = ("auto_exposure", "exposure_time_absolute", "gain", "brightness", "contrast", "white_balance_automatic",
             "white_balance_temperature")
    told = [1, 50, 16, 32, 0, 0, 4440]
    expect(v4l2(camera, *names) == told, f"v4l2-ctl: {v4l2(camera, *names)}")
    expect((force["exposure_time"], force["sensitivity_iso"], force["manual_whitebalance"]) == (5000, 400, 4440), f"{force}")
    camera.unplug()
    daemon.wait_state("main", "lost")
    camera.plug()
    daemon.wait_state("main", "running")
    wait_for("the camera to be told again", lambda: v4l2(camera, *names) == told)
    expect(daemon.control("MAIN", stream)["brightness"] == 5, "the hub forgot")
    expect(v4l2(witness, "brightness", "contrast") == [0, 32], "the other camera was told too")
    daemon.end()
    return "seven of V4L2's controls as asked for, and again after a replug; the other camera untouched"


# What a client deploys, one in the place of the other: its blob and what is said about it.
FACES = ("blobs/real_face_detection_retail_0004_v2022_1/model.blob",
         {"type": "MobileNet", "nn_config": {"confidence_threshold": 0.0}})
PERSONS = ("depthai/blobs-gen1/person-detection-retail-0013-42524bf.blob",
           {"type": "MobileNet", "nn_config": {"confidence_threshold": 0.0}})
DIGITS = ("blobs/net_lenet/model.blob", {"type": "Generic"})
YOLO = ("blobs/net_tiny_yolo_v2/model.blob",
        {"type": "YOLO", "nn_config": {"num_classes": 4, "coordinate_size": 4, "confidence_threshold": 0.0,
                                       "anchors": [0.5, 0.75, 1.0, 0.5, 1.5, 1.75, 0.4, 2.0, 2.5, 1.25]}})


@scenario("the hub: networks deployed, used, replaced and deleted on a camera")
def hub_networks():
    camera = Camera("HUB", "GREY", "160x120", 1)
    witness = Camera("WITNESS", "GREY", "160x120", 1)
    daemon = Daemon(HUB + RUNTIME + COMMON)
    for name in ("main", "witness"):
        daemon.wait_state(name, "running")
    stream = next(s["name"] for s in json.loads(daemon.get("/cameras/MAIN/streams")) if s["active"])
    own = {"CAM_A": "color", "CAM_B": "left", "CAM_C": "right"}[stream]
    path = f"/cameras/MAIN/streams/{stream}/nn"
    viewers = Viewer("main", own, "mjpeg"), Viewer("witness", "left", "mjpeg")
    for viewer in viewers:
        viewer.wait_newer(0)
    seconds = []
    # Each small one is replaced by a large one: while a large one runs there is little left of this processor.
    for networks in ((YOLO, FACES), (DIGITS, PERSONS)) if os.environ.get("LONG") else ((YOLO, DIGITS),):
        for model, configuration in networks:
            seconds.append(daemon.deploy("MAIN", stream, f"/data/{model}", configuration))
            expect(daemon.ask("GET", path)[1]["type"] == configuration["type"], f"{model} is not what is deployed")
            found = first_result(path)
            if configuration["type"] == "Generic":
                expect(len(found) == 10 and abs(sum(found) - 1) < 0.01, f"{model}: {found}")
            else:
                expect(found and {"label", "confidence", "coords"} == set(found[0]), f"{model}: {found[:1]}")
        expect(daemon.ask("DELETE", path)[0] == 202 and daemon.ask("GET", path) == (200, None), "it was not taken away")
    for viewer in viewers:
        viewer.wait_newer(time.monotonic())
        steps = {b - a for a, b in zip(viewer.sequences, viewer.sequences[1:])}
        expect(steps == {1}, f"pictures were missed: {sorted(steps)} in {len(viewer.sequences)}")
    counts = [len(viewer.sequences) for viewer in viewers]
    daemon.end()
    return f"{', '.join(f'{s:.0f}' for s in seconds)} s; {counts[0]} and {counts[1]} pictures of two cameras, none missed"


@scenario("a Movidius device: unbooted, booted, gone")
def movidius():
    daemon = Daemon("cameras: [{id: none, source: v4l2}]\n" + COMMON)
    device = Device("/rig/devices/fake-myriad", "--speed", "super", "--boot-bytes", "200000")
    def known(state):
        found = daemon.status()["devices"]
        return found[0] if found and found[0]["state"] == state else None
    unbooted = wait_for("03e7:2485 in status", lambda: known("unbooted"))
    expect("firmware" in unbooted["why"], f"{unbooted}")
    expect(any("firmware" in why for why in daemon.status()["why"]), f"why: {daemon.status()['why']}")
    number = subprocess.run(["lsusb", "-d", "03e7:2485"], capture_output=True, text=True).stdout.split()
    node = f"/dev/bus/usb/{number[1]}/{number[3].rstrip(':')}"
    mode = stat.S_IMODE(os.stat(node).st_mode)
    expect(mode == 0o666, f"{node} has mode {mode:o}")
    expect("03e7:2485" in depthd("doctor").stdout, "doctor does not name it")
    pid = os.fork()
    if pid == 0:
        os.setuid(65534)
        try:
            usb_upload(node, 200000)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    running = wait_for("03e7:f63b in status", lambda: known("running"))
    device.tell("unplug")
    wait_for("the device to be gone from status", lambda: not daemon.status()["devices"])
    daemon.end()
    return f"mode {mode:o}; {unbooted['why']}; then {running['usb']}; then gone"


def show_failure():
    daemon = Daemon.running
    if not daemon:
        return
    try:
        status = daemon.status()
        for camera in status["cameras"]:
            camera["streams"] = [s["name"] for s in camera["streams"] if s["published"]]
        print(json.dumps(status)[:3000])
    except (OSError, ValueError) as error:
        print(f"no status: {error}")
    print("".join(line for line in daemon.log.splitlines(keepends=True)[-60:] if "ServiceLifecycle" not in line))
    for task in sorted(Path(f"/proc/{daemon.process.pid}/task").glob("*")):
        print(*(word.read_text().strip() for word in (task / "comm", task / "wchan", task / "syscall")))


def play(name, run):
    """One scenario; whether it saw what it expects."""
    start = time.monotonic()
    try:
        if name in SHARING:
            Swaps.daemon or Swaps.begin()
        else:
            Swaps.daemon = None
            end_everything()
        verdict, detail = "ok  ", run()
    except Exception as failure:  # whatever it is, the other scenarios shall run
        verdict, detail = "FAIL", f"{type(failure).__name__}: {failure}"
    end = time.monotonic()
    print(f"{verdict} {end - start:6.1f} s  {name}: {detail} (machine slower by {Pace.slowness(start, end):.1f})", flush=True)
    if verdict == "FAIL":
        show_failure()
        Swaps.daemon = None
    try:
        if not Swaps.daemon:
            end_everything()
    except Failed as failure:
        print(f"FAIL  after {name}: {failure}", flush=True)
        return False
    return verdict != "FAIL"


def shared_out(scenarios):
    """The scenarios that no other machine has begun, one after the other; those that share a daemon go together."""
    mine = {}
    for name, run in scenarios:
        group = "sharing" if name in SHARING else name
        if group not in mine:
            try:
                os.mkdir("/taken/" + group.replace("/", " "))
                mine[group] = True
            except FileExistsError:
                mine[group] = False
        if mine[group]:
            yield name, run


def main():
    subprocess.run(["modprobe", "-a", "vhci-hcd", "uvcvideo"], check=True)
    subprocess.run(["udevadm", "settle"])
    Pace.begin()
    wanted = [(name, run) for name, run in SCENARIOS + oak.SCENARIOS + service.SCENARIOS
              if not sys.argv[1:] or any(name.startswith(word) for word in sys.argv[1:])]
    begin = time.monotonic()
    seen = [play(name, run) for name, run in shared_out(wanted)]
    print(f"{seen.count(False)} of {len(seen)} failed, {time.monotonic() - begin:.0f} s", flush=True)
    sys.exit(0 if all(seen) else 1)


if __name__ == "__main__":
    main()
