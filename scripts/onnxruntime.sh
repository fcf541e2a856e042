#!/usr/bin/env bash
# onnxruntime.sh ARCHITECTURE FOLDER: puts ONNX Runtime for amd64 or arm64 into FOLDER, its licence and notices beside it.
# It comes from the project's own wheel, checked by hash: one library, opened by depthd at run time. Does nothing when it is
# there, and prints the library's path.
set -euo pipefail

version=1.27.0
architecture=$1
folder=$2
case "$architecture" in
    amd64)
        sha=7c65a7438632d55dfbc8a02ee60bd6cf7dd9d1ba05a43d4b851452f32338e194
        platforms=(manylinux_2_28_x86_64 manylinux_2_27_x86_64) ;;
    arm64)
        sha=c6fddce0539a4898c7bef35b052ffd37935b2190e35488eab99ce91887743ea1
        platforms=(manylinux_2_28_aarch64 manylinux_2_27_aarch64) ;;
    *) echo "onnxruntime: depthd runs on amd64 and arm64, not on $architecture" >&2; exit 1 ;;
esac

library=$folder/libonnxruntime.so.$version
files=("libonnxruntime.so.$version" LICENSE ThirdPartyNotices.txt)
complete=yes
for file in "${files[@]}"; do [ -e "$folder/$file" ] || complete=no; done
if [ $complete = no ]; then
    echo "setup: fetching ONNX Runtime $version for $architecture" >&2
    wheels=$(mktemp -d)
    trap 'rm -rf "$wheels"' EXIT
    mkdir -p "$folder"
    options=()
    for platform in "${platforms[@]}"; do options+=(--platform "$platform"); done
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
        --implementation cp "${options[@]}" -d "$wheels" "onnxruntime==$version"
    echo "$sha  $(echo "$wheels"/*.whl)" | sha256sum --check --status || {
        echo "setup: the wheel of ONNX Runtime is not the one depthd knows; nothing was installed" >&2
        exit 1
    }
    python3 - "$folder" "$wheels"/*.whl "${files[@]}" <<'PYTHON'
import os, sys, zipfile
folder, wheel, *files = sys.argv[1:]
with zipfile.ZipFile(wheel) as wheel:
    for name in files:
        inside = "onnxruntime/" + ("capi/" if name.startswith("lib") else "") + name
        target = os.path.join(folder, name)
        with open(target + ".part", "wb") as file:
            file.write(wheel.read(inside))
        os.rename(target + ".part", target)
PYTHON
fi
echo "$library"
