#!/usr/bin/env bash
# Throws generated requests at the hub's API of a running depthd by its own description and fails on any server error.
#   scripts/hub-schemathesis.sh                                                     starts the program that is shipped, with the demo
#   scripts/hub-schemathesis.sh http://127.0.0.1:8080 CAMERA [CASES PER OPERATION]  asks a running one, with a camera that delivers
# 380 cases an operation make 10 000. schemathesis comes from PyPI into .deps/schemathesis-venv.
set -euo pipefail
cd "$(dirname "$0")/.."
base=${1:-}
camera=${2:-demo}
cases=${3:-380}
folder=$(mktemp -d)
daemon=
finish() {
    if [ -n "$daemon" ]; then
        kill "$daemon" || true
        wait "$daemon" || true
    fi
    rm -rf "$folder"
}
trap finish EXIT

venv=$PWD/.deps/schemathesis-venv
if ! [ -x "$venv/bin/schemathesis" ]; then
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check 'schemathesis>=4,<5'
fi

start_daemon() {
    local program=${DEPTHD_PROGRAM:-$PWD/.build-release/out/$(dpkg --print-architecture)/depthd} setting words=()
    [ -x "$program" ] || { echo "schemathesis: $program is not built: make release" >&2; exit 1; }
    for setting in cameras.0.id=demo cameras.0.source=demo http.host=127.0.0.1 http.port=0 udp.enabled=false \
        depthai.enabled=false codeproject.enabled=false "state.directory=$folder/state"; do words+=(--set "$setting"); done
    mkfifo "$folder/said"
    "$program" run "${words[@]}" >"$folder/said" 2>"$folder/log" & daemon=$!
    # It announces its address in its first line once it serves.
    exec 3<"$folder/said"
    read -r base <&3 || { cat "$folder/log" >&2; exit 1; }
    base=http://$(sed 's,.*http://,,; s,/$,,' <<<"$base")
    curl -fsS --retry 60 --retry-all-errors --retry-delay 1 -o /dev/null "$base/api/v1/cameras/demo/streams/color/snapshot.jpg"
}
[ -n "$base" ] || start_daemon

# Names made up at random are nearly always 404: the camera and a stream are given.
cat > "$folder/schemathesis.toml" <<TOML
[parameters]
"path.mxid" = "${camera^^}"
"path.stream_name" = "CAM_A"
"path.id" = "$camera"
TOML
cd "$folder"
"$venv/bin/schemathesis" --config-file schemathesis.toml run "$base/openapi.json" --checks not_a_server_error --mode all \
    --max-examples "$cases" --request-timeout 60 --include-path-regex '^/(cameras|controller)' --no-shrink \
    --phases coverage,fuzzing --continue-on-failure
