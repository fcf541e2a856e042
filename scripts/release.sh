#!/usr/bin/env bash
# Builds the program that is shipped: optimised, stripped, with the Swift runtime and every C library inside that Debian has
# as an archive. What stays outside, and why, is in docs/packaging.md; scripts/inspect-program.py fails on anything else.
#
#   scripts/release.sh            leaves .build-release/out/ARCH/depthd
#   scripts/release.sh arm64      the same for a Raspberry Pi, from any Debian machine (scripts/cross.sh)
set -euo pipefail
cd "$(dirname "$0")/.."

here=$(dpkg --print-architecture)
architecture=${1:-$here}
scratch=$PWD/.build-release
out=$scratch/out/$architecture
mkdir -p "$out"

if [ "$architecture" = "$here" ]; then
    libraries=/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
    mapfile -t options < <(scripts/archives.sh "$libraries" "$scratch/archives-$architecture")
    "${SWIFT:-swift}" build -c release --product depthd --scratch-path "$scratch" "${options[@]}"
    built=$("${SWIFT:-swift}" build -c release --product depthd --scratch-path "$scratch" "${options[@]}" --show-bin-path)/depthd
    strip --strip-all -o "$out/depthd" "$built"
else
    scripts/cross.sh "$architecture" "$out"
fi
if [ "$architecture" = "$here" ]; then
    # The program looks for ONNX Runtime beside itself, too.
    ln -sf "$(realpath "$(scripts/onnxruntime.sh "$architecture" .deps/onnxruntime)")" "$out/"
    python3 scripts/inspect-program.py --run "$out/depthd"
else
    python3 scripts/inspect-program.py "$out/depthd"
fi
