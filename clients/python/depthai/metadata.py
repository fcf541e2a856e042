# SPDX-License-Identifier: Apache-2.0
"""FrameMetadata: 56 bytes at the end of a packet."""

import struct
from typing import Optional

_LAYOUT = struct.Struct("<7Ii2Q2I")
SIZE = _LAYOUT.size
MAGIC = 0xCAFEF00D
_CAMERAS = ("rgb", "left", "right")


class FrameMetadata:
    """When and where the frame of a packet was taken."""

    def __init__(self) -> None:
        self._type = self._height = self._width = self._stride = self._bytes_per_pixel = 0
        self._category = self._instance = self._sequence = self._seconds = self._nanoseconds = 0
        self._frame_size = 0

    @classmethod
    def _read(cls, data: bytes) -> Optional["FrameMetadata"]:
        """Reads the 56 bytes; None if they are not what they should be."""
        if len(data) != SIZE:
            return None
        values = _LAYOUT.unpack(data)
        if values[11] != MAGIC:
            return None
        frame = cls()
        (
            frame._type, frame._height, frame._width, frame._stride, frame._bytes_per_pixel, frame._category,
            frame._instance, frame._sequence, frame._seconds, frame._nanoseconds, frame._frame_size,
        ) = values[:11]  # fmt: skip
        return frame

    def _copy(self, bytes_per_pixel: int) -> "FrameMetadata":
        copy = FrameMetadata()
        copy.__dict__.update(self.__dict__)
        copy._bytes_per_pixel = bytes_per_pixel
        return copy

    def getTimestamp(self) -> float:
        """Seconds of the box's monotonic clock at the exposure."""
        return self._seconds + self._nanoseconds * 1e-9

    def getFrameType(self) -> int:
        """15 is a grey picture, 21 a stream of bytes."""
        return self._type

    def getFrameWidth(self) -> int:
        return self._width

    def getFrameHeight(self) -> int:
        return self._height

    def getFrameBytesPP(self) -> int:
        """Bytes per pixel."""
        return self._bytes_per_pixel

    def getStride(self) -> int:
        """Bytes per row."""
        return self._stride

    def getCategory(self) -> int:
        """0 video, 1 still, 2 preview."""
        return self._category

    def getInstanceNum(self) -> int:
        """The camera: 0 rgb, 1 left, 2 right."""
        return self._instance

    def getSequenceNum(self) -> int:
        """Counts the camera's frames."""
        return self._sequence

    def getCameraName(self) -> str:
        """rgb, left or right."""
        return _CAMERAS[self._instance] if self._instance < len(_CAMERAS) else "INVALID_instNo"

    def __repr__(self) -> str:
        return f"<FrameMetadata {self.getCameraName()} {self._sequence} at {self.getTimestamp():.6f}>"
