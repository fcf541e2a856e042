#!/usr/bin/env bash
# release.sh [ARCHITECTURE]: makes the program that is shipped: optimised, stripped, with the Swift runtime and every C library
# inside that Debian has as an archive, and leaves it in .build-release/out/ARCHITECTURE/depthd. What stays outside, and why, is in
# docs/packaging.md; scripts/inspect-program.py fails on anything else.
#
# Nothing is compiled for it: `make build` and `make test` link the same objects, against shared libraries.
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=$(dpkg --print-architecture)
[ "${1:-$architecture}" = "$architecture" ] || exec scripts/cross.sh "$1"
scratch=$PWD/.build-release
out=$scratch/out/$architecture
mkdir -p "$out"

build=("${SWIFT:-swift}" build -c release --product depthd)
"${build[@]}"
objects=$("${build[@]}" --show-bin-path)

archives=$scratch/archives
mapfile -t options < <(scripts/archives.sh "$(pkg-config --variable=libdir libturbojpeg)" "$archives")
read -ra described < <(PKG_CONFIG_PATH=$archives pkg-config --libs libturbojpeg libpng libwebp liblzma sqlite3 libudev libcrypto)
# A module says which libraries it needs: objects that were compiled for the shared Foundation name that alone, and this one the
# archives that are parts of the static one.
echo 'import Foundation' > "$scratch/runtime.swift"
swiftc=${SWIFTC:-swiftc}
"$swiftc" -static-stdlib -c "$scratch/runtime.swift" -o "$scratch/runtime.o"
"$swiftc" -static-stdlib -emit-executable -module-name depthd -o "$scratch/depthd" "${described[@]}" "${options[@]}" -lstdc++ \
    -Xlinker --defsym -Xlinker main=depthd_main "@$objects/depthd.product/Objects.LinkFileList" "$scratch/runtime.o"
strip --strip-all -o "$out/depthd" "$scratch/depthd"
python3 scripts/dependencies.py .build "$archives" "$("$swiftc" --version 2>&1)" > "$out/dependencies.json"

# It looks for ONNX Runtime beside itself first.
library=$(scripts/onnxruntime.sh "$architecture" .deps/onnxruntime)
ln -sf "$PWD/$library" "$out/"
python3 scripts/inspect-program.py --run "$out/depthd"
