# SPDX-License-Identifier: Apache-2.0
import os
from dataclasses import replace
from pathlib import Path

import pytest
from box import Box

import depthai
from depthai import functions
from depthai.timing import Times, times


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Short times, no box of the surroundings, nothing left open."""
    before = replace(times)
    times.__dict__.update(
        Times(find_box=0.3, connect=2.0, between_attempts=0.02, multicast=0.05, create=5.0, answer=2.0, silence_a=60.0,
              silence_c=60.0, pong=0.3, reconnect=3.0, poll=0.02).__dict__
    )  # fmt: skip
    for name in ("DEPTHAI_HOST", "DEPTHD_URL", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    yield
    depthai.deinit_device()
    functions._session = None
    times.__dict__.update(before.__dict__)


@pytest.fixture
def box(monkeypatch):
    made = Box()
    monkeypatch.setenv("DEPTHAI_HOST", f"127.0.0.1:{made.port}")
    yield made
    made.die()


@pytest.fixture
def device(box):
    made = depthai.Device("", False)
    yield made
    made._session.close()


@pytest.fixture
def opened(box):
    assert depthai.init_device("", "")
    return box


@pytest.fixture(scope="session")
def gen1_data():
    """The real gen1 files. On CI their absence is a failure, elsewhere a reason to skip."""
    place = os.environ.get("DEPTHD_SHARED_DATA")
    # clients/python/tests/conftest.py: the checkout is three folders up, the shared data beside it or above.
    parents = Path(__file__).resolve().parents
    folders = [Path(place)] if place else [parent / "shared" / "data" for parent in list(parents)[3:]]
    for folder in folders:
        if (folder / "depthai" / "MANIFEST.md").is_file():
            return folder / "depthai"
    message = "the gen1 files are missing: set DEPTHD_SHARED_DATA to the shared data folder"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
