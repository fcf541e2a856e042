# SPDX-License-Identifier: Apache-2.0
# What the steps of the image build share; sourced, never run.
# shellcheck shell=bash
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$here")

# What the image is made of; the environment may say otherwise.
: "${ARCH:=arm64}"
: "${DEBIAN_SUITE:=trixie}"
: "${KERNEL_SUITE:=trixie-backports}"    # the Pi 5's network and USB need a newer kernel than trixie's
: "${OUT:=$checkout/.build-image}"
: "${KEYS:=$OUT/keys}"                   # what updates are signed with: key.pem, certificate.pem
: "${SLOT_SIZE:=1024M}"                  # one of the two root file systems; never to change on cards that are out there

# Names the card's partitions: 64657074-01 to -04.
disk=64657074
version=$(sed -n 's/.*static let current = "\(.*\)".*/\1/p' "$checkout/Sources/Appliance/Support/Version.swift")
image=$OUT/depthd-$version-$ARCH
work=$OUT/work-$ARCH

# The same inputs give the same file: every date in it is that of the last commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$checkout" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH ARCH OUT KEYS LC_ALL=C TZ=UTC

say() { printf 'image: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

need() {
    local tool missing=()
    for tool; do command -v "$tool" >/dev/null || missing+=("$tool"); done
    [ ${#missing[@]} -eq 0 ] || die "not installed: ${missing[*]} (image-build/README.md lists the packages)"
}

# as_root COMMAND...: runs it as root of a namespace in which files may have any owner and the target's programs run through
# QEMU. As an ordinary user that is a user namespace (Linux 6.7 for another architecture), and nothing of this machine changes.
as_root() {
    local user=()
    [ "$(id -u)" = 0 ] || user=(--user --map-auto --map-root-user)
    unshare "${user[@]}" --mount --pid --mount-proc --fork --kill-child "$here/with-emulation" "$@"
}
