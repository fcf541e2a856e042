# SPDX-License-Identifier: Apache-2.0
# How this machine reaches Debian's archive; sourced by the scripts that unpack Debian systems of their own.
# shellcheck shell=bash

# The archive this machine's own apt uses.
debian_mirror() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/*$' || {
        echo "no Debian archive in apt's configuration; run apt-get update" >&2
        return 1
    }
}

# How it is reached: proxies and dates, as options of mmdebstrap, one a line.
debian_options() {
    apt-config dump Acquire | sed -nE "s/^(Acquire::(http|https|Retries|Check-)[^ ]* \"[^\"]+\");$/--aptopt=\1/p" |
        grep -v 'Acquire::Changelogs' || true
}
