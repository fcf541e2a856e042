#!/usr/bin/env bash
# sanitize.sh address|thread [OPTION…]: runs unit tests under sanitizers, with options of `swift test`; fails on the first finding.
#   address   AddressSanitizer over Swift and C, UndefinedBehaviorSanitizer over C: the tests of what calls the kernels and shims
#   thread    ThreadSanitizer over queues, stages and publishers
# Each has a scratch folder of its own, .build-address and .build-thread, and compiles the targets its tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
which=${1:-}
[ $# -eq 0 ] || shift
case $which in
    address)
        tests=Core,Codec,Capture,Stereo,Inference
        # Swift's runtime keeps what it makes once and for all, which is no leak.
        export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
        # What Swift's build knows no option for; the runtime is within AddressSanitizer's.
        options=(-Xcc -fsanitize=undefined -Xcc "-fno-sanitize=vptr,function" -Xcc -fno-sanitize-recover=undefined)
        # They measure the process's own memory, which the sanitizer's allocator keeps.
        set -- "$@" --skip ProcessMemoryTests --skip aThousandStartsLeaveNothingBehind ;;
    thread)
        tests=Core,Pipeline,Publish
        export TSAN_OPTIONS=halt_on_error=1
        options=() ;;
    *) echo "usage: scripts/sanitize.sh address|thread [options of swift test]" >&2; exit 2 ;;
esac
scripts/setup.sh
scratch=.build-$which
runtime=$(scripts/onnxruntime.sh "$(dpkg --print-architecture)" .deps/onnxruntime)
build=(-c release --sanitize "$which" --scratch-path "$scratch")
export DEPTHD_TESTS=$tests SWIFT_BACKTRACE=enable=no
swift=${SWIFT:-swift}
"$swift" build "${build[@]}" "${options[@]}" --product depthdPackageTests
ln -sf "$PWD/$runtime" "$("$swift" build "${build[@]}" --show-bin-path)/"
"$swift" test "${build[@]}" --disable-testable-imports --skip-build --no-parallel "$@"
