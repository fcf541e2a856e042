#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes a reader of untrusted bytes with libFuzzer and address sanitising.
#   scripts/fuzz.sh blob|onnx|firmware|xlink|encodings|messages [libFuzzer options, e.g. -runs=1000000]
# What it finds beyond the committed seeds is kept in .build/fuzz/TARGET.corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-}
options=()
core=()
case $target in
    blob) sources=(Sources/Inference/Blob/Format/*.swift fuzz/BlobFuzz.swift) ;;
    onnx)
        models=Sources/Inference/Models
        sources=("$models"/{ByteSource,FileByteSource,ONNXFormatError,ONNXModelScan,ProtobufReader}.swift fuzz/ONNXFuzz.swift)
        ;;
    firmware)
        folder=Sources/OAK/Firmware
        sources=("$folder"/{FirmwareError,FirmwareFinder,FirmwareImage,KnownFirmware,TarReader,XZScanner,ZipArchive}.swift
            fuzz/FirmwareFuzz.swift)
        options=(-I Sources/CLZMA -I Sources/CZlib)
        ;;
    xlink) sources=(Sources/XLink/Link/*.swift fuzz/XLinkFuzz.swift) ;;
    encodings) sources=(Sources/XLink/Encoding/*.swift fuzz/EncodingFuzz.swift) ;;
    messages)
        sources=(Sources/XLink/{Encoding,Messages,RPC}/*.swift fuzz/MessageFuzz.swift)
        core=(Sources/Core/{Timestamp,CameraControlRequest}.swift)
        ;;
    *) echo "usage: scripts/fuzz.sh blob|onnx|firmware|xlink|encodings|messages [libFuzzer options]" >&2; exit 2 ;;
esac
shift
folder=.build/fuzz
mkdir -p "$folder/$target.corpus"
program=$folder/$target
newest=$(ls -t "${sources[@]}" | head -n 1)
if [ ! -x "$program" ] || [ "$newest" -nt "$program" ]; then
    options+=(-O -parse-as-library -swift-version 6 -package-name depthd)
    library=()
    if [ ${#core[@]} -gt 0 ]; then
        swiftc "${options[@]}" -module-name Core -emit-module -emit-module-path "$folder/Core.swiftmodule" -emit-library -static \
            "${core[@]}" -o "$folder/libCore.a"
        library=(-I "$folder" -L "$folder" -lCore)
    fi
    swiftc "${options[@]}" -sanitize=fuzzer,address -module-name Fuzz "${sources[@]}" "${library[@]}" -o "$program"
fi
# Swift's own backtraces would stand in libFuzzer's way.
exec env SWIFT_BACKTRACE=enable=no "$program" -max_len=4096 -print_final_stats=1 "$@" "$folder/$target.corpus" "fuzz/corpus/$target"
