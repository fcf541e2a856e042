// SPDX-License-Identifier: Apache-2.0
#include "include/scene_textures.h"

#include "scene_sampling.h"

enum { SIDE = DK_SCENE_TEXTURE_SIZE };

static uint32_t hash3(uint32_t x, uint32_t y, uint32_t z) {
    uint32_t h = x * 0x9E3779B1u ^ y * 0x85EBCA77u ^ z * 0xC2B2AE3Du;
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return h ^ (h >> 15);
}

/// -1...1
static float random3(uint32_t x, uint32_t y, uint32_t z) {
    return (float)hash3(x, y, z) * (2.0f / 4294967296.0f) - 1;
}

/// Smooth noise with `cells_x` × `cells_y` cells in a tile, so that it repeats without a seam.
static float cell_noise(float x, float y, uint32_t cells_x, uint32_t cells_y, uint32_t salt) {
    const float u = x * (float)cells_x / SIDE, v = y * (float)cells_y / SIDE;
    const uint32_t x0 = (uint32_t)u, y0 = (uint32_t)v;
    float ax = u - (float)x0, ay = v - (float)y0;
    ax = ax * ax * (3 - 2 * ax);
    ay = ay * ay * (3 - 2 * ay);
    const uint32_t xa = x0 % cells_x, xb = (x0 + 1) % cells_x, ya = y0 % cells_y, yb = (y0 + 1) % cells_y;
    const float top = random3(xa, ya, salt) * (1 - ax) + random3(xb, ya, salt) * ax;
    const float bottom = random3(xa, yb, salt) * (1 - ax) + random3(xb, yb, salt) * ax;
    return top * (1 - ay) + bottom * ay;
}

/// The same strength in every octave: whatever the distance, some detail is as large as a pixel.
static float octaves(float x, float y, uint32_t first, uint32_t last, uint32_t stretch, uint32_t salt) {
    float sum = 0;
    for (uint32_t cells = first; cells <= last; cells *= 2) {
        sum += cell_noise(x, y, cells, cells * stretch <= SIDE ? cells * stretch : SIDE, salt + cells);
    }
    return sum;
}

static float band(float position, float period, float width) {
    const float phase = position / period - floorf(position / period);
    return phase < width ? 1 : 0;
}

static float plank_mask(float x, float y) {
    const float width = SIDE / 8.0f;
    const uint32_t row = (uint32_t)(y / width);
    const float along = x + (float)(hash3(row, 7, 1) % SIDE);
    const uint32_t plank = (uint32_t)(along / (SIDE / 2.0f)) % 2;
    const float shade = 0.5f + 0.5f * random3(row, plank, 99);
    const float in_row = y - (float)row * width, in_plank = fmodf(along, SIDE / 2.0f);
    return in_row < 3 || in_plank < 3 ? 1 : 0.75f * shade;
}

static float brick_mask(float x, float y) {
    const float height = SIDE / 16.0f, length = SIDE / 8.0f;
    const uint32_t row = (uint32_t)(y / height);
    const float along = x + (row % 2 == 0 ? 0 : length / 2);
    const uint32_t brick = (uint32_t)(along / length) % 8;
    if (fmodf(y, height) < 4 || fmodf(along, length) < 4) return 1;
    return 0.3f + 0.3f * random3(row, brick, 5);
}

static float dot_mask(float x, float y) {
    const float cell = SIDE / 4.0f;
    const uint32_t row = (uint32_t)(y / cell);
    const float dx = fmodf(x + (row % 2 == 0 ? 0 : cell / 2), cell) - cell / 2, dy = fmodf(y, cell) - cell / 2;
    return dx * dx + dy * dy < cell * cell * 0.09f ? 1 : 0;
}

static float mask_at(int texture, float x, float y) {
    switch (texture) {
    case DK_SCENE_TEXTURE_PLANKS: return plank_mask(x, y);
    case DK_SCENE_TEXTURE_BRICKS: return brick_mask(x, y);
    case DK_SCENE_TEXTURE_STRIPES: return band(y, SIDE / 4.0f, 0.4f);
    case DK_SCENE_TEXTURE_CHECKS: return band(x, SIDE / 4.0f, 0.5f) == band(y, SIDE / 4.0f, 0.5f) ? 1 : 0;
    case DK_SCENE_TEXTURE_DOTS: return dot_mask(x, y);
    default: return 0.5f + 0.5f * tanhf(1.5f * octaves(x, y, 4, 16, 1, 3));
    }
}

static void make_level0(int texture, uint8_t *texels) {
    const uint32_t stretch = texture == DK_SCENE_TEXTURE_PLANKS ? 4 : 1;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const float px = (float)x, py = (float)y;
            const float detail = 128 + 44 * octaves(px, py, 16, SIDE, stretch, 1000u * (uint32_t)(texture + 1));
            uint8_t *texel = texels + 2 * (y * SIDE + x);
            texel[0] = dk_scene_byte(detail);
            texel[1] = dk_scene_byte(255 * mask_at(texture, px, py));
        }
    }
}

static void halve(const uint8_t *from, int side, uint8_t *to) {
    for (int y = 0; y < side / 2; y++) {
        for (int x = 0; x < side / 2; x++) {
            const uint8_t *a = from + 2 * (2 * y * side + 2 * x), *b = a + 2 * side;
            for (int c = 0; c < 2; c++) {
                to[2 * (y * (side / 2) + x) + c] = (uint8_t)((a[c] + a[c + 2] + b[c] + b[c + 2] + 2) / 4);
            }
        }
    }
}

size_t dk_scene_texture_bytes(void) {
    return dk_scene_level_offset(DK_SCENE_TEXTURE_COUNT, 0);
}

void dk_scene_make_textures(uint8_t *texels) {
    for (int texture = 0; texture < DK_SCENE_TEXTURE_COUNT; texture++) {
        make_level0(texture, texels + dk_scene_level_offset(texture, 0));
        for (int level = 1; level < DK_SCENE_TEXTURE_LEVELS; level++) {
            halve(texels + dk_scene_level_offset(texture, level - 1), SIDE >> (level - 1),
                  texels + dk_scene_level_offset(texture, level));
        }
    }
}
