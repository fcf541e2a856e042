# SPDX-License-Identifier: Apache-2.0
"""The functions of the module."""

import json
import struct

import numpy as np
import pytest
from box import COMMAND, THRESHOLD, layer, tail, wait_for

import depthai

SSD = {
    "tensors": [
        {
            "output_tensor_name": "out",
            "output_dimensions": [1, 1, 4, 7],
            "output_entry_iteration_index": 2,
            "output_properties_dimensions": [3],
            "property_key_mapping": [[], [], [], ["id", "label", "confidence", "left", "top", "right", "bottom"]],
            "output_properties_type": "f16",
        }
    ],
    "mappings": {"labels": ["background", "face"]},
}


@pytest.fixture
def ssd(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps(SSD))
    (tmp_path / "net.blob").write_bytes(b"blob" * 100)
    return {"blob_file": str(tmp_path / "net.blob"), "blob_file_config": str(tmp_path / "net.json")}


def one(pipeline):
    """The next data packet."""
    packets = list(pipeline.get_available_data_packets(blocking=True))
    assert len(packets) == 1
    return packets[0]


def test_init_and_deinit(box, capsys):
    assert depthai.init_device("./depthai.cmd", "front") is True
    assert box.client.hello["device"] == "front"
    assert depthai.init_device("", "") is False
    assert "Device is already initialized." in capsys.readouterr().out
    wait_for(lambda: not box.clients[0].open)
    assert depthai.init_device() is True
    assert depthai.deinit_device() is True
    assert depthai.deinit_device() is True
    wait_for(lambda: not box.client.open)


def test_no_box(monkeypatch, capsys):
    monkeypatch.setenv("DEPTHAI_HOST", "127.0.0.1:1")
    assert depthai.init_device("", "") is False
    assert "no box: 127.0.0.1:1" in capsys.readouterr().err


def test_a_device_that_the_box_does_not_have(box, capsys):
    box.refuse_hello = {"field": "device", "message": "there is no camera 2.1"}
    assert depthai.init_device("", "2.1") is False
    assert "there is no camera 2.1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cameras", "good"),
    [((False, True, False), False), ((False, True, True), True), ((True, True, False), True)],
)
def test_one_grey_camera_is_too_little(box, cameras, good):
    box.config_d2h["_cams"] = dict(zip(("rgb", "left", "right"), cameras))
    assert depthai.init_device("", "") is good


def test_list_prints_and_exits(box, capsys):
    with pytest.raises(SystemExit) as end:
        depthai.init_device("", "list")
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "Detected 2 device(s)" in out and "front" in out


def test_streams_have_the_names_of_the_first_api(opened):
    assert depthai.get_available_steams() == [
        "meta_d2h", "left", "right", "disparity", "depth_raw", "metaout", "previewout", "jpegout", "video",
        "object_tracker",
    ]  # fmt: skip
    depthai.deinit_device()
    assert depthai.get_available_steams() == []


def test_nothing_without_a_device(capsys):
    assert depthai.create_pipeline({"streams": ["left"]}) is None
    assert capsys.readouterr().out == "device is not initialized\n"
    assert depthai.get_nn_to_depth_bbox_mapping() == {}
    for call in (
        depthai.request_jpeg,
        depthai.request_af_trigger,
        lambda: depthai.send_DisparityConfidenceThreshold(1),
    ):
        assert call() is None
    with pytest.raises(TypeError):
        depthai.create_pipeline("streams")


def test_the_request(opened, ssd):
    config = {
        "streams": [{"name": "metaout", "max_fps": 3}, "previewout", "depth_raw", "left", "disparity_color"],
        "depth": {"calibration_file": "", "padding_factor": 0.25, "depth_limit_m": 7.5, "confidence_threshold": 0.75},
        "ai": {**ssd, "calc_dist_to_bb": True, "keep_aspect_ratio": False, "camera_input": "left_right"},
        "ot": {"max_tracklets": 5, "confidence_threshold": 0.25},
        "board_config": {"left_fov_deg": 71.86, "rgb_fov_deg": 68.7938, "left_to_right_distance_cm": 9.0,
                         "swap_left_and_right_cameras": True, "nobody knows": 1},
        "camera": {"mono": {"resolution_h": 400, "fps": 20}, "rgb": {"resolution_h": 2160, "fps": 15.0}},
        "video_config": {"profile": "h265_main", "bitrate": 8000000},
        "unknown": {"key": None},
    }  # fmt: skip
    assert depthai.create_pipeline(config=config) is not None
    request = opened.client.creates[0][1]
    assert request["generation"] == "A"
    assert request["streams"] == [
        {"name": "left"}, {"name": "disparity"}, {"name": "depth"}, {"name": "metaout", "max_fps": 3.0},
        {"name": "previewout"},
    ]  # fmt: skip
    assert request["depth"]["padding_factor"] == 0.25
    assert request["depth"]["depth_limit_m"] == 7.5
    assert request["depth"]["confidence_threshold"] == 0.75
    assert np.allclose(request["depth"]["homography"], depthai.files.DEFAULT_HOMOGRAPHY)
    assert request["ai"]["camera_input"] == "left_right"
    assert request["ai"]["calc_dist_to_bb"] is True and request["ai"]["keep_aspect_ratio"] is False
    assert request["ai"]["output"] == "raw"
    assert opened.client.blobs == {request["ai"]["blob"]: b"blob" * 100}
    assert request["ot"] == {"max_tracklets": 5, "confidence_threshold": 0.25}
    assert request["camera"]["mono"] == {"resolution_h": 400, "resolution_w": 640, "fps": 20.0}
    assert request["camera"]["rgb"] == {"resolution_h": 2160, "resolution_w": 3840, "fps": 15.0}
    assert request["board_config"]["left_to_right_distance_cm"] == 9.0
    assert request["board_config"]["swap_left_and_right_cameras"] is True
    assert request["video_config"] == {"profile": "h265_main", "bitrate": 8000000}
    assert depthai.get_nn_to_depth_bbox_mapping() == {"off_x": 299, "off_y": 59, "max_w": 681, "max_h": 681}


def test_defaults(opened):
    assert depthai.create_pipeline() is not None
    request = opened.client.creates[0][1]
    assert request["streams"] == []
    assert request["depth"]["median_kernel_size"] == 7 and request["depth"]["lr_check"] is False
    assert request["depth"]["warp_rectify"] == {"mirror_frame": True, "edge_fill_color": -1}
    assert request["camera"]["mono"]["resolution_w"] == 1280
    assert request["ai"]["camera_input"] == "rgb"
    assert "video_config" not in request


def test_commands(opened):
    depthai.request_jpeg()
    assert depthai.create_pipeline({"streams": ["jpegout"]}) is not None
    depthai.request_jpeg()
    depthai.request_af_trigger()
    depthai.request_af_mode(depthai.AutofocusMode.AF_MODE_EDOF)
    depthai.send_DisparityConfidenceThreshold(200)
    wait_for(lambda: len(opened.client.commands) == 4)
    assert opened.client.commands == [
        (COMMAND, 0, b"\x01" + bytes(32)), (COMMAND, 0, b"\x02" + bytes(32)),
        (COMMAND, 0, b"\x03\x04" + bytes(31)), (THRESHOLD, 0, b"\xc8"),
    ]  # fmt: skip
    for wrong in (256, -1, 1.5, "200"):
        with pytest.raises(TypeError):
            depthai.send_DisparityConfidenceThreshold(wrong)
    with pytest.raises(TypeError):
        depthai.request_af_mode(3)


def test_pictures(opened):
    config = {"streams": ["left", "depth_raw", "disparity", "disparity_color", "previewout", "metaout"]}
    p = depthai.create_pipeline(config)
    client = opened.client
    grey = bytes(range(240))
    client.packet("left", grey, tail(240, 12, 20, kind=15, instance=1, sequence=77))
    packet = one(p)
    assert packet.stream_name == "left" and packet.size() == 240
    data = packet.getData()
    assert data.shape == (12, 20) and data.dtype == np.uint8 and data.tobytes() == grey
    data[:] = 0
    assert packet.getData().tobytes() == grey
    frame = packet.getMetadata()
    assert frame.getCameraName() == "left" and frame.getSequenceNum() == 77 and frame.getFrameType() == 15
    assert frame.getTimestamp() == pytest.approx(5.25)
    assert (frame.getFrameHeight(), frame.getFrameWidth(), frame.getStride()) == (12, 20, 20)
    assert (frame.getFrameBytesPP(), frame.getCategory(), frame.getInstanceNum()) == (1, 0, 1)

    depth = np.array([[65535, 588, 0], [1, 2, 3]], "<u2")
    client.packet("depth", depth.tobytes(), tail(12, 2, 3, instance=2, bpp=2))
    packet = one(p)
    assert packet.stream_name == "depth_raw"
    assert packet.getData().dtype == np.uint16 and (packet.getData() == depth).all()
    assert packet.getData().flags.writeable

    disparity = np.array([[0, 1, 16], [42, 67, 95]], np.uint8)
    client.packet("disparity", disparity.tobytes(), tail(6, 2, 3, kind=15))
    wait_for(lambda: len(p._queue._packets) == 2)
    plain, painted = p.get_available_data_packets()
    assert (plain.getData() == disparity).all() and plain.getMetadata() is not None
    assert painted.stream_name == "disparity_color" and painted.getMetadata() is None and painted.size() == 18
    assert painted.getData().tolist() == [
        [[0, 0, 0], [110, 0, 0], [255, 0, 0]], [[255, 255, 0], [5, 255, 250], [0, 0, 225]],
    ]  # fmt: skip

    client.packet("previewout", bytes(72), tail(72, 4, 6, category=2))
    assert one(p).getData().shape == (3, 4, 6)


def test_a_picture_without_metadata_has_the_size_of_the_configuration(opened):
    p = depthai.create_pipeline({"streams": ["right"], "camera": {"mono": {"resolution_h": 400, "fps": 30}}})
    opened.client.packet("right", bytes(640 * 400))
    packet = one(p)
    assert packet.getMetadata() is None and packet.getData().shape == (400, 640)


def test_wrong_magic_of_metadata_is_part_of_the_payload(opened):
    p = depthai.create_pipeline({"streams": ["video"]})
    opened.client.packet("video", b"abc", tail(3, magic=1))
    packet = one(p)
    assert packet.getMetadata() is None and packet.size() == 59
    assert packet.getData().tobytes().startswith(b"abc")


def test_byte_streams(opened):
    p = depthai.create_pipeline({"streams": ["jpegout", "video", "meta_d2h", "object_tracker"]})
    client = opened.client
    client.packet("jpegout", b"\xff\xd8JPEG", tail(6, category=1))
    packet = one(p)
    assert packet.getData().tolist() == list(b"\xff\xd8JPEG") and packet.getMetadata().getCategory() == 1
    client.packet("meta_d2h", b'{"sensors":{"temperature":{"css":40.5}}}\0', tail(41))
    assert json.loads(one(p).getDataAsStr())["sensors"]["temperature"]["css"] == 40.5
    body = struct.pack("<ii", 2, 0)
    body += struct.pack("<iiiiqii", 1, 2, 3, 4, 5, 15, 1) + struct.pack("<iiiiqii", -1, 0, 7, 8, 2**40, 7, 2)
    client.packet("object_tracker", body.ljust(648, b"\0"), tail(648))
    packet = one(p)
    tracker = packet.getObjectTracker()
    assert len(tracker) == tracker.getNrTracklets() == 2
    first, second = tracker.getTracklet(0), tracker.getTracklet(1)
    assert (first.getLeftCoord(), first.getTopCoord(), first.getRightCoord(), first.getBottomCoord()) == (1, 2, 3, 4)
    assert (first.getId(), first.getLabel(), first.getStatus()) == (5, 15, "TRACKED")
    assert (second.getId(), second.getStatus(), second.getLeftCoord()) == (2**40, "LOST", -1)
    with pytest.raises(IndexError):
        tracker.getTracklet(2)
    client.packet("video", b"x", tail(1))
    with pytest.raises(RuntimeError):
        one(p).getObjectTracker()


def rows(*values):
    return np.array(values, "<f2").tobytes().ljust(56, b"\0")


def test_entries(opened, ssd):
    opened.outputs = [[layer("detection_out", [1, 1, 4, 7])]]
    p = depthai.create_pipeline({"streams": ["metaout"], "ai": ssd})
    payload = rows([0, 1, 0.75, 0.25, 0.5, 1, 1], [0, 1, float("nan"), 0, 0, 0, 0], [-1, 0, 0, 0, 0, 0, 0])
    opened.client.packet("metaout", payload, tail(56, sequence=9))
    found, rest = p.get_available_nnet_and_data_packets(blocking=True)
    assert len(found) == 1 and len(rest) == 0
    packet = next(iter(found))
    assert packet.getMetadata().getSequenceNum() == 9
    entries = packet.entries()
    assert len(entries) == 4
    entry = entries[0][0]
    assert len(entry) == 7 and entry["confidence"] == 0.75 and entry[3] == 0.25 and isinstance(entry["label"], float)
    assert entry["label"].is_integer() and list(entry) == [0, 1, 0.75, 0.25, 0.5, 1, 1]
    assert entries[1] == []
    assert [e[0]["id"] for e in entries] == [0, -1, 0]
    assert entries["out"] == 0.1
    with pytest.raises(RuntimeError, match='There is no "nothing" property'):
        entry["nothing"]
    for wrong in (4, -1):
        with pytest.raises(IndexError):
            entries[wrong]
    with pytest.raises(IndexError):
        entry[7]
    whole = packet.get_tensor(0)
    assert whole.dtype == np.uint8 and whole.tobytes() == payload
    assert packet.get_tensor("out").tobytes() == payload and packet.get_tensor("other") is None
    with pytest.raises(IndexError):
        packet.get_tensor(1)
    with pytest.raises(RuntimeError):
        packet.getDetectedObjects()


def test_metaout_is_among_the_data_packets(opened, ssd):
    p = depthai.create_pipeline({"streams": ["metaout"], "ai": ssd})
    opened.client.packet("metaout", bytes(56), tail(56))
    packet = one(p)
    assert packet.stream_name == "metaout" and packet.getData().shape == (56,)


def test_distances_are_in_ten_columns(opened, tmp_path, ssd):
    config = json.loads(json.dumps(SSD))
    config["tensors"][0]["output_dimensions"][3] = 10
    config["tensors"][0]["property_key_mapping"][3] += ["distance_x", "distance_y", "distance_z"]
    (tmp_path / "net_depth.json").write_text(json.dumps(config))
    p = depthai.create_pipeline(
        {
            "streams": ["metaout"],
            "ai": {**ssd, "blob_file_config": str(tmp_path / "net_depth.json"), "calc_dist_to_bb": True},
        }
    )
    payload = np.array([[0, 1, 0.5, 0, 0, 1, 1, -0.5, 0.25, 2.5]] * 4, "<f2").tobytes()
    opened.client.packet("metaout", payload, tail(80))
    packet = next(iter(p.get_available_nnet_and_data_packets(True)[0]))
    assert packet.entries()[3][0]["distance_z"] == 2.5 and packet.entries()[0][0]["distance_x"] == -0.5


def test_offsets_denormals_and_second_stage(opened, tmp_path):
    first = json.loads(json.dumps(SSD))
    second = {"tensors": [{**SSD["tensors"][0], "output_dimensions": [1, 2], "output_entry_iteration_index": 0,
                           "output_properties_dimensions": [0], "property_key_mapping": []}]}  # fmt: skip
    first["tensors"][0]["output_dimensions"] = [1, 1, 1, 7]
    (tmp_path / "1.json").write_text(json.dumps(first))
    (tmp_path / "2.json").write_text(json.dumps(second))
    (tmp_path / "1.blob").write_bytes(b"one")
    (tmp_path / "2.blob").write_bytes(b"two")
    opened.one_by_one = True
    opened.outputs = [[layer("a", [1, 1, 1, 7])], [layer("b", [1, 2], offset=64, order="NC")]]
    ai = {"blob_file": str(tmp_path / "1.blob"), "blob_file_config": str(tmp_path / "1.json"),
          "blob_file2": str(tmp_path / "2.blob"), "blob_file_config2": str(tmp_path / "2.json")}  # fmt: skip
    p = depthai.create_pipeline({"streams": ["metaout"], "ai": ai})
    assert sorted(opened.client.blobs.values()) == [b"one", b"two"]
    payload = np.arange(7, dtype="<f2").tobytes().ljust(64, b"\0") + struct.pack("<HH", 0x03FF, 0x4200)
    opened.client.packet("metaout", payload, tail(68))
    packet = next(iter(p.get_available_nnet_and_data_packets(True)[0]))
    a, b = packet.entries()[0]
    assert list(a) == list(range(7)) and list(b) == [0.0, 3.0]
    assert packet.get_tensor("out_stage2").tobytes() == payload[64:]
    with pytest.raises(RuntimeError):
        b["id"]


def test_entries_of_a_short_packet(opened, ssd):
    p = depthai.create_pipeline({"streams": ["metaout"], "ai": ssd})
    opened.client.packet("metaout", bytes(20), tail(20))
    packet = next(iter(p.get_available_nnet_and_data_packets(True)[0]))
    with pytest.raises(RuntimeError, match="the packet has 20 bytes"):
        packet.entries()[3]


def test_u8_entries_cannot_be_read(opened, tmp_path, ssd):
    config = json.loads(json.dumps(SSD))
    config["tensors"][0]["output_properties_type"] = "u8"
    (tmp_path / "net.json").write_text(json.dumps(config))
    p = depthai.create_pipeline({"streams": ["metaout"], "ai": ssd})
    opened.client.packet("metaout", bytes(28), tail(28))
    packet = next(iter(p.get_available_nnet_and_data_packets(True)[0]))
    with pytest.raises(RuntimeError, match="u8"):
        packet.entries()[0]


def test_reboot_closes_the_connection(opened):
    depthai.reboot_device()
    wait_for(lambda: not opened.client.open)
    assert depthai.init_device("", "")


def test_download_blob(tmp_path, capsys):
    file = tmp_path / "net.blob"
    assert depthai.download_blob("mobilenet-ssd", 7, 7, 1, str(file)) == 1
    assert "mobilenet-ssd" in capsys.readouterr().err
    file.write_bytes(b"x")
    assert depthai.download_blob("mobilenet-ssd", 7, 7, 1, str(file)) == 0


def test_versions():
    assert depthai.__version__ == "1.0.0.0" and isinstance(depthai.__dev_version__, str)


def test_the_log_of_the_box_is_printed(opened, capsys):
    p = depthai.create_pipeline({"streams": ["meta_d2h"]})
    for text in (b'{"logs": ["one", "two"]}\0', b"{", b"[]", b'{"logs": 3}', b"\xff"):
        opened.client.packet("meta_d2h", text)
    wait_for(lambda: len(p._queue._packets) == 5)
    assert [line for line in capsys.readouterr().out.splitlines() if "LOG" in line] == [
        "DEVICE LOG: one",
        "DEVICE LOG: two",
    ]
