// SPDX-License-Identifier: Apache-2.0
//
// Bilinear look-up. Included once by each build, after stereo_vector.h. No processor at hand gathers pairs of bytes quickly,
// so they are loaded one by one; the arithmetic is done for a whole vector.

typedef uint16_t pairs __attribute__((vector_size(2 * DK_LANES)));
typedef uint32_t products __attribute__((vector_size(4 * DK_LANES)));

/// Between the two bytes of each pair, in 1/256 grey levels: at most 255 * 256.
DK_INLINE void between(const pairs *both, const pairs *weight, pairs *result) {
    *result = (*both & 255) * (256 - *weight) + (*both >> 8) * *weight;
}

static void remap(const uint8_t *source, size_t source_width, const uint32_t *corners, const uint16_t *weights, size_t count,
                  uint8_t *target) {
    for (size_t i = 0; i < count; i += LANES) {
        // The last vector overlaps the one before; a shorter picture than one vector is done pixel by pixel.
        if (i + LANES > count) {
            if (count < LANES) break;
            i = count - LANES;
        }
        pairs above, below, weight;
        DK_UNROLL for (int k = 0; k < LANES; k++) {
            uint16_t pair;
            memcpy(&pair, source + corners[i + (size_t)k], sizeof pair);
            above[k] = pair;
            memcpy(&pair, source + corners[i + (size_t)k] + source_width, sizeof pair);
            below[k] = pair;
        }
        memcpy(&weight, weights + i, sizeof weight);
        const pairs x = weight & 255, y = weight >> 8;
        pairs upper, lower;
        between(&above, &x, &upper);
        between(&below, &x, &lower);
        const products sum = __builtin_convertvector(upper, products) * __builtin_convertvector(256 - y, products)
                             + __builtin_convertvector(lower, products) * __builtin_convertvector(y, products) + 32768;
        store(target + i, __builtin_convertvector(sum >> 16, bytes));
    }
    if (count >= LANES) return;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *const above = source + corners[i], *const below = above + source_width;
        const uint32_t x = weights[i] & 255, y = weights[i] >> 8;
        const uint32_t upper = above[0] * (256 - x) + above[1] * x, lower = below[0] * (256 - x) + below[1] * x;
        target[i] = (uint8_t)((upper * (256 - y) + lower * y + 32768) >> 16);
    }
}
