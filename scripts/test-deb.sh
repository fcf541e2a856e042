#!/usr/bin/env bash
# test-deb.sh PACKAGE [SUITE]: installs, upgrades, removes and purges the package in a fresh Debian that is thrown away, and
# fails when a step fails or anything is left behind. Installs nothing here and needs no privileges; what it needs of Debian
# comes by this machine's own apt sources.
set -euo pipefail
cd "$(dirname "$0")/.."

package=$1
suite=${2:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}
for tool in mmdebstrap dpkg-deb; do
    command -v "$tool" >/dev/null || { echo "test-deb: '$tool' is not installed" >&2; exit 1; }
done
# shellcheck source=scripts/debian.sh
. scripts/debian.sh
mirror=$(debian_mirror)
mapfile -t reach < <(debian_options)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
# The guest's user may read it, whatever this one's umask is.
install -m 644 "$package" "$work/depthd.deb"
# The next version, different in its number alone.
dpkg-deb --raw-extract "$work/depthd.deb" "$work/next"
sed -i 's/^Version: .*/&+1/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$work/next" "$work/next.deb" >/dev/null
install -m 755 scripts/test-deb-inside.sh "$work/inside.sh"

depends=$(dpkg-deb --field "$package" Depends | tr ',' '\n' | sed 's/ *(.*//; s/|.*//; s/ //g' | paste -sd,)
# shellcheck disable=SC2016
mmdebstrap --quiet "${reach[@]}" --variant=minbase --architectures="$(dpkg-deb --field "$package" Architecture)" \
    --include="$depends,adduser" \
    --customize-hook="copy-in '$work/depthd.deb' '$work/next.deb' '$work/inside.sh' /tmp" \
    --customize-hook='chroot "$1" /tmp/inside.sh' \
    "$suite" /dev/null "deb $mirror $suite main"
