# SPDX-License-Identifier: Apache-2.0
"""What the configuration dictionary may say, what not, and what happens then."""

import json
import struct

import numpy as np
import pytest

import depthai

TENSOR = {
    "output_tensor_name": "out",
    "output_dimensions": [1, 2],
    "output_entry_iteration_index": 0,
    "output_properties_dimensions": [0],
    "output_properties_type": "f16",
    "property_key_mapping": [],
}

NEITHER_RAISES_NOR_WORKS = [
    ({"depth": {"padding_factor": 1.1}}, "padding_factor"),
    ({"depth": {"padding_factor": -0.1}}, "padding_factor"),
    ({"ot": {"max_tracklets": 21}}, "max_tracklets"),
    ({"ot": {"max_tracklets": -1}}, "max_tracklets"),
    ({"ot": {"confidence_threshold": 1.5}}, "confidence_threshold"),
    ({"ai": {"camera_input": "top"}}, "camera_input"),
    ({"ai": {"shaves": 0}}, "shaves"),
    ({"ai": {"shaves": 17, "cmx_slices": 19}}, "shaves"),
    ({"ai": {"shaves": 8, "cmx_slices": 7}}, "cmx_slices"),
    ({"ai": {"cmx_slices": 20}}, "cmx_slices"),
    ({"ai": {"NN_engines": 3}}, "NN_engines"),
    ({"camera": {"rgb": {"resolution_h": 720, "fps": 30}}}, "resolution_h"),
    ({"camera": {"mono": {"resolution_h": 1080, "fps": 30}}}, "resolution_h"),
    ({"depth": {"calibration_file": "/nowhere/x.calib"}}, "calibration file"),
    ({"ai": {"blob_file": "/nowhere/x.blob", "blob_file_config": "/nowhere/x.json"}}, "/nowhere/x"),
    ({"streams": ["left", "nothing"]}, "device does not provide stream: nothing"),
]

RAISES = [
    {"streams": [1]},
    {"streams": [{"max_fps": 3}]},
    {"streams": [{"name": "left", "max_fps": "3"}]},
    {"depth": {"padding_factor": "0.3"}},
    {"depth": {"padding_factor": None}},
    {"depth": {"calibration_file": 3}},
    {"ai": {"blob_file": None}},
    {"ai": {"calc_dist_to_bb": 1}},
    {"ot": {"max_tracklets": [3]}},
    {"camera": {"rgb": {"resolution_h": 1080}}},
    {"camera": {"rgb": {"fps": 30.0}}},
    {"camera": {"mono": {}}},
    {"board_config": {"swap_left_and_right_cameras": "True or not"}},
    {"text": "it's"},
    {"path": ("a", "b")},
    {"number": float("nan")},
    {"number": float("inf")},
    {"set": {1, 2}},
]


@pytest.fixture(params=["A", "C"])
def create(request, box):
    """create_pipeline of both generations."""
    box.generation = request.param
    if request.param == "A":
        assert depthai.init_device("", "")
        yield depthai.create_pipeline
    else:
        device = depthai.Device("", False)
        yield device.create_pipeline
        device._session.close()


@pytest.mark.parametrize(("config", "text"), NEITHER_RAISES_NOR_WORKS)
def test_none_and_a_printed_line(create, box, capsys, config, text):
    assert create(config) is None
    assert text in "".join(capsys.readouterr())
    assert box.client.creates == []


@pytest.mark.parametrize("config", RAISES, ids=str)
def test_exceptions(create, config):
    with pytest.raises(RuntimeError):
        create(config)


def test_no_dictionary(create):
    for wrong in ("{}", [], None if False else 3):
        with pytest.raises(TypeError):
            create(wrong)


def test_a_text_with_one_of_the_three_words_changes(create, box, tmp_path):
    """A quirk of the original: the words are replaced in texts too."""
    (tmp_path / "null.calib").write_bytes(
        struct.pack("<9f", *range(9)).ljust(444, b"\0")[: 444 if box.generation == "C" else 36]
    )
    assert create({"depth": {"calibration_file": str(tmp_path / "None.calib")}}) is not None


def test_numbers_of_numpy(create, box):
    config = {"depth": {"padding_factor": np.float64(0.5)}, "ot": {"max_tracklets": np.int64(3)},
              "ai": {"calc_dist_to_bb": np.bool_(True)}}  # fmt: skip
    assert create(config) is not None
    request = box.client.creates[0][1]
    assert request["depth"]["padding_factor"] == 0.5 and request["ot"]["max_tracklets"] == 3
    assert request["ai"]["calc_dist_to_bb"] is True


def test_numbers_and_booleans_mix_as_in_the_original(create, box):
    config = {"ot": {"max_tracklets": 3.9}, "depth": {"padding_factor": True}, "streams": "left", "board_config": 3}
    assert create(config) is not None
    request = box.client.creates[0][1]
    assert request["ot"]["max_tracklets"] == 3 and request["depth"]["padding_factor"] == 1.0
    assert request["streams"] == [{"name": "left"}]


def test_unknown_keys_are_ignored(create):
    assert create({"depth": {"type": "", "what": {}}, "nothing": [None, True], "app": {"usb_chunk_KiB": 8}}) is not None


def test_the_same_stream_twice(create, box):
    assert create(
        {"streams": [{"name": "left", "max_fps": 3}, "left", "disparity", {"name": "disparity_color", "max_fps": 2}]}
    )
    assert box.client.creates[0][1]["streams"] == [{"name": "left"}, {"name": "disparity"}]


def test_the_fastest_of_two_limits(create, box):
    assert create({"streams": [{"name": "disparity", "max_fps": 3}, {"name": "disparity_color", "max_fps": 5}]})
    assert box.client.creates[0][1]["streams"] == [{"name": "disparity", "max_fps": 5.0}]


@pytest.mark.parametrize(
    ("cameras", "asked", "got"),
    [
        ((False, True, True), "rgb", "right"),
        ((True, True, False), "left", "rgb"),
        ((True, False, True), "left_right", "rgb"),
        ((True, True, False), "rgb", "rgb"),
        ((True, True, True), "left", "left"),
    ],
)
def test_cameras_that_are_not_there(create, box, capsys, cameras, asked, got):
    session = depthai.functions._session
    names = dict(zip(("rgb", "left", "right"), cameras))
    config_d2h = session.config_d2h if session else create.__self__._session.config_d2h
    config_d2h["_cams"] = names
    assert create({"ai": {"camera_input": asked}}) is not None
    assert box.client.creates[0][1]["ai"]["camera_input"] == got
    if asked != got:
        assert "WARNING" in capsys.readouterr().err


def test_the_box_refuses(create, box, capsys):
    box.refuse = {"field": "streams", "message": "no video here"}
    assert create({"streams": ["video"]}) is None
    assert "streams: no video here" in capsys.readouterr().err
    box.refuse = None
    first = create({"streams": ["video"]})
    assert first is not None
    box.refuse = {"message": "no"}
    assert create({"streams": ["left"]}) is None
    box.refuse = None
    assert create({"streams": ["left"]}) is first


def test_a_blob_that_needs_more_than_is_granted(create, tmp_path, capsys):
    header = bytearray(200)
    struct.pack_into("<I", header, 52, 9709)
    struct.pack_into("<2I", header, 96, 9, 8)
    (tmp_path / "net.blob").write_bytes(header)
    tensor = dict(TENSOR)
    (tmp_path / "net.json").write_text(json.dumps({"tensors": [tensor]}))
    ai = {"blob_file": str(tmp_path / "net.blob"), "blob_file_config": str(tmp_path / "net.json")}
    assert create({"ai": ai}) is None
    assert "9 cmx slices" in capsys.readouterr().err
    assert create({"ai": {**ai, "cmx_slices": 9}}) is None
    assert "8 shaves" in capsys.readouterr().err
    assert create({"ai": {**ai, "cmx_slices": 9, "shaves": 8}}) is not None


# Only the first API


@pytest.fixture
def first(opened):
    return depthai.create_pipeline


def test_first_confidence_and_cameras(first, capsys):
    assert first({"depth": {"confidence_threshold": 2}}) is None
    assert first({"ai": {"camera_input": "rectified_left"}}) is None
    assert first({"streams": ["depth"]}) is None
    assert first({"streams": ["color"]}) is None
    assert "Error: device does not provide stream: color\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (None, None),
        ("{", None),
        ("[]", None),
        ('{"tensors": {}}', None),
        ('{"tensors": [], "mappings": []}', None),
        ('{"tensors": [], "mappings": {"labels": [1]}}', None),
        ('{"tensors": [{"output_tensor_name": "out"}]}', RuntimeError),
        ('{"tensors": []}', "works"),
    ],
)
def test_first_blob_config_files(first, tmp_path, text, outcome):
    (tmp_path / "net.blob").write_bytes(b"x")
    if text is not None:
        (tmp_path / "net.json").write_text(text)
    config = {"ai": {"blob_file": str(tmp_path / "net.blob"), "blob_file_config": str(tmp_path / "net.json")}}
    if outcome is RuntimeError:
        with pytest.raises(RuntimeError):
            first(config)
    else:
        assert (first(config) is not None) == (outcome == "works")


@pytest.mark.parametrize("key", sorted(TENSOR))
def test_first_every_key_of_a_tensor_is_required(first, tmp_path, key):
    tensor = dict(TENSOR)
    del tensor[key]
    (tmp_path / "net.blob").write_bytes(b"x")
    (tmp_path / "net.json").write_text(json.dumps({"tensors": [tensor]}))
    with pytest.raises(RuntimeError, match=key):
        first({"ai": {"blob_file": str(tmp_path / "net.blob"), "blob_file_config": str(tmp_path / "net.json")}})


def test_first_calibration(first, opened, tmp_path):
    file = tmp_path / "my.calib"
    numbers = struct.pack("<9f", *range(9))
    for data, crop in ((numbers, False), (numbers + b"\0", False), (numbers + b"\x01", True)):
        file.write_bytes(data)
        assert first({"depth": {"calibration_file": str(file)}}) is not None
        request = opened.client.creates[-1][1]
        assert request["depth"]["homography"] == list(range(9))
        assert request["board_config"]["stereo_center_crop"] is crop
    for data in (numbers[:35], b"", numbers + b"xx"):
        file.write_bytes(data)
        assert first({"depth": {"calibration_file": str(file)}}) is None


# Only the third API


def test_third_confidence_has_moved(device):
    with pytest.raises(RuntimeError, match="moved"):
        device.create_pipeline({"depth": {"confidence_threshold": 0.5}})


def test_third_median(device, box):
    assert device.create_pipeline({"depth": {"median_kernel_size": 4}}) is None
    for size in (0, 3, 5, 7):
        assert device.create_pipeline({"depth": {"median_kernel_size": size}}) is not None


def test_third_blob_config_files(device, tmp_path, capsys):
    (tmp_path / "net.blob").write_bytes(b"x")
    ai = {"blob_file": str(tmp_path / "net.blob"), "blob_file_config": str(tmp_path / "net.json")}
    assert device.create_pipeline({"ai": ai}) is not None
    assert "raw" in capsys.readouterr().out
    (tmp_path / "net.json").write_text("{")
    with pytest.raises(RuntimeError):
        device.create_pipeline({"ai": ai})
    (tmp_path / "net.json").write_text('{"NN_config": {"output_format": "detection"}}')
    with pytest.raises(RuntimeError, match="NN_family"):
        device.create_pipeline({"ai": ai})
    config = {"output_format": "detection", "NN_family": "mobilenet", "confidence_threshold": 2}
    (tmp_path / "net.json").write_text(json.dumps({"NN_config": config}))
    assert device.create_pipeline({"ai": ai}) is None


def test_third_old_calibration(device, box, tmp_path, capsys):
    (tmp_path / "old.calib").write_bytes(bytes(36))
    config = {"depth": {"calibration_file": str(tmp_path / "old.calib")}}
    assert device.create_pipeline(config) is not None
    assert "ignored" in capsys.readouterr().err
    assert "calibration" not in box.client.creates[0][1]["depth"]
    assert device.create_pipeline({**config, "board_config": {"store_to_eeprom": True}}) is not None
    device._session.config_d2h["eeprom"] = {"version": 3}
    with pytest.raises(RuntimeError, match="outdated"):
        device.create_pipeline({**config, "board_config": {"store_to_eeprom": True}})
