# SPDX-License-Identifier: Apache-2.0
import numpy as np

from depthai import colours


def test_every_colour():
    """The table as the contract writes it, by ranges."""
    expected = {0: (0, 0, 0), 16: (255, 0, 0), 42: (255, 255, 0)}
    expected.update({i: (100 + 10 * i, 0, 0) for i in range(1, 16)})
    expected.update({i: (255, 10 * (i - 16), 0) for i in range(17, 42)})
    expected.update({i: (255 - 10 * (i - 42), 255, 10 * (i - 42)) for i in range(43, 68)})
    expected.update({i: (0, 255 - 10 * (i - 67), 255) for i in range(68, 93)})
    expected.update({i: (0, 0, 255 - 10 * (i - 92)) for i in range(93, 96)})
    assert len(expected) == 96
    for disparity, colour in expected.items():
        assert tuple(colours.TABLE[disparity]) == colour, disparity
    assert (colours.TABLE[96:] == colours.TABLE[95]).all()


def test_paint():
    disparity = np.arange(256, dtype=np.uint8).reshape(8, 32)
    picture = colours.paint(disparity)
    assert picture.shape == (8, 32, 3) and picture.flags.writeable
    assert (picture.reshape(256, 3) == colours.TABLE).all()
