#!/usr/bin/env bash
# What the Raspberry Pi computes, on this machine: the C kernels case by case, then the unit tests of the rooms that have code of
# their own for arm64 or read what others wrote: kernels' users, blob parser and executor, codecs.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/test-arm64-kernels.sh
# Left out: whole networks on photographs, hours of ONNX Runtime under emulation (BlobVectorTests run the executor on small ones);
# and the process's own memory, which is the emulator's.
scripts/cross.sh arm64 --tests Core,Codec,Inference \
    --skip GoldenAgreement --skip 'BlobNetworkTests/(faces|persons|real)' --skip ProcessMemoryTests
