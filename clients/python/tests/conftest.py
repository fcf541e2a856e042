# SPDX-License-Identifier: Apache-2.0
import os
from dataclasses import replace
from pathlib import Path

import pytest
import recording
from box import Box
from daemon import PROGRAM, Daemon

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


@pytest.fixture(scope="session")
def program():
    """The real daemon. On CI its absence is a failure, elsewhere a reason to skip."""
    if not PROGRAM.exists():
        message = f"{PROGRAM} is not built: make build, or set DEPTHD_PROGRAM"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return PROGRAM


@pytest.fixture
def patient(quick):
    """The package's own times: the daemon may be slow, and is not a script."""
    times.__dict__.update(Times().__dict__)


@pytest.fixture(scope="module")
def demo(program, tmp_path_factory):
    """A daemon that shows its demo scene."""
    made = Daemon(tmp_path_factory.mktemp("demo"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def photograph(program, gen1_data, tmp_path_factory):
    """A daemon that replays two people at a known distance."""
    folder = tmp_path_factory.mktemp("photograph")
    made = Daemon(folder, *recording.make(folder / "recording", gen1_data.parent / "images" / "zidane.jpg"))
    yield made
    made.stop()


@pytest.fixture
def blobs(gen1_data):
    """Real gen1 networks by a piece of their names."""

    def find(name):
        return str(sorted((gen1_data / "blobs-gen1").glob(f"{name}*.blob"))[0])

    return find


@pytest.fixture
def config(gen1_data):
    """Real network configurations, by folder and name."""

    def find(folder, name):
        return str(next((gen1_data / "blob-config").glob(f"{folder}*/{name}.json")))

    return find
