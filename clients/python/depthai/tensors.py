# SPDX-License-Identifier: Apache-2.0
"""Network results as the first API has them: entries, described by the ``tensors`` of a blob_file_config."""

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Union, overload

import numpy as np

from .arrays import AnyArray, Bytes

_SIZES = {"f16": 2, "u8": 1}


@dataclass(frozen=True)
class Tensor:
    """One element of ``tensors``."""

    name: str
    dimensions: List[int]
    iteration: int
    properties: List[int]
    keys: List[Dict[str, int]] = field(default_factory=list)
    type: str = "f16"

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return self.dimensions[self.iteration]

    @property
    def elements(self) -> int:
        """Elements of one entry."""
        product = 1
        for index, size in enumerate(self.dimensions):
            product *= 1 if index == self.iteration else size
        return product

    @property
    def entry_bytes(self) -> int:
        return self.elements * _SIZES[self.type]

    @property
    def names(self) -> Optional[Dict[str, int]]:
        """The names of an entry's elements, if the file gives any."""
        if len(self.properties) == 1 and self.properties[0] < len(self.keys):
            return self.keys[self.properties[0]]
        return None


class TensorEntry:
    """The elements of one tensor in one entry: by number, or by the name that the blob config file gives them."""

    def __init__(self, values: AnyArray, names: Optional[Dict[str, int]]) -> None:
        self._values = values
        self._names = names

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: Union[int, str]) -> float:
        if isinstance(key, str):
            place = (self._names or {}).get(key)
            if place is None:
                raise RuntimeError(
                    f"There is no \"{key}\" property defined in 'property_key_mapping' field, check blob config file."
                )
        else:
            place = key
        if not 0 <= place < len(self._values):
            raise IndexError(f"no element {key}; there are {len(self._values)}")
        return float(self._values[place])

    def __iter__(self) -> Iterator[float]:
        return (float(value) for value in self._values)


class TensorEntryContainer:
    """The entries of one packet. An entry is a list with a TensorEntry per tensor."""

    def __init__(self, tensors: List[Tensor], offsets: List[int], payload: Bytes) -> None:
        self._tensors = tensors
        self._offsets = offsets
        self._payload = payload

    def __len__(self) -> int:
        return self._tensors[0].entries if self._tensors else 0

    @overload
    def __getitem__(self, key: int) -> List[TensorEntry]: ...

    @overload
    def __getitem__(self, key: str) -> float: ...

    def __getitem__(self, key: Union[int, str]) -> Union[List[TensorEntry], float]:
        """The entry of a number. A name gives 0.1: the original never finished this, and never more than this."""
        if isinstance(key, str):
            return 0.1
        if not 0 <= key < len(self):
            raise IndexError(f"no entry {key}; there are {len(self)}")
        entry = []
        for tensor, offset in zip(self._tensors, self._offsets):
            values = self._values(tensor, offset, key)
            if np.isfinite(values).all():
                entry.append(TensorEntry(values, tensor.names))
        return entry

    def __iter__(self) -> Iterator[List[TensorEntry]]:
        for index in range(len(self)):
            entry = self[index]
            if entry:
                yield entry

    def _values(self, tensor: Tensor, offset: int, index: int) -> AnyArray:
        if tensor.type != "f16":
            raise RuntimeError(f"entries of {tensor.name} are {tensor.type}; only f16 can be read as entries")
        start = offset if offset else index * tensor.entry_bytes
        end = start + tensor.entry_bytes
        if end > len(self._payload):
            raise RuntimeError(
                f"tensor {tensor.name} of the blob config file ends at byte {end}, "
                f"but the packet has {len(self._payload)} bytes"
            )
        return half_floats(self._payload[start:end])


def half_floats(data: Bytes) -> AnyArray:
    """Half floats as float32; denormal ones are 0."""
    bits = np.frombuffer(data.tobytes(), "<u2")
    values: AnyArray = bits.view("<f2").astype(np.float32)
    values[(bits & 0x7C00) == 0] = 0.0
    return values
