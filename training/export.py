# SPDX-License-Identifier: Apache-2.0
"""Writes trained weights as ONNX with its manifest, after comparing ONNX Runtime with PyTorch and measuring both."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

import metrics
from dataset import read
from model import HEIGHT, LABELS, WIDTH, DemoDetector, Exported

OPSET = 17


def export(detector: DemoDetector, path: Path) -> None:
    """One input `images` `[1, 3, H, W]`, one output `cells` `[1, 5 + labels, rows, columns]`, every node named."""
    example = torch.rand(1, 3, HEIGHT, WIDTH)
    torch.onnx.export(
        Exported(detector).eval(), (example,), str(path), input_names=["images"], output_names=["cells"],
        opset_version=OPSET, do_constant_folding=True, dynamo=False,
    )
    model = onnx.load(str(path))
    for index, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{index}"
    model.producer_name, model.producer_version = "depthd", ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def largest_difference(detector: DemoDetector, path: Path) -> float:
    """Between PyTorch and ONNX Runtime over random pictures."""
    runner, worst = session(path), 0.0
    for seed in range(8):
        image = torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            wanted = Exported(detector).eval()(image).numpy()
        worst = max(worst, float(np.abs(wanted - runner.run(None, {"images": image.numpy()})[0]).max()))
    return worst


def manifest(path: Path, confidence: float) -> dict:
    """What depthd needs to know to run the file."""
    return {
        "family": "fastestdet",
        "labels": list(LABELS),
        "input": {
            "width": WIDTH, "height": HEIGHT, "resize": "stretch", "pad": 114, "color": "bgr", "layout": "planar",
            "mean": [0, 0, 0], "scale": [1 / 255] * 3,
        },
        "thresholds": {"confidence": confidence, "iou": metrics.OVERLAP, "across_labels": True, "maximum_detections": 100},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="what train.py wrote")
    parser.add_argument("output", type=Path, help="the .onnx file; the manifest goes beside it as .json")
    parser.add_argument("--confidence", type=float, default=metrics.CONFIDENCE, help="threshold for the manifest and the measurement")
    parser.add_argument("--check", type=Path, nargs="*", default=[], help="rendered folders of other seeds to measure on")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    metrics.CONFIDENCE = arguments.confidence
    detector = DemoDetector()
    detector.load_state_dict(torch.load(arguments.weights))
    detector.eval()
    export(detector, arguments.output)
    difference = largest_difference(detector, arguments.output)
    if difference > 1e-4:
        raise SystemExit(f"ONNX Runtime differs from PyTorch by {difference}")
    arguments.output.with_suffix(".json").write_text(json.dumps(manifest(arguments.output, arguments.confidence), indent=2) + "\n")
    print(f"{arguments.output.stat().st_size} bytes, largest difference {difference:.1e}")
    runner = session(arguments.output)
    for folder in arguments.check:
        samples = read([folder])
        for name, in_gray in (("color", False), ("gray", True)):
            def run(images: torch.Tensor) -> torch.Tensor:
                return torch.cat([torch.from_numpy(runner.run(None, {"images": image[None].numpy()})[0]) for image in images])
            print(folder.name, name, json.dumps(metrics.evaluate(run, samples, in_gray)))


if __name__ == "__main__":
    main()
