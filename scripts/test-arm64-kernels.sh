#!/usr/bin/env bash
# The stereo kernels on arm64: every build against the plain one under qemu, and the same digests as on this machine.
# Needs clang and, on a machine that is no arm64 itself: apt install qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sources=(Sources/CKernels/stereo_*.c Tests/CKernelsArm64/kernels.c)
options=(-O3 -Wall -Wextra -Werror -Wno-pass-failed -ISources/CKernels/include)

clang "${options[@]}" "${sources[@]}" -o "$folder/here"
"$folder/here" >"$folder/here.txt"
if [ "$(uname -m)" = aarch64 ]; then
    echo "arm64 kernels: this is arm64; NEON equals plain C in $(wc -l <"$folder/here.txt") cases"
    exit 0
fi
for tool in qemu-aarch64-static aarch64-linux-gnu-gcc; do
    command -v "$tool" >/dev/null || {
        echo "arm64 kernels: no $tool; apt install qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross" >&2
        exit 1
    }
done
for source in "${sources[@]}"; do
    clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include "${options[@]}" -c "$source" \
        -o "$folder/$(basename "$source" .c).o"
done
aarch64-linux-gnu-gcc -static "$folder"/*.o -o "$folder/there"
qemu-aarch64-static "$folder/there" >"$folder/there.txt"
diff "$folder/here.txt" "$folder/there.txt"
echo "arm64 kernels: NEON equals plain C, and both what this machine computes, in $(wc -l <"$folder/there.txt") cases"
