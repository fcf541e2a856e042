# SPDX-License-Identifier: Apache-2.0
"""Device: the third API."""

import gc
import json
import struct

import numpy as np
import pytest
from box import COMMAND, CONTROL, DEVICE, THRESHOLD, layer, tail, wait_for

import depthai
from depthai import CameraControl


def nnet(pipeline):
    """The next result of the network."""
    found, _ = pipeline.get_available_nnet_and_data_packets(blocking=True)
    assert len(found) == 1
    return next(iter(found))


@pytest.fixture
def detector(tmp_path):
    config = {"NN_config": {"output_format": "detection", "NN_family": "mobilenet", "confidence_threshold": 0.4}}
    (tmp_path / "net.json").write_text(json.dumps(config))
    (tmp_path / "net.blob").write_bytes(b"net")
    return {"blob_file": str(tmp_path / "net.blob"), "blob_file_config": str(tmp_path / "net.json")}


def test_three_ways_to_open(box):
    for arguments, device in (((), ""), (("back", True), "back"), (("firmware.cmd", "front"), "front")):
        made = depthai.Device(*arguments)
        assert box.client.hello["device"] == device
        made._session.close()
    made = depthai.Device(usb_device="x", usb2_mode=False)
    assert box.client.hello["device"] == "x"
    made._session.close()
    for wrong in ((1,), ("a", 2.5), ("a", [])):
        with pytest.raises(TypeError):
            depthai.Device(*wrong)


def test_no_box(monkeypatch, capsys):
    monkeypatch.setenv("DEPTHAI_HOST", "127.0.0.1:1")
    with pytest.raises(RuntimeError, match="Cannot initialize device"):
        depthai.Device("firmware.cmd", "")
    device = depthai.Device("", False)
    assert device.get_available_streams() == []
    assert device.create_pipeline({"streams": ["left"]}) is None
    assert "device is not initialized" in capsys.readouterr().out


def test_list_prints_and_exits(box, monkeypatch, capsys):
    for arguments in (("list", False), ("", "list")):
        with pytest.raises(SystemExit) as end:
            depthai.Device(*arguments)
        assert end.value.code == 0
    assert capsys.readouterr().out.count("Detected 2 device(s)") == 2
    monkeypatch.setenv("DEPTHAI_HOST", "127.0.0.1:1")
    with pytest.raises(SystemExit) as end:
        depthai.Device("list", False)
    assert end.value.code == 0 and "Detected 0 device(s)" in capsys.readouterr().out


def test_the_device_closes_when_it_is_dropped(box):
    device = depthai.Device("", False)
    pipeline = device.create_pipeline({"streams": ["left"]})
    client = box.client
    del device
    gc.collect()
    wait_for(lambda: not client.open)
    assert len(pipeline.get_available_data_packets(blocking=True)) == 0


def test_what_the_camera_is(box, device):
    assert device.get_available_streams() == box.config_d2h["_available_streams"]
    assert device.is_usb3() is True and device.get_mx_id() == "14442C10"
    assert device.is_rgb_connected() and device.is_left_connected() and device.is_right_connected()
    assert device.is_eeprom_loaded() is True and device.is_device_changed() is False
    assert device.get_pipeline() is None
    pipeline = device.create_pipeline({"streams": ["left"]})
    assert device.get_pipeline() is pipeline


def test_another_camera_in_the_slot(box, device):
    config = {**box.config_d2h, "_mx_id": "other", "_cams": {"rgb": False, "left": True, "right": True}}
    box.client.send(DEVICE, config)
    wait_for(device.is_device_changed)
    assert device.get_mx_id() == "other" and device.is_rgb_connected() is False
    device.reset_device_changed()
    assert device.is_device_changed() is False


def test_geometry(box):
    m1 = [800.0, 0, 640, 0, 800, 400, 0, 0, 1]
    m2 = [810.0, 0, 630, 0, 810, 410, 0, 0, 1]
    turn = np.array([[1, 0.01, 0], [-0.01, 1, 0.02], [0, -0.02, 1]])
    h = np.array(m2).reshape(3, 3) @ turn @ np.linalg.inv(np.array(m1).reshape(3, 3))
    h2 = np.array(m2).reshape(3, 3) @ turn.T @ np.linalg.inv(np.array(m2).reshape(3, 3))
    box.welcome["geometry"] = {
        "left_intrinsic": m1, "right_intrinsic": m2, "left_homography": h.ravel().tolist(),
        "right_homography": h2.ravel().tolist(), "rotation": turn.ravel().tolist(), "translation": [9.0, 0.1, 0.2],
    }  # fmt: skip
    device = depthai.Device()
    assert device.get_left_intrinsic() == [[800.0, 0, 640], [0, 800, 400], [0, 0, 1]]
    assert device.get_translation() == [9.0, 0.1, 0.2] and np.allclose(device.get_rotation(), turn)
    # The original's own formula, on intrinsics that were adjusted first.
    for height, scale, cut in ((720, 1.0, 40.0), (400, 0.5, 0.0), (800, 1.0, 0.0)):
        device.create_pipeline({"streams": ["left"], "camera": {"mono": {"resolution_h": height, "fps": 30}}})
        left, right = np.array(m1).reshape(3, 3), np.array(m2).reshape(3, 3)
        for matrix in (left, right):
            matrix[:2] *= scale
            matrix[1, 2] -= cut
        assert np.allclose(device.get_left_intrinsic(), left) and np.allclose(device.get_right_intrinsic(), right)
        assert np.allclose(device.get_left_homography(), right @ turn @ np.linalg.inv(left))
        assert np.allclose(device.get_right_homography(), right @ turn.T @ np.linalg.inv(right))
    device._session.close()


def test_no_geometry(box):
    box.config_d2h["eeprom"] = {"version": -1}
    device = depthai.Device()
    for call in (device.get_left_intrinsic, device.get_right_intrinsic, device.get_left_homography,
                 device.get_rotation, device.get_translation):  # fmt: skip
        with pytest.raises(RuntimeError, match="calibrate"):
            call()
    assert np.allclose(device.get_right_homography(), np.reshape(depthai.files.DEFAULT_HOMOGRAPHY, (3, 3)))
    assert device.is_eeprom_loaded() is False
    device._session.close()


def test_commands(box, device):
    device.request_jpeg()
    device.create_pipeline({"streams": ["jpegout"]})
    device.request_jpeg()
    device.request_af_trigger()
    device.request_af_mode(depthai.AutofocusMode.AF_MODE_CONTINUOUS_VIDEO)
    device.send_disparity_confidence_threshold(7)
    device.send_camera_control(CameraControl.CamId.LEFT, CameraControl.Command.AE_REGION, "0 0 200 200 1")
    device.send_camera_control(CameraControl.CamId.RGB, CameraControl.Command.AE_AUTO, "")
    wait_for(lambda: len(box.client.commands) == 6)
    assert [(kind, body) for kind, _, body in box.client.commands] == [
        (COMMAND, b"\x01" + bytes(32)), (COMMAND, b"\x02" + bytes(32)), (COMMAND, b"\x03\x02" + bytes(31)),
        (THRESHOLD, b"\x07"), (CONTROL, b"3A 44 1 0 0 200 200 1"), (CONTROL, b"3A 6 0"),
    ]  # fmt: skip
    with pytest.raises(TypeError):
        device.send_camera_control(1, CameraControl.Command.AE_AUTO, "")
    with pytest.raises(TypeError):
        device.send_disparity_confidence_threshold(300)


def test_enumerations():
    assert len(CameraControl.Command.__members__) == 35
    assert int(CameraControl.Command.CHROMA_DENOISE) == 48 and int(CameraControl.CamId.RIGHT) == 2
    assert list(depthai.AutofocusMode.__members__)[3] == "AF_MODE_CONTINUOUS_PICTURE"
    assert str(CameraControl.CamId.RGB) == "CamId.RGB"
    assert depthai.AutofocusMode(4) is depthai.AutofocusMode.AF_MODE_EDOF


def test_the_request(box, device, detector):
    config = {
        "streams": ["metaout", "depth", "rectified_left", "color"],
        "depth": {"median_kernel_size": 5, "lr_check": True,
                  "warp_rectify": {"use_mesh": True, "mirror_frame": False, "edge_fill_color": 128}},
        "ai": {**detector, "camera_input": "rectified_left_right", "shaves": 14, "cmx_slices": 14, "NN_engines": 2},
    }  # fmt: skip
    assert device.create_pipeline(config) is not None
    request = box.client.creates[0][1]
    assert request["generation"] == "C"
    assert [stream["name"] for stream in request["streams"]] == ["color", "rectified_left", "depth", "metaout"]
    assert request["depth"]["median_kernel_size"] == 5 and request["depth"]["lr_check"] is True
    assert request["depth"]["warp_rectify"] == {"mirror_frame": False, "edge_fill_color": 128}
    assert "homography" not in request["depth"]
    ai = request["ai"]
    assert (ai["output"], ai["family"], ai["confidence_threshold"]) == ("detection", "mobilenet", 0.4)
    assert ai["camera_input"] == "rectified_left_right"


def test_yolo(box, device, tmp_path, detector):
    meta = {"classes": 80, "coordinates": 4, "anchors": [10, 14, 23, 27], "anchor_masks": {"side26": [0, 1]},
            "iou_threshold": 0.45, "confidence_threshold": 0.6}  # fmt: skip
    config = {"NN_config": {"output_format": "detection", "NN_family": "YOLO", "NN_specific_metadata": meta}}
    (tmp_path / "net.json").write_text(json.dumps(config))
    assert device.create_pipeline({"streams": ["metaout"], "ai": detector}) is not None
    ai = box.client.creates[0][1]["ai"]
    assert ai["family"] == "YOLO" and ai["confidence_threshold"] == 0.6
    assert ai["yolo"] == {key: value for key, value in meta.items() if key != "confidence_threshold"}


def detections(*found):
    body = struct.pack("<i", len(found)) + b"".join(struct.pack("<I8f", *one) for one in found)
    return body.ljust(3604, b"\0")


def test_detections(box, device, detector):
    box.outputs = [[layer("detection_out", [1, 1, 100, 7])]]
    p = device.create_pipeline({"streams": ["metaout"], "ai": detector})
    payload = detections((15, 0.75, 0.1, 0.2, 0.3, 0.4, -0.5, 0.25, 2.5), (7, 0.5, 0, 0, 1, 1, 0, 0, 0))
    box.client.packet("metaout", payload, tail(3604))
    packet = nnet(p)
    found = packet.getDetectedObjects()
    assert len(found) == found.size == 2 and [one.label for one in found] == [15, 7]
    one = found[0]
    assert one.confidence == 0.75 and one.depth_z == 2.5 and one.x_min == pytest.approx(0.1)
    assert list(one.get_dict()) == [
        "label", "confidence", "x_min", "y_min", "x_max", "y_max", "depth_x", "depth_y", "depth_z",
    ]  # fmt: skip
    with pytest.raises(IndexError):
        found[2]
    with pytest.raises(AttributeError):
        one.label = 3
    for call in (
        lambda: packet.get_tensor(0),
        packet.getOutputsList,
        packet.getOutputsDict,
        lambda: packet["detection_out"],
    ):
        with pytest.raises(RuntimeError):
            call()
    assert packet.getTensorsSize() == 1
    with pytest.raises(RuntimeError):
        packet.entries()


@pytest.mark.parametrize("count", [-1, 101, 2**31 - 1])
def test_a_count_that_cannot_be(box, device, detector, count):
    p = device.create_pipeline({"streams": ["metaout"], "ai": detector})
    box.client.packet("metaout", struct.pack("<i", count).ljust(3604, b"\0"), tail(3604))
    assert len(nnet(p).getDetectedObjects()) == max(0, min(count, 100))
    box.client.packet("metaout", struct.pack("<i", count).ljust(44, b"\0"), tail(44))
    assert len(nnet(p).getDetectedObjects()) <= 1
    box.client.packet("metaout", b"ab", tail(2))
    with pytest.raises(RuntimeError):
        nnet(p).getDetectedObjects()


def test_raw_tensors(box, device, tmp_path):
    (tmp_path / "net.blob").write_bytes(b"net")
    box.outputs = [[
        layer("out", [1, 2, 2, 3], strides=[32, 16, 8, 2]), layer("flags", [4], "u8", offset=64, order="C"),
        layer("ints", [2], "i32", offset=68), layer("floats", [2], "f32", offset=76),
        layer("bytes", [3], "i8", offset=84),
    ]]  # fmt: skip
    p = device.create_pipeline({"streams": ["metaout", "previewout"], "ai": {"blob_file": str(tmp_path / "net.blob")}})
    assert box.client.creates[0][1]["ai"]["output"] == "raw"
    values = np.zeros((4, 4), "<f2")
    values[:, :3] = np.arange(12).reshape(4, 3)
    payload = (
        values.tobytes().ljust(64, b"\0") + b"\x01\x02\x03\x04" + struct.pack("<iiff", -1, 7, 0.5, 2.0) + b"\xff\0\x7f"
    )
    box.client.packet("metaout", payload, tail(len(payload), sequence=4))
    packet = nnet(p)
    out = packet.get_tensor("out")
    assert out.shape == (1, 2, 2, 3) and out.dtype == np.float16 and out.ravel().tolist() == list(range(12))
    assert out.flags.writeable
    assert packet[1].tolist() == [1, 2, 3, 4] and packet["ints"].tolist() == [-1, 7]
    assert packet["floats"].tolist() == [0.5, 2.0] and packet["bytes"].tolist() == [-1, 0, 127]
    assert packet.get_tensor("none") is None
    assert len(packet.getOutputsList()) == packet.getTensorsSize() == 5
    assert list(packet.getOutputsDict()) == ["out", "flags", "ints", "floats", "bytes"]
    info = packet.getOutputLayersInfo()[0]
    assert (info.name, info.order, info.dimensions, info.strides) == ("out", "NCHW", [1, 2, 2, 3], [32, 16, 8, 2])
    assert (str(info.data_type), info.offset, info.element_size, info.index) == ("f16", 0, 2, 0)
    assert info.get_dimension(depthai.TensorInfo.Dimension.W) == 3
    assert info.get_dimension(depthai.Dimension.BATCH) == 1 and info.get_dict()["name"] == "out"
    assert "name: out" in str(info)
    inputs = packet.getInputLayersInfo()
    assert [layer.name for layer in inputs] == ["data"] and inputs[0].get_dimension(depthai.Dimension.HEIGHT) == 4
    with pytest.raises(RuntimeError):
        packet.getDetectedObjects()
    with pytest.raises(IndexError):
        packet[5]
    box.client.packet("metaout", payload[:70], tail(70))
    with pytest.raises(RuntimeError, match="70 bytes"):
        nnet(p).get_tensor("ints")


def test_two_stages(box, device, tmp_path, detector):
    (tmp_path / "2.blob").write_bytes(b"second")
    box.outputs = [[layer("detection_out", [1, 1, 100, 7])], [layer("landmarks", [1, 10], offset=3648, order="NC")]]
    ai = {**detector, "blob_file2": str(tmp_path / "2.blob")}
    p = device.create_pipeline({"streams": ["metaout"], "ai": ai})
    assert set(box.client.blobs.values()) == {b"net", b"second"}
    payload = detections((1, 0.5, 0, 0, 1, 1, 0, 0, 0)).ljust(3648, b"\0") + np.arange(10, dtype="<f2").tobytes()
    box.client.packet("metaout", payload, tail(len(payload)))
    packet = nnet(p)
    assert len(packet.getDetectedObjects()) == 1
    assert packet.get_tensor(1).tolist() == [list(range(10))] and packet.getTensorsSize() == 2
    with pytest.raises(RuntimeError):
        packet.get_tensor(0)


def test_two_stages_need_detections_first(device, tmp_path):
    (tmp_path / "net.blob").write_bytes(b"net")
    ai = {"blob_file": str(tmp_path / "net.blob"), "blob_file2": str(tmp_path / "net.blob")}
    with pytest.raises(RuntimeError, match="detection"):
        device.create_pipeline({"streams": ["metaout"], "ai": ai})


def test_streams_of_the_third_api(box, device):
    names = ["color", "depth", "disparity_color", "rectified_right"]
    p = device.create_pipeline({"streams": names})
    client = box.client
    client.packet("color", bytes(8 * 6 * 3 // 2), tail(72, 6, 8))
    client.packet("depth", bytes(12), tail(12, 2, 3, bpp=2))
    client.packet("disparity", bytes(6), tail(6, 2, 3))
    client.packet("rectified_right", bytes(6), tail(6, 2, 3, instance=2))
    wait_for(lambda: len(p._queue._packets) == 4)
    color, depth, painted, rectified = p.get_available_data_packets()
    assert color.getData().shape == (72,) and depth.getData().shape == (2, 3)
    assert painted.getData().shape == (2, 3, 3) and painted.getMetadata().getFrameBytesPP() == 3
    assert rectified.getMetadata().getCameraName() == "right"
    client.packet("color", bytes(3), tail(3, instance=9))
    assert next(iter(p.get_available_data_packets(True))).getMetadata().getCameraName() == "INVALID_instNo"


def test_a_script_of_the_second_api(box, device, tmp_path):
    """Device, but depth_raw and entries()."""
    tensor = {"output_tensor_name": "out", "output_dimensions": [1, 1, 2, 7], "output_entry_iteration_index": 2,
              "output_properties_dimensions": [3], "output_properties_type": "f16",
              "property_key_mapping": [[], [], [], ["id", "label", "confidence", "a", "b", "c", "d"]]}  # fmt: skip
    (tmp_path / "net.json").write_text(json.dumps({"tensors": [tensor]}))
    (tmp_path / "net.blob").write_bytes(b"net")
    ai = {"blob_file": str(tmp_path / "net.blob"), "blob_file_config": str(tmp_path / "net.json")}
    config = {"streams": ["metaout", "depth_raw"], "ai": ai, "depth": {"confidence_threshold": 0.3}}
    p = device.create_pipeline(config)
    assert box.client.creates[0][1]["generation"] == "A"
    box.client.packet("depth", bytes(12), tail(12, 2, 3))
    assert next(iter(p.get_available_data_packets(True))).stream_name == "depth_raw"
    box.client.packet("metaout", np.arange(14, dtype="<f2").tobytes(), tail(28))
    packet = nnet(p)
    assert packet.entries()[1][0]["confidence"] == 9 and packet.get_tensor(0).dtype == np.uint8


def test_eeprom(box, device, tmp_path, capsys):
    device.write_eeprom_data({"board": {"name": "x", "clear-eeprom": True}, "list": [1, None]})
    assert box.eeprom == [{"board": {"name": "x", "clear-eeprom": True}, "list": [1, None]}]
    with pytest.raises(RuntimeError):
        device.write_eeprom_data({"it's": 1})
    numbers = np.arange(111, dtype="<f4")
    (tmp_path / "new.calib").write_bytes(numbers.tobytes() + b"\x01")
    config = {"streams": ["left"], "depth": {"calibration_file": str(tmp_path / "new.calib")},
              "board_config": {"store_to_eeprom": True, "left_to_right_distance_cm": 7.5, "name": "OBC"}}  # fmt: skip
    assert device.create_pipeline(config) is not None
    stored = box.eeprom[1]
    assert stored["board"]["store-to-eeprom"] is True and stored["board"]["name"] == "OBC"
    assert stored["board"]["left_to_right_distance_m"] == pytest.approx(0.075)
    assert stored["_board"]["calib_data"] == numbers.tolist()
    request = box.client.creates[0][1]
    assert request["depth"]["calibration"] == numbers.tolist()
    assert request["board_config"]["stereo_center_crop"] is True
    box.refuse_eeprom = "read only"
    device.write_eeprom_data({})
    assert "the EEPROM was not written: eeprom: read only" in capsys.readouterr().err
