#!/usr/bin/env bash
# Throws generated requests at a running depthd by its own description and fails on any server error.
#   scripts/hub-schemathesis.sh http://127.0.0.1:8080 [CASES PER OPERATION]
# Needs schemathesis (pip install schemathesis). 503 is an answer here: a stream without pictures has none.
set -euo pipefail
base=${1:?"where depthd serves, such as http://127.0.0.1:8080"}
cases=${2:-160}
exec schemathesis run "$base/openapi.json" --url "$base" --checks not_a_server_error --mode all \
    --max-examples "$cases" --request-timeout 30 --exclude-path-regex 'mjpeg|events' --no-shrink
