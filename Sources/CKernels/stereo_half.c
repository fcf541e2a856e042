// SPDX-License-Identifier: Apache-2.0
//
// Both ends of the extended search: pictures of half the size, and the near things found in them.

#include "stereo_match.h"

void dk_stereo_halve(int32_t width, int32_t height, const uint8_t *from, uint8_t *to) {
    const int32_t half = width / 2;
    for (int32_t y = 0; y < height / 2; y++) {
        const uint8_t *const above = from + (size_t)(2 * y) * (size_t)width, *const below = above + width;
        uint8_t *const row = to + (size_t)y * (size_t)half;
        for (int32_t x = 0; x < half; x++)
            row[x] = (uint8_t)((above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1] + 2) >> 2);
    }
}

void dk_stereo_merge_half(int32_t width, int32_t height, const uint16_t *half, uint16_t beyond, uint16_t *full) {
    const int32_t columns = width / 2, rows = height / 2;
    for (int32_t y = 0; y < height; y++) {
        const uint16_t *const small = half + (size_t)(y / 2 < rows ? y / 2 : rows - 1) * (size_t)columns;
        uint16_t *const row = full + (size_t)y * (size_t)width;
        for (int32_t x = 0; x < 2 * columns; x++) {
            const uint16_t doubled = (uint16_t)(2 * small[x / 2]);
            row[x] = doubled >= beyond ? doubled : row[x];
        }
    }
}
