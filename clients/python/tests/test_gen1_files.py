# SPDX-License-Identifier: Apache-2.0
"""The real configuration, board, calibration and network files of gen1."""

import json
import struct

import numpy as np
import pytest
from box import layer, tail

import depthai
from depthai import files


@pytest.fixture
def network(tmp_path):
    """Any bytes do for a network here: the box is a script."""
    (tmp_path / "net.blob").write_bytes(b"net")
    return str(tmp_path / "net.blob")


def test_tensors_of_the_first_api(gen1_data, opened, network):
    found = sorted((gen1_data / "blob-config").glob("seed-era-*/*.json"))
    found += sorted((gen1_data / "blob-config").glob("experiments-*/*.json"))
    assert len(found) >= 29
    for file in found:
        config = json.loads(file.read_text())
        ai = {"blob_file": network, "blob_file_config": str(file)}
        if "tensors" not in config:
            assert depthai.create_pipeline({"streams": ["metaout"], "ai": ai}) is None, file
            continue
        sizes = [int(np.prod(tensor["output_dimensions"])) for tensor in config["tensors"]]
        offsets = [0, *(2 * np.cumsum(sizes[:-1])).tolist()]
        opened.outputs = [[layer(f"out{index}", tensor["output_dimensions"], offset=offset)
                           for index, (tensor, offset) in enumerate(zip(config["tensors"], offsets))]]  # fmt: skip
        p = depthai.create_pipeline({"streams": ["metaout"], "ai": ai})
        assert p is not None, file
        values = (np.arange(sum(sizes)) % 1000).astype("<f2")
        opened.client.packet("metaout", values.tobytes(), tail(values.nbytes))
        packet = next(iter(p.get_available_nnet_and_data_packets(blocking=True)[0]))
        entries = packet.entries()
        first = config["tensors"][0]
        assert len(entries) == first["output_dimensions"][first["output_entry_iteration_index"]]
        entry = entries[0]
        assert len(entry) == len(config["tensors"])
        for number, tensor in enumerate(config["tensors"]):
            expected = float(values[offsets[number] // 2])
            assert entry[number][0] == expected
            keys = tensor["property_key_mapping"]
            place = tensor["output_properties_dimensions"][0]
            for index, key in enumerate(keys[place] if place < len(keys) else []):
                assert entry[number][key] == float(values[offsets[number] // 2 + index])


def test_nn_configs_of_the_third_api(gen1_data, box, device, network):
    found = sorted((gen1_data / "blob-config" / "gen1-v1.0.0.0").glob("*.json"))
    assert len(found) == 11
    for file in found:
        config = json.loads(file.read_text())["NN_config"]
        ai = {"blob_file": network, "blob_file_config": str(file)}
        assert device.create_pipeline({"streams": ["metaout"], "ai": ai}) is not None, file
        request = box.client.creates[-1][1]["ai"]
        assert request["output"] == config["output_format"]
        if config["output_format"] == "detection":
            assert request["family"] == config["NN_family"]
        if config.get("NN_family") == "YOLO":
            assert request["yolo"]["anchors"] == config["NN_specific_metadata"]["anchors"]
            assert request["confidence_threshold"] == config["NN_specific_metadata"]["confidence_threshold"]


def test_boards(gen1_data, box, device):
    found = sorted((gen1_data / "boards").glob("*.json"))
    assert len(found) == 4
    for file in found:
        config = json.loads(file.read_text())
        assert device.create_pipeline({"streams": ["left"], **config}) is not None
        request = box.client.creates[-1][1]["board_config"]
        for key in ("left_fov_deg", "rgb_fov_deg", "left_to_right_distance_cm", "swap_left_and_right_cameras"):
            assert request[key] == config["board_config"][key]


def test_the_default_calibration(gen1_data, opened):
    file = gen1_data / "calib" / "default.calib"
    assert struct.unpack("<9f", file.read_bytes()) == pytest.approx(files.DEFAULT_HOMOGRAPHY, rel=1e-6)
    assert depthai.create_pipeline({"depth": {"calibration_file": str(file)}}) is not None
    assert opened.client.creates[0][1]["depth"]["homography"] == pytest.approx(files.DEFAULT_HOMOGRAPHY, rel=1e-6)


def test_blobs(gen1_data, opened, capsys):
    """What the real networks need against what the default grants: 7 shaves and cmx slices."""
    found = sorted((gen1_data / "blobs-gen1").glob("*.blob"))
    assert found
    for file in found:
        data = file.read_bytes()
        slices, shaves = struct.unpack_from("<2I", data, 96)
        config = str(gen1_data / "blob-config" / "seed-era-b9269957" / "landmarks-regression-retail-0009.json")
        ai = {"blob_file": str(file), "blob_file_config": config}
        made = depthai.create_pipeline({"ai": ai})
        assert (made is not None) == (slices <= 7 and shaves <= 7), (file.name, slices, shaves)
        assert depthai.create_pipeline({"ai": {**ai, "cmx_slices": 19, "shaves": 16}}) is not None
        assert data in opened.client.blobs.values()
