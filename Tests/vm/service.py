# SPDX-License-Identifier: Apache-2.0
"""The daemon as systemd's service: the unit that is packaged, with everything it forbids, on real devices."""
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
import urllib.request
from pathlib import Path

from bench import DAEMON, HUNG, PORT, STARTED, Camera, Daemon, Device, expect, wait_for

# The unit as it is packaged; only the program lies elsewhere, and the watchdog has the patience of the scenario.
DROP_IN = """[Service]
ExecStart=
ExecStart={program} run
WatchdogSec={patience}
"""
SETTINGS = """
log: {level: debug}
runtime: {onnxruntime: /runtime/libonnxruntime.so.1.27.0}
cameras:
  - {id: cam, source: v4l2, v4l2: {device: "serial:SERVED", stall_s: 4, start_s: 20}, pipeline: {ai: {confidence_threshold: 0.9}}}
"""

DROP_INS = Path("/etc/systemd/system/depthd.service.d")

# The camera's driver and what it is built on, users first.
VIDEO_DRIVERS = ["uvcvideo", "videobuf2_v4l2", "videobuf2_vmalloc", "videobuf2_memops", "videobuf2_common", "videodev"]


def systemctl(*words):
    return subprocess.run(["systemctl", *words], capture_output=True, text=True)


def show(name):
    return systemctl("show", "--value", "-p", name, "depthd").stdout.strip()


class Served(Daemon):
    """The daemon that systemd runs; asked like the one a test starts itself."""

    def __init__(self):
        Daemon.running = self
        STARTED.append(self)

    @property
    def log(self):
        return subprocess.run(["journalctl", "-u", "depthd", "-o", "cat"], capture_output=True, text=True).stdout

    def check_alive(self):
        """systemd starts it again."""

    def end(self):
        STARTED.remove(self)
        self.abandon()

    def abandon(self):
        systemctl("stop", "depthd")
        systemctl("reset-failed", "depthd")
        for drop_in in DROP_INS.glob("*.conf"):
            drop_in.unlink()


def install(patience=60):
    """What the Debian package's files and scripts do. The patience of the watchdog is for a processor that is emulated beside
    others."""
    for source, target in (("systemd/depthd.service", "/etc/systemd/system/depthd.service"),
                           ("systemd/depthd.sysusers", "/usr/lib/sysusers.d/depthd.conf"),
                           ("systemd/depthd.tmpfiles", "/usr/lib/tmpfiles.d/depthd.conf")):
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).write_text(Path("/packaging", source).read_text())
    DROP_INS.mkdir(exist_ok=True)
    (DROP_INS / "test.conf").write_text(DROP_IN.format(program=DAEMON, patience=patience))
    Path("/usr/lib/depthd/empty").mkdir(parents=True, exist_ok=True)
    Path("/etc/depthd").mkdir(exist_ok=True)
    Path("/etc/depthd/depthd.yml").write_text(SETTINGS)
    for command in (["systemd-sysusers"], ["systemd-tmpfiles", "--create", "depthd.conf"], ["systemctl", "daemon-reload"],
                    [DAEMON, "install-rules"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def started():
    """Starts the service, anew where it runs with other settings; returns once it has said that it is ready."""
    begin = time.monotonic()
    done = systemctl("restart", "depthd")
    expect(done.returncode == 0, f"start: {done.stderr}\n{Served().log[-2000:]}")
    return time.monotonic() - begin


def journal():
    lines = subprocess.run(["journalctl", "-u", "depthd", "-o", "json", "_COMM=depthd"], capture_output=True, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def without_video_driver():
    """Unloads it, which waits for whoever looks at a camera that was just unplugged."""
    subprocess.run(["modprobe", "-r", "-a", *VIDEO_DRIVERS], stderr=subprocess.DEVNULL)
    return "video4linux" not in Path("/proc/devices").read_text()


def service():
    install()
    daemon = Served()
    # As on a box whose first camera is plugged in long after its start: there is no driver yet.
    systemctl("stop", "depthd")
    wait_for("the kernel's video driver to be gone", without_video_driver)
    seconds = started()
    subprocess.run(["modprobe", "uvcvideo"], check=True)
    camera = Camera("SERVED", "GREY", "160x120", 5)
    expect(show("ActiveState") == "active" and show("SubState") == "running", f"it is {show('ActiveState')}")
    process = show("MainPID")
    owner = subprocess.run(["stat", "-c", "%U", f"/proc/{process}"], capture_output=True, text=True).stdout.strip()
    expect(owner == "depthd", f"it runs as {owner}")
    status = daemon.wait_state("cam", "running")
    expect("serial:SERVED" in status["devices"][0] and status["network"], f"{status}")
    wait_for("the network", lambda: any(s["published"] for s in daemon.camera("cam")["streams"] if s["name"] == "metaout"))
    wait_for("systemd's line on it", lambda: show("StatusText") == "cameras: 1 running")
    # By the machine's address, not the loopback.
    address = re.search(r"src (\S+)", subprocess.run(["ip", "route", "get", "10.0.2.2"], capture_output=True, text=True).stdout)
    with urllib.request.urlopen(f"http://{address[1]}:{PORT}/healthz", timeout=HUNG) as answer:
        expect(answer.status == 200, f"healthz: {answer.status}")
    state = os.stat("/var/lib/depthd")
    expect(state.st_mode & 0o777 == 0o700, f"the state has mode {state.st_mode:o}")
    for _ in range(3):
        camera.unplug()
        daemon.wait_state("cam", "lost", "not plugged in")
        camera.plug()
        daemon.wait_state("cam", "running")
    expect(show("MainPID") == process and show("NRestarts") == "0", "it was restarted")
    movidius = Device("/rig/devices/fake-myriad", "--speed", "super", "--boot-bytes", "200000")
    wait_for("03e7:2485 in status", lambda: daemon.status()["devices"])
    movidius.end()
    lines = journal()
    priorities = {line["PRIORITY"] for line in lines}
    expect({"6", "3"} <= priorities, f"priorities {priorities}")
    expect(not any(str(line["MESSAGE"]).startswith("<") for line in lines), "priorities stand in the lines")
    lost = next((line for line in lines if "lost" in str(line["MESSAGE"])), None)
    expect(lost and lost["PRIORITY"] == "3", f"a lost camera is no error: {lost}")
    reload = systemctl("reload", "depthd")
    expect(reload.returncode == 0, f"reload: {reload.stderr}")
    wait_for("the settings to be read again", lambda: "settings read again" in daemon.log)
    camera.end()
    daemon.wait_state("cam", "lost")
    return f"ready after {seconds:.1f} s as its own user; its first camera after the start, plugged in and out three times; network, USB, udev, journal at work"


def light():
    """A light blinks through the unit and the drop-in that docs/headless.md names; the sandbox leaves nothing out of a bundle."""
    install()
    name = sorted(os.listdir("/sys/class/leds"))[0]
    brightness = Path("/sys/class/leds", name, "brightness")
    Path("/etc/depthd/depthd.yml").write_text(SETTINGS + f"status_light: '{name}'\n")
    (DROP_INS / "light.conf").write_text(f"[Service]\nReadWritePaths=/sys/class/leds/{name}\n")
    # What the rule in udev/82-depthd-light.rules does for the lights of a Raspberry Pi.
    shutil.chown(brightness, group="depthd")
    brightness.chmod(0o664)
    systemctl("daemon-reload")
    daemon = Served()
    started()
    for value in ("1", "0", "1", "0"):
        wait_for(f"the light to be {value}", lambda: brightness.read_text().strip() == value)
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/v1/support", timeout=HUNG) as answer:
        archive = tarfile.open(fileobj=io.BytesIO(answer.read()))
    files = {member.name.split("/")[-1]: archive.extractfile(member).read().decode() for member in archive}
    expect("left out" not in files["README.txt"], files["README.txt"])
    expect("root" in files["doctor.txt"] and "serial:SERVED" in files["settings-in-force.txt"], f"{sorted(files)}")
    expect("status_light" not in daemon.log, daemon.log[-2000:])
    daemon.end()
    expect(brightness.read_text().strip() == "0", "the light stands still and lit")
    return f"{name} blinked, and was dark when the daemon had ended; the support bundle was whole"


# A network that answers the black picture it is tried with, and is at the camera's first picture for hours.
HANGING = SETTINGS + "models: {detection: /tests-fixtures/endless.onnx}\n"


def watchdog():
    install(patience=8)
    Path("/etc/depthd/depthd.yml").write_text(HANGING)
    camera = Camera("SERVED", "GREY", "160x120", 5)
    daemon = Served()
    started()
    process = show("MainPID")
    wait_for("a stage that hangs to be named", lambda: "hanging: " in show("StatusText"))
    named = show("StatusText")
    wait_for("another daemon", lambda: show("MainPID") not in (process, "0") and show("ActiveState") == "active")
    expect(show("NRestarts") != "0", "systemd did not start it again")
    expect("Watchdog timeout" in daemon.log, f"it was not the watchdog: {daemon.log[-2000:]}")
    # What hangs in the background keeps no door shut.
    wait_for("its status", daemon.answers)
    return f"{named}; the watchdog struck, and it was started again"


SCENARIOS = [
    ("the watchdog: a network that hangs, and a daemon that is started again", watchdog),
    ("the packaged service: its own user, every door, nothing more", service),
    ("light: the status light and the support bundle of the packaged service", light),
]
