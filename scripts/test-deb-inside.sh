#!/bin/sh
# What scripts/test-deb.sh runs in the Debian that is thrown away.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive

step() { echo "test-deb: $*"; }
fail() { echo "test-deb: FAIL $*" >&2; exit 1; }
there() { for path; do [ -e "$path" ] || [ -L "$path" ] || fail "$path is missing"; done; }

# Every file and who is known here, without what dpkg itself writes down.
inventory() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/log -o -path /var/lib/dpkg \
        -o -path /var/cache -o -path /run \) -prune -o -printf '%p %y %m %U\n' |
        grep -vE '^(/etc/(passwd|group|shadow|gshadow)-|/etc/\.pwd\.lock|/etc/ld\.so\.cache) ' | sort
    cut -d: -f1 /etc/passwd /etc/group | sort
}

enabled=/etc/systemd/system/multi-user.target.wants/depthd.service
inventory > /tmp/before

step "install"
dpkg -i /tmp/depthd.deb >/dev/null
there /usr/bin/depthd /usr/lib/systemd/system/depthd.service /etc/depthd/depthd.yml "$enabled" /var/lib/depthd \
    /usr/lib/udev/rules.d/80-movidius.rules /usr/share/man/man1/depthd.1.gz /usr/share/doc/depthd/dependencies.json \
    /usr/share/bash-completion/completions/depthd
[ "$(stat -c '%U %a' /var/lib/depthd)" = "depthd 700" ] || fail "the state is not the daemon's alone"
[ "$(stat -c '%U %a' /usr/lib/depthd/empty)" = "root 755" ] || fail "the service works in a folder that is not root's"
[ -z "$(ls -A /usr/lib/depthd/empty)" ] || fail "the service's folder is not empty"
id -nG depthd | grep -qw video || fail "the daemon's user may open no camera"
[ "$(getent passwd depthd | cut -d: -f7)" = /usr/sbin/nologin ] || fail "one can log in as the daemon's user"
depthd version
depthd check-config >/dev/null || fail "the packaged settings are refused"
depthd doctor | grep '^ok .*ONNX Runtime.*/usr/lib/depthd/' || fail "ONNX Runtime is not found"
! ldd /usr/bin/depthd | grep 'not found' || fail "a library is missing"
dpkg --verify depthd | grep . && fail "files differ from the package's"

step "upgrade: settings and state stay"
echo '# the owner was here' >> /etc/depthd/depthd.yml
echo 'a face' > /var/lib/depthd/faces
rm "$enabled"
dpkg -i /tmp/next.deb >/dev/null
tail -n 1 /etc/depthd/depthd.yml | grep -q 'the owner was here' || fail "the settings were overwritten"
there /var/lib/depthd/faces
[ ! -e "$enabled" ] || fail "what the owner has disabled was enabled"

step "downgrade and install again"
dpkg -i --force-downgrade /tmp/depthd.deb >/dev/null 2>&1
dpkg -i /tmp/depthd.deb >/dev/null

step "remove: settings and state stay"
dpkg --remove depthd >/dev/null
there /etc/depthd/depthd.yml /var/lib/depthd/faces
[ ! -e /usr/bin/depthd ] || fail "the program stayed"

step "install again, then purge"
dpkg -i /tmp/depthd.deb >/dev/null
dpkg --purge depthd >/dev/null 2>/tmp/said || fail "purge: $(cat /tmp/said)"
inventory > /tmp/after
diff /tmp/before /tmp/after || fail "purging left this behind, or took it away"
step "nothing is left behind"
