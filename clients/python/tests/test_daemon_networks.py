# SPDX-License-Identifier: Apache-2.0
"""Real gen1 networks against the real daemon: what they find in a photograph, and how far away it is."""

import json
import math

import numpy as np
import pytest
import recording
from test_daemon_streams import collect

import depthai

pytestmark = pytest.mark.usefixtures("patient")
BOARD = {"left_fov_deg": 71.86, "rgb_fov_deg": 71.86}


@pytest.fixture
def device(photograph, monkeypatch):
    monkeypatch.setenv("DEPTHAI_HOST", photograph.socket)
    made = depthai.Device("rec", False)
    yield made
    made._session.close()


@pytest.fixture
def golden(gen1_data):
    """What others' runtimes find in the photograph with the same network: boxes in its pixels, the surest first."""
    found = json.loads((gen1_data.parent / "images" / "golden.json").read_text())["images"]["zidane.jpg"]

    def boxes(name):
        return [entry["box"] for entry in sorted(found[name], key=lambda entry: -entry["confidence"])]

    return boxes


def faces(blobs, config, **more):
    """The face network of gen1, with its own configuration of the third API."""
    return {"blob_file": blobs("face-detection-retail-0004-b0"),
            "blob_file_config": config("gen1-v1", "face-detection-retail-0004"), **more}  # fmt: skip


def ranged(pipeline, seconds=20):
    """The results, once the first depth picture has come."""
    depth = "depth_raw" if isinstance(pipeline, depthai.CNNPipeline) and pipeline._networks.whole else "depth"
    collect(pipeline, {depth: 1, "metaout": 1}, seconds)
    return collect(pipeline, {"metaout": 3}, seconds)["metaout"][-1]


def in_whole(box, keeps_aspect=True):
    """A box of the network's square picture in pixels of the photograph."""
    width = recording.HEIGHT if keeps_aspect else recording.WIDTH
    left = (recording.WIDTH - width) / 2
    return [left + box[0] * width, box[1] * recording.HEIGHT, left + box[2] * width, box[3] * recording.HEIGHT]


def overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0, width) * max(0, height)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def check_place(place, box):
    """x, y, z in metres, seen from the right grey lens: x to the right, y up."""
    z = recording.DISTANCE_MM / 1000
    assert place[2] == pytest.approx(z, rel=0.03)
    across, down = (box[0] + box[2]) / 2 - recording.WIDTH / 2, (box[1] + box[3]) / 2 - recording.HEIGHT / 2
    assert place[0] == pytest.approx(z * across / recording.FOCAL, abs=0.05)
    assert place[1] == pytest.approx(-z * down / recording.FOCAL, abs=0.05)


@pytest.mark.parametrize("keeps_aspect", [True, False])
@pytest.mark.parametrize("lens", ["rgb", "right"])
def test_faces_and_their_distances(device, blobs, config, golden, lens, keeps_aspect):
    ai = faces(blobs, config, calc_dist_to_bb=True, keep_aspect_ratio=keeps_aspect, camera_input=lens)
    p = device.create_pipeline({"streams": ["metaout", "previewout", "depth"], "ai": ai, "board_config": BOARD})
    assert collect(p, {"previewout": 1})["previewout"][0].getData().shape == (3, 300, 300)
    packet = ranged(p)
    seen = list(packet.getDetectedObjects())
    assert 1 <= len(seen) <= 3
    boxes = [in_whole([face.x_min, face.y_min, face.x_max, face.y_max], keeps_aspect) for face in seen]
    for known in golden("face_detection_retail_0004"):
        # The square in the middle of the picture ends inside the first face.
        visible = [max(known[0], 280), known[1], min(known[2], 1000), known[3]] if keeps_aspect else known
        best = max(range(len(seen)), key=lambda index: overlap(boxes[index], visible))
        assert overlap(boxes[best], visible) > 0.6, boxes
        check_place([seen[best].depth_x, seen[best].depth_y, seen[best].depth_z], boxes[best])
    assert packet.getMetadata().getCameraName() == lens


def test_rows_with_distances(photograph, monkeypatch, blobs, config, golden):
    monkeypatch.setenv("DEPTHAI_HOST", photograph.socket)
    assert depthai.init_device("", "")
    ai = {"blob_file": blobs("face-detection-retail-0004-b0"), "calc_dist_to_bb": True,
          "blob_file_config": config("seed", "face-detection-retail-0004_depth")}  # fmt: skip
    packet = ranged(depthai.create_pipeline({"streams": ["metaout", "depth_raw"], "ai": ai, "board_config": BOARD}))
    rows = packet.get_tensor(0)
    rows.dtype = np.float16
    rows = rows.reshape(-1, 10)
    sure = [row.astype(float) for row in rows[:20] if row[2] > 0.5]
    assert sure
    boxes = [in_whole(row[3:7]) for row in sure]
    face = golden("face_detection_retail_0004")[1]
    best = max(range(len(sure)), key=lambda index: overlap(boxes[index], face))
    assert overlap(boxes[best], face) > 0.6
    check_place(sure[best][7:10], boxes[best])
    entry = next(entry for entry in packet.entries() if entry[0]["confidence"] > 0.5)
    assert [entry[0][f"distance_{axis}"] for axis in "xyz"] == pytest.approx(sure[0][7:10].tolist())


def test_both_lenses_see(device, blobs, config):
    ai = faces(blobs, config, camera_input="left_right")
    p = device.create_pipeline({"streams": ["metaout", "previewout"], "ai": ai})
    found = collect(p, {"metaout": 6, "previewout": 6})
    for packets in found.values():
        names = [packet.getMetadata().getCameraName() for packet in packets]
        assert {"left", "right"} == set(names)


def test_landmarks_of_the_first_face(device, blobs, config):
    ai = faces(blobs, config, blob_file2=blobs("landmarks-regression-retail-0009-2"))
    p = device.create_pipeline({"streams": ["metaout"], "ai": ai})
    packet = collect(p, {"metaout": 3})["metaout"][-1]
    assert len(packet.getDetectedObjects()) >= 1
    points = packet.get_tensor(1).astype(float).reshape(5, 2)
    assert ((0 < points) & (points < 1)).all()
    # Eyes above the nose above the mouth; the eyes beside each other.
    assert max(points[0, 1], points[1, 1]) < points[2, 1] < min(points[3, 1], points[4, 1])
    assert points[0, 0] < points[1, 0]


def test_what_is_tracked_keeps_its_number(device, blobs, config):
    p = device.create_pipeline({"streams": ["object_tracker"], "ai": faces(blobs, config), "ot": {"max_tracklets": 5}})
    packets = collect(p, {"object_tracker": 12})["object_tracker"]
    seen = [packet.getObjectTracker() for packet in packets[-4:]]
    assert all(1 <= len(tracks) <= 5 for tracks in seen)
    assert len({tracks.getTracklet(0).getId() for tracks in seen}) == 1
    first = seen[-1].getTracklet(0)
    assert first.getStatus() == "TRACKED"
    assert 0 <= first.getLeftCoord() < first.getRightCoord() <= 300
    assert 0 <= first.getTopCoord() < first.getBottomCoord() <= 300


@pytest.mark.parametrize(
    "name, shape",
    [("person-detection-retail-0013-4", (3, 320, 544)), ("road-segmentation", (3, 512, 896)),
     ("person-attributes", (3, 160, 80)), ("person-reidentification", (3, 96, 48)), ("vehicle-license", (3, 300, 300))],
)  # fmt: skip
def test_raw_outputs_are_the_layers(device, blobs, name, shape):
    ai = {"blob_file": blobs(name), "cmx_slices": 8, "shaves": 8}
    p = device.create_pipeline({"streams": ["metaout", "previewout"], "ai": ai})
    found = collect(p, {"metaout": 1, "previewout": 1}, seconds=60)
    assert found["previewout"][0].getData().shape == shape
    packet = found["metaout"][0]
    layers = packet.getOutputLayersInfo()
    assert len(layers) >= 1
    for index, layer in enumerate(layers):
        tensor = packet.get_tensor(index)
        assert tensor.size > 0 and np.isfinite(tensor.astype(float)).all(), layer.name
    assert packet.getInputLayersInfo()[0].get_dimension(depthai.TensorInfo.Dimension.W) == shape[2]


def test_people_are_found(device, blobs, config, golden):
    ai = {"blob_file": blobs("person-detection-retail-0013-4"), "calc_dist_to_bb": True, "keep_aspect_ratio": False,
          "blob_file_config": config("gen1-v1", "person-detection-retail-0013")}  # fmt: skip
    p = device.create_pipeline({"streams": ["metaout", "depth"], "ai": ai, "board_config": BOARD})
    people = list(ranged(p).getDetectedObjects())
    assert people and max(person.confidence for person in people) > 0.7
    sure = max(people, key=lambda person: person.confidence)
    box = in_whole([sure.x_min, sure.y_min, sure.x_max, sure.y_max], keeps_aspect=False)
    assert overlap(box, golden("person_detection_retail_0013")[0]) > 0.6, box
    assert math.isclose(sure.depth_z, recording.DISTANCE_MM / 1000, rel_tol=0.03)
    assert sure.get_dict()["label"] == sure.label


def test_a_calibration_that_a_script_stores_makes_depth(program, gen1_data, tmp_path, monkeypatch):
    """An uncalibrated camera: the geometry comes from the script's own file, by way of the EEPROM, and stays."""
    from daemon import Daemon

    photo = gen1_data.parent / "images" / "zidane.jpg"
    box = Daemon(tmp_path, *recording.make(tmp_path / "recording", photo, calibrated=False))
    try:
        monkeypatch.setenv("DEPTHAI_HOST", box.socket)
        device = depthai.Device("", False)
        assert "depth" not in device.get_available_streams() and not device.is_eeprom_loaded()
        lens = [recording.FOCAL, 0, 639.5, 0, recording.FOCAL, 399.5, 0, 0, 1]
        upright, baseline = [1, 0, 0, 0, 1, 0, 0, 0, 1], recording.BASELINE_MM / 10
        numbers = upright * 2 + lens * 2 + upright + [-baseline, 0, 0]
        numbers += [0.0] * (111 - len(numbers))
        file = tmp_path / "script.calib"
        file.write_bytes(np.array(numbers, "<f4").tobytes())
        board = {"store_to_eeprom": True, "left_fov_deg": 71.86, "left_to_right_distance_cm": baseline}
        config = {"depth": {"calibration_file": str(file)}, "board_config": board}
        assert device.create_pipeline({"streams": ["left"], **config}) is not None
        for _ in range(2):
            device._session.close()
            device = depthai.Device("", False)
            assert "depth" in device.get_available_streams() and device.is_eeprom_loaded()
            depth = collect(device.create_pipeline({"streams": ["depth"]}), {"depth": 2})["depth"][-1].getData()
            assert np.median(depth[depth < 65535]) == pytest.approx(recording.DISTANCE_MM, rel=0.02)
            assert device.get_left_intrinsic()[0][0] == pytest.approx(recording.FOCAL, rel=1e-4)
            box.stop()
            box.start()
        device._session.close()
        assert json.loads(next((tmp_path / "state/eeprom").glob("*.json")).read_text())["_board"]
    finally:
        box.stop()
