# SPDX-License-Identifier: Apache-2.0
"""The real program, started by a test on free ports and a socket of its own, and ended by it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PROGRAM = Path(os.environ.get("DEPTHD_PROGRAM", CHECKOUT / ".build/release/depthd"))
DEMO = ["cameras.0.id=demo", "cameras.0.source=demo"]


class Daemon:
    """One daemon; it can be killed and started again in the same place."""

    def __init__(self, folder, *settings, configuration=None):
        self.folder = Path(folder)
        self.socket = str(self.folder / "link")
        self._log = self.folder / "daemon.log"
        self._settings = settings or (() if configuration else DEMO)
        self._configuration = ["--config", str(configuration)] if configuration else []
        self.start()

    def start(self, *more):
        own = ["http.port=0", "http.host=127.0.0.1", "depthai.host=127.0.0.1", f"depthai.socket={self.socket}",
               "udp.enabled=false", "codeproject.port=-1", f"state.directory={self.folder}/state"]  # fmt: skip
        arguments = [word for setting in [*own, *self._settings, *more] for word in ("--set", setting)]
        with open(self._log, "a") as log:
            command = [PROGRAM, "run", *self._configuration, *arguments]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self._process.stdout.readline()
        assert line.startswith("depthd"), f"the daemon did not start:\n{self.log}"
        self.url = line.split()[-1].rstrip("/")
        self.wait(lambda: all(camera["state"] == "running" for camera in self.status()["cameras"]))
        return self

    @property
    def log(self):
        return self._log.read_text()

    @property
    def pid(self):
        return self._process.pid

    @property
    def port(self):
        """The link's TCP port."""
        return int(re.findall(r"port=(\d+) .*depthai scripts", self.log)[-1])

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def status(self):
        return self.get("/api/v1/status")

    def wait(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert self._process.poll() is None, f"the daemon ended:\n{self.log}"
            assert time.monotonic() < end, f"it did not happen:\n{self.log}"
            time.sleep(0.02)

    def kill(self):
        """As a power cut does."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def stop(self):
        """Ends it; it may take two seconds and leave no complaint."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(10) == 0, self.log
            self._process.stdout.close()

    def threads(self):
        """The names of its threads."""
        names = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # It has ended meanwhile.
                names.append((task / "comm").read_text().strip())
        return names
