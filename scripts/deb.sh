#!/usr/bin/env bash
# deb.sh [ARCHITECTURE]: makes .build-release/out/depthd_VERSION_ARCHITECTURE.deb of the program that scripts/release.sh, or for
# another architecture scripts/cross.sh, built. Needs no privileges; the same inputs give the same file.
set -euo pipefail
cd "$(dirname "$0")/.."

here=$(dpkg --print-architecture)
architecture=${1:-$here}
out=.build-release/out
program=$out/$architecture/depthd
[ -x "$program" ] || { echo "deb: $program is not built: make release ARCH=$architecture" >&2; exit 1; }
runtime=.deps/onnxruntime
speaks=("$program")
if [ "$architecture" != "$here" ]; then
    runtime+=-$architecture
    # It runs under emulation, with the libraries it was linked against.
    runner=$(scripts/cross.sh "$architecture" --runner)
    mapfile -t speaks <<<"$runner"$'\n'"$program"
fi
version=$(sed -n 's/.*static let current = "\(.*\)".*/\1/p' Sources/Appliance/Support/Version.swift)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -D -m 755 "$program" "$root/usr/bin/depthd"
library=$(scripts/onnxruntime.sh "$architecture" "$runtime")
install -D -m 644 -t "$root/usr/lib/depthd" "$library"
# Where the service works: nothing is in it, and nothing can be put there.
install -d -m 755 "$root/usr/lib/depthd/empty"
install -D -m 644 packaging/debian/depthd.yml "$root/etc/depthd/depthd.yml"
install -D -m 644 -t "$root/usr/lib/udev/rules.d" udev/*.rules
install -D -m 644 -t "$root/usr/lib/systemd/system" packaging/systemd/depthd.service
install -D -m 644 packaging/avahi/depthd.service "$root/etc/avahi/services/depthd.service"
install -D -m 644 packaging/systemd/depthd.sysusers "$root/usr/lib/sysusers.d/depthd.conf"
install -D -m 644 packaging/systemd/depthd.tmpfiles "$root/usr/lib/tmpfiles.d/depthd.conf"

documents=$root/usr/share/doc/depthd
install -D -m 644 -t "$documents" packaging/depthd.yml packaging/calibration-example.yml packaging/debian/copyright \
    "$out/$architecture/dependencies.json"
install -m 644 "$(dirname "$library")/LICENSE" "$documents/LICENSE.onnxruntime"
gzip -9nc "$(dirname "$library")/ThirdPartyNotices.txt" > "$documents/ThirdPartyNotices.onnxruntime.gz"
gzip -9nc CHANGELOG.md > "$documents/changelog.gz"

# The program speaks for itself: completions and manual come from what it knows of its commands.
mkdir -p "$root"/usr/share/{man/man1,bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}
"${speaks[@]}" --experimental-dump-help | python3 scripts/manual.py "$version" | gzip -9n > "$root/usr/share/man/man1/depthd.1.gz"
"${speaks[@]}" --generate-completion-script bash > "$root/usr/share/bash-completion/completions/depthd"
"${speaks[@]}" --generate-completion-script zsh > "$root/usr/share/zsh/vendor-completions/_depthd"
"${speaks[@]}" --generate-completion-script fish > "$root/usr/share/fish/vendor_completions.d/depthd.fish"

control=$root/DEBIAN
mkdir "$control"
size=$(du -sk --apparent-size "$root" | cut -f1)
glibc=$(python3 scripts/inspect-program.py --glibc "$program")
sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/; s/@GLIBC@/$glibc/" packaging/debian/control > "$control/control"
install -m 755 packaging/debian/{postinst,prerm,postrm} "$control/"
printf '%s\n' /etc/depthd/depthd.yml /etc/avahi/services/depthd.service > "$control/conffiles"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) > "$control/md5sums"

# The umask of whoever builds is nobody's business.
find "$root" -type d -exec chmod 755 {} +
find "$root/usr/share" -type f -exec chmod 644 {} +
package=$out/depthd_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package: $(stat -c %s "$package") bytes"
