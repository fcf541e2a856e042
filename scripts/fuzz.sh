#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes a reader of untrusted bytes with libFuzzer and address sanitising.
#   scripts/fuzz.sh blob|onnx [libFuzzer options, e.g. -runs=1000000]
# What it finds beyond the committed seeds is kept in .build/fuzz/TARGET.corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-}
case $target in
    blob) sources=(Sources/Inference/Blob/Format/*.swift fuzz/BlobFuzz.swift) ;;
    onnx)
        models=Sources/Inference/Models
        sources=("$models"/{ByteSource,FileByteSource,ONNXFormatError,ONNXModelScan,ProtobufReader}.swift fuzz/ONNXFuzz.swift)
        ;;
    *) echo "usage: scripts/fuzz.sh blob|onnx [libFuzzer options]" >&2; exit 2 ;;
esac
shift
folder=.build/fuzz
mkdir -p "$folder/$target.corpus"
program=$folder/$target
newest=$(ls -t "${sources[@]}" | head -n 1)
if [ ! -x "$program" ] || [ "$newest" -nt "$program" ]; then
    swiftc -O -sanitize=fuzzer,address -parse-as-library -swift-version 6 -package-name depthd -module-name Fuzz \
        "${sources[@]}" -o "$program"
fi
# Swift's own backtraces would stand in libFuzzer's way.
exec env SWIFT_BACKTRACE=enable=no "$program" -max_len=4096 -print_final_stats=1 "$@" "$folder/$target.corpus" "fuzz/corpus/$target"
