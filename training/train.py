# SPDX-License-Identifier: Apache-2.0
"""Trains the demo detector on rendered pictures. See MODEL_CARD.md for the commands."""

import argparse
import copy
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dataset import Roughener, Samples, read
from metrics import evaluate, to_images
from model import COLUMNS, LABELS, ROWS, DemoDetector, Exported, boxes


def assign(objects: list[np.ndarray]) -> tuple[Tensor, Tensor, Tensor]:
    """Which cells are to find what.

    FastestDet's centre is a cell's corner plus tanh, so the (up to four) corners around an object's centre can reach it:
    all of them are positives; where two objects claim a corner, the smaller wins.
    Returns boxes `[B, 4, rows, columns]`, labels `[B, rows, columns]` (-1 where there is none) and the weight of the
    objectness there: 0 inside objects that do not count.
    """
    shape = (len(objects), ROWS, COLUMNS)
    corners, label, weight = np.zeros((len(objects), 4, ROWS, COLUMNS), np.float32), np.full(shape, -1), np.ones(shape, np.float32)
    for b, rows in enumerate(objects):
        for x0, y0, x1, y1, _, counts in rows:
            if counts:
                continue
            weight[b, int(y0 * ROWS) : math.ceil(y1 * ROWS) + 1, int(x0 * COLUMNS) : math.ceil(x1 * COLUMNS) + 1] = 0
        by_size = sorted((row for row in rows if row[5]), key=lambda r: -(r[2] - r[0]) * (r[3] - r[1]))
        for x0, y0, x1, y1, kind, _ in by_size:
            cx, cy = (x0 + x1) / 2 * COLUMNS, (y0 + y1) / 2 * ROWS
            for r in (int(cy), int(cy) + 1):
                for c in (int(cx), int(cx) + 1):
                    if r < ROWS and c < COLUMNS and abs(cy - r) < 0.97 and abs(cx - c) < 0.97:
                        corners[b, :, r, c] = (x0, y0, x1, y1)
                        label[b, r, c] = int(kind)
                        weight[b, r, c] = 1
    return torch.from_numpy(corners), torch.from_numpy(label), torch.from_numpy(weight)


def overlaps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU (Rezatofighi et al. 2019) of boxes `[N, 4]`, pair by pair."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    joined = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    iou = shared / joined.clamp(min=1e-9)
    return iou, iou - (hull - joined) / hull.clamp(min=1e-9)


def loss(raw: Tensor, objects: list[np.ndarray]) -> Tensor:
    """Objectness learns the IoU its box reaches, so that suppression keeps the best box; boxes learn by generalised IoU."""
    corners, label, weight = assign(objects)
    is_object = label >= 0
    count = max(1, int(is_object.sum()))
    iou, generalised = overlaps(boxes(raw).permute(0, 2, 3, 1)[is_object], corners.permute(0, 2, 3, 1)[is_object])
    wanted = torch.zeros_like(weight)
    # Never below 0.5: an object is an object while its box is still bad.
    wanted[is_object] = iou.detach().clamp(0.5, 1)
    logits = raw[:, 0]
    cross = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    # Easy background counts little (quality focal loss, Li et al. 2020).
    focus = torch.where(is_object, torch.ones_like(cross), logits.detach().sigmoid() ** 1.5)
    objectness = (cross * focus * weight).sum() / count
    classes = raw[:, 5:].permute(0, 2, 3, 1)[is_object]
    hot = functional.one_hot(label[is_object], len(LABELS)).float()
    classification = functional.binary_cross_entropy_with_logits(classes, hot, reduction="sum") / count
    return objectness + 3 * (1 - generalised).sum() / count + 0.5 * classification


def train(samples: Samples, arguments: argparse.Namespace, check: Samples | None) -> DemoDetector:
    """Returns the running average of the weights."""
    random = torch.Generator().manual_seed(arguments.seed)
    roughen = Roughener(arguments.seed)
    detector = DemoDetector().to(memory_format=torch.channels_last)
    if arguments.start:
        detector.load_state_dict(torch.load(arguments.start))
    average = copy.deepcopy(detector).eval()
    optimizer = torch.optim.AdamW(detector.parameters(), lr=arguments.rate, weight_decay=0.02)
    steps = arguments.images // arguments.batch
    order, started = torch.empty(0, dtype=torch.long), time.monotonic()
    for step in range(steps):
        progress = step / steps
        rate = arguments.rate * min(1, (step + 1) / 100) * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = rate
        if len(order) < arguments.batch:
            order = torch.randperm(len(samples), generator=random)
        chosen, order = order[: arguments.batch].numpy(), order[arguments.batch :]
        pairs = [roughen(samples.pictures[i], samples.objects[i]) for i in chosen]
        # Interleaved bytes seen as planes are what PyTorch calls channels-last.
        images = to_images(np.stack([picture for picture, _ in pairs]))
        value = loss(detector(images), [objects for _, objects in pairs])
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(detector.parameters(), 10)
        optimizer.step()
        follow(average, detector, min(0.998, (step + 1) / (step + 20)))
        if (step + 1) % 100 == 0:
            print(f"{step + 1}/{steps} loss {value.item():.3f} {time.monotonic() - started:.0f} s", flush=True)
        if (step + 1) % arguments.save_every == 0:
            torch.save(average.state_dict(), arguments.output)
            if check is not None:
                print(json.dumps(measure(average, check)["all"]), flush=True)
    return average


def follow(average: DemoDetector, detector: DemoDetector, keep: float) -> None:
    """Moves the running average towards the present weights and statistics."""
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), detector.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - keep)
            else:
                mean.copy_(value)


def measure(detector: DemoDetector, samples: Samples, in_gray: bool = False) -> dict:
    with torch.no_grad():
        return evaluate(Exported(detector).eval(), samples, in_gray)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="what `depthd render-dataset` wrote")
    parser.add_argument("--check", type=Path, help="a rendered folder of another seed, measured now and then")
    parser.add_argument("--output", type=Path, default=Path("demo-detector.pt"))
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--images", type=int, default=120_000, help="pictures to learn from, repeats included")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2.5e-3, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="results repeat only with the same number")
    parser.add_argument("--save-every", type=int, default=500, help="steps")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    check = read([arguments.check]) if arguments.check else None
    detector = train(read(arguments.folders), arguments, check)
    torch.save(detector.state_dict(), arguments.output)
    if check is not None:
        for name, rows in (("color", measure(detector, check)), ("gray", measure(detector, check, in_gray=True))):
            print(name, json.dumps(rows))


if __name__ == "__main__":
    main()
