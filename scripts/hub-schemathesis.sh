#!/usr/bin/env bash
# Throws generated requests at the hub's API of a running depthd by its own description and fails on any server error.
#   scripts/hub-schemathesis.sh http://127.0.0.1:8080 CAMERA [CASES PER OPERATION]
# Needs schemathesis 4 (pip install schemathesis) and a camera that delivers. 380 cases an operation make 10 000.
set -euo pipefail
base=${1:?"where depthd serves, such as http://127.0.0.1:8080"}
camera=${2:?"the name of a camera that delivers"}
cases=${3:-380}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Names made up at random are nearly always 404: the camera and a stream are given.
cat > "$folder/schemathesis.toml" <<TOML
[parameters]
"path.mxid" = "${camera^^}"
"path.stream_name" = "CAM_A"
"path.id" = "$camera"
TOML
cd "$folder"
schemathesis --config-file schemathesis.toml run "$base/openapi.json" --checks not_a_server_error --mode all \
    --max-examples "$cases" --request-timeout 60 --include-path-regex '^/(cameras|controller)' --no-shrink \
    --phases coverage,fuzzing --continue-on-failure
