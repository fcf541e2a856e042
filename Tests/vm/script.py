#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A gen1 script as its owner would write it: prints a line for each colour picture it gets."""
import sys

sys.path.insert(0, "/clients")
import depthai

device = depthai.Device("main", False)
pipeline = device.create_pipeline({"streams": ["color"], "camera": {"rgb": {"resolution_h": 1080, "fps": 30}}})
while True:
    for packet in pipeline.get_available_data_packets(blocking=True):
        print("picture", packet.getMetadata().getSequenceNum(), device.get_mx_id(), device.is_device_changed(), flush=True)
