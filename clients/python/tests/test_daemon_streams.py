# SPDX-License-Identifier: Apache-2.0
"""Every stream and function of both APIs against the real daemon on its demo scene."""

import subprocess
import time

import numpy as np
import pytest

import depthai

pytestmark = pytest.mark.usefixtures("patient")
PICTURES = ["left", "right", "rectified_left", "rectified_right", "depth", "disparity"]


@pytest.fixture
def device(demo, monkeypatch):
    monkeypatch.setenv("DEPTHAI_HOST", demo.socket)
    made = depthai.Device("", False)
    yield made
    made._session.close()


def collect(pipeline, wanted, seconds=20):
    """Packets by stream until there are enough of each."""
    found = {name: [] for name in wanted}
    end = time.monotonic() + seconds
    while any(len(found[name]) < count for name, count in wanted.items()):
        assert time.monotonic() < end, {name: len(packets) for name, packets in found.items()}
        networks, data = pipeline.get_available_nnet_and_data_packets(blocking=True)
        for packet in data:
            found.setdefault(packet.stream_name, []).append(packet)
        if "metaout" in found:
            found["metaout"] += list(networks)
    return found


def test_what_there_is(device, demo):
    assert device.get_available_streams() == [
        "meta_d2h", "color", "left", "right", "rectified_left", "rectified_right", "disparity", "depth", "metaout",
        "previewout", "jpegout", "video", "object_tracker"]  # fmt: skip
    assert device.is_rgb_connected() and device.is_left_connected() and device.is_right_connected()
    assert device.is_usb3() and device.get_mx_id() == "DEMO" and not device.is_device_changed()
    assert device.is_eeprom_loaded()


def test_pictures(device):
    p = device.create_pipeline({"streams": [*PICTURES, "disparity_color"]})
    found = collect(p, dict.fromkeys([*PICTURES, "disparity_color"], 3))
    for name in PICTURES:
        data, metadata = found[name][-1].getData(), found[name][-1].getMetadata()
        assert data.shape == (720, 1280) and data.dtype == (np.uint16 if name == "depth" else np.uint8), name
        assert (metadata.getFrameWidth(), metadata.getFrameHeight()) == (1280, 720)
        assert metadata.getFrameBytesPP() == data.itemsize
        assert metadata.getCameraName() == ("left" if "left" in name else "right")
        assert metadata.getTimestamp() > 0
        assert data.max() > data.min()
    assert found["disparity"][-1].getData().max() <= 95
    painted = found["disparity_color"][-1]
    assert painted.getData().shape == (720, 1280, 3) and painted.getMetadata().getFrameBytesPP() == 3
    sequences = {name: {packet.getMetadata().getSequenceNum() for packet in found[name]} for name in ("left", "right")}
    assert sequences["left"] & sequences["right"]


@pytest.mark.parametrize("height, shape", [(400, (400, 640)), (720, (720, 1280)), (800, (800, 1280))])
def test_resolutions(device, height, shape):
    p = device.create_pipeline({"streams": ["left", "depth"], "camera": {"mono": {"resolution_h": height, "fps": 30}}})
    found = collect(p, {"left": 1, "depth": 1})
    assert found["left"][0].getData().shape == shape and found["depth"][0].getData().shape == shape


def test_the_depth_is_where_things_truly_are(device, demo):
    p = device.create_pipeline({"streams": ["depth"], "camera": {"mono": {"resolution_h": 400, "fps": 30}}})
    errors = []
    for packet in collect(p, {"depth": 40})["depth"]:
        depth, sequence = packet.getData(), packet.getMetadata().getSequenceNum()
        for thing in demo.get(f"/api/v1/cameras/demo/truth?sequence={sequence}")["objects"]:
            box = thing["box_right"]
            if thing["visible_right"] < 0.95:
                continue
            middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
            half = [0.15 * (box[2] - box[0]), 0.15 * (box[3] - box[1])]
            rows = slice(int((middle[1] - half[1]) * 400), int((middle[1] + half[1]) * 400) + 1)
            columns = slice(int((middle[0] - half[0]) * 640), int((middle[0] + half[0]) * 640) + 1)
            part = depth[rows, columns]
            part = part[(part > 0) & (part < 65535)]
            if part.size:
                errors.append(abs(np.median(part) - thing["z_mm"]) / thing["z_mm"])
    assert len(errors) >= 20
    assert np.median(errors) < 0.03, np.median(errors)


def test_colour_is_planes_that_opencv_reads(device):
    p = device.create_pipeline({"streams": ["color"], "camera": {"rgb": {"resolution_h": 1080, "fps": 30}}})
    packet = collect(p, {"color": 1})["color"][0]
    metadata = packet.getMetadata()
    assert (metadata.getFrameHeight(), metadata.getFrameWidth()) == (1080, 1920)
    planes = packet.getData().reshape(1080 * 3 // 2, 1920)
    assert packet.getData().size == 1920 * 1080 * 3 // 2 and 16 <= planes[:1080].min() < planes[:1080].max() <= 236


def test_a_rate_of_its_own(device):
    p = device.create_pipeline({"streams": ["left", {"name": "right", "max_fps": 5}]})
    found = collect(p, {"left": 40, "right": 1})
    assert len(found["left"]) >= 3 * len(found["right"])


def test_a_still_comes_when_it_is_asked_for(device, tmp_path):
    p = device.create_pipeline({"streams": ["jpegout", "left"]})
    assert not collect(p, {"left": 5, "jpegout": 0})["jpegout"]
    device.request_jpeg()
    jpeg = collect(p, {"jpegout": 1})["jpegout"][0]
    (tmp_path / "still.jpg").write_bytes(jpeg.getData().tobytes())
    assert jpeg.getMetadata().getCategory() == 1
    assert probe(tmp_path / "still.jpg")["codec_name"] == "mjpeg"


def probe(file):
    command = ["ffprobe", "-v", "error", "-count_frames", "-of", "default=noprint_wrappers=1", "-show_entries",
               "stream=codec_name,profile,width,height,nb_read_frames", str(file)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    return dict(line.split("=") for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    "settings, codec, profile",
    [(None, "h264", None), ({"profile": "h264_main", "bitrate": 1000000}, "h264", "Main"),
     ({"profile": "mjpeg", "quality": 70}, "mjpeg", None)],
)  # fmt: skip
def test_video_is_a_stream_that_players_read(device, tmp_path, settings, codec, profile):
    config = {"streams": ["video"], **({"video_config": settings} if settings else {})}
    packets = collect(device.create_pipeline(config), {"video": 20})["video"]
    file = tmp_path / f"video.{codec}"
    file.write_bytes(b"".join(packet.getData().tobytes() for packet in packets))
    seen = probe(file)
    assert seen["codec_name"] == codec and int(seen["nb_read_frames"]) >= 19
    assert profile is None or profile in seen["profile"]


def test_video_that_cannot_be_made_is_refused(device, capfd):
    assert device.create_pipeline({"streams": ["video"], "video_config": {"profile": "h265_main"}}) is None
    assert "H.265" in capfd.readouterr().err


def test_the_box_tells_its_temperature(device):
    p = device.create_pipeline({"streams": ["meta_d2h"]})
    text = collect(p, {"meta_d2h": 1})["meta_d2h"][0].getDataAsStr()
    assert '"sensors"' in text and '"temperature"' in text


def test_what_a_network_would_see_without_one(device):
    p = device.create_pipeline({"streams": ["previewout"]})
    assert collect(p, {"previewout": 2})["previewout"][-1].getData().shape == (3, 300, 300)


def test_commands_do_no_harm(device):
    p = device.create_pipeline({"streams": ["left", "depth"]})
    collect(p, {"left": 1})
    device.request_af_trigger()
    device.request_af_mode(depthai.AutofocusMode.AF_MODE_MACRO)
    control, camera = depthai.CameraControl.Command, depthai.CameraControl.CamId
    device.send_camera_control(camera.RIGHT, control.AE_MANUAL, "4000 400 33333")
    device.send_camera_control(camera.RIGHT, control.AE_AUTO, "")
    device.send_camera_control(camera.RGB, control.CUSTOM_CAPTURE, "1 2 3")
    collect(p, {"left": 3})


def test_a_threshold_makes_depth_unknown(device):
    p = device.create_pipeline({"streams": ["depth"]})

    def known():
        return np.mean([np.mean(packet.getData() < 65535) for packet in collect(p, {"depth": 3})["depth"]])

    try:
        before = known()
        device.send_disparity_confidence_threshold(254)
        end = time.monotonic() + 10
        while (now := known()) > 0.8 * before and time.monotonic() < end:
            pass
        assert now <= 0.8 * before
    finally:
        device.send_disparity_confidence_threshold(0)


def test_the_first_api(demo, monkeypatch, blobs, config):
    monkeypatch.setenv("DEPTHAI_HOST", f"127.0.0.1:{demo.port}")
    assert depthai.init_device("", "demo")
    assert "depth_raw" in depthai.get_available_steams()
    ai = {"blob_file": blobs("face-detection-retail-0004-b0"),
          "blob_file_config": config("seed", "face-detection-retail-0004")}  # fmt: skip
    board = {"left_fov_deg": 71.86, "rgb_fov_deg": 68.7938}
    p = depthai.create_pipeline({"streams": ["metaout", "previewout", "depth_raw"], "ai": ai, "board_config": board})
    found = collect(p, {"metaout": 2, "previewout": 2, "depth_raw": 2})
    assert found["previewout"][0].getData().shape == (3, 300, 300)
    assert found["depth_raw"][0].getData().shape == (720, 1280)
    packet = found["metaout"][0]
    assert packet.get_tensor(0).dtype == np.uint8 and packet.get_tensor("nothing") is None
    assert len(packet.entries()) in (100, 200)
    assert depthai.get_nn_to_depth_bbox_mapping() == {"off_x": 299, "off_y": 59, "max_w": 681, "max_h": 681}


def test_a_stage_after_a_stage_needs_detections(device, blobs, config):
    ai = {"blob_file": blobs("face"), "blob_file2": blobs("landmarks")}
    with pytest.raises(RuntimeError):
        device.create_pipeline({"streams": ["metaout"], "ai": ai})


def test_what_the_box_refuses_changes_nothing(device, tmp_path, capfd, blobs):
    p = device.create_pipeline({"streams": ["left"]})
    with open(blobs("face"), "rb") as whole:
        (tmp_path / "broken.blob").write_bytes(whole.read(20000))
    assert device.create_pipeline({"streams": ["metaout"], "ai": {"blob_file": str(tmp_path / "broken.blob")}}) is None
    assert "ai.blob" in capfd.readouterr().err
    collect(p, {"left": 3})


def test_the_eeprom_is_a_file_of_the_box(device, demo):
    upright, lens = [1, 0, 0, 0, 1, 0, 0, 0, 1], [850, 0, 640, 0, 850, 400, 0, 0, 1]
    calib = upright * 2 + lens * 2 + upright + [-7.5, 0, 0]
    board = {"name": "BW1098OBC", "revision": "R0", "left_fov_deg": 71.86, "left_to_right_distance_m": 0.075}
    device.write_eeprom_data({"board": board, "_board": {"calib_data": calib + [0.0] * (111 - len(calib))}})
    other = depthai.Device("", False)
    try:
        eeprom = other._session.config_d2h["eeprom"]
        assert eeprom["version"] == 5 and eeprom["board_name"] == "BW1098OBC" and eeprom["calib_T"] == [-7.5, 0, 0]
        # The scene has a geometry of its own: that is what the pictures show.
        assert other.get_left_intrinsic()[0][0] != 850
    finally:
        device.write_eeprom_data({"board": {"clear-eeprom": True}})
        other._session.close()
    device.write_eeprom_data({"board": {"left_fov_deg": 400}})
    assert not list((demo.folder / "state/eeprom").glob("*.json"))
