# SPDX-License-Identifier: Apache-2.0
"""The first API: functions of the module, and one device for all of them."""

import atexit
import os
import sys
from typing import Any, Dict, List, Optional, SupportsIndex

from . import commands, plan
from .commands import AutofocusMode
from .console import warn
from .framing import Kind
from .pipeline import CNNPipeline
from .session import Session, show_devices
from .timing import times

_session: Optional[Session] = None


def init_device(cmd_file: str = "./depthai.cmd", usb_device: str = "") -> bool:
    """Connects to a box; False if there is none, or if a device is open (it is closed then, as the original does).

    The firmware file means nothing here. ``usb_device`` picks a camera of the box; "list" prints them and ends the
    process.
    """
    global _session
    if not isinstance(cmd_file, str) or not isinstance(usb_device, str):
        raise TypeError("init_device(cmd_file: str, usb_device: str)")
    if _session is not None:
        print("Device is already initialized.", flush=True)
        deinit_device()
        return False
    session = Session("A", "" if usb_device == "list" else usb_device)
    found = session.open(times.find_box)
    if usb_device == "list":
        if found:
            show_devices(session)
        print("Detected 0 device(s)")
        sys.exit(0)
    if found and not session.stereo_or_rgb():
        warn("there is no rgb camera, and only one grey one")
        found = False
    if not found:
        session.close()
        return False
    _session = session
    return True


def deinit_device() -> bool:
    """Closes the device. Done at the end of the interpreter too."""
    global _session
    if _session is not None:
        _session.close()
        _session = None
    return True


def create_pipeline(config: Optional[Dict[str, Any]] = None) -> Optional[CNNPipeline]:
    """Makes a pipeline of a configuration dictionary; None if it cannot be, and why is printed.

    Raises RuntimeError for a dictionary of the wrong form.
    """
    value: Any = {} if config is None else config
    if _session is None:
        if not isinstance(value, dict):
            raise TypeError(f"create_pipeline wants a dict, not {type(value).__name__}")
        print("device is not initialized", flush=True)
        return None
    return _session.create(value)


def get_available_steams() -> List[str]:
    """The streams that the camera offers. The name is the original's."""
    return [] if _session is None else plan.available(_session.config_d2h, "A")


def get_nn_to_depth_bbox_mapping() -> Dict[str, int]:
    """Where the network's picture lies on the depth picture: off_x, off_y, max_w, max_h."""
    return {} if _session is None else _session.nn_to_depth()


def request_jpeg() -> None:
    """Asks for a still; it comes by the stream jpegout."""
    _command(Kind.COMMAND, commands.capture(commands.STILL))


def request_af_trigger() -> None:
    """Makes the camera focus."""
    _command(Kind.COMMAND, commands.capture(commands.AF_TRIGGER))


def request_af_mode(mode: AutofocusMode) -> None:
    """Sets the autofocus mode."""
    _command(Kind.COMMAND, commands.af_mode(mode))


def send_DisparityConfidenceThreshold(confidence: SupportsIndex) -> None:
    """Depth below this confidence (0 to 255) becomes unknown."""
    _command(Kind.THRESHOLD, commands.threshold(confidence))


def reboot_device(device_id: int = 0) -> None:
    """Closes the connection: the box and its cameras serve others too, and are not rebooted by a script."""
    print("Rebooting device: ...", flush=True)
    deinit_device()
    print("Rebooting device: DONE.", flush=True)


def download_blob(model: str, shaves: int, cmx_slices: int, NCEs: int, output_file: str) -> int:
    """0 if the compiled network is there already. No compiler is asked over the network, so else it is 1."""
    if os.path.isfile(output_file) and os.path.getsize(output_file) > 0:
        print(f"depthai: {output_file} is there already; it is used as it is", flush=True)
        return 0
    warn(
        f"{model} cannot be compiled for {shaves} shaves, {cmx_slices} cmx slices and {NCEs} NCEs here: the vendor's "
        f"online compiler is not asked. Put the compiled network at {output_file}, or upload it to the box"
    )
    return 1


def _command(kind: Kind, payload: bytes) -> None:
    if _session is not None:
        _session.command(kind, payload)


atexit.register(deinit_device)
