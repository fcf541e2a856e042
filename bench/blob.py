#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Blobs run by depthd: against their goldens, against ONNX Runtime on the networks they were compiled from, and against
the reference executor on real blobs.

Printed: processor milliseconds of one run on one thread, load time, peak memory, the ratio to ONNX Runtime in Python on
the ONNX network beside the blob; then how far the outputs of the real blobs are from the reference executor's. Nothing
is asserted: the figures are for people, and belong in docs/benchmarks.md with the machine they were measured on.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime

# Vector, goal of the ratio to ONNX (or of milliseconds where there is no ONNX network).
NETWORKS = [("fastestdet_coco", "ratio 2.0 now, 1.5 wanted"), ("rfb320_face", "ratio 2.0 now, 1.5 wanted"),
            ("mobilenet_ssd_random", "35 ms")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, help="folder with data/ and tools/")
    parser.add_argument("--depthd", required=True, help="the program")
    parser.add_argument("--repeat", type=int, default=40, help="runs of each network")
    parser.add_argument("--rounds", type=int, default=3, help="how often depthd and ONNX Runtime take turns")
    parser.add_argument("--real", action="store_true", help="also compare the real blobs with the reference executor (minutes)")
    return parser.parse_args()


def run(options, blob, inputs, folder, repeat=1):
    """Load ms, run CPU ms (minimum), peak MB."""
    command = [options.depthd, "blob", "run", blob, "--output", folder, "--repeat", str(repeat)]
    for name, path in inputs:
        command += ["--input", f"{name}={path}"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(value) for value in re.search(r"load ([\d.]+) ms, run ([\d.]+) ms minimum.*peak ([\d.]+) MB", text).groups()]


def measure_onnx(model, arrays, repeat):
    """Minimal CPU ms of a run on one thread."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: arrays[0].astype(np.float32)}
    times = []
    for _ in range(repeat):
        start = time.process_time()
        session.run(None, feed)
        times.append((time.process_time() - start) * 1e3)
    return min(times)


def inputs_of(folder):
    files = sorted(glob.glob(f"{folder}/in_*.npy"))
    return [(re.sub(r"^in_|\.npy$", "", os.path.basename(path)), path) for path in files]


def compare_speed(options, folder):
    print(f"blobs, one thread, minimum of {options.repeat} runs, best of {options.rounds} rounds")
    for name, goal in NETWORKS:
        vector = f"{options.shared}/data/blobs/{name}"
        blob, inputs = f"{vector}/model.blob", inputs_of(vector)
        arrays = [np.load(path) for _, path in inputs]
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(run(options, blob, inputs, folder, options.repeat))
            if os.path.exists(f"{vector}/model.onnx"):
                theirs.append(measure_onnx(f"{vector}/model.onnx", arrays, options.repeat))
        load, best, peak = [min(values) for values in zip(*ours)]
        size = os.path.getsize(blob) / 2**20
        ratio = f", {best / min(theirs):.2f} of ONNX Runtime's {min(theirs):.2f} ms" if theirs else ""
        print(f"  {name}: {best:.2f} ms{ratio} (goal {goal}); load {load:.0f} ms (goal 500 at 15 MB), "
              f"peak {peak:.0f} MB (goal {3 * size + 40:.0f})")


def sample_input(port, picture):
    """Something a network of this input may see, in its own type."""
    kind = {0: np.float16, 1: np.uint8, 2: np.int32, 3: np.float32, 4: np.int8}[port.buf.dtype]
    shape = tuple(reversed(port.buf.dims))
    count = int(np.prod(shape))
    values = np.resize(picture.reshape(-1), count).reshape(shape)
    return values.astype(kind) if kind == np.uint8 else (values / 255).astype(kind)


def compare_real(options, folder):
    sys.path.insert(0, f"{options.shared}/tools/blob")
    import blobfmt
    import exec_blob
    picture = np.load(f"{options.shared}/data/blobs/real_face_detection_retail_0004_v5_0/in_data.npy")
    print("real blobs against the reference executor, largest difference in parts of the output's range")
    for path in sorted(glob.glob(f"{options.shared}/data/depthai/blobs-*/*.blob")):
        blob = blobfmt.load(path)
        arrays = [sample_input(port, picture) for port in blob.inputs]
        inputs = []
        for port, array in zip(blob.inputs, arrays):
            inputs.append((port.name, f"{folder}/{len(inputs)}.npy"))
            np.save(inputs[-1][1], array)
        outputs = f"{folder}/{os.path.basename(path)}"
        load, best, _ = run(options, path, inputs, outputs)
        with np.errstate(all="ignore"):
            expected = exec_blob.Exec(blob).run(arrays)
        worst = 0
        for port, golden in zip(blob.outputs, expected):
            ours = np.load(f"{outputs}/{re.sub(r'[^A-Za-z0-9_.@-]', '_', port.name)}.npy").astype(float).reshape(golden.shape)
            golden = golden.astype(float)
            if golden.shape[-1] == 7 and golden.ndim == 4:
                ours, golden = strongest(ours), strongest(golden)
            worst = max(worst, np.abs(ours - golden).max() / max(np.abs(golden).max(), 1e-9))
        print(f"  {os.path.basename(path)}: {worst:.2g}, load {load:.0f} ms, run {best:.2f} ms")


def strongest(rows, count=10):
    """The scores of the best detections: half floats tie often, so rows cannot be compared one by one."""
    rows = rows.reshape(-1, 7)
    ends = np.nonzero(rows[:, 0] < 0)[0]
    scores = np.sort(rows[:ends[0] if len(ends) else len(rows), 2])[::-1][:count]
    return np.pad(scores, (0, count - len(scores)))


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        compare_speed(options, folder)
        if options.real:
            compare_real(options, folder)


if __name__ == "__main__":
    main()
