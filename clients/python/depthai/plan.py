# SPDX-License-Identifier: Apache-2.0
"""A plan: what a configuration asks of the box, and how the box's packets become the script's."""

from dataclasses import dataclass, field
from typing import Any, Dict, List

from . import configuration, files
from .configuration import Configuration
from .console import warn
from .tensors import Tensor
from .values import Section, UnknownStream

_BACKSTAGE = {"color", "rectified_left", "rectified_right"}
_RAW = {"output_format": "raw"}
DEPTH_A = "depth_raw"
PAINTED = "disparity_color"


@dataclass
class Plan:
    """One pipeline. It survives the connection: the watchdog sends it again."""

    configuration: Configuration
    request: Dict[str, Any]
    names: Dict[str, List[str]]
    """The script's stream names for each of the box's."""
    blobs: Dict[str, bytes] = field(default_factory=dict)
    tensors: List[Tensor] = field(default_factory=list)
    formats: List[str] = field(default_factory=list)
    """The output format of each stage."""
    whole: bool = False
    eeprom: Dict[str, Any] = field(default_factory=dict)
    """What has to be written to the EEPROM first, if anything."""

    @property
    def paired(self) -> bool:
        """Whether pictures and results of the network go together."""
        both = "metaout" in self.names and "previewout" in self.names
        return both and self.configuration.sync_video_meta_streams

    @property
    def on_demand(self) -> bool:
        """Whether silence is no trouble: nothing but stills is asked for."""
        return all(name == "jpegout" for name in self.names)


def available(config_d2h: Dict[str, Any], generation: str) -> List[str]:
    """The streams that the box offers, by the names of this generation."""
    offered = config_d2h.get("_available_streams")
    names = [name for name in offered if isinstance(name, str)] if isinstance(offered, list) else []
    if generation == "C":
        return names
    return [DEPTH_A if name == "depth" else name for name in names if name not in _BACKSTAGE]


def make(value: Any, generation: str, config_d2h: Dict[str, Any]) -> Plan:
    """Reads a configuration and the files that it names.

    Device takes configurations of the second API too: those that ask for depth_raw, or whose blob config file has
    ``tensors`` and no ``NN_config``. Their results are those of the first.
    """
    first = generation == "A" or _is_first_form(Section(value))
    config = configuration.read(value, "A" if first else "C")
    plan = Plan(config, {}, {}, whole=first)
    streams = _streams(config, config_d2h, generation, plan)
    _choose_camera(config, config_d2h)
    _read_networks(plan, first)
    board = config.board
    storing = board.store_to_eeprom and _eeprom_version(config_d2h) < 5
    if first and not (generation == "C" and files.holds_calibration(config.depth.calibration_file)):
        calibration = files.read_homography(config.depth.calibration_file)
    else:
        calibration = files.read_calibration(config.depth.calibration_file, storing)
    board.stereo_center_crop = board.stereo_center_crop or calibration.center_crop
    plan.request.update(_request(config, streams, "A" if first else "C"))
    if first and not calibration.values:
        plan.request["depth"]["homography"] = calibration.homography
    elif calibration.values and (board.override_eeprom or board.store_to_eeprom):
        plan.request["depth"]["calibration"] = calibration.values
    if board.store_to_eeprom or board.clear_eeprom:
        plan.eeprom = _eeprom(config, calibration)
    return plan


def _is_first_form(root: Section) -> bool:
    streams = root.items("streams") if root.has("streams") else []
    if any(item == DEPTH_A or Section(item).values().get("name") == DEPTH_A for item in streams):
        return True
    file = root.section("ai").values().get("blob_file_config")
    return isinstance(file, str) and files.describes_tensors(file)


def _eeprom_version(config_d2h: Dict[str, Any]) -> int:
    eeprom = config_d2h.get("eeprom")
    version = eeprom.get("version", -1) if isinstance(eeprom, dict) else -1
    return version if isinstance(version, int) else -1


def _streams(config: Configuration, config_d2h: Dict[str, Any], generation: str, plan: Plan) -> List[Dict[str, Any]]:
    """The streams to ask for, in the box's order; OutOfRange if there is one that the box does not have."""
    offered = available(config_d2h, "C")
    limits: Dict[str, List[float]] = {}
    unknown = []
    for stream in config.streams:
        name = _wire_name(stream.name, generation)
        if name not in offered:
            unknown.append(stream.name)
            continue
        names = plan.names.setdefault(name, [])
        if stream.name not in names:
            names.append(stream.name)
        limits.setdefault(name, []).append(stream.max_fps)
    if unknown:
        raise UnknownStream("\n".join(f"Error: device does not provide stream: {name}" for name in unknown))
    wanted: List[Dict[str, Any]] = []
    for name in sorted(limits, key=offered.index):
        fastest = 0.0 if min(limits[name]) <= 0 else max(limits[name])
        wanted.append({"name": name, "max_fps": fastest} if fastest else {"name": name})
    return wanted


def _wire_name(name: str, generation: str) -> str:
    """What the box calls a stream."""
    if name == DEPTH_A:
        return "depth"
    if name == PAINTED:
        return "disparity"
    if generation == "A" and (name == "depth" or name in _BACKSTAGE):
        return ""
    return name


def _choose_camera(config: Configuration, config_d2h: Dict[str, Any]) -> None:
    """The network's camera, if the one that was asked for is not there."""
    cameras = Section(config_d2h).section("_cams")
    rgb, left, right = (bool(cameras.raw(name)) if cameras.has(name) else True for name in ("rgb", "left", "right"))
    if config.board.swap_left_and_right_cameras:
        left, right = right, left
    network = config.network
    if not rgb and network.camera_input == "rgb":
        warn("WARNING: there is no rgb camera; the network gets the right camera")
        network.camera_input = "right"
    if left != right:
        warn(f"WARNING: there is no {'right' if left else 'left'} camera")
        if network.camera_input != "rgb":
            warn("WARNING: the network gets the rgb camera")
            network.camera_input = "rgb"


def _read_networks(plan: Plan, first: bool) -> None:
    network = plan.configuration.network
    description: Dict[str, Any] = {}
    if first:
        nn_config = _RAW
        if network.blob_file:
            plan.tensors = files.read_tensors(network.blob_file_config, 0, False)
        if network.blob_file2:
            plan.tensors += files.read_tensors(network.blob_file_config2, len(plan.tensors), True)
    else:
        nn_config = files.read_nn_config(network.blob_file_config) if network.blob_file else _RAW
    form = nn_config.get("output_format", "raw")
    if not first and network.blob_file2 and form != "detection":
        raise RuntimeError(
            'with two stages the first network must have ["NN_config"]["output_format"] set to "detection"'
        )
    if network.blob_file:
        description["blob"], data = files.read_blob(network.blob_file, network)
        plan.blobs[description["blob"]] = data
        plan.formats.append(str(form))
    if network.blob_file2:
        description["blob2"], data = files.read_blob(network.blob_file2, network)
        plan.blobs[description["blob2"]] = data
        plan.formats.append("raw")
    description.update(
        camera_input=network.camera_input,
        keep_aspect_ratio=network.keep_aspect_ratio,
        calc_dist_to_bb=network.calc_dist_to_bb,
    )
    if network.blob_file:
        description.update(_output(nn_config))
    plan.request["ai"] = description


def _output(nn_config: Dict[str, Any]) -> Dict[str, Any]:
    """NN_config in the words of the link."""
    section = Section(nn_config, "NN_config")
    output: Dict[str, Any] = {"output": section.text_or("output_format", "raw")}
    if output["output"] != "detection":
        return output
    output["family"] = section.text("NN_family")
    if section.has("confidence_threshold"):
        output["confidence_threshold"] = section.number_in("confidence_threshold", 0, 1, 0.5)
    if section.has("NN_specific_metadata"):
        details = section.section("NN_specific_metadata")
        if details.has("confidence_threshold"):
            output["confidence_threshold"] = details.number_in("confidence_threshold", 0, 1, 0.5)
        keys = ("classes", "coordinates", "anchors", "anchor_masks", "iou_threshold")
        output["yolo"] = {key: details.raw(key) for key in keys if details.has(key)}
    return output


def _request(config: Configuration, streams: List[Dict[str, Any]], generation: str) -> Dict[str, Any]:
    depth, board = config.depth, config.board
    request: Dict[str, Any] = {
        "generation": generation,
        "streams": streams,
        "depth": {
            "padding_factor": depth.padding_factor,
            # Depth is u16 millimetres: beyond this nothing changes.
            "depth_limit_m": min(max(depth.depth_limit_m, 0.001), 65.0),
            "confidence_threshold": depth.confidence_threshold,
            "median_kernel_size": depth.median_kernel_size,
            "lr_check": depth.lr_check,
            "warp_rectify": {"mirror_frame": depth.mirror_frame, "edge_fill_color": depth.edge_fill_color},
        },
        "ot": {"max_tracklets": config.max_tracklets, "confidence_threshold": config.tracker_confidence},
        "camera": {
            name: {"resolution_h": camera.height, "resolution_w": camera.width, "fps": camera.fps}
            for name, camera in (("rgb", config.rgb), ("mono", config.mono))
        },
        "board_config": {
            "left_fov_deg": board.left_fov_deg,
            "rgb_fov_deg": board.rgb_fov_deg,
            "left_to_right_distance_cm": board.left_to_right_distance_cm,
            "swap_left_and_right_cameras": board.swap_left_and_right_cameras,
            "stereo_center_crop": board.stereo_center_crop,
            "override_eeprom": board.override_eeprom,
        },
    }
    if config.video_config is not None:
        request["video_config"] = config.video_config
    return request


def _eeprom(config: Configuration, calibration: files.Calibration) -> Dict[str, Any]:
    """The EEPROM as the original wrote it."""
    board = config.board
    content: Dict[str, Any] = {
        "board": {
            "clear-eeprom": board.clear_eeprom,
            "store-to-eeprom": board.store_to_eeprom,
            "override-eeprom": board.override_eeprom,
            "swap-left-and-right-cameras": board.swap_left_and_right_cameras,
            "left_fov_deg": board.left_fov_deg,
            "rgb_fov_deg": board.rgb_fov_deg,
            "left_to_right_distance_m": board.left_to_right_distance_cm / 100,
            "left_to_rgb_distance_m": board.left_to_rgb_distance_cm / 100,
            "stereo_center_crop": board.stereo_center_crop,
            "name": board.name,
            "revision": board.revision,
        },
    }
    if config.generation == "A" and not calibration.values:
        content["_board"] = {"_homography_right_to_left": calibration.homography}
    elif calibration.values:
        content["_board"] = {"calib_data": calibration.values}
    return content
