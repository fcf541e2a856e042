#!/usr/bin/env bash
# depthd against what a user would write instead, in one run on one machine: bench/run.sh [PART…], all parts without one.
# Parts: pipeline stereo tracking blob codeproject depthai capture. Needs the shared data beside the checkout (or in $DEPTHD_SHARED) and PyPI
# for the peers' libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${DEPTHD_SHARED:-$PWD/../shared}
[ -d "$shared/data/stereo/oakd_patio" ] || {
    echo "bench: no recording at $shared/data; set DEPTHD_SHARED to the folder that has data/ and tools/" >&2
    exit 1
}
venv=.deps/bench-venv
if ! "$venv/bin/python" -c 'import motmetrics, numpy; assert numpy.__version__.startswith("1.")' 2>/dev/null; then
    python3 -m venv "$venv" 2>/dev/null || { echo "bench: apt install python3-venv" >&2; exit 1; }
    "$venv/bin/python" -m pip install -q --disable-pip-version-check \
        'numpy<2' scipy motmetrics opencv-python-headless onnxruntime==1.27.0
fi
[ $# -gt 0 ] || set -- pipeline stereo tracking blob codeproject depthai capture
for part in "$@"; do
    printf '\n== %s\n' "$part"
    case $part in
        pipeline | stereo | tracking | blob | codeproject | depthai)
            "$venv/bin/python" "bench/$part.py" --shared "$shared" --depthd .build/release/depthd ;;
        capture)
            "${SWIFT:-swift}" build -c release --product capture-bench
            "$venv/bin/python" bench/capture.py --pictures "$shared/data/images" ;;
        *) echo "bench: no part '$part'" >&2; exit 2 ;;
    esac
done
