#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rig's USB camera (/rig/devices/fake-uvc) with faults, a side-by-side picture and controls. Runs in the guest.

Options are the rig's, and --side-by-side: both halves of a GREY picture show one texture, the right one moved by --shift.
Lines on standard input are the rig's, and: fault none | short | torn | size
  short  half a picture          torn  a picture with its end overwritten
  size   MJPEG only: a whole picture of another size than was promised (--other-frames)
Each picture that was spoiled is told by a line "spoiled".
"""
import importlib.util
import struct
import sys
from importlib.machinery import SourceFileLoader

loader = SourceFileLoader("fake_uvc", "/rig/devices/fake-uvc")
uvc = importlib.util.module_from_spec(importlib.util.spec_from_loader("fake_uvc", loader))
sys.path.insert(0, "/rig/devices")
loader.exec_module(uvc)


LENS, UNIT = 1, 3                  # the camera terminal and the processing unit, by the numbers in their descriptors

# Of each control: its form, smallest, largest, step, and what it is when the camera is plugged in (UVC 1.5 table 4-…).
CONTROLS = {
    (LENS, 0x02): ["<B", 1, 8, 0x09, 8],               # exposure mode: 1 by hand, 8 aperture priority; step = those it has
    (LENS, 0x04): ["<I", 1, 5000, 1, 157],             # exposure in 100 us
    (UNIT, 0x02): ["<h", -64, 64, 1, 0],               # brightness
    (UNIT, 0x03): ["<H", 0, 100, 1, 32],               # contrast
    (UNIT, 0x04): ["<H", 0, 255, 1, 64],               # gain
    (UNIT, 0x07): ["<H", 0, 200, 1, 100],              # saturation
    (UNIT, 0x0A): ["<H", 2800, 6500, 10, 4600],        # white balance in kelvin
    (UNIT, 0x0B): ["<B", 0, 1, 1, 1],                  # white balance by itself
}


def video_control():
    """What the rig's camera says of itself, with a processing unit between lens and output."""
    lens = struct.pack("<BBBBHBBHHHB3s", 18, 0x24, 2, LENS, 0x0201, 0, 0, 0, 0, 0, 3, bytes([0x0A, 0, 0]))
    unit = struct.pack("<BBBBBHB2sBB", 12, 0x24, 5, UNIT, LENS, 0, 2, bytes([0x4B, 0x12]), 0, 0)
    output = struct.pack("<BBBBHBBB", 9, 0x24, 3, 2, 0x0101, 0, UNIT, 0)
    header = struct.pack("<BBBHHIBB", 13, 0x24, 1, 0x0110, 13 + len(lens) + len(unit) + len(output), 48_000_000, 1, 1)
    return header + lens + unit + output


def answer_control(values, s, data):
    """Answers a request about a control; None where there is no such control."""
    control = s.index >> 8, s.value >> 8
    if control not in CONTROLS or s.index & 0xFF:
        return None
    form, smallest, largest, step, standard = CONTROLS[control]
    if s.request == 0x01:                                             # SET_CUR
        values[control] = struct.unpack_from(form, data)[0]
        return b""
    if s.request == 0x86:                                             # GET_INFO
        return b"\x03"
    known = {0x81: values.get(control, standard), 0x82: smallest, 0x83: largest, 0x84: step, 0x87: standard}
    return struct.pack(form, known[s.request]) if s.request in known else None


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
        if self.fault != "none":
            uvc.say("spoiled")
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
            self.values = {}
            made.append(self)

        def on_control(self, s, data):
            if s.index >> 8:
                return answer_control(self.values, s, data)
            return super().on_control(s, data)

        def plug(self):
            # A camera that was without power remembers nothing.
            self.values = {}
            super().plug()

    class Lines:
        """Standard input without the lines that are for us."""

        def __iter__(self):
            for line in sys.__stdin__:
                word, *arguments = line.split() or [""]
                if word == "fault":
                    made[0].source.fault = arguments[0]
                else:
                    yield line

    uvc.Camera, uvc.video_control = Camera, video_control
    sys.stdin, sys.argv = Lines(), [sys.argv[0], *rest]
    uvc.main()


if __name__ == "__main__":
    main()
