# SPDX-License-Identifier: Apache-2.0
"""Reads what `depthd render-dataset` wrote, and roughens pictures the way cameras do."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from model import HEIGHT, LABELS, WIDTH

# An object counts when half of its outline shows and it is 3 % of the picture high (SceneTruth's rule); what shows less
# is neither wanted nor wrong.
MINIMUM_VISIBLE = 0.5
MINIMUM_HEIGHT = 0.03


@dataclass
class Samples:
    """Pictures `[N, HEIGHT, WIDTH, 3]` (BGR bytes) with, for each, rows of x0, y0, x1, y1, label, counts."""

    pictures: np.ndarray
    objects: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.objects)


def read(folders: list[Path], interpolation: int = cv2.INTER_LINEAR) -> Samples:
    """All pictures of `folders`, stretched to the network's size as depthd does it (bilinear)."""
    lines = [(folder, json.loads(line)) for folder in folders for line in (folder / "labels.jsonl").open()]
    pictures = np.empty((len(lines), HEIGHT, WIDTH, 3), np.uint8)
    objects = []
    for index, (folder, line) in enumerate(lines):
        picture = cv2.imread(str(folder / line["picture"]))
        if picture is None:
            raise FileNotFoundError(folder / line["picture"])
        cv2.resize(picture, (WIDTH, HEIGHT), dst=pictures[index], interpolation=interpolation)
        objects.append(np.array([row(entry) for entry in line["objects"]], np.float32).reshape(-1, 6))
    return Samples(pictures, objects)


def row(entry: dict) -> list[float]:
    box = entry["box"]
    counts = entry["visible"] >= MINIMUM_VISIBLE and box["yMax"] - box["yMin"] >= MINIMUM_HEIGHT
    return [box["xMin"], box["yMin"], box["xMax"], box["yMax"], LABELS.index(entry["label"]), float(counts)]


# How much blue, green and red add to the brightness of a grey picture.
LUMINANCE = np.array([0.114, 0.587, 0.299])


def gray(images: Tensor) -> Tensor:
    """BGR to three equal channels of luminance: what a grey camera gives the network."""
    weights = torch.tensor(LUMINANCE, dtype=images.dtype).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True).expand(-1, 3, -1, -1)


class Roughener:
    """Mirrors, moves, recolours, greys, blurs or sharpens, lights and noises pictures, each in its own way. Bytes to bytes."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.noise = self.random.normal(0, 1, 2 * HEIGHT * WIDTH * 3).astype(np.float32)

    def __call__(self, picture: np.ndarray, objects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        random = self.random
        if random.random() < 0.5:
            picture, objects = cv2.flip(picture, 1), mirror(objects)
        picture, objects = self.move(picture, objects)
        amount = random.uniform(-0.4, 0.8)
        if abs(amount) > 0.1:
            picture = cv2.addWeighted(picture, 1 - amount, cv2.blur(picture, (3, 3)), amount, 0)
        picture = cv2.transform(picture, self.colors(cv2.mean(picture)[:3]))
        sigma, start = random.uniform(0, 6), random.integers(len(self.noise) // 2)
        noise = (self.noise[start : start + picture.size] * sigma).reshape(picture.shape)
        return cv2.add(picture, noise, dtype=cv2.CV_8U), objects

    def move(self, picture: np.ndarray, objects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Zooms and shifts a little: other lenses see the same room elsewhere. What is cut in half no longer counts."""
        scale, shift = self.random.uniform(0.88, 1.15), self.random.uniform(-0.08, 0.08, 2)
        offset = 0.5 - 0.5 * scale + shift
        matrix = np.array([[scale, 0, offset[0] * WIDTH], [0, scale, offset[1] * HEIGHT]])
        picture = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        moved = objects.copy()
        moved[:, :4] = objects[:, :4] * scale + np.tile(offset, 2)
        clipped = moved.copy()
        clipped[:, :4] = moved[:, :4].clip(0, 1)
        kept = np.prod(clipped[:, 2:4] - clipped[:, :2], axis=1) / np.prod(moved[:, 2:4] - moved[:, :2], axis=1)
        clipped[kept < 0.6, 5] = 0
        return picture, clipped[kept > 0.02]

    def colors(self, mean: tuple[float, ...]) -> np.ndarray:
        """A random 3x4 matrix from colours to colours: order of the channels (another hue), gains, grey, contrast, light."""
        random = self.random
        matrix = np.diag(random.uniform(0.85, 1.15, 3))
        if random.random() < 0.3:
            matrix = matrix[:, random.permutation(3)]
        if random.random() < 0.4:
            matrix = np.tile(LUMINANCE, (3, 1)) @ matrix
        contrast, light = random.uniform(0.7, 1.3), random.uniform(0.6, 1.4)
        offset = (1 - contrast) * light * (matrix @ np.array(mean)).mean()
        return np.column_stack([matrix * contrast * light, np.full(3, offset)])


def mirror(objects: np.ndarray) -> np.ndarray:
    result = objects.copy()
    result[:, 0], result[:, 2] = 1 - objects[:, 2], 1 - objects[:, 0]
    return result
