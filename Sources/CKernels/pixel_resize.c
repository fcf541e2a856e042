// SPDX-License-Identifier: Apache-2.0
#include "pixel_resize.h"

#include <math.h>

void dk_pixel_resize_axis(int source, int target, int step, int32_t *offsets, int16_t *weights) {
    const double scale = (double)source / target;
    for (int i = 0; i < target; ++i) {
        float fraction = (float)((i + 0.5) * scale - 0.5);
        int left = (int)floorf(fraction);
        fraction -= (float)left;
        if (left < 0) {
            left = 0;
            fraction = 0;
        }
        if (left >= source - 1) {
            left = source - 1;
            fraction = 0;
        }
        const int right = left + 1 < source ? left + 1 : left;
        offsets[2 * i] = left * step;
        offsets[2 * i + 1] = right * step;
        weights[2 * i] = (int16_t)lrintf((1.f - fraction) * 2048.f);
        weights[2 * i + 1] = (int16_t)lrintf(fraction * 2048.f);
    }
}

// One source row stretched to the target's width. 255 * 2048 >> 4 = 32640, so a value fits 16 bits and the vertical
// pass can multiply sixteen-bit lanes.
static void stretch_row(const uint8_t *restrict source, int channels, const int32_t *restrict offsets,
                        const int16_t *restrict weights, int16_t *restrict row, int width) {
    if (channels == 1) {
        for (int i = 0; i < width; ++i)
            row[i] = (int16_t)((source[offsets[2 * i]] * weights[2 * i] +
                                source[offsets[2 * i + 1]] * weights[2 * i + 1]) >> 4);
        return;
    }
    for (int i = 0; i < width; ++i) {
        const uint8_t *left = source + offsets[2 * i], *right = source + offsets[2 * i + 1];
        const int a = weights[2 * i], b = weights[2 * i + 1];
        row[3 * i] = (int16_t)((left[0] * a + right[0] * b) >> 4);
        row[3 * i + 1] = (int16_t)((left[1] * a + right[1] * b) >> 4);
        row[3 * i + 2] = (int16_t)((left[2] * a + right[2] * b) >> 4);
    }
}

static void blend_rows(const int16_t *restrict upper, const int16_t *restrict lower, int16_t a, int16_t b,
                       uint8_t *restrict target, int count) {
    for (int i = 0; i < count; ++i) {
        const int16_t high = (int16_t)((upper[i] * a) >> 16), low = (int16_t)((lower[i] * b) >> 16);
        target[i] = (uint8_t)((int16_t)(high + low + 2) >> 2);
    }
}

void dk_pixel_resize(const uint8_t *source, size_t source_stride, int channels, const int32_t *x_offsets,
                     const int16_t *x_weights, const int32_t *y_offsets, const int16_t *y_weights, int16_t *rows,
                     uint8_t *target, size_t target_stride, int target_width, int target_height) {
    const int count = target_width * channels;
    int16_t *slot[2] = {rows, rows + count};
    int held[2] = {-1, -1};
    for (int y = 0; y < target_height; ++y) {
        const int upper = y_offsets[2 * y], lower = y_offsets[2 * y + 1];
        // Neighbouring target rows often share a source row: keep what is already stretched.
        if (held[0] != upper && held[1] == upper) {
            int16_t *row = slot[0];
            slot[0] = slot[1];
            slot[1] = row;
            held[1] = held[0];
            held[0] = upper;
        }
        if (held[0] != upper) {
            stretch_row(source + (size_t)upper * source_stride, channels, x_offsets, x_weights, slot[0], target_width);
            held[0] = upper;
        }
        const int16_t *below = slot[0];
        if (y_weights[2 * y + 1] != 0) {
            if (held[1] != lower) {
                stretch_row(source + (size_t)lower * source_stride, channels, x_offsets, x_weights, slot[1],
                            target_width);
                held[1] = lower;
            }
            below = slot[1];
        }
        blend_rows(slot[0], below, y_weights[2 * y], y_weights[2 * y + 1], target + (size_t)y * target_stride, count);
    }
}
