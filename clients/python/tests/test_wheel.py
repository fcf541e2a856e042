# SPDX-License-Identifier: Apache-2.0
"""The wheel, in an environment of its own, beside a script that is itself called depthai.py.

Needs `make python` first; on CI a missing wheel is a failure.
"""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy
import pytest

SCRIPT = """
import depthai
assert depthai.__file__.endswith("__init__.py"), depthai.__file__
device = depthai.Device("", False)
p = device.create_pipeline({"streams": ["video"]})
print(depthai.__version__, p is not None)
"""


@pytest.fixture(scope="module")
def wheel():
    found = sorted((Path(__file__).parents[1] / "dist").glob("depthai-*.whl"))
    if not found:
        message = "there is no wheel: run `make python`"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found[-1]


def test_contents(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "depthai/py.typed" in names and "depthai/__init__.py" in names
    assert not any(name.startswith("tests") for name in names)


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python with the wheel; numpy is that of the tests, so that nothing is fetched."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    made = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([made, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    where = run(made, "-c", "import site; print(site.getsitepackages()[0])").strip()
    for package in Path(numpy.__file__).parents[1].glob("numpy*"):
        os.symlink(package, Path(where, package.name))
    return made


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["depthai.py", "script.py"])
def test_installed_beside_a_script(python, box, tmp_path, name):
    (tmp_path / name).write_text(SCRIPT)
    assert run(python, name, cwd=tmp_path).splitlines()[-1] == "1.0.0.0 True"
    assert run(python, tmp_path / name).splitlines()[-1] == "1.0.0.0 True"


def test_the_folder_copied_beside_a_script(wheel, box, tmp_path):
    shutil.copytree(Path(__file__).parents[1] / "depthai", tmp_path / "depthai")
    (tmp_path / "depthai.py").write_text(SCRIPT)
    assert run(sys.executable, "depthai.py", cwd=tmp_path).splitlines()[-1] == "1.0.0.0 True"


def test_another_depthai_py_is_left_alone(python, tmp_path):
    """A module of that name that is not the running script is imported as Python would."""
    (tmp_path / "depthai.py").write_text("word = 7")
    (tmp_path / "main.py").write_text("import depthai; print(depthai.word)")
    assert run(python, "main.py", cwd=tmp_path).strip() == "7"


def test_types_are_there_for_others(python, tmp_path):
    mypy = pytest.importorskip("mypy.api")
    (tmp_path / "use.py").write_text("import depthai\np = depthai.create_pipeline({})\nreveal_type(p)\n")
    out, _, _ = mypy.run([str(tmp_path / "use.py"), "--python-executable", str(python), "--cache-dir", str(tmp_path)])
    assert "CNNPipeline | None" in out or "Union[depthai.pipeline.CNNPipeline, None]" in out, out
