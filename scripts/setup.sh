#!/usr/bin/env bash
# Brings a Debian 12 or 13 machine to where depthd builds and runs: checks Swift, installs the
# missing packages, unpacks ONNX Runtime beside the build. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$@" >&2; exit 1; }

check_swift() {
    command -v swift >/dev/null || stop \
        "no Swift found; depthd needs Swift 6.2 or newer. On Debian 12:" \
        "  get the toolchain 'Debian 12' from swift.org/install/linux, unpack it into /opt/swift," \
        "  then run: export PATH=/opt/swift/usr/bin:\$PATH" \
        "On Debian testing or unstable: apt install swiftlang"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
    read -r major minor <<<"${version:-0 0}"
    if ((major < 6 || (major == 6 && minor < 2))); then
        stop "Swift $major.$minor is too old; depthd needs 6.2 or newer: see swift.org/install/linux"
    fi
}

# package:the file that proves it is there
packages=(
    pkg-config:/usr/bin/pkg-config
    libturbojpeg0-dev:/usr/include/turbojpeg.h
    libpng-dev:/usr/include/png.h
    libwebp-dev:/usr/include/webp/encode.h
    libsqlite3-dev:/usr/include/sqlite3.h
    libopenh264-dev:/usr/include/wels/codec_api.h
    libudev-dev:/usr/include/libudev.h
    ffmpeg:/usr/bin/ffmpeg
    python3:/usr/bin/python3
    curl:/usr/bin/curl
)

install_packages() {
    local missing=()
    for entry in "${packages[@]}"; do
        [ -e "${entry#*:}" ] || missing+=("${entry%%:*}")
    done
    # pip brings ONNX Runtime; any pip will do.
    python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
    [ ${#missing[@]} -eq 0 ] && return
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || stop "run as root, or install: ${missing[*]}"
        root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# ONNX Runtime 1.27.0 from its wheel, checked by hash: one library, opened by depthd at run time.
onnx_version=1.27.0
case "$(uname -m)" in
    x86_64)
        wheel_sha=7c65a7438632d55dfbc8a02ee60bd6cf7dd9d1ba05a43d4b851452f32338e194
        platforms=(manylinux_2_28_x86_64 manylinux_2_27_x86_64) ;;
    aarch64)
        wheel_sha=c6fddce0539a4898c7bef35b052ffd37935b2190e35488eab99ce91887743ea1
        platforms=(manylinux_2_28_aarch64 manylinux_2_27_aarch64) ;;
    *) stop "depthd runs on x86_64 and aarch64, not on $(uname -m)" ;;
esac

install_onnxruntime() {
    local library=.deps/onnxruntime/libonnxruntime.so.$onnx_version
    if [ ! -e "$library" ]; then
        say "fetching ONNX Runtime $onnx_version"
        local folder=.deps/wheel options=()
        rm -rf "$folder"
        mkdir -p "$folder" .deps/onnxruntime
        for platform in "${platforms[@]}"; do options+=(--platform "$platform"); done
        python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
            --implementation cp "${options[@]}" -d "$folder" "onnxruntime==$onnx_version"
        echo "$wheel_sha  $(ls "$folder"/*.whl)" | sha256sum --check --status ||
            stop "the wheel of ONNX Runtime is not the one depthd knows; nothing was installed"
        python3 - "$folder" "$library" <<'PYTHON'
import glob, os, sys, zipfile
folder, library = sys.argv[1:]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    data = wheel.read("onnxruntime/capi/" + os.path.basename(library))
with open(library + ".part", "wb") as file:
    file.write(data)
os.rename(library + ".part", library)
PYTHON
        rm -rf "$folder"
    fi
    # depthd looks beside itself first.
    local build
    for build in release debug; do
        mkdir -p ".build/$(uname -m)-unknown-linux-gnu/$build"
        ln -sf "$PWD/$library" ".build/$(uname -m)-unknown-linux-gnu/$build/libonnxruntime.so.$onnx_version"
    done
}

check_swift
install_packages
install_onnxruntime
