// SPDX-License-Identifier: Apache-2.0
#ifndef CIMAGE_H
#define CIMAGE_H

#include <stddef.h>
#include <stdint.h>

/// How the pixels of a picture lie in memory; rows are tightly packed.
typedef enum {
    CI_GRAY8 = 0,
    CI_BGR24 = 1,
    /// Native-endian 16-bit grey.
    CI_GRAY16 = 2,
    /// Blue, green, red and alpha (not premultiplied); for encoding only.
    CI_BGRA32 = 3,
} ci_layout;

/// Room for the text of an error, with its end mark.
enum { CI_MESSAGE_SIZE = 128 };

/// Decodes a whole PNG of exactly `width`×`height` pixels into `pixels`. Colour profiles, gamma and text are ignored and
/// alpha is dropped: the samples come out as they are stored. Grey from colour is Rec. 601 luma. `CI_GRAY16` takes
/// 16-bit grey pictures only.
/// Returns 0, or 1 with the reason in `message` (`CI_MESSAGE_SIZE` bytes).
int ci_png_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, ci_layout layout, uint8_t *pixels, char *message);

/// Encodes a picture as PNG into memory that the caller gives back with `ci_free`.
/// `level` is zlib's: 1 quick … 9 small. Returns 0, or 1 with the reason in `message` (`CI_MESSAGE_SIZE` bytes).
int ci_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, ci_layout layout, int level, uint8_t **bytes, size_t *count,
    char *message);

/// Frees what `ci_png_encode` returned.
void ci_free(uint8_t *bytes);

#endif
