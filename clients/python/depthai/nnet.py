# SPDX-License-Identifier: Apache-2.0
"""NNetPacket: what a network found in one frame, in the ways of the first and of the third API."""

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Union

from .arrays import AnyArray, Bytes
from .detections import Detections
from .layers import TensorInfo
from .metadata import FrameMetadata
from .tensors import Tensor, TensorEntryContainer


@dataclass(frozen=True)
class Networks:
    """What is known of a pipeline's networks: both stages in one row."""

    whole: bool = False
    """Tensors as the first API hands them out: the whole packet as bytes."""
    inputs: List[TensorInfo] = field(default_factory=list)
    outputs: List[TensorInfo] = field(default_factory=list)
    formats: List[str] = field(default_factory=list)
    """The output format of each output: "raw" or "detection"."""
    tensors: List[Tensor] = field(default_factory=list)
    """What the blob config files of the first API say."""

    @property
    def detects(self) -> bool:
        return bool(self.formats) and self.formats[0] == "detection"

    def offset(self, index: int) -> int:
        return self.outputs[index].offset if index < len(self.outputs) else 0


class NNetPacket:
    """The network's results for one frame."""

    def __init__(self, payload: Bytes, metadata: Optional[FrameMetadata], networks: Networks) -> None:
        self._payload = payload
        self._metadata = metadata
        self._networks = networks

    def get_tensor(self, key: Union[int, str]) -> Optional[AnyArray]:
        """An output by number or name; None for a name that no output has.

        The first API gives the whole packet as bytes for tensor 0. The third gives an array of the layer's shape and
        type, and raises RuntimeError if the blob config file asks for detections.
        """
        return self._bytes(key) if self._networks.whole else self._shaped(key)

    __getitem__ = get_tensor

    def entries(self) -> TensorEntryContainer:
        """The entries that the blob config file's ``tensors`` describe (first API)."""
        networks = self._networks
        if not networks.tensors:
            raise RuntimeError('entries() needs a blob_file_config with a "tensors" array')
        offsets = [networks.offset(index) for index in range(len(networks.tensors))]
        return TensorEntryContainer(networks.tensors, offsets, self._payload)

    def getMetadata(self) -> Optional[FrameMetadata]:
        """When and where the frame was taken, or None."""
        return self._metadata

    def getDetectedObjects(self) -> Detections:
        """The detected objects; RuntimeError unless the blob config file says "output_format": "detection"."""
        if not self._networks.detects:
            raise RuntimeError(
                'getDetectedObjects needs ["NN_config"]["output_format"] = "detection" in the blob config file'
            )
        return Detections._read(self._payload.tobytes())

    def getOutputsList(self) -> List[AnyArray]:
        """All outputs."""
        return [self._output(index) for index in range(len(self._networks.outputs))]

    def getOutputsDict(self) -> Dict[str, AnyArray]:
        """All outputs by their names."""
        return {info.name: self._output(index) for index, info in enumerate(self._networks.outputs)}

    def getTensorsSize(self) -> int:
        """How many outputs there are."""
        return len(self._networks.outputs)

    def getInputLayersInfo(self) -> List[TensorInfo]:
        return list(self._networks.inputs)

    def getOutputLayersInfo(self) -> List[TensorInfo]:
        return list(self._networks.outputs)

    def _shaped(self, key: Union[int, str]) -> Optional[AnyArray]:
        if not isinstance(key, str):
            return self._output(key)
        for index, info in enumerate(self._networks.outputs):
            if info.name == key:
                return self._output(index)
        return None

    def _output(self, index: int) -> AnyArray:
        networks = self._networks
        if not 0 <= index < len(networks.outputs):
            raise IndexError(f"no output {index}; the network has {len(networks.outputs)}")
        if networks.formats[index] != "raw":
            raise RuntimeError(
                'tensors can be had only if ["NN_config"]["output_format"] is "raw" in the blob config file; '
                "use getDetectedObjects"
            )
        return networks.outputs[index]._array(self._payload)

    def _bytes(self, key: Union[int, str]) -> Optional[AnyArray]:
        tensors = self._networks.tensors
        if isinstance(key, str):
            names = [tensor.name for tensor in tensors]
            if key not in names:
                return None
            key = names.index(key)
        if key == 0:
            whole: AnyArray = self._payload.copy()
            return whole
        if not 0 <= key < len(tensors):
            raise IndexError(f"no tensor {key}; the blob config file has {len(tensors)}")
        start = self._networks.offset(key)
        part: AnyArray = self._payload[start : start + tensors[key].entry_bytes * tensors[key].entries].copy()
        return part


class NNetPacketList:
    """Network results in the order of arrival."""

    def __init__(self, packets: Optional[List[NNetPacket]] = None) -> None:
        self._packets = packets if packets is not None else []

    def __len__(self) -> int:
        return len(self._packets)

    def __iter__(self) -> Iterator[NNetPacket]:
        return iter(self._packets)

    def __repr__(self) -> str:
        return f"<NNetPacketList of {len(self._packets)}>"
