# SPDX-License-Identifier: Apache-2.0
"""From the box's packets to the script's: which stream a packet is of, its shape, its metadata."""

from math import prod
from typing import Any, Dict, List, Optional, Set, Tuple

import numpy as np

from . import framing, metadata, tracker
from .arrays import Bytes
from .console import warn
from .framing import Header, LinkError
from .layers import Dimension, TensorInfo
from .metadata import FrameMetadata
from .nnet import Networks
from .packets import DataPacket
from .plan import PAINTED, Plan

_DEPTH = np.dtype("<u2")
_BYTE = np.dtype(np.uint8)
_PICTURES = {"left", "right", "rectified_left", "rectified_right", "disparity", "depth"}


class Routes:
    """The streams of one pipeline, as CREATED lists them."""

    def __init__(self, plan: Plan, created: Dict[str, Any]) -> None:
        streams = created.get("streams")
        if not isinstance(streams, list) or not all(isinstance(name, str) for name in streams):
            raise LinkError("CREATED without a list of streams")
        self.networks = _networks(plan, created)
        self.nn_to_depth = _mapping(created.get("nn_to_depth"))
        self._plan = plan
        self._streams: List[str] = streams
        self._preview = _preview_shape(self.networks.inputs)
        self._complained: Set[str] = set()

    def packets(self, header: Header, payload: Bytes) -> List[DataPacket]:
        """The script's packets for one of the box's; none if it makes no sense."""
        if header.stream >= len(self._streams):
            return []
        stream = self._streams[header.stream]
        frame: Optional[FrameMetadata] = None
        if header.flags & framing.HAS_METADATA and len(payload) >= metadata.SIZE:
            frame = FrameMetadata._read(payload[-metadata.SIZE :].tobytes())
            if frame is not None:
                payload = payload[: -metadata.SIZE]
        if len(payload) == 0:
            return []
        shape, dtype, right = self._shape(stream, frame, len(payload))
        if not right:
            self._complain(stream, len(payload))
            return []
        return [self._packet(name, payload, frame, shape, dtype) for name in self._plan.names.get(stream, ())]

    def _packet(
        self,
        name: str,
        payload: Bytes,
        frame: Optional[FrameMetadata],
        shape: Optional[Tuple[int, ...]],
        dtype: "np.dtype[Any]",
    ) -> DataPacket:
        if name != PAINTED:
            return DataPacket(name, payload, frame, shape, dtype)
        copied = None if frame is None or self._plan.whole else frame._copy(3)
        return DataPacket(name, payload, copied, shape, dtype, painted=True)

    def _shape(
        self, stream: str, frame: Optional[FrameMetadata], size: int
    ) -> Tuple[Optional[Tuple[int, ...]], "np.dtype[Any]", bool]:
        """Shape and type of a packet of a stream, and whether the size agrees."""
        if stream == "previewout":
            shape: Optional[Tuple[int, ...]] = self._preview
            if frame is not None and (shape is None or prod(shape) != size):
                shape = (3, frame.getFrameHeight(), frame.getFrameWidth())
            return shape, _BYTE, shape is not None and prod(shape) == size
        if stream in _PICTURES:
            dtype = _DEPTH if stream == "depth" else _BYTE
            mono = self._plan.configuration.mono
            shapes = [(mono.height, mono.width)]
            if frame is not None:
                shapes.insert(0, (frame.getFrameHeight(), frame.getFrameWidth()))
            for candidate in shapes:
                if candidate[0] * candidate[1] * dtype.itemsize == size:
                    return candidate, dtype, True
            return None, dtype, False
        return None, _BYTE, stream != "object_tracker" or size == tracker.SIZE

    def _complain(self, stream: str, size: int) -> None:
        """One line per stream: a box that is wrong once is wrong thirty times a second."""
        if stream not in self._complained:
            self._complained.add(stream)
            warn(f"a packet of {stream} with {size} bytes does not have the right size; such packets are dropped")


def _networks(plan: Plan, created: Dict[str, Any]) -> Networks:
    stages = _stages(created.get("outputs"))
    outputs = [TensorInfo._read(layer, index) for stage in stages for index, layer in enumerate(stage)]
    formats = [
        plan.formats[number] if number < len(plan.formats) else "raw"
        for number, stage in enumerate(stages)
        for _ in stage
    ]
    inputs = [
        TensorInfo._read(layer, index) for stage in _stages(created.get("inputs")) for index, layer in enumerate(stage)
    ]
    return Networks(plan.whole, inputs, outputs, formats or list(plan.formats), plan.tensors)


def _stages(value: Any) -> List[List[Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(stage, list) for stage in value):
        raise LinkError("CREATED lists the layers in a way that cannot be read")
    return value


def _mapping(value: Any) -> Dict[str, int]:
    keys = ("off_x", "off_y", "max_w", "max_h")
    if not isinstance(value, dict):
        return {}
    return {key: int(value[key]) for key in keys if isinstance(value.get(key), (int, float))}


def _preview_shape(inputs: List[TensorInfo]) -> Optional[Tuple[int, ...]]:
    if not inputs:
        return None
    try:
        return tuple(inputs[0].get_dimension(dimension) for dimension in (Dimension.C, Dimension.H, Dimension.W))
    except RuntimeError:
        return None
