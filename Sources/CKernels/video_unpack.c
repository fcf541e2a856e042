// SPDX-License-Identifier: Apache-2.0
#include "video_unpack.h"

void dk_video_y16_to_gray(const uint8_t *restrict source, size_t count, unsigned shift, uint8_t *restrict gray) {
    for (size_t i = 0; i < count; ++i) {
        const unsigned sample = source[2 * i] | (unsigned)source[2 * i + 1] << 8;
        const unsigned value = sample >> shift;
        gray[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

void dk_video_yuyv_to_gray(const uint8_t *restrict source, size_t count, uint8_t *restrict gray) {
    for (size_t i = 0; i < count; ++i) gray[i] = source[2 * i];
}

static inline uint8_t clamp_byte(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

/// BT.601 in 1/65536. Video range: 1.164, 2.018, -0.391, -0.813, 1.596 (as dk_pixel_yuv_to_bgr); full range:
/// 1, 1.772, -0.344, -0.714, 1.402.
typedef struct {
    int black, luma, blue, green_u, green_v, red;
} matrix;

static const matrix video_range = {16, 76284, 132252, 25624, 53281, 104595};
static const matrix full_range_matrix = {0, 65536, 116130, 22554, 46802, 91881};

static inline void put_pixel(const matrix *m, int y, int cb, int cr, uint8_t *bgr) {
    const int luma = (y < m->black ? 0 : y - m->black) * m->luma + 32768;
    bgr[0] = clamp_byte((luma + m->blue * cb) >> 16);
    bgr[1] = clamp_byte((luma - m->green_u * cb - m->green_v * cr) >> 16);
    bgr[2] = clamp_byte((luma + m->red * cr) >> 16);
}

void dk_video_yuyv_to_bgr(const uint8_t *restrict source, size_t count, int full_range, uint8_t *restrict bgr) {
    const matrix m = full_range ? full_range_matrix : video_range;
    for (size_t i = 0; i < count / 2; ++i) {
        const uint8_t *pair = source + 4 * i;
        const int cb = pair[1] - 128, cr = pair[3] - 128;
        put_pixel(&m, pair[0], cb, cr, bgr + 6 * i);
        put_pixel(&m, pair[2], cb, cr, bgr + 6 * i + 3);
    }
}

void dk_video_nv12_to_bgr(const uint8_t *restrict y, const uint8_t *restrict uv, size_t count, int full_range,
                          uint8_t *restrict bgr) {
    const matrix m = full_range ? full_range_matrix : video_range;
    for (size_t i = 0; i < count / 2; ++i) {
        const int cb = uv[2 * i] - 128, cr = uv[2 * i + 1] - 128;
        put_pixel(&m, y[2 * i], cb, cr, bgr + 6 * i);
        put_pixel(&m, y[2 * i + 1], cb, cr, bgr + 6 * i + 3);
    }
}

void dk_video_gray_to_bgr(const uint8_t *restrict gray, size_t count, uint8_t *restrict bgr) {
    for (size_t i = 0; i < count; ++i) bgr[3 * i] = bgr[3 * i + 1] = bgr[3 * i + 2] = gray[i];
}
