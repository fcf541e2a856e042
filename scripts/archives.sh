#!/usr/bin/env bash
# archives.sh LIBRARIES FOLDER: fills FOLDER with the archives that go into the program, and nothing else, and prints the
# options swiftc needs to link against them, one a line.
#
# Copies of Debian's descriptions that name FOLDER as the libraries' place have pkg-config, and the linker, look there first, for
# every -lNAME of ours and of our dependencies, and find archives where the system's folder would give it shared libraries.
set -euo pipefail
libraries=$1
folder=$2

# Archives, and the descriptions that lead to them; libudev and libcrypto have a description only, and are found in the system's
# folder.
wanted=(libturbojpeg libpng16 libz liblzma libwebp libsqlite3)
described=(libturbojpeg libpng libwebp liblzma sqlite3 zlib libudev libcrypto)
# libwebp's conversions moved to a library of their own after Debian 12.
optional=(libsharpyuv)

rm -rf "$folder"
mkdir -p "$folder"
for name in "${wanted[@]}"; do
    [ -e "$libraries/$name.a" ] || { echo "archives: $libraries/$name.a is missing; run scripts/setup.sh" >&2; exit 1; }
    ln -s "$libraries/$name.a" "$folder/"
done
for name in "${described[@]}"; do
    sed "s,^libdir=.*,libdir=$folder," "$libraries/pkgconfig/$name.pc" > "$folder/$name.pc"
done
# What the archives ask for and no description names.
extra=(-lz -lm)
for name in "${optional[@]}"; do
    [ -e "$libraries/$name.a" ] || continue
    ln -s "$libraries/$name.a" "$folder/"
    extra+=("-l${name#lib}")
done

printf -- '-Xlinker\n%s\n' --gc-sections --as-needed "${extra[@]}"
