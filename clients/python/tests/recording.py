# SPDX-License-Identifier: Apache-2.0
"""A recording of one photograph at a known distance: both grey lenses see it, the left one shifted."""

import subprocess

import numpy as np

WIDTH, HEIGHT = 1280, 720
FOCAL, BASELINE_MM, SHIFT = 883.15, 90.0, 40
DISTANCE_MM = FOCAL * BASELINE_MM / SHIFT
_UPRIGHT = "rotation: [[1, 0, 0], [0, 1, 0], [0, 0, 1]]"


def _calibration(width, height):
    focal = FOCAL * width / WIDTH
    middle = f"cx: {width / 2 - 0.5}, cy: {height / 2 - 0.5}"
    lens = f"width: {width}, height: {height}, fx: {focal}, fy: {focal}, {middle}, distortion: []"
    return f"""depthd_calibration: 1
left: {{{lens}}}
right: {{{lens}}}
{_UPRIGHT}
translation_mm: [{-BASELINE_MM}, 0, 0]
color: {{{lens}, {_UPRIGHT}, translation_mm: [0, 0, 0]}}
"""


def make(folder, photograph, calibrated=True, part=1, fps=10):
    """Writes the recording, both its sides divided by `part`; the settings that show it."""
    width, height = WIDTH // part, HEIGHT // part
    scale = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
    command = ["ffmpeg", "-v", "error", "-i", str(photograph), "-vf", scale, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    colour = np.frombuffer(raw, np.uint8).reshape(height, width, 3)
    grey = (colour @ [0.299, 0.587, 0.114]).astype(np.uint8)
    pictures = {"color": (b"P6", "ppm", colour), "right": (b"P5", "pgm", grey),
                "left": (b"P5", "pgm", np.roll(grey, SHIFT // part, axis=1))}  # fmt: skip
    for lens, (magic, ending, picture) in pictures.items():
        (folder / lens).mkdir(parents=True)
        head = magic + b"\n%d %d\n255\n" % (width, height)
        (folder / lens / f"0.{ending}").write_bytes(head + picture.tobytes())
    if calibrated:
        (folder / "calibration.yml").write_text(_calibration(width, height))
    camera = ["id=rec", "source=replay", f"replay.folder={folder}", f"replay.fps={fps}"]
    return [f"cameras.0.{setting}" for setting in camera]
