#!/usr/bin/env bash
# release.sh [ARCHITECTURE]: builds the program that is shipped: optimised, stripped, with the Swift runtime and every C library
# inside that Debian has as an archive, and leaves it in .build-release/out/ARCHITECTURE/depthd. What stays outside, and why, is in
# docs/packaging.md; scripts/inspect-program.py fails on anything else.
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=$(dpkg --print-architecture)
[ "${1:-$architecture}" = "$architecture" ] || exec scripts/cross.sh "$1"
scratch=$PWD/.build-release
out=$scratch/out/$architecture
mkdir -p "$out"

libraries=/usr/lib/$(gcc -print-multiarch)
mapfile -t options < <(scripts/archives.sh "$libraries" "$scratch/archives")
build=("${SWIFT:-swift}" build -c release --product depthd --scratch-path "$scratch" "${options[@]}")
"${build[@]}"
strip --strip-all -o "$out/depthd" "$("${build[@]}" --show-bin-path)/depthd"

# It looks for ONNX Runtime beside itself first.
library=$(scripts/onnxruntime.sh "$architecture" .deps/onnxruntime)
ln -sf "$PWD/$library" "$out/"
python3 scripts/inspect-program.py --run "$out/depthd"
