#!/usr/bin/env bash
# What systemd says of the unit: nothing it does not know, and an exposure of at most 1.7. Installs and starts nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
unit=packaging/systemd/depthd.service
limit=1.7

if ! command -v systemd-analyze >/dev/null; then
    if [ "${CI:-}" != true ] || [ "$(id -u)" != 0 ]; then
        echo "check-service: systemd-analyze is missing: apt install systemd" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd >/dev/null
fi

# Keys that systemd learnt after Debian 12's, of which it says that it ignores them.
newer='RestartSteps|RestartMaxDelaySec'
said=$(systemd-analyze security --offline=yes --no-pager "$unit" 2>&1) || { echo "$said"; exit 1; }
unknown=$(grep -E "$unit|Unknown|Failed" <<<"$said" | grep -vE "$newer|Overall" || true)
score=$(sed -n 's/.*Overall exposure level for depthd.service: \([0-9.]*\).*/\1/p' <<<"$said")
echo "depthd.service: exposure $score of at most $limit"
if [ -n "$unknown" ]; then
    echo "$unknown" >&2
    exit 1
fi
[ -n "$score" ] && awk -v score="$score" -v limit="$limit" 'BEGIN { exit score > limit }'
