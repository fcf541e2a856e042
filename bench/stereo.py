#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""depthd's matcher (`depthd stereo`) against OpenCV's SGBM 3WAY on the same pictures, in one run.

Printed: CPU milliseconds of one thread, minima of many runs taken in turn, and their ratios; what a second thread wins; and
how good the maps are, clean and spoiled, by the shared score.py. Nothing is asserted: tests hold the accuracy, and the
times belong in docs/benchmarks.md with the machine they were measured on.
"""
import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile

import cv2
import numpy as np

X86_BUILDS, ARM_BUILDS = ["avx2", "sse4"], ["neon"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, help="folder with data/ and tools/")
    parser.add_argument("--depthd", required=True, help="the program")
    parser.add_argument("--rounds", type=int, default=3, help="how often the two take turns")
    parser.add_argument("--runs", type=int, default=20, help="runs of each on every scene and turn")
    return parser.parse_args()


class Bench:
    def __init__(self, options, folder):
        self.depthd, self.options, self.folder = os.path.abspath(options.depthd), options, folder
        self.tools = f"{options.shared}/tools/stereo"
        self.scenes = f"{options.shared}/data/stereo/scenes"
        self.names = sorted(name for name in os.listdir(self.scenes) if os.path.exists(f"{self.scenes}/{name}/left.png"))

    def python(self, *command):
        return subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True).stdout

    def export(self, size):
        """The scenes' pictures at that size, as the scorer scales them."""
        pictures = f"{self.folder}/pictures-{size}"
        if not os.path.isdir(pictures):
            self.python(f"{self.tools}/score.py", self.scenes, "--export", pictures, "--size", size)
        return pictures

    def match(self, pictures, results, *more):
        """Runs depthd on every scene; returns the least CPU and wall milliseconds of all."""
        os.makedirs(results, exist_ok=True)
        cpu, wall = [], []
        for name in self.names:
            command = [self.depthd, "stereo", f"{pictures}/{name}/left.png", f"{pictures}/{name}/right.png",
                       "--output", f"{results}/{name}.png", *more]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            figures = re.search(r"CPU ms min ([\d.]+) .*wall ms min ([\d.]+)", output)
            cpu.append(float(figures.group(1)))
            wall.append(float(figures.group(2)))
        return min(cpu), min(wall)

    def peer(self, size, runs):
        output = self.python(f"{self.tools}/opencv_peer.py", self.scenes, f"{self.folder}/peer-{size}", "--size", size, "--runs", str(runs))
        return float(re.search(r"min ([\d.]+)", output).group(1))

    def mean_score(self, results, size="640x400"):
        lines = self.python(f"{self.tools}/score.py", self.scenes, results, "--size", size).strip().splitlines()
        return lines[-1].split(maxsplit=1)[1]

    def speed(self, size, builds, runs):
        """CPU of each build against the peer, taking turns."""
        pictures, results = self.export(size), f"{self.folder}/results-{size}"
        least = {}
        for _ in range(self.options.rounds):
            turns = {"OpenCV": self.peer(size, runs)}
            for build in builds:
                turns[build] = self.match(pictures, results, "--build", build, "--repeat", str(runs))[0]
            for who, time in turns.items():
                least[who] = min(time, least.get(who, time))
        print(f"{size}x96, one thread, CPU ms: " + ", ".join(
            f"{who} {time:.2f}" + (f" ({time / least['OpenCV']:.3f} of OpenCV)" if who != "OpenCV" else "") for who, time in least.items()))

    def threads(self, size):
        pictures, results = self.export(size), f"{self.folder}/results-threads"
        walls = {}
        for _ in range(4 * self.options.rounds):
            for count in (1, 2):
                wall = self.match(pictures, results, "--threads", str(count), "--repeat", "40")[1]
                walls[count] = min(wall, walls.get(count, wall))
        print(f"{size}x96, wall ms: one thread {walls[1]:.2f}, two {walls[2]:.2f}: {walls[1] / walls[2]:.2f} times as fast")

    def spoil(self, name, change):
        """The scenes' pictures with something wrong."""
        source, target = self.export("640x400"), f"{self.folder}/{name}"
        for index, scene in enumerate(self.names):
            os.makedirs(f"{target}/{scene}")
            pair = [cv2.imread(f"{source}/{scene}/{side}.png", 0).astype(np.float64) for side in ("left", "right")]
            changed = change(*pair, np.random.default_rng(1000 + index))
            for side, picture in zip(("left", "right"), changed):
                cv2.imwrite(f"{target}/{scene}/{side}.png", np.clip(np.rint(picture), 0, 255).astype(np.uint8))
        return target

    def peer_block_5(self, pictures):
        """OpenCV with block 5, its left border filled in by padding."""
        results = f"{pictures}-peer"
        os.makedirs(results)
        matcher = cv2.StereoSGBM_create(0, 96, 5, 8 * 25, 32 * 25, 1, 31, 10, 100, 2, cv2.STEREO_SGBM_MODE_SGBM_3WAY)
        for scene in self.names:
            pair = [cv2.imread(f"{pictures}/{scene}/{side}.png", 0) for side in ("left", "right")]
            padded = [cv2.copyMakeBorder(picture, 0, 0, 96, 0, cv2.BORDER_REPLICATE) for picture in pair]
            cv2.imwrite(f"{results}/{scene}.png", np.maximum(matcher.compute(*padded)[:, 96:], 0).astype(np.uint16))
        return results

    def accuracy(self):
        print("640x400x96, means of the scenes in percent (inlier: px):")
        def show(what, pictures, *more):
            results = f"{self.folder}/scored"
            self.match(pictures, results, *more)
            print(f"  {what:34s} {self.mean_score(results)}")
        clean = self.export("640x400")
        show("clean", clean)
        print(f"  {'OpenCV 3WAY block 3, clean':34s} {self.mean_score(f'{self.folder}/peer-640x400')}")
        noisy = self.spoil("noise", lambda left, right, dice: [p + dice.normal(0, 5, p.shape) for p in (left, right)])
        show("noise of 5, 9x7", noisy, "--kernel", "9x7")
        show("right picture x 0.8 + 10", self.spoil("gain", lambda left, right, dice: [left, right * 0.8 + 10]))
        shifted = self.spoil("shift", lambda left, right, dice: [left, np.vstack([right[:1], right[:-1]])])
        show("a row apart, 9x7 and prefilter", shifted, "--kernel", "9x7", "--prefilter")
        print(f"  {'OpenCV 3WAY block 5, a row apart':34s} {self.mean_score(self.peer_block_5(shifted))}")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, folder)
        builds = ARM_BUILDS if platform.machine() in ("aarch64", "arm64") else X86_BUILDS
        bench.speed("640x400", builds, options.runs)
        bench.speed("1280x720", builds, max(1, options.runs // 4))
        bench.threads("640x400")
        bench.accuracy()


if __name__ == "__main__":
    main()
