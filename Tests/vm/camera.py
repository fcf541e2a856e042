#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rig's USB camera (/rig/devices/fake-uvc) with faults and a side-by-side picture. Runs in the guest.

Options are the rig's, and --side-by-side: both halves of a GREY picture show one texture, the right one moved by --shift.
Lines on standard input are the rig's, and: fault none | short | torn | size
  short  half a picture          torn  a picture with its end overwritten
  size   MJPEG only: a whole picture of another size than was promised (--other-frames)
"""
import importlib.util
import sys
from importlib.machinery import SourceFileLoader

loader = SourceFileLoader("fake_uvc", "/rig/devices/fake-uvc")
uvc = importlib.util.module_from_spec(importlib.util.spec_from_loader("fake_uvc", loader))
sys.path.insert(0, "/rig/devices")
loader.exec_module(uvc)


class SideBySide:
    """Two views of one texture in one picture."""

    def __init__(self, width, height, seed, shift):
        self.half = width // 2
        self.left = uvc.Texture("GREY", self.half, height, seed, 0)
        self.right = uvc.Texture("GREY", self.half, height, seed, shift)

    def frame(self, number):
        halves = self.left.frame(number), self.right.frame(number)
        return b"".join(view[at:at + self.half] for at in range(0, len(halves[0]), self.half) for view in halves)


class Faulty:
    """A source of pictures that can be told to spoil them."""

    def __init__(self, source, other):
        self.source, self.other, self.fault = source, other, "none"

    def frame(self, number):
        frame = self.source.frame(number)
        if self.fault == "short":
            return frame[:len(frame) // 2]
        if self.fault == "torn":
            return frame[:len(frame) // 3] + b"\x55" * (len(frame) - len(frame) // 3)
        if self.fault == "size" and self.other:
            return self.other.frame(number)
        return frame


def own_options(words):
    """Takes our options out of the command line; the rig reads the rest."""
    own = {"--side-by-side": False, "--other-frames": ""}
    rest, words = [], list(words)
    while words:
        word = words.pop(0)
        if word == "--side-by-side":
            own[word] = True
        elif word == "--other-frames":
            own[word] = words.pop(0)
        else:
            rest.append(word)
    return own, rest


def main():
    own, rest = own_options(sys.argv[1:])
    made = []

    class Camera(uvc.Camera):
        def __init__(self, options):
            super().__init__(options)
            source = self.source
            if own["--side-by-side"]:
                source = SideBySide(self.width, self.height, options.seed, options.shift)
            other = uvc.Clip("MJPEG", 0, 0, own["--other-frames"]) if own["--other-frames"] else None
            self.source = Faulty(source, other)
            made.append(self)

    class Lines:
        """Standard input without the lines that are for us."""

        def __iter__(self):
            for line in sys.__stdin__:
                word, *arguments = line.split() or [""]
                if word == "fault":
                    made[0].source.fault = arguments[0]
                else:
                    yield line

    uvc.Camera = Camera
    sys.stdin, sys.argv = Lines(), [sys.argv[0], *rest]
    uvc.main()


if __name__ == "__main__":
    main()
