// SPDX-License-Identifier: Apache-2.0

#include "stereo_remap.h"

void dk_stereo_remap(const uint8_t *source, size_t source_width, const uint32_t *corners, const uint16_t *weights,
                     size_t count, uint8_t *target) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *const above = source + corners[i], *const below = above + source_width;
        const int32_t x = weights[i] & 255, y = weights[i] >> 8;
        const int32_t upper = above[0] * 256 + (above[1] - above[0]) * x;
        const int32_t lower = below[0] * 256 + (below[1] - below[0]) * x;
        target[i] = (uint8_t)((upper * 256 + (lower - upper) * y + 32768) >> 16);
    }
}
