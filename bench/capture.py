#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time of one camera picture, JPEG to pixels: depthd's V4L2 source against ffmpeg, in one run on one machine.

  bench/capture.py --pictures DIR [--bench .build/release/capture-bench] [--rounds 5] [--json FILE]

Both read the same file of JPEG pictures (4:2:2, as USB cameras send) made by ffmpeg from the photographs in DIR. depthd's
picture takes the whole way from the driver's buffer to the finished frame, but for the kernel. ffmpeg decodes to its own
planar YUV and throws it away (-f null); "same pixels" makes it convert to what depthd delivers. One thread each, user and
system time, minimum of the rounds, start-up taken off.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = ((640, 400), (1280, 720))
PICTURES = 60                    # in the file
LONG, SHORT = 600, 60            # pictures of the two ffmpeg runs whose difference is taken


def make_clip(folder, width, height, target):
    pictures = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))[:PICTURES]
    if not pictures:
        sys.exit(f"capture: no JPEG or PNG pictures in {folder}")
    fit = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},format=yuvj422p"
    with open(target, "wb") as clip:
        for number in range(PICTURES):
            clip.write(subprocess.run(
                ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(pictures[number % len(pictures)]), "-vf", fit,
                 "-frames:v", "1", "-q:v", "4", "-c:v", "mjpeg", "-f", "mjpeg", "-"], check=True, stdout=subprocess.PIPE).stdout)
    return os.path.getsize(target) / PICTURES


def child_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ffmpeg_ms(clip, pixels):
    def seconds(count):
        return child_seconds(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-threads", "1", "-stream_loop", "-1", "-f", "mjpeg", "-i", clip,
             "-frames:v", str(count)] + (["-pix_fmt", pixels] if pixels else []) + ["-threads", "1", "-f", "null", "-"])
    return (seconds(LONG) - seconds(SHORT)) / (LONG - SHORT) * 1000


def ours_ms(bench, clip, size, form, wanted=()):
    command = [bench, clip, *map(str, size), form, str(LONG), *map(str, wanted)]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if answer["undecodable"]:
        sys.exit(f"capture: {answer['undecodable']} pictures were not decoded")
    return answer["cpu_ms"]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pictures", required=True)
    options.add_argument("--bench", default=".build/release/capture-bench")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json")
    given = options.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            clip = f"{folder}/{size[0]}.mjpeg"
            average = make_clip(given.pictures, *size, clip)
            half = (size[0] // 2, size[1] // 2)
            runs = {
                "gray": lambda: ours_ms(given.bench, clip, size, "gray"),
                "bgr": lambda: ours_ms(given.bench, clip, size, "bgr"),
                "gray at 1/2": lambda: ours_ms(given.bench, clip, size, "gray", half),
                "ffmpeg yuv": lambda: ffmpeg_ms(clip, None),
                "ffmpeg gray": lambda: ffmpeg_ms(clip, "gray"),
                "ffmpeg bgr": lambda: ffmpeg_ms(clip, "bgr24"),
            }
            # In turns, so that a busy moment does not fall on one side only.
            best = dict.fromkeys(runs, float("inf"))
            for _ in range(given.rounds):
                for name, run in runs.items():
                    best[name] = min(best[name], run())
            rows.append({"size": f"{size[0]}x{size[1]}", "bytes": round(average), **{k: round(v, 3) for k, v in best.items()}})
            print(f"{size[0]}x{size[1]}, {average / 1000:.0f} kB a picture, CPU ms")
            for name, milliseconds in best.items():
                print(f"  {name:12} {milliseconds:6.2f}")
            for ours in ("gray", "bgr"):
                same = best[ours] / best["ffmpeg " + ours]
                print(f"  {ours:4} against ffmpeg's decoding alone {best[ours] / best['ffmpeg yuv']:.2f}, same pixels {same:.2f}")
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
