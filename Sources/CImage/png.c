// SPDX-License-Identifier: Apache-2.0
// libpng reports errors by longjmp, which must not cross Swift frames: every jump starts and ends in this file.

#include "CImage.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

static void on_error(png_structp png, png_const_charp text) {
    char *message = png_get_error_ptr(png);
    strncpy(message, text, CI_MESSAGE_SIZE - 1);
    message[CI_MESSAGE_SIZE - 1] = 0;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static size_t row_bytes(uint32_t width, ci_layout layout) {
    static const size_t bytes[] = {[CI_GRAY8] = 1, [CI_BGR24] = 3, [CI_GRAY16] = 2, [CI_BGRA32] = 4};
    return width * bytes[layout];
}

static int is_little_endian(void) {
    const uint16_t one = 1;
    return *(const uint8_t *)&one;
}

typedef struct {
    const uint8_t *bytes;
    size_t left;
} source;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->left) png_error(png, "the data ends early");
    memcpy(target, from->bytes, count);
    from->bytes += count;
    from->left -= count;
}

static void ask_for_16_bit_gray(png_structp png, int color, int depth) {
    if (color != PNG_COLOR_TYPE_GRAY || depth != 16) png_error(png, "not a 16-bit grey picture");
    if (is_little_endian()) png_set_swap(png);
}

static void ask_for_8_bit(png_structp png, int color, int depth, ci_layout layout) {
    png_set_expand(png);
    if (depth == 16) png_set_scale_16(png);
    png_set_strip_alpha(png);
    const int is_colored = color & PNG_COLOR_MASK_COLOR;
    if (layout == CI_BGR24) {
        if (!is_colored) png_set_gray_to_rgb(png);
        png_set_bgr(png);
    } else if (is_colored) {
        png_set_rgb_to_gray_fixed(png, PNG_ERROR_ACTION_NONE, 29900, 58700);
    }
}

static void decode(png_structp png, png_infop info, uint32_t width, uint32_t height, ci_layout layout, uint8_t *pixels) {
    // No profile, gamma or text chunk is wanted, and none can cost memory then.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_user_limits(png, width, height);
    png_read_info(png, info);
    const int color = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    if (layout == CI_GRAY16) {
        ask_for_16_bit_gray(png, color, depth);
    } else {
        ask_for_8_bit(png, color, depth, layout);
    }
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
        png_error(png, "the size changed");
    if (png_get_rowbytes(png, info) != row_bytes(width, layout)) png_error(png, "unexpected pixel layout");
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++) png_read_row(png, pixels + y * row_bytes(width, layout), NULL);
    png_read_end(png, NULL);
}

int ci_png_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, ci_layout layout, uint8_t *pixels, char *message) {
    strcpy(message, "out of memory");
    source from = {bytes, count};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    if (!png) return 1;
    png_infop info = png_create_info_struct(png);
    // Both pointers are set before setjmp and not changed after it, so they survive the jump.
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, info ? &info : NULL, NULL);
        return 1;
    }
    png_set_read_fn(png, &from, read_bytes);
    decode(png, info, width, height, layout, pixels);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

typedef struct {
    uint8_t *bytes;
    size_t count, capacity;
} sink;

static void write_bytes(png_structp png, png_bytep data, size_t count) {
    sink *to = png_get_io_ptr(png);
    if (to->count + count > to->capacity) {
        const size_t capacity = (to->count + count) * 2;
        uint8_t *grown = realloc(to->bytes, capacity);
        if (!grown) png_error(png, "out of memory");
        to->bytes = grown;
        to->capacity = capacity;
    }
    memcpy(to->bytes + to->count, data, count);
    to->count += count;
}

static void flush_bytes(png_structp png) { (void)png; }

static void encode(
    png_structp png, png_infop info, const uint8_t *pixels, uint32_t width, uint32_t height, ci_layout layout, int level) {
    png_set_compression_level(png, level);
    // One cheap filter instead of trying five on each row: a third of the time for a few per cent of size.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    const int color = layout == CI_BGR24 ? PNG_COLOR_TYPE_RGB : layout == CI_BGRA32 ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_GRAY;
    png_set_IHDR(
        png, info, width, height, layout == CI_GRAY16 ? 16 : 8, color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info(png, info);
    if (layout == CI_GRAY16 && is_little_endian()) png_set_swap(png);
    if (layout == CI_BGR24 || layout == CI_BGRA32) png_set_bgr(png);
    for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + y * row_bytes(width, layout));
    png_write_end(png, NULL);
}

/// Encodes into `to`, which lives in the caller's frame so that a jump cannot lose it.
static int encode_into(
    sink *to, const uint8_t *pixels, uint32_t width, uint32_t height, ci_layout layout, int level, char *message) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    if (!png) return 1;
    png_infop info = png_create_info_struct(png);
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, info ? &info : NULL);
        return 1;
    }
    png_set_write_fn(png, to, write_bytes, flush_bytes);
    encode(png, info, pixels, width, height, layout, level);
    png_destroy_write_struct(&png, &info);
    return 0;
}

int ci_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, ci_layout layout, int level, uint8_t **bytes, size_t *count,
    char *message) {
    strcpy(message, "out of memory");
    sink to = {NULL, 0, 0};
    if (encode_into(&to, pixels, width, height, layout, level, message)) {
        free(to.bytes);
        return 1;
    }
    *bytes = to.bytes;
    *count = to.count;
    return 0;
}

void ci_free(uint8_t *bytes) { free(bytes); }
