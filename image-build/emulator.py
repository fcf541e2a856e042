# SPDX-License-Identifier: Apache-2.0
"""A box in QEMU: the image's own U-Boot script, kernel and root file system on an emulated card, and no keyboard."""
import atexit
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BOX_PORTS = {"http": ("tcp", 8080), "udp": ("udp", 32170), "ssh": ("tcp", 22)}
# Emulation is slow, and slower beside other work: what a board does in 20 seconds may take minutes here.
PATIENCE = float(os.environ.get("BOOT_PATIENCE", "2400"))
# Settings that leave the emulated processor to what is tested, once the box was seen with none.
FEW_PICTURES = "cameras: [{id: demo, source: demo, demo: {fps: 1}}]"


class Failure(Exception):
    """What was expected did not come; the message says what and where to look."""


def need(*tools):
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise Failure(f"not installed: {', '.join(missing)} (image-build/README.md lists the packages)")


def built_image():
    folder = Path(os.environ.get("OUT", CHECKOUT / ".build-image"))
    images = sorted(folder.glob("depthd-*-arm64.img"))
    if not images:
        raise Failure(f"no image in {folder}: make image")
    return images[-1]


def partitions(image):
    """Where each partition of an image begins and how long it is, in bytes."""
    table = json.loads(subprocess.check_output(["sfdisk", "--json", image]))["partitiontable"]
    return [(each["start"] * 512, each["size"] * 512) for each in table["partitions"]]


def free_port(kind):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


class Card:
    """A copy of the image on a card of 4 GiB, with what its owner put onto the first partition."""

    def __init__(self, folder, files, size="4G"):
        self.folder = Path(folder)
        self.path = self.folder / "card.img"
        subprocess.run(["cp", "--sparse=always", built_image(), self.path], check=True)
        subprocess.run(["truncate", "-s", size, self.path], check=True)
        self.firmware = f"{self.path}@@{partitions(self.path)[0][0]}"
        for name, text in files.items():
            self.put(name, text)

    def put(self, name, text):
        source = self.folder / name
        source.write_text(text)
        subprocess.run(["mcopy", "-o", "-i", self.firmware, source, f"::{name}"], check=True)


class Box:
    """One emulated board with a card. `start` gives it power, `cut` takes it away in the middle of whatever it does."""

    def __init__(self, folder, box_txt=""):
        need("qemu-system-aarch64", "mcopy", "sfdisk", "ssh", "ssh-keygen")
        self.folder = Path(folder)
        self.key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        public = self.key.with_suffix(".pub").read_text().strip()
        self.card = Card(folder, {"box.txt": f"hostname=emulated\nssh_key={public}\n{box_txt}"})
        self.ports = {name: free_port(kind) for name, (kind, _) in BOX_PORTS.items()}
        self.console = self.folder / "console.log"
        self.monitor = self.folder / "monitor"
        self.process = None
        self.began = 0.0

    def firmware(self):
        for place in (os.environ.get("UBOOT", ""), "/usr/lib/u-boot/qemu_arm64/u-boot.bin"):
            if place and Path(place).exists():
                return place
        raise Failure("no U-Boot for the emulated board: apt install u-boot-qemu")

    def start(self):
        forwards = ",".join(f"hostfwd={kind}:127.0.0.1:{self.ports[name]}-:{port}" for name, (kind, port) in BOX_PORTS.items())
        arguments = [
            "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024", "-display", "none",
            "-monitor", f"unix:{self.monitor},server=on,wait=off", "-device", "qemu-xhci,id=usb",
            "-bios", self.firmware(), "-device", "i6300esb", "-action", "watchdog=none",
            "-drive", f"if=none,id=card,file={self.card.path},format=raw", "-device", "virtio-blk-pci,drive=card",
            "-netdev", f"user,id=net,{forwards}", "-device", "virtio-net-pci,netdev=net",
            "-chardev", f"file,id=console,path={self.console},append=on", "-serial", "chardev:console"]
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
        atexit.register(self.process.kill)    # no board outlives a test that failed
        self.began = time.monotonic()

    def plug_in(self, stick):
        """A USB stick: the image of a disk."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.monitor))
            monitor.sendall(f"drive_add 0 if=none,id=stick,format=raw,readonly=on,file={stick}\n"
                            "device_add usb-storage,bus=usb.0,drive=stick,id=stick\n".encode())
            answer = b""
            while answer.count(b"(qemu)") < 3:
                answer += monitor.recv(4096) or b"(qemu)"
        if b"Error" in answer:
            raise Failure(f"the stick cannot be plugged in: {answer.decode()}")

    def cut(self):
        self.process.kill()
        self.process.wait()

    def seconds(self):
        return time.monotonic() - self.began

    def alive(self):
        if self.process.poll() is not None:
            raise Failure(f"the board stopped with {self.process.returncode}; see {self.console}")

    def wait(self, what, condition, patience=PATIENCE):
        """Asks until `condition` gives something true, which it returns."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.alive()
            value = condition()
            if value:
                return value
            time.sleep(1)
        raise Failure(f"no {what} within {patience:.0f} s; see {self.console}")

    def get(self, path, timeout=15):
        """The body of an answer 200, otherwise None."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}{path}", timeout=timeout) as answer:
                return answer.read()
        except (OSError, urllib.error.URLError, ValueError):
            return None

    def send(self, method, path, timeout=120):
        """Whether the box acknowledged a request."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['http']}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status < 300
        except (OSError, urllib.error.URLError, ValueError):
            return False

    def shell(self, command, stdin=None, check=True, timeout=600):
        """Runs a command over SSH, as an owner would, and returns what it wrote. A session that the box leaves hanging, as
        one does that ends in the middle of a restart, has written nothing."""
        arguments = ["ssh", "-i", self.key, "-p", str(self.ports["ssh"]), "-o", "StrictHostKeyChecking=no",
                     "-o", f"UserKnownHostsFile={self.folder}/hosts", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=20",
                     "-o", "BatchMode=yes", "admin@127.0.0.1", command]
        try:
            done = subprocess.run(arguments, stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            if check:
                raise Failure(f"'{command}' in the box does not end within {timeout} s") from None
            return ""
        if check and done.returncode != 0:
            raise Failure(f"'{command}' in the box: {done.stdout}{done.stderr}")
        return done.stdout

    def configure(self, settings):
        """Writes depthd's settings as an editor does; they are on the card when this returns."""
        file = "/etc/depthd/depthd.yml"
        self.shell(f"echo '{settings}' | sudo tee {file}.new >/dev/null && sync && sudo mv {file}.new {file} && sync")

    def restart_depthd(self):
        self.shell("sudo systemctl restart depthd")

    def first_answer(self):
        self.wait("answer from /healthz", lambda: self.get("/healthz"))
        return self.seconds()

    def reachable(self):
        self.wait("remote shell", lambda: self.shell("echo here", check=False, timeout=120).strip() == "here")

    def slot(self):
        return re.search(r"rauc\.slot=(\w)", self.shell("cat /proc/cmdline")).group(1)

    def tries(self):
        return dict(line.split("=", 1) for line in self.shell("sudo fw_printenv").splitlines() if "=" in line)


def emulate(body):
    """Runs `body(folder)` in a folder that stays when something failed, and exits with what came of it."""
    folder = tempfile.mkdtemp(prefix="box-")
    try:
        body(folder)
    except Failure as failure:
        raise SystemExit(f"not ok: {failure}") from None
    shutil.rmtree(folder)
