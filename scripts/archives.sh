#!/usr/bin/env bash
# archives.sh LIBRARIES FOLDER: fills FOLDER with the archives that go into the program, and nothing else, and prints the
# options `swift build` needs to link against them, one a line.
#
# Every -lNAME of ours and of our dependencies is looked up in FOLDER first, so that archives are found where the system's
# folder would give the shared library; the package's manifest is the same for every build.
set -euo pipefail
libraries=$1
folder=$2

# libwebp's conversions moved to a library of their own after Debian 12.
wanted=(libturbojpeg libpng16 libz libwebp libsqlite3)
optional=(libsharpyuv)

rm -rf "$folder"
mkdir -p "$folder"
for name in "${wanted[@]}"; do
    [ -e "$libraries/$name.a" ] || { echo "archives: $libraries/$name.a is missing; run scripts/setup.sh" >&2; exit 1; }
    ln -s "$libraries/$name.a" "$folder/"
done
# What the archives ask for and no module names.
extra=(-lz -lm)
for name in "${optional[@]}"; do
    [ -e "$libraries/$name.a" ] || continue
    ln -s "$libraries/$name.a" "$folder/"
    extra+=("-l${name#lib}")
done

printf '%s\n' --static-swift-stdlib -Xlinker "-L$folder" -Xlinker --gc-sections -Xlinker --as-needed
for option in "${extra[@]}"; do printf '%s\n' -Xlinker "$option"; done
