# SPDX-License-Identifier: Apache-2.0
"""The watchdog: connection lost or nothing arrives, then everything is made anew under the running script."""

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from .console import warn
from .framing import LinkError
from .timing import times

if TYPE_CHECKING:
    from .session import Session

EXIT_CODE = 9


class Watchdog:
    """Watches one session from its first pipeline on."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="depthai watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        session = self._session
        while not self._stopped.wait(times.poll):
            if not session.working.acquire(blocking=False):
                continue
            try:
                if self._in_trouble():
                    self._repair()
            finally:
                session.working.release()

    def _in_trouble(self) -> bool:
        session = self._session
        if not session.connected:
            return True
        limit = times.silence_a if session.generation == "A" else times.silence_c
        if time.monotonic() - session.last_packet < limit:
            return False
        silent_by_nature = session.plan is None or session.plan.on_demand
        if (session.gap or silent_by_nature) and session.link is not None and session.link.ping(times.pong):
            session.last_packet = time.monotonic()
            return False
        return not self._stopped.is_set()

    def _repair(self) -> None:
        """Connects until it works; a box that stays away ends the process, as the original does."""
        if self._stopped.is_set():
            return
        print("watchdog triggered", flush=True)
        end = time.monotonic() + times.reconnect
        while not self._stopped.is_set():
            try:
                self._session.again()
                return
            except LinkError as error:
                if time.monotonic() >= end:
                    warn(f"the box does not come back: {error}")
                    give_up()
                    return
            self._stopped.wait(times.between_attempts)


def give_up() -> None:
    """Ends the process with the original's code."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_CODE)
