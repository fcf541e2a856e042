# SPDX-License-Identifier: Apache-2.0
"""DataPacket: what a stream delivers."""

from typing import Iterator, List, Optional, Tuple

import numpy as np

from . import colours
from .arrays import AnyArray, Bytes
from .metadata import FrameMetadata
from .tracker import ObjectTracker


class DataPacket:
    """A packet of a stream. ``stream_name`` says which."""

    def __init__(
        self,
        stream_name: str,
        payload: Bytes,
        metadata: Optional[FrameMetadata],
        shape: Optional[Tuple[int, ...]] = None,
        dtype: "np.dtype[np.generic]" = np.dtype(np.uint8),  # noqa: B008
        painted: bool = False,
    ) -> None:
        self._stream_name = stream_name
        self._payload = payload
        self._metadata = metadata
        self._shape = shape
        self._dtype = dtype
        self._painted = painted

    @property
    def stream_name(self) -> str:
        return self._stream_name

    @property
    def sequence(self) -> int:
        return -1 if self._metadata is None else self._metadata.getSequenceNum()

    def size(self) -> int:
        """Bytes of the payload."""
        return len(self._payload) * (3 if self._painted else 1)

    def getData(self) -> AnyArray:
        """The payload as an array that belongs to the caller."""
        if self._shape is None:
            copy: AnyArray = self._payload.copy()
            return copy
        if self._painted:
            return colours.paint(self._payload.reshape(self._shape))
        shaped: AnyArray = self._payload.copy().view(self._dtype).reshape(self._shape)
        return shaped

    def getDataAsStr(self) -> str:
        """The payload as text, up to the first NUL."""
        return self._payload.tobytes().split(b"\0", 1)[0].decode("utf-8", "replace")

    def getMetadata(self) -> Optional[FrameMetadata]:
        """When and where the frame was taken, or None."""
        return self._metadata

    def getObjectTracker(self) -> ObjectTracker:
        """The tracked objects; only of the stream object_tracker."""
        if self._stream_name != "object_tracker":
            raise RuntimeError(f"getObjectTracker of a packet of the stream {self._stream_name}")
        return ObjectTracker._read(self._payload.tobytes())

    def __repr__(self) -> str:
        return f"<DataPacket {self._stream_name} {self.size()} bytes>"


class DataPacketList:
    """Packets in the order of arrival: a length, and one pass after another."""

    def __init__(self, packets: Optional[List[DataPacket]] = None) -> None:
        self._packets = packets if packets is not None else []

    def __len__(self) -> int:
        return len(self._packets)

    def __iter__(self) -> Iterator[DataPacket]:
        return iter(self._packets)

    def __repr__(self) -> str:
        return f"<DataPacketList of {len(self._packets)}>"
