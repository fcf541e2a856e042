# SPDX-License-Identifier: Apache-2.0
"""The link is a protocol: a client in C that shares nothing with the package."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import recording

SOURCE = Path(__file__).resolve().parents[2] / "c" / "linkwatch.c"


@pytest.fixture(scope="module")
def linkwatch(tmp_path_factory):
    compiler = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    assert compiler, "a C compiler is missing: apt install gcc"
    program = tmp_path_factory.mktemp("c") / "linkwatch"
    command = [compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(SOURCE)]
    subprocess.run(command, check=True)
    return program


@pytest.mark.parametrize("place", ["socket", "port"])
def test_depth_as_a_picture(linkwatch, photograph, place):
    where = photograph.socket if place == "socket" else f"127.0.0.1:{photograph.port}"
    done = subprocess.run([linkwatch, where, "5", "depth"], capture_output=True, timeout=60, check=True)
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 5 and all(line.startswith("depth: 1843200 bytes, 1280x720") for line in lines), lines
    head, pixels = done.stdout[:18], done.stdout[18:]
    assert head == b"P5\n1280 720\n65535\n"
    depth = np.frombuffer(pixels, ">u2")
    assert np.median(depth[depth < 65535]) == pytest.approx(recording.DISTANCE_MM, rel=0.02)


def test_it_says_why_not(linkwatch, demo):
    done = subprocess.run([linkwatch, demo.socket, "1", "nothing"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "nothing" in done.stderr
