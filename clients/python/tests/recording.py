# SPDX-License-Identifier: Apache-2.0
"""A recording of one photograph at a known distance: both grey lenses see it, the left one shifted."""

import subprocess

import numpy as np

WIDTH, HEIGHT = 1280, 720
FOCAL, BASELINE_MM, SHIFT = 883.15, 90.0, 40
DISTANCE_MM = FOCAL * BASELINE_MM / SHIFT
_MIDDLE = f"cx: {WIDTH / 2 - 0.5}, cy: {HEIGHT / 2 - 0.5}"
_LENS = f"width: {WIDTH}, height: {HEIGHT}, fx: {FOCAL}, fy: {FOCAL}, {_MIDDLE}, distortion: []"
_UPRIGHT = "rotation: [[1, 0, 0], [0, 1, 0], [0, 0, 1]]"
_CALIBRATION = f"""depthd_calibration: 1
left: {{{_LENS}}}
right: {{{_LENS}}}
{_UPRIGHT}
translation_mm: [{-BASELINE_MM}, 0, 0]
color: {{{_LENS}, {_UPRIGHT}, translation_mm: [0, 0, 0]}}
"""


def make(folder, photograph, calibrated=True):
    """Writes the recording; the settings that show it."""
    scale = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase,crop={WIDTH}:{HEIGHT}"
    command = ["ffmpeg", "-v", "error", "-i", str(photograph), "-vf", scale, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    colour = np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3)
    grey = (colour @ [0.299, 0.587, 0.114]).astype(np.uint8)
    pictures = {"color": (b"P6", "ppm", colour), "right": (b"P5", "pgm", grey),
                "left": (b"P5", "pgm", np.roll(grey, SHIFT, axis=1))}  # fmt: skip
    for lens, (magic, ending, picture) in pictures.items():
        (folder / lens).mkdir(parents=True)
        head = magic + b"\n%d %d\n255\n" % (WIDTH, HEIGHT)
        (folder / lens / f"0.{ending}").write_bytes(head + picture.tobytes())
    if calibrated:
        (folder / "calibration.yml").write_text(_CALIBRATION)
    camera = ["id=rec", "source=replay", f"replay.folder={folder}", "replay.fps=10"]
    return [f"cameras.0.{setting}" for setting in camera]
