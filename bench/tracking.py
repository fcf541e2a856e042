#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""depthd's tracker and SORT on the same detections, in one run.

Accuracy by the shared scorer (CLEAR-MOT and IDF1, matches at an overlap of 0.5), speed as CPU microseconds a frame. The
peer is a Kalman tracker of the SORT kind on numpy and scipy, as users write it in Python (age 30 frames, three hits to
be shown). Printed, not asserted: the figures belong in docs/benchmarks.md with the machine they were measured on.
Needs motmetrics, numpy and scipy.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy.optimize import linear_sum_assignment

SETS = [
    ("pedestrians (TUD)", "mot/gt", "mot/det", (640, 480), 25, ["TUD-Campus", "TUD-Stadtmitte"]),
    ("road users (KITTI, generated detections)", "mot/kitti_synth/gt", "mot/kitti_synth/det", (1242, 375), 10, None),
]


def overlap(first, second):
    """Intersection over union of every box with every other: x1 y1 x2 y2."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    inter = np.prod(np.clip(high - low, 0, None), axis=2)
    area = lambda boxes: np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return inter / (area(first)[:, None] + area(second)[None, :] - inter)


class Peer:
    """Constant velocity for centre, area; constant shape (Bewley et al. 2016)."""

    F = np.eye(7) + np.diag([1, 1, 1], 4)
    H = np.eye(4, 7)
    R = np.diag([1.0, 1, 10, 10])
    Q = np.diag([1, 1, 1, 1, 0.01, 0.01, 0.0001])

    def __init__(self, age=30, hits=3):
        self.age, self.hits, self.tracks, self.next, self.frame = age, hits, [], 1, 0

    @staticmethod
    def measured(box):
        width, height = box[2] - box[0], box[3] - box[1]
        return np.array([box[0] + width / 2, box[1] + height / 2, width * height, width / height])

    @staticmethod
    def box(state):
        area = max(state[2], 1e-6)
        width = np.sqrt(area * max(state[3], 1e-6))
        height = area / width
        return np.array([state[0] - width / 2, state[1] - height / 2, state[0] + width / 2, state[1] + height / 2])

    def update(self, boxes):
        self.frame += 1
        for track in self.tracks:
            if track["x"][6] + track["x"][2] <= 0:
                track["x"][6] = 0
            track["x"] = self.F @ track["x"]
            track["P"] = self.F @ track["P"] @ self.F.T + self.Q
            track["unseen"] += 1
        free = set(range(len(boxes)))
        if self.tracks and len(boxes):
            weights = overlap(boxes, np.array([self.box(track["x"]) for track in self.tracks]))
            for detection, index in zip(*linear_sum_assignment(-weights)):
                if weights[detection, index] >= 0.3:
                    self.correct(self.tracks[index], boxes[detection])
                    free.discard(detection)
        for detection in free:
            x = np.concatenate([self.measured(boxes[detection]), np.zeros(3)])
            self.tracks.append(dict(x=x, P=np.diag([10.0, 10, 10, 10, 1e4, 1e4, 1e4]), id=self.next, unseen=0, streak=0))
            self.next += 1
        for track in self.tracks:
            track["streak"] = track["streak"] + 1 if track["unseen"] == 0 else 0
        shown = [t for t in self.tracks if t["unseen"] == 0 and (t["streak"] > self.hits or self.frame <= self.hits)]
        self.tracks = [t for t in self.tracks if t["unseen"] <= self.age]
        return [(t["id"], self.box(t["x"])) for t in shown]

    def correct(self, track, box):
        gain = track["P"] @ self.H.T @ np.linalg.inv(self.H @ track["P"] @ self.H.T + self.R)
        track["x"] = track["x"] + gain @ (self.measured(box) - self.H @ track["x"])
        track["P"] = (np.eye(7) - gain @ self.H) @ track["P"]
        track["unseen"] = 0


def run_peer(source, target):
    """One sequence through the peer: CPU seconds and frames."""
    rows = np.loadtxt(source, delimiter=",", ndmin=2)
    rows = rows[rows[:, 6] >= 0.5]
    peer, spent = Peer(), 0.0
    with open(target, "w") as out:
        for frame in range(1, int(rows[:, 0].max()) + 1):
            boxes = rows[rows[:, 0] == frame][:, 2:6].copy()
            boxes[:, 2:] += boxes[:, :2]
            before = time.process_time()
            tracks = peer.update(boxes)
            spent += time.process_time() - before
            for identity, box in tracks:
                out.write(f"{frame},{identity},{box[0]:.2f},{box[1]:.2f},{box[2] - box[0]:.2f},{box[3] - box[1]:.2f}\n")
    return spent, int(rows[:, 0].max())


def run_depthd(options, source, target, size, rate):
    """One sequence through depthd: CPU seconds and frames."""
    told = subprocess.run(
        [options.depthd, "track", source, "--output", target, "--size", f"{size[0]}x{size[1]}", "--fps", str(rate)],
        check=True, capture_output=True, text=True).stderr
    frames, micros = re.search(r"(\d+) frames.* ([\d.]+) µs", told).groups()
    return float(micros) * int(frames) / 1e6, int(frames)


def score(options, truth, results):
    told = subprocess.run(
        [sys.executable, f"{options.shared}/tools/tracking/score.py", truth, results], check=True, capture_output=True, text=True)
    return re.search(r"OVERALL\s+(.*)", told.stdout).group(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, help="folder with data/ and tools/")
    parser.add_argument("--depthd", required=True, help="the program")
    parser.add_argument("--rounds", type=int, default=3, help="how often each sequence is run for the time")
    options, _ = parser.parse_known_args()
    for title, truth, detections, size, rate, names in SETS:
        truth, detections = f"{options.shared}/data/{truth}", f"{options.shared}/data/{detections}"
        names = names or sorted(name[:-4] for name in os.listdir(truth))
        print(f"tracking, {title}: {len(names)} sequences")
        speeds = {}
        for who in ("peer", "depthd"):
            with tempfile.TemporaryDirectory() as folder:
                best = []
                for name in names:
                    source, target = f"{detections}/{name}.txt", f"{folder}/{name}.txt"
                    run = (lambda: run_peer(source, target)) if who == "peer" else (
                        lambda: run_depthd(options, source, target, size, rate))
                    best.append(min(run() for _ in range(options.rounds)))
                speeds[who] = sum(spent for spent, _ in best) / sum(frames for _, frames in best) * 1e6
                print(f"  {who}: {score(options, truth, folder)}, {speeds[who]:.1f} µs CPU per frame")
        print(f"  CPU: {speeds['depthd'] / speeds['peer']:.3f} of the peer")


if __name__ == "__main__":
    main()
