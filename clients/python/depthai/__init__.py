# SPDX-License-Identifier: Apache-2.0
"""gen1 DepthAI scripts against a depthd box: the functions of the first API and the Device of the third."""

from .commands import AutofocusMode, CameraControl
from .detections import Detection, Detections
from .device import Device
from .functions import (
    create_pipeline,
    deinit_device,
    download_blob,
    get_available_steams,
    get_nn_to_depth_bbox_mapping,
    init_device,
    reboot_device,
    request_af_mode,
    request_af_trigger,
    request_jpeg,
    send_DisparityConfidenceThreshold,
)
from .layers import Dimension, TensorInfo
from .metadata import FrameMetadata
from .nnet import NNetPacket, NNetPacketList
from .packets import DataPacket, DataPacketList
from .pipeline import CNNPipeline
from .tensors import TensorEntry, TensorEntryContainer
from .tracker import ObjectTracker, Tracklet
from .version import __dev_version__, __version__

__all__ = [
    "AutofocusMode",
    "CNNPipeline",
    "CameraControl",
    "DataPacket",
    "DataPacketList",
    "Detection",
    "Detections",
    "Device",
    "Dimension",
    "FrameMetadata",
    "NNetPacket",
    "NNetPacketList",
    "ObjectTracker",
    "TensorEntry",
    "TensorEntryContainer",
    "TensorInfo",
    "Tracklet",
    "__dev_version__",
    "__version__",
    "create_pipeline",
    "deinit_device",
    "download_blob",
    "get_available_steams",
    "get_nn_to_depth_bbox_mapping",
    "init_device",
    "reboot_device",
    "request_af_mode",
    "request_af_trigger",
    "request_jpeg",
    "send_DisparityConfidenceThreshold",
]
