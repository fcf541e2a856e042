# SPDX-License-Identifier: Apache-2.0
"""Detections from the network's output, and how good they are."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from dataset import Samples, gray
from model import LABELS, boxes

CONFIDENCE = 0.5
OVERLAP = 0.45


def to_images(pictures: np.ndarray) -> Tensor:
    """BGR bytes `[N, H, W, 3]` to `[N, 3, H, W]`, 0...1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU of every box of `a` with every box of `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a, area_b = np.prod(a[:, 2:4] - a[:, :2], axis=1), np.prod(b[:, 2:4] - b[:, :2], axis=1)
    return shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-9)


def detections(output: Tensor) -> list[np.ndarray]:
    """Rows of x0, y0, x1, y1, label, score for each picture, by FastestDet's rules, suppressed across labels."""
    corners = boxes(output).flatten(2).permute(0, 2, 1).numpy()
    probability, label = output[:, 5:].flatten(2).max(1)
    score = (output[:, 0].flatten(1) ** 0.6 * probability**0.4).numpy()
    result = []
    for box, value, kind in zip(corners, score, label.numpy(), strict=True):
        keep = value > CONFIDENCE
        rows = np.column_stack([box[keep], kind[keep], value[keep]])
        result.append(suppress(rows[np.argsort(-rows[:, 5])]))
    return result


def suppress(rows: np.ndarray) -> np.ndarray:
    """Of two boxes that overlap the weaker goes, whatever their labels: no object is two things."""
    kept: list[np.ndarray] = []
    for candidate in rows:
        if not kept or overlap(candidate[None], np.array(kept)).max() <= OVERLAP:
            kept.append(candidate)
    return np.array(kept).reshape(-1, 6)


def evaluate(run: Callable[[Tensor], Tensor], samples: Samples, in_gray: bool = False) -> dict[str, dict[str, float]]:
    """Precision and recall at IoU 0.5 and the mean IoU of what was found, per label and over all.

    `run` takes images and gives the exported output. Finding an object that does not count is neither right nor wrong.
    """
    tally = {name: {"found": 0, "missed": 0, "wrong": 0, "overlap": 0.0} for name in LABELS}
    for start in range(0, len(samples), 64):
        images = to_images(samples.pictures[start : start + 64])
        output = run(gray(images) if in_gray else images)
        for found, truth in zip(detections(output), samples.objects[start : start + 64], strict=True):
            match(found, truth, tally)
    total = {key: sum(t[key] for t in tally.values()) for key in ("found", "missed", "wrong", "overlap")}
    return {name: rates(t) for name, t in [*tally.items(), ("all", total)]}


def match(found: np.ndarray, truth: np.ndarray, tally: dict) -> None:
    """Best detections first, each takes the free object of its label it overlaps most."""
    free = truth[:, 5] == 1
    for detection in found:
        counts = tally[LABELS[int(detection[4])]]
        ratio = overlap(detection[None], truth)[0] if len(truth) else np.zeros(0)
        wanted = np.where(free & (truth[:, 4] == detection[4]), ratio, 0)
        if len(wanted) and wanted.max() >= 0.5:
            best = int(wanted.argmax())
            free[best] = False
            counts["found"] += 1
            counts["overlap"] += float(wanted[best])
        elif not np.any((truth[:, 5] == 0) & (ratio >= 0.3)):
            counts["wrong"] += 1
    for row in truth[free]:
        tally[LABELS[int(row[4])]]["missed"] += 1


def rates(t: dict[str, float]) -> dict[str, float]:
    return {
        "precision": round(t["found"] / max(1, t["found"] + t["wrong"]), 4),
        "recall": round(t["found"] / max(1, t["found"] + t["missed"]), 4),
        "mean_iou": round(t["overlap"] / max(1, t["found"]), 4),
        "objects": int(t["found"] + t["missed"]),
    }
