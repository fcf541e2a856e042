# SPDX-License-Identifier: Apache-2.0
"""Commands to the camera: autofocus modes, camera controls, and their bytes."""

import operator
from enum import Enum
from typing import SupportsIndex

STILL, AF_TRIGGER, AF_MODE = 1, 2, 3


class _Number(Enum):
    """An enumeration whose members turn into numbers."""

    def __int__(self) -> int:
        return int(self.value)

    __index__ = __int__


class AutofocusMode(_Number):
    """What request_af_mode takes."""

    AF_MODE_AUTO = 0
    AF_MODE_MACRO = 1
    AF_MODE_CONTINUOUS_VIDEO = 2
    AF_MODE_CONTINUOUS_PICTURE = 3
    AF_MODE_EDOF = 4


class _CamId(_Number):
    RGB = 0
    LEFT = 1
    RIGHT = 2


class _Command(_Number):
    START_STREAM = 0
    STOP_STREAM = 1
    REQUEST_STILL = 2
    MOVE_LENS = 3
    FOCUS_TRIGGER = 4
    AE_MANUAL = 5
    AE_AUTO = 6
    SET_AWB_MODE = 7
    SCENE_MODES = 8
    ANTIBANDING_MODES = 9
    EXPOSURE_COMPENSATION = 10
    AE_LOCK = 12
    AE_TARGET_FPS_RANGE = 13
    AWB_LOCK = 15
    CAPTURE_INTENT = 16
    CONTROL_MODE = 17
    FRAME_DURATION = 20
    SENSITIVITY = 22
    EFFECT_MODE = 23
    AF_MODE = 25
    NOISE_REDUCTION_STRENGTH = 26
    SATURATION = 27
    BRIGHTNESS = 30
    STREAM_FORMAT = 32
    CAM_RESOLUTION = 33
    SHARPNESS = 34
    CUSTOM_USECASE = 39
    CUSTOM_CAPT_MODE = 40
    CUSTOM_EXP_BRACKETS = 41
    CUSTOM_CAPTURE = 42
    CONTRAST = 43
    AE_REGION = 44
    AF_REGION = 46
    LUMA_DENOISE = 47
    CHROMA_DENOISE = 48


class CameraControl:
    """What send_camera_control takes: a camera and a command."""

    CamId = _CamId
    Command = _Command


for _short, _enum in (("CamId", _CamId), ("Command", _Command)):
    _enum.__name__ = _short
    _enum.__qualname__ = f"CameraControl.{_short}"


def capture(command: int, data: bytes = b"") -> bytes:
    """A command of 33 bytes."""
    return bytes([command]) + data[:32].ljust(32, b"\0")


def af_mode(mode: AutofocusMode) -> bytes:
    if not isinstance(mode, AutofocusMode):
        raise TypeError(f"request_af_mode wants an AutofocusMode, not {type(mode).__name__}")
    return capture(AF_MODE, bytes([int(mode)]))


def threshold(confidence: SupportsIndex) -> bytes:
    """A disparity confidence, 0 to 255."""
    value = operator.index(confidence)
    if not 0 <= value <= 255:
        raise TypeError(f"a disparity confidence is a number from 0 to 255, not {value}")
    return bytes([value])


def control(camera: _CamId, command: _Command, arguments: str) -> bytes:
    """A camera control: text, words separated by spaces."""
    if not isinstance(camera, _CamId) or not isinstance(command, _Command) or not isinstance(arguments, str):
        raise TypeError("send_camera_control wants a CameraControl.CamId, a CameraControl.Command and a string")
    return " ".join(["3A", str(int(command)), str(int(camera)), *([arguments] if arguments else [])]).encode("utf-8")
