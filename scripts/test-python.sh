#!/usr/bin/env bash
# The Python package: its types and style, then its tests against a scripted box and against the program as it is shipped
# ($DEPTHD_PROGRAM names another), with the wheel as users install it. The tools come from PyPI into .deps/python-venv.
#   scripts/test-python.sh                   everything
#   scripts/test-python.sh --types           types and style, which need no program
#   scripts/test-python.sh --run [OPTION…]   the tests, with options of pytest
set -euo pipefail
cd "$(dirname "$0")/.."
export DEPTHD_PROGRAM=${DEPTHD_PROGRAM:-$PWD/.build-release/out/$(dpkg --print-architecture)/depthd}
venv=$PWD/.deps/python-venv

prepare() {
    if ! python3 -c 'import ensurepip' 2>/dev/null; then
        command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] || { echo "test-python: apt install python3-venv" >&2; exit 1; }
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    fi
    if ! "$venv/bin/python" -c 'import numpy, pytest, mypy, ruff' 2>/dev/null; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/python" -m pip install -q --disable-pip-version-check numpy pytest mypy ruff
    fi
    make --no-print-directory python
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --force-reinstall clients/python/dist/depthai-*.whl
}

types() { (cd clients/python && "$venv/bin/mypy" && "$venv/bin/ruff" check .); }

# Not `python -m pytest`: that would put the package's source before the wheel.
run() { (cd clients/python && "$venv/bin/pytest" -q --durations=5 tests "$@"); }

prepare
case ${1:-} in
    --types) types ;;
    --run) run "${@:2}" ;;
    '') types && run ;;
    *) echo "test-python: no '$1'" >&2; exit 2 ;;
esac
