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
    liblzma-dev:/usr/include/lzma.h
    libsqlite3-dev:/usr/include/sqlite3.h
    libopenh264-dev:/usr/include/wels/codec_api.h
    libudev-dev:/usr/include/libudev.h
    libssl-dev:/usr/include/openssl/evp.h
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

install_onnxruntime() {
    local library
    library=$(scripts/onnxruntime.sh "$(dpkg --print-architecture)" .deps/onnxruntime)
    # depthd looks beside itself first.
    local build
    for build in release debug; do
        mkdir -p ".build/$(uname -m)-unknown-linux-gnu/$build"
        ln -sf "$PWD/$library" ".build/$(uname -m)-unknown-linux-gnu/$build/"
    done
}

check_swift
install_packages
install_onnxruntime
