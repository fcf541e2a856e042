# SPDX-License-Identifier: Apache-2.0
"""The configuration dictionary of create_pipeline: keys, defaults, ranges. Files are read elsewhere.

Values out of range raise OutOfRange (create_pipeline prints the text and returns None); values of a wrong type raise
RuntimeError, as in the original. Unknown keys are ignored.
"""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from .values import OutOfRange, Section

CAMERA_INPUTS = {
    "A": ["rgb", "left", "right", "left_right"],
    "C": ["rgb", "left", "right", "left_right", "rectified_left", "rectified_right", "rectified_left_right"],
}
RGB_WIDTHS = {1080: 1920, 2160: 3840, 3040: 4056}
MONO_WIDTHS = {400: 640, 720: 1280, 800: 1280}
MEDIANS = [0, 3, 5, 7]


@dataclass
class Stream:
    name: str
    max_fps: float = 0.0


@dataclass
class Depth:
    calibration_file: str = ""
    padding_factor: float = 0.3
    depth_limit_m: float = 10.0
    confidence_threshold: float = 0.5
    median_kernel_size: int = 7
    lr_check: bool = False
    mirror_frame: bool = True
    edge_fill_color: int = -1


@dataclass
class Network:
    blob_file: str = ""
    blob_file_config: str = ""
    blob_file2: str = ""
    blob_file_config2: str = ""
    camera_input: str = "rgb"
    calc_dist_to_bb: bool = False
    keep_aspect_ratio: bool = True
    shaves: int = 7
    cmx_slices: int = 7
    engines: int = 1


@dataclass
class Board:
    clear_eeprom: bool = False
    store_to_eeprom: bool = False
    override_eeprom: bool = False
    swap_left_and_right_cameras: bool = False
    stereo_center_crop: bool = False
    left_fov_deg: float = 69.0
    rgb_fov_deg: float = 69.0
    left_to_right_distance_cm: float = 3.5
    left_to_rgb_distance_cm: float = 0.0
    name: str = ""
    revision: str = ""


@dataclass
class Camera:
    width: int
    height: int
    fps: float = 30.0


@dataclass
class Configuration:
    """Everything that the dictionary can say."""

    generation: str
    streams: List[Stream] = field(default_factory=list)
    depth: Depth = field(default_factory=Depth)
    network: Network = field(default_factory=Network)
    board: Board = field(default_factory=Board)
    max_tracklets: int = 20
    tracker_confidence: float = 0.5
    rgb: Camera = field(default_factory=lambda: Camera(1920, 1080))
    mono: Camera = field(default_factory=lambda: Camera(1280, 720))
    sync_video_meta_streams: bool = False
    video_config: Optional[Dict[str, Any]] = None


def read(value: Any, generation: str) -> Configuration:
    """Reads the parsed dictionary, as the API of this generation ("A" or "C") does."""
    root = Section(value)
    config = Configuration(generation)
    if root.has("streams"):
        config.streams = [_stream(item) for item in root.items("streams")]
    config.depth = _depth(root.section("depth"), generation)
    config.network = _network(root.section("ai"), generation)
    config.board = _board(root.section("board_config"))
    tracker = root.section("ot")
    config.max_tracklets = tracker.integer_in("max_tracklets", 0, 20, config.max_tracklets)
    config.tracker_confidence = tracker.number_in("confidence_threshold", 0, 1, config.tracker_confidence)
    camera = root.section("camera")
    if camera.has("rgb"):
        config.rgb = _camera(camera.section("rgb"), RGB_WIDTHS)
    if camera.has("mono"):
        config.mono = _camera(camera.section("mono"), MONO_WIDTHS)
    config.sync_video_meta_streams = root.section("app").boolean_or("sync_video_meta_streams", False)
    if root.has("video_config") and isinstance(root.raw("video_config"), dict):
        config.video_config = root.raw("video_config")
    return config


def _stream(item: Any) -> Stream:
    if isinstance(item, str):
        return Stream(item)
    section = Section(item, "streams[]")
    stream = Stream(section.text("name"))
    section.text_or("data_type", "")
    stream.max_fps = section.number_or("max_fps", 0.0)
    return stream


def _depth(section: Section, generation: str) -> Depth:
    depth = Depth()
    depth.calibration_file = section.text_or("calibration_file", depth.calibration_file)
    section.text_or("type", "")
    depth.padding_factor = section.number_in("padding_factor", 0, 1, depth.padding_factor)
    depth.depth_limit_m = section.number_or("depth_limit_m", depth.depth_limit_m)
    if generation == "A":
        depth.confidence_threshold = section.number_in("confidence_threshold", 0, 1, depth.confidence_threshold)
        return depth
    if section.has("confidence_threshold"):
        raise RuntimeError(
            'depth.confidence_threshold has moved: it is ["NN_config"]["confidence_threshold"] of the blob config file'
        )
    for mesh in ("left_mesh_file", "right_mesh_file"):
        section.text_or(mesh, "")
    if section.has("median_kernel_size"):
        depth.median_kernel_size = section.integer_of("median_kernel_size", MEDIANS)
    depth.lr_check = section.boolean_or("lr_check", depth.lr_check)
    warp = section.section("warp_rectify")
    warp.boolean_or("use_mesh", False)
    depth.mirror_frame = warp.boolean_or("mirror_frame", depth.mirror_frame)
    if warp.has("edge_fill_color"):
        depth.edge_fill_color = warp.integer("edge_fill_color")
    return depth


def _network(section: Section, generation: str) -> Network:
    network = Network()
    network.blob_file = section.text_or("blob_file", "")
    network.blob_file_config = section.text_or("blob_file_config", "")
    network.blob_file2 = section.text_or("blob_file2", "")
    network.blob_file_config2 = section.text_or("blob_file_config2", "")
    network.calc_dist_to_bb = section.boolean_or("calc_dist_to_bb", network.calc_dist_to_bb)
    network.keep_aspect_ratio = section.boolean_or("keep_aspect_ratio", network.keep_aspect_ratio)
    network.camera_input = section.text_or("camera_input", network.camera_input)
    if network.camera_input not in CAMERA_INPUTS[generation]:
        raise OutOfRange(f"ai.camera_input should be one of {CAMERA_INPUTS[generation]}")
    network.shaves = section.integer_in("shaves", 1, 16, network.shaves)
    network.cmx_slices = section.integer_in("cmx_slices", 1, 19, network.cmx_slices)
    network.engines = section.integer_in("NN_engines", 0, 2, network.engines)
    if network.shaves > network.cmx_slices:
        raise OutOfRange(f"ai.shaves ({network.shaves}) should not exceed ai.cmx_slices ({network.cmx_slices})")
    return network


def _board(section: Section) -> Board:
    board = Board()
    for flag in (
        "clear_eeprom", "store_to_eeprom", "override_eeprom", "swap_left_and_right_cameras", "stereo_center_crop",
    ):  # fmt: skip
        setattr(board, flag, section.boolean_or(flag, False))
    for size in ("left_fov_deg", "rgb_fov_deg", "left_to_right_distance_cm", "left_to_rgb_distance_cm"):
        setattr(board, size, section.number_or(size, getattr(board, size)))
    board.name = section.text_or("name", "")
    board.revision = section.text_or("revision", "")
    return board


def _camera(section: Section, widths: Dict[int, int]) -> Camera:
    """Both keys are required, as in the original; a width may be given, but the height decides."""
    height = section.integer_of("resolution_h", list(widths))
    camera = Camera(widths[height], height, section.number("fps"))
    if section.has("resolution_w"):
        section.integer("resolution_w")
    return camera
