# SPDX-License-Identifier: Apache-2.0
"""The queue between the link and the script: 30 packets for all streams together, the oldest thrown away."""

import threading
import time
from collections import deque
from typing import Deque, List

from .packets import DataPacket
from .timing import times

CAPACITY = 30


class HostQueue:
    """Packets that the script has not fetched. The reading thread never waits for it."""

    def __init__(self) -> None:
        self._packets: Deque[DataPacket] = deque()
        self._filled = threading.Condition()
        self._closed = False
        self.paired = False
        """Whether a preview picture waits for the network's packet of the same picture."""
        self._seen = -1
        self.dropped = 0

    def put(self, packet: DataPacket) -> None:
        with self._filled:
            if len(self._packets) >= CAPACITY:
                self._packets.popleft()
                self.dropped += 1
            self._packets.append(packet)
            self._filled.notify()

    def take(self, blocking: bool) -> List[DataPacket]:
        """Everything there is, the oldest first; waits for the first packet if ``blocking``."""
        end = 0.0 if blocking else time.monotonic() + times.nap
        with self._filled:
            while True:
                ready = self._ready()
                if ready or self._closed:
                    return ready
                left = 0.5 if blocking else end - time.monotonic()
                if left <= 0:
                    return []
                self._filled.wait(left)

    def clear(self) -> None:
        with self._filled:
            self._packets.clear()
            self._seen = -1

    def close(self) -> None:
        """Wakes who waits; there will be no more packets."""
        with self._filled:
            self._closed = True
            self._filled.notify_all()

    def _ready(self) -> List[DataPacket]:
        if not self.paired:
            ready = list(self._packets)
            self._packets.clear()
            return ready
        for packet in self._packets:
            if packet.stream_name == "metaout":
                self._seen = max(self._seen, packet.sequence)
        ready = [packet for packet in self._packets if not self._held(packet)]
        held = [packet for packet in self._packets if self._held(packet)]
        self._packets = deque(held)
        return ready

    def _held(self, packet: DataPacket) -> bool:
        """A picture ahead of the network, as long as the queue has room for it."""
        return (
            packet.stream_name == "previewout" and packet.sequence > self._seen and len(self._packets) < CAPACITY // 2
        )
