# SPDX-License-Identifier: Apache-2.0
"""Detections of the third API: a count, then 36 bytes each."""

import struct
from dataclasses import asdict, dataclass
from typing import Dict, Iterator, List, Union

_LAYOUT = struct.Struct("<I8f")
CAPACITY = 100
SIZE = 4 + CAPACITY * _LAYOUT.size


@dataclass(frozen=True)
class Detection:
    """A detected object: coordinates are fractions of the picture, depths are metres."""

    label: int
    confidence: float
    x_min: float
    y_min: float
    x_max: float
    y_max: float
    depth_x: float
    depth_y: float
    depth_z: float

    def get_dict(self) -> Dict[str, Union[int, float]]:
        """All of it in a dictionary."""
        return asdict(self)


class Detections:
    """The objects that a network found in one frame."""

    def __init__(self, found: List[Detection]) -> None:
        self._found = found

    @classmethod
    def _read(cls, data: bytes) -> "Detections":
        if len(data) < 4:
            raise RuntimeError(f"a packet of {len(data)} bytes holds no detections")
        room = min(CAPACITY, (len(data) - 4) // _LAYOUT.size)
        count = max(0, min(struct.unpack_from("<i", data)[0], room))
        return cls([Detection(*_LAYOUT.unpack_from(data, 4 + index * _LAYOUT.size)) for index in range(count)])

    @property
    def size(self) -> int:
        return len(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, index: int) -> Detection:
        return self._found[index]

    def __iter__(self) -> Iterator[Detection]:
        return iter(self._found)
