#!/usr/bin/env bash
# cross.sh ARCHITECTURE: builds the program for another architecture on this machine and leaves it, stripped, in
# .build-release/out/ARCHITECTURE/depthd. Everything comes from Debian's archive by this machine's own apt sources and lies
# below .build-cross:
#
#   toolchain/     a Debian root with unstable's Swift compiler, run from bubblewrap; nothing is installed here
#   sdk/           a Swift SDK: the target's -dev packages, unpacked and never configured, and its Swift runtime
#   build/         SwiftPM's scratch folder
#
# cross.sh ARCHITECTURE --runner         prints the command, one word a line, that runs such a program here
# cross.sh ARCHITECTURE --tests ROOMS [OPTION...]
#                                        builds the tests of some rooms, as Core,Codec, and runs them by that command, with
#                                        such options of `swift test` as --skip
#
# trixie's own compiler, 6.0, is too old for our dependencies; unstable's programs run on trixie because only glibc's and
# the C++ library's oldest symbols of trixie's sysroot are linked against.
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=$1
out=.build-release/out/$architecture
suite=${DEPTHD_SUITE:-trixie}
case $architecture in
    arm64) triple=aarch64-unknown-linux-gnu ;;
    amd64) triple=x86_64-unknown-linux-gnu ;;
    *) echo "cross: no '$architecture'" >&2; exit 1 ;;
esac
multiarch=${triple/-unknown/}
work=$PWD/.build-cross
toolchain=$work/toolchain
bundle=$work/sdk/debian-$architecture.artifactbundle
sysroot=$bundle/$suite/sysroot
here=$(dpkg --print-architecture)

# What the program is compiled against, from the target's suite.
development=(libc6-dev libstdc++-14-dev libgcc-14-dev libudev-dev libturbojpeg0-dev libpng-dev libwebp-dev libsqlite3-dev
    liblzma-dev libopenh264-dev libssl-dev zlib1g-dev)

say() { printf 'cross: %s\n' "$*" >&2; }
runner=("qemu-${triple%%-*}-static" -L "$sysroot")
if [ "${2:-}" = --runner ]; then
    command -v "${runner[0]}" >/dev/null || { say "'${runner[0]}' is not installed: apt install qemu-user-static"; exit 1; }
    printf '%s\n' "${runner[@]}"
    exit
fi

for tool in mmdebstrap bwrap dpkg-deb git; do
    command -v "$tool" >/dev/null || { say "'$tool' is not installed"; exit 1; }
done
mkdir -p "$work"
# shellcheck source=scripts/debian.sh
. scripts/debian.sh
mirror=$(debian_mirror)
mapfile -t reach < <(debian_options)

make_toolchain() {
    [ -e "$toolchain/.complete" ] && return
    say "Debian unstable with swiftlang"
    rm -rf "$toolchain"
    mkdir -p "$toolchain"
    # shellcheck disable=SC2016
    mmdebstrap --quiet "${reach[@]}" --variant=minbase --format=tar --architectures="$here,$architecture" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --include=swiftlang,ca-certificates,git,libc6-dev,libstdc++-15-dev \
        --customize-hook='chroot "$1" sh -c "mkdir /var/cache/target && cd /var/cache/target &&
            apt-get -o APT::Sandbox::User=root download swiftlang:'"$architecture"' libswiftlang:'"$architecture"'"' \
        sid - "deb $mirror sid main" | tar -C "$toolchain" -x --no-same-owner --exclude='./dev/*'
    touch "$toolchain/.complete"
}

make_sdk() {
    [ -e "$bundle/info.json" ] && return
    say "sysroot of $suite for $architecture"
    rm -rf "$bundle"
    mkdir -p "$sysroot"
    mmdebstrap --quiet "${reach[@]}" --variant=extract --format=tar --architectures="$architecture" \
        --include="$(IFS=,; echo "${development[*]}")" "$suite" - "deb $mirror $suite main" |
        tar -C "$sysroot" -x --no-same-owner ./usr
    ln -s usr/lib "$sysroot/lib"      # the linker's scripts name files under /lib
    say "Swift runtime for $architecture"
    local prefix=./usr/libexec/swift/lib deb
    for deb in "$toolchain"/var/cache/target/*.deb; do
        # tar complains of members a package does not have: each has some.
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$sysroot" -x --no-same-owner --wildcards \
            --transform "s,^$prefix,./usr/lib," --exclude="$prefix/swift/host" --exclude="$prefix/swift/pm" \
            --exclude='*/embedded' --exclude='*/migrator' --exclude='*/FrameworkABIBaseline' \
            "$prefix/swift*" "$prefix/clang*" 2>/dev/null || true
    done
    # Debian has the module that joins Testing with Foundation, but not its library.
    rm -rf "$sysroot/usr/lib/swift/linux/Testing.swiftcrossimport"
    [ -e "$sysroot/usr/lib/swift_static/linux/libswiftCore.a" ] || { say "no static Swift runtime in Debian's packages"; exit 1; }
    cat > "$bundle/$suite/toolset.json" <<'JSON'
{ "schemaVersion": "1.0", "swiftCompiler": { "extraCLIOptions": ["-use-ld=lld"] } }
JSON
    cat > "$bundle/$suite/swift-sdk.json" <<JSON
{ "schemaVersion": "4.0", "targetTriples": { "$triple": {
    "sdkRootPath": "sysroot", "swiftResourcesPath": "sysroot/usr/lib/swift",
    "swiftStaticResourcesPath": "sysroot/usr/lib/swift_static", "toolsetPaths": ["toolset.json"] } } }
JSON
    cat > "$bundle/info.json" <<JSON
{ "schemaVersion": "1.0", "artifacts": { "debian-$architecture": {
    "type": "swiftSDK", "version": "1", "variants": [{ "path": "$suite" }] } } }
JSON
}

# A host whose git reads repositories from local copies keeps doing so inside: prints the folders.
local_repositories() {
    local key prefix folder
    git config -f "$1" --replace-all safe.directory '*'
    while read -r key prefix; do
        git config -f "$1" --add "${key%.insteadof}.insteadOf" "$prefix"
        folder=${key#url.}
        folder=${folder%.insteadof}
        [ ! -d "$folder" ] || printf '%s\n' "$folder"
    done < <(git config --get-regexp '^url\..*\.insteadof$' || true)
}

# COMMAND... in the toolchain's root, with this checkout and nothing else of this machine.
inside() {
    local binds=() folder
    rm -f "$work/gitconfig"
    while read -r folder; do binds+=(--ro-bind "$folder" "$folder"); done < <(local_repositories "$work/gitconfig" | sort -u)
    bwrap --unshare-pid --die-with-parent --tmpfs / --proc /proc --dev /dev --dir /tmp --dir /root \
        --ro-bind "$toolchain/usr" /usr --ro-bind "$toolchain/etc" /etc --ro-bind "$toolchain/var" /var \
        --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --ro-bind-try /etc/resolv.conf /etc/resolv.conf \
        --setenv HOME /root --setenv PATH /usr/libexec/swift/bin:/usr/bin --setenv GIT_CONFIG_GLOBAL "$work/gitconfig" \
        --setenv PKG_CONFIG_LIBDIR "$sysroot/usr/lib/$multiarch/pkgconfig" \
        "${binds[@]}" --bind "$PWD" "$PWD" --chdir "$PWD" "$@"
}

cross_build() {
    inside swift build -c release --swift-sdks-path "$work/sdk" --swift-sdk "debian-$architecture" "$@"
}

build_program() {
    say "depthd for $triple"
    # libpng's description is not found by this SwiftPM for another architecture: the archive is named below.
    local options
    mapfile -t options < <(scripts/archives.sh "$sysroot/usr/lib/$multiarch" "$work/archives-$architecture")
    cross_build --product depthd --scratch-path "$work/build" --static-swift-stdlib --pkg-config-path "$work/archives-$architecture" \
        "${options[@]}" -Xlinker -lpng16
    mkdir -p "$out"
    inside llvm-objcopy --strip-all "$work/build/$triple/release/depthd" "$out/depthd"
    python3 scripts/dependencies.py "$work/build" "$work/archives-$architecture" "$(inside swiftc --version 2>&1)" \
        > "$out/dependencies.json"
    python3 scripts/inspect-program.py "$out/depthd"
}

# Debian has the testing library as a shared one only, so the tests are linked against the shared runtime.
run_tests() {
    local rooms=$1
    shift
    say "tests of $rooms for $triple"
    DEPTHD_TESTS=$rooms cross_build --product depthdPackageTests --scratch-path "$work/tests" -Xlinker -lpng16
    # The runtime of networks is looked for beside the program.
    ln -sf "$PWD/$(scripts/onnxruntime.sh "$architecture" ".deps/onnxruntime-$architecture")" "$work/tests/$triple/release/"
    "${runner[@]}" -E LD_LIBRARY_PATH=/usr/lib/swift/linux "$work/tests/$triple/release/depthdPackageTests.xctest" \
        --testing-library swift-testing --parallel "$@"
}

make_toolchain
make_sdk
case ${2:-} in
    '') build_program ;;
    --tests) run_tests "${@:3}" ;;
    *) say "no '$2'"; exit 2 ;;
esac
