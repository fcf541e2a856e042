#!/usr/bin/env bash
# depthd against what a user would write instead, in one run on one machine.
# Needs the shared data beside the checkout (or in $DEPTHD_SHARED) and PyPI for the peer's libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${DEPTHD_SHARED:-$PWD/../shared}
[ -d "$shared/data/stereo/oakd_patio" ] || {
    echo "bench: no recording at $shared/data; set DEPTHD_SHARED to the folder that has data/ and tools/" >&2
    exit 1
}
venv=.deps/bench-venv
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" 2>/dev/null || { echo "bench: apt install python3-venv" >&2; exit 1; }
    "$venv/bin/python" -m pip install -q --disable-pip-version-check numpy opencv-python-headless onnxruntime==1.27.0
fi
"$venv/bin/python" bench/stereo.py --shared "$shared" --depthd .build/release/depthd
exec "$venv/bin/python" bench/pipeline.py --shared "$shared" --depthd .build/release/depthd "$@"
