# SPDX-License-Identifier: Apache-2.0
"""TensorInfo: how a layer of a network lies in memory."""

from enum import Enum
from math import prod
from typing import Any, Dict, List, Optional

import numpy as np

from .arrays import AnyArray, Bytes
from .framing import MAX_FROM_BOX, LinkError


class Dimension(Enum):
    """A dimension of a tensor."""

    W = 0
    H = 1
    C = 2
    N = 3
    B = 4
    WIDTH = 0
    HEIGHT = 1
    CHANNEL = 2
    NUMBER = 3
    BATCH = 4


class DataType(str, Enum):
    """The type of an element; printed by its short name."""

    f16 = "f16"
    u8 = "u8"
    i32 = "i32"
    f32 = "f32"
    i8 = "i8"
    i64 = "i64"

    def __str__(self) -> str:
        return str(self.value)

    __repr__ = __str__


DTYPES: Dict[DataType, "np.dtype[Any]"] = {
    DataType.f16: np.dtype("<f2"),
    DataType.u8: np.dtype("u1"),
    DataType.i32: np.dtype("<i4"),
    DataType.f32: np.dtype("<f4"),
    DataType.i8: np.dtype("i1"),
    DataType.i64: np.dtype("<i8"),
}


class TensorInfo:
    """An input or output of a network. Strides are bytes; the offset counts from the start of the packet."""

    name: str
    order: str
    dimensions: List[int]
    strides: List[int]
    data_type: DataType
    offset: int
    element_size: int
    index: int

    @classmethod
    def _read(cls, description: Any, index: int) -> "TensorInfo":
        """Reads what CREATED says of a layer; LinkError if it makes no sense."""
        try:
            info = cls()
            info.name = str(description["name"])
            info.order = str(description.get("order", ""))
            info.dimensions = [int(size) for size in description["dimensions"]]
            info.data_type = DataType(description["data_type"])
            info.element_size = DTYPES[info.data_type].itemsize
            info.offset = int(description.get("offset", 0))
            strides = description.get("strides")
            info.strides = info._dense() if not strides else [int(stride) for stride in strides]
            info.index = int(description.get("index", index))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise LinkError(f"the box described layer {index} in a way that cannot be read: {error!r}") from None
        sizes = [*info.dimensions, *info.strides, info.offset]
        sane = (
            info.dimensions and len(info.strides) == len(info.dimensions) and all(0 <= size < 2**31 for size in sizes)
        )
        if not sane or prod(info.dimensions) * info.element_size > MAX_FROM_BOX:
            raise LinkError(f"the box described layer {info.name} with impossible sizes")
        return info

    def _dense(self) -> List[int]:
        strides = [self.element_size]
        for size in reversed(self.dimensions[1:]):
            strides.insert(0, strides[0] * size)
        return strides

    def _array(self, payload: Bytes) -> AnyArray:
        """The tensor, copied out of a packet."""
        last = sum((size - 1) * stride for size, stride in zip(self.dimensions, self.strides)) + self.element_size
        if 0 in self.dimensions:
            last = 0
        if self.offset + last > len(payload):
            raise RuntimeError(
                f"tensor {self.name} ends at byte {self.offset + last}, but the packet has {len(payload)} bytes"
            )
        view: AnyArray = np.ndarray(
            tuple(self.dimensions), DTYPES[self.data_type], payload.data, self.offset, tuple(self.strides)
        )
        copy: AnyArray = view.copy(order="K")
        return copy

    def _size(self, letter: str) -> Optional[int]:
        place = self.order.find(letter)
        return self.dimensions[place] if 0 <= place < len(self.dimensions) else None

    def get_dimension(self, dimension: Dimension) -> int:
        """The size along a dimension."""
        size = self._size(dimension.name)
        if size is None and dimension in (Dimension.N, Dimension.B):
            size = self._size("B" if dimension is Dimension.N else "N")
        if size is None:
            raise RuntimeError(f"tensor {self.name} ({self.order}) has no dimension {dimension.name}")
        return size

    def get_dict(self) -> Dict[str, Any]:
        """All of it in a dictionary."""
        names = ("name", "order", "dimensions", "strides", "data_type", "offset", "element_size", "index")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.get_dict().items())


TensorInfo.Dimension = Dimension  # type: ignore[attr-defined]
TensorInfo.DataType = DataType  # type: ignore[attr-defined]
