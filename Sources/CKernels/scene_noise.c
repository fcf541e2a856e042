// SPDX-License-Identifier: Apache-2.0
#include "include/scene_render.h"

#include <math.h>

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
static uint64_t split_mix(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double unit(uint64_t *state) {
    return ((double)(split_mix(state) >> 11) + 0.5) / 9007199254740992.0;
}

void dk_scene_make_noise(uint64_t seed, float sigma, int8_t *table) {
    uint64_t state = seed;
    for (int i = 0; i < DK_SCENE_NOISE_BYTES; i++) {
        // Box–Muller.
        const double value = sigma * sqrt(-2 * log(unit(&state))) * cos(6.283185307179586 * unit(&state));
        table[i] = (int8_t)lrint(fmin(fmax(value, -127), 127));
    }
    for (int i = 0; i < DK_SCENE_NOISE_ROW; i++) table[DK_SCENE_NOISE_BYTES + i] = table[i];
}

void dk_scene_add_noise(const uint8_t *picture, const int8_t *table, uint64_t key, int32_t row_bytes, int32_t rows, uint8_t *out) {
    uint64_t state = key;
    for (int32_t y = 0; y < rows; y++) {
        const int8_t *noise = table + (split_mix(&state) & (DK_SCENE_NOISE_BYTES - 1));
        const uint8_t *from = picture + (size_t)y * (size_t)row_bytes;
        uint8_t *to = out + (size_t)y * (size_t)row_bytes;
        for (int32_t x = 0; x < row_bytes; x++) {
            int16_t value = (int16_t)(from[x] + noise[x]);
            value = value < 0 ? 0 : value;
            to[x] = (uint8_t)(value > 255 ? 255 : value);
        }
    }
}
