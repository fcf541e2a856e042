# SPDX-License-Identifier: Apache-2.0
"""The files that a configuration names: blobs, their configuration, calibration."""

import hashlib
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Tuple

from .configuration import Network
from .console import say, warn
from .framing import MAX_TO_BOX
from .tensors import Tensor
from .values import OutOfRange, Section

DEFAULT_HOMOGRAPHY = [
    9.8806816e-01, 2.9474013e-03, 5.0676174e00,
    -8.7650679e-03, 9.9214733e-01, -8.7952757e00,
    -8.4495878e-06, -3.6034894e-06, 1.0,
]  # fmt: skip
"""Right to left, of the board BW0250TG: used when no calibration file is given."""

HOMOGRAPHY_BYTES = 9 * 4
CALIBRATION_FLOATS = 111
CALIBRATION_BYTES = CALIBRATION_FLOATS * 4
_BLOB_MAGIC = 9709


@dataclass
class Calibration:
    """A calibration file."""

    homography: List[float] = field(default_factory=lambda: list(DEFAULT_HOMOGRAPHY))
    values: List[float] = field(default_factory=list)
    """The 111 numbers of the third API's file."""
    center_crop: bool = False


def read_file(path: str, what: str) -> bytes:
    """The bytes of a file; OutOfRange if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise OutOfRange(f"cannot open the {what} {path}: {getattr(error, 'strerror', None) or error}") from None


def read_blob(path: str, network: Network) -> Tuple[str, bytes]:
    """A compiled network and its SHA-256. What it needs must not exceed what the configuration grants."""
    data = read_file(path, "blob file")
    if len(data) + 32 > MAX_TO_BOX:
        raise OutOfRange(f"the blob file {path} is too large ({len(data)} bytes)")
    if len(data) >= 104 and struct.unpack_from("<I", data, 52)[0] == _BLOB_MAGIC:
        slices, shaves = struct.unpack_from("<2I", data, 96)
        if slices > network.cmx_slices:
            raise OutOfRange(f"{path} is compiled for {slices} cmx slices; ai.cmx_slices is {network.cmx_slices}")
        if shaves > network.shaves:
            raise OutOfRange(f"{path} is compiled for {shaves} shaves; ai.shaves is {network.shaves}")
    return hashlib.sha256(data).hexdigest(), data


def read_homography(path: str) -> Calibration:
    """The first API's calibration file: nine floats, perhaps one byte for the centre crop."""
    if not path:
        say("no calibration file is given; the built-in calibration is used")
        return Calibration()
    data = read_file(path, "calibration file")
    if len(data) not in (HOMOGRAPHY_BYTES, HOMOGRAPHY_BYTES + 1):
        raise OutOfRange(f"the calibration file {path} has {len(data)} bytes; 36 or 37 are expected")
    return Calibration(list(struct.unpack_from("<9f", data)), [], any(data[HOMOGRAPHY_BYTES:]))


def holds_calibration(path: str) -> bool:
    """Whether a calibration file has the size of the third API's."""
    try:
        return bool(path) and Path(path).stat().st_size >= CALIBRATION_BYTES
    except (OSError, ValueError):
        return False


def read_calibration(path: str, storing: bool) -> Calibration:
    """The third API's calibration file: 111 floats, perhaps one byte for the centre crop. An old one is ignored."""
    if not path:
        return Calibration()
    data = read_file(path, "calibration file")
    if len(data) < CALIBRATION_BYTES:
        if storing:
            raise RuntimeError(
                f"the calibration file {path} is outdated ({len(data)} bytes; {CALIBRATION_BYTES} are expected): "
                "calibrate again before writing to the EEPROM"
            )
        warn(f"the calibration file {path} has {len(data)} bytes, less than {CALIBRATION_BYTES}: it is ignored")
        return Calibration()
    values = list(struct.unpack_from(f"<{CALIBRATION_FLOATS}f", data))
    return Calibration(list(DEFAULT_HOMOGRAPHY), values, any(data[CALIBRATION_BYTES : CALIBRATION_BYTES + 1]))


def read_tensors(path: str, before: int, second_stage: bool) -> List[Tensor]:
    """``tensors`` of a blob config file; OutOfRange if the file is missing or no such file."""
    data = read_file(path, "blob config file")
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise OutOfRange(f"the blob config file {path} cannot be read: {error}") from None
    return parse_tensors(value, path, before, second_stage)


def parse_tensors(value: Any, path: str, before: int, second_stage: bool) -> List[Tensor]:
    """Tensors of the second stage get the suffix _stageN, N counting all tensors from 1."""
    root = Section(value)
    _check_mappings(value, path)
    if not root.has("tensors") or not isinstance(root.raw("tensors"), list):
        raise OutOfRange(f'the blob config file {path} should contain an array "tensors"')
    tensors: List[Tensor] = []
    for item in root.items("tensors"):
        suffix = f"_stage{before + len(tensors) + 1}" if second_stage else ""
        tensors.append(_tensor(Section(item, "tensors[]"), suffix))
    return tensors


def _check_mappings(value: Any, path: str) -> None:
    mappings = value.get("mappings", {}) if isinstance(value, dict) else {}
    good = isinstance(mappings, dict) and all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in mappings.values()
    )
    if not good:
        raise OutOfRange(f'"mappings" of the blob config file {path} should be an object of arrays of strings')


def _tensor(section: Section, suffix: str) -> Tensor:
    name = section.text("output_tensor_name") + suffix
    dimensions = _integers(section, "output_dimensions")
    iteration = section.integer("output_entry_iteration_index")
    properties = _integers(section, "output_properties_dimensions")
    keys: List[Dict[str, int]] = []
    for words in section.items("property_key_mapping"):
        places: Dict[str, int] = {}
        for place, word in enumerate(words if isinstance(words, list) else []):
            if not isinstance(word, str):
                raise RuntimeError("property_key_mapping should hold strings")
            if word in places:
                say(f"the name {word} occurs twice in property_key_mapping; the first counts")
            places.setdefault(word, place)
        keys.append(places)
    kind = section.text("output_properties_type")
    if kind not in ("f16", "u8"):
        raise RuntimeError(f"output_properties_type of {name} is {kind}; f16 and u8 are known")
    if not dimensions or not 0 <= iteration < len(dimensions) or any(size < 0 for size in [*dimensions, *properties]):
        raise RuntimeError(f"the dimensions of {name} make no sense: {dimensions}, iteration index {iteration}")
    return Tensor(name, dimensions, iteration, properties, keys, kind)


def _integers(section: Section, key: str) -> List[int]:
    items = Section({str(place): item for place, item in enumerate(section.items(key))}, key)
    return [items.integer(str(place)) for place in range(len(section.items(key)))]


def read_nn_config(path: str) -> Dict[str, Any]:
    """``NN_config`` of a blob config file; without file or key the output is raw."""
    raw: Dict[str, Any] = {"output_format": "raw"}
    try:
        data = Path(path).read_bytes() if path else b""
    except (OSError, ValueError):
        data = b""
        warn(f"there is no blob config file {path}")
    if data:
        root = parse_config(data, path)
        if isinstance(root.get("NN_config"), dict):
            return dict(root["NN_config"])
    say('no "NN_config" is given: the output format is "raw"')
    return raw


def parse_config(data: bytes, path: str) -> Dict[str, Any]:
    """A blob config file of the third API; RuntimeError if it is not JSON."""
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RuntimeError(f"the blob config file {path} cannot be read: {error}") from None
    return value if isinstance(value, dict) else {}


def describes_tensors(path: str) -> bool:
    """Whether a blob config file is of the first form: ``tensors`` and no ``NN_config``."""
    try:
        value = json.loads(Path(path).read_bytes().decode("utf-8")) if path else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "tensors" in value and "NN_config" not in value
