# SPDX-License-Identifier: Apache-2.0
"""Device: the third API."""

import sys
import weakref
from typing import Any, Dict, List, Optional, SupportsIndex, Union

from . import commands, plan, textual
from .commands import AutofocusMode, CameraControl
from .framing import Kind
from .geometry import Matrix
from .pipeline import CNNPipeline
from .session import Session, show_devices
from .timing import times


class Device:
    """A camera of the box.

    ``Device()``, ``Device(usb_device, usb2_mode)`` or ``Device(cmd_file, device_id)``: the name of the device picks a
    camera of the box, "" the first; firmware and USB mode mean nothing here. "list" prints the cameras and ends the
    process. Only the form with a firmware file raises RuntimeError when there is no box; the others give a Device
    whose create_pipeline returns None.
    """

    def __init__(self, first: str = "", second: Union[bool, str, None] = None, **names: Any) -> None:
        if names:
            first = names.pop("usb_device", names.pop("cmd_file", first))
            second = names.pop("usb2_mode", names.pop("device_id", second))
        if names or not isinstance(first, str) or not isinstance(second, (bool, str, int, type(None))):
            raise TypeError(
                "Device(), Device(usb_device: str, usb2_mode: bool) or Device(cmd_file: str, device_id: str)"
            )
        name = second if isinstance(second, str) else first
        self._session = Session("C", "" if name == "list" else name)
        found = self._session.open(times.find_box)
        if found and name == "list":
            show_devices(self._session)
        if name == "list":
            print("Detected 0 device(s)")
            sys.exit(0)
        if not found and isinstance(second, str):
            raise RuntimeError("Cannot initialize device")
        self._finalizer = weakref.finalize(self, self._session.close)

    # Pipeline

    def create_pipeline(self, config: Optional[Dict[str, Any]] = None) -> Optional[CNNPipeline]:
        """Makes a pipeline of a configuration dictionary; None if it cannot be, and why is printed.

        Raises RuntimeError for a dictionary of the wrong form.
        """
        return self._session.create({} if config is None else config)

    def get_pipeline(self) -> Optional[CNNPipeline]:
        """The pipeline that create_pipeline made."""
        return self._session.pipeline

    def get_available_streams(self) -> List[str]:
        """The streams that the camera offers."""
        return plan.available(self._session.config_d2h, "C")

    def get_nn_to_depth_bbox_mapping(self) -> Dict[str, int]:
        """Where the network's picture lies on the depth picture: off_x, off_y, max_w, max_h."""
        return self._session.nn_to_depth()

    # Commands

    def request_jpeg(self) -> None:
        """Asks for a still; it comes by the stream jpegout."""
        self._session.command(Kind.COMMAND, commands.capture(commands.STILL))

    def request_af_trigger(self) -> None:
        """Makes the camera focus."""
        self._session.command(Kind.COMMAND, commands.capture(commands.AF_TRIGGER))

    def request_af_mode(self, mode: AutofocusMode) -> None:
        """Sets the autofocus mode."""
        self._session.command(Kind.COMMAND, commands.af_mode(mode))

    def send_disparity_confidence_threshold(self, confidence: SupportsIndex) -> None:
        """Depth below this confidence (0 to 255) becomes unknown."""
        self._session.command(Kind.THRESHOLD, commands.threshold(confidence))

    def send_camera_control(
        self, camera_id: commands._CamId, command_id: commands._Command, extra_args: str = ""
    ) -> None:
        """Sends a control to a camera, its arguments as words."""
        self._session.command(Kind.CONTROL, commands.control(camera_id, command_id, extra_args))

    # Calibration

    def get_left_intrinsic(self) -> Matrix:
        """3x3 matrix of the left camera."""
        return self._session.running_geometry().matrix("left_intrinsic")

    def get_right_intrinsic(self) -> Matrix:
        """3x3 matrix of the right camera."""
        return self._session.running_geometry().matrix("right_intrinsic")

    def get_left_homography(self) -> Matrix:
        """3x3 matrix that rectifies the left picture."""
        return self._session.running_geometry().matrix("left_homography")

    def get_right_homography(self) -> Matrix:
        """3x3 matrix that rectifies the right picture."""
        return self._session.running_geometry().matrix("right_homography")

    def get_rotation(self) -> Matrix:
        """3x3 matrix: how the right camera is turned against the left."""
        return self._session.running_geometry().matrix("rotation")

    def get_translation(self) -> List[float]:
        """Where the right camera is, seen from the left."""
        return self._session.running_geometry().translation()

    def is_eeprom_loaded(self) -> bool:
        """Whether the camera's intrinsics are known."""
        eeprom = self._session.config_d2h.get("eeprom")
        version = eeprom.get("version", -1) if isinstance(eeprom, dict) else -1
        return isinstance(version, int) and version >= 4

    def write_eeprom_data(self, config: Optional[Dict[str, Any]] = None) -> None:
        """Writes board and calibration data to the camera's EEPROM, which on the box is a file."""
        content = textual.parse(textual.printed({} if config is None else config))
        self._session.write_eeprom(content)

    # The camera

    def is_usb3(self) -> bool:
        """Whether the camera hangs on USB 3."""
        return bool(self._session.config_d2h.get("_usb3", False))

    def get_mx_id(self) -> str:
        """The camera's serial number."""
        return str(self._session.config_d2h.get("_mx_id", ""))

    def is_device_changed(self) -> bool:
        """Whether another camera took the place of the first."""
        return self._session.changed

    def reset_device_changed(self) -> None:
        """Forgets the change."""
        self._session.changed = False

    def is_rgb_connected(self) -> bool:
        return self._camera("rgb")

    def is_left_connected(self) -> bool:
        return self._camera("left")

    def is_right_connected(self) -> bool:
        return self._camera("right")

    def _camera(self, name: str) -> bool:
        cameras = self._session.config_d2h.get("_cams")
        return bool(cameras.get(name, False)) if isinstance(cameras, dict) else False


__all__ = ["CameraControl", "Device"]
