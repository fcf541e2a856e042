# SPDX-License-Identifier: Apache-2.0
"""Tracked objects: the packet of the stream object_tracker."""

import struct
from typing import List

_LAYOUT = struct.Struct("<4iq2i")
_FIRST = 8
CAPACITY = 20
SIZE = _FIRST + CAPACITY * _LAYOUT.size
_STATUS = ("NEW", "TRACKED", "LOST")


class Tracklet:
    """One tracked object; coordinates are pixels of previewout."""

    def __init__(self) -> None:
        self._left = self._top = self._right = self._bottom = self._id = self._label = self._status = 0

    def getId(self) -> int:
        return self._id

    def getLabel(self) -> int:
        return self._label

    def getStatus(self) -> str:
        """NEW, TRACKED or LOST."""
        return _STATUS[self._status] if 0 <= self._status < len(_STATUS) else "UNKNOWN"

    def getLeftCoord(self) -> int:
        return self._left

    def getTopCoord(self) -> int:
        return self._top

    def getRightCoord(self) -> int:
        return self._right

    def getBottomCoord(self) -> int:
        return self._bottom

    def __repr__(self) -> str:
        return f"<Tracklet {self._id} label {self._label} {self.getStatus()}>"


class ObjectTracker:
    """The tracked objects of one frame."""

    def __init__(self) -> None:
        self._tracklets: List[Tracklet] = []

    @classmethod
    def _read(cls, data: bytes) -> "ObjectTracker":
        if len(data) < SIZE:
            raise RuntimeError(f"an object_tracker packet of {len(data)} bytes; {SIZE} were expected")
        tracker = cls()
        count = max(0, min(struct.unpack_from("<i", data)[0], CAPACITY))
        for index in range(count):
            one = Tracklet()
            (
                one._left, one._top, one._right, one._bottom, one._id, one._label, one._status,
            ) = _LAYOUT.unpack_from(data, _FIRST + index * _LAYOUT.size)  # fmt: skip
            tracker._tracklets.append(one)
        return tracker

    def __len__(self) -> int:
        return len(self._tracklets)

    def getNrTracklets(self) -> int:
        return len(self._tracklets)

    def getTracklet(self, index: int) -> Tracklet:
        if not 0 <= index < len(self._tracklets):
            raise IndexError(f"no tracklet {index}; there are {len(self._tracklets)}")
        return self._tracklets[index]
