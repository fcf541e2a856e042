// SPDX-License-Identifier: Apache-2.0
// Reading the scene's textures: shared by the background and the objects, private to the kernels.
#ifndef DK_SCENE_SAMPLING_H
#define DK_SCENE_SAMPLING_H

#include "include/scene_textures.h"
#include "scene_math.h"

#include <math.h>

typedef struct {
    float detail, mask;
} dk_texel;

static inline size_t dk_scene_level_offset(int texture, int level) {
    size_t offset = 0;
    for (int i = 0; i < level; i++) {
        size_t side = (size_t)DK_SCENE_TEXTURE_SIZE >> i;
        offset += side * side;
    }
    size_t whole = 0;
    for (int i = 0; i < DK_SCENE_TEXTURE_LEVELS; i++) {
        size_t side = (size_t)DK_SCENE_TEXTURE_SIZE >> i;
        whole += side * side;
    }
    return 2 * ((size_t)texture * whole + offset);
}

/// Bilinear sample of one level; u and v in level-0 texels.
static inline dk_texel dk_scene_sample_level(const uint8_t *level, int shift, float u, float v) {
    const int side = DK_SCENE_TEXTURE_SIZE >> shift, wrap = side - 1;
    const float factor = 1.0f / (float)(1 << shift);
    const float x = u * factor - 0.5f, y = v * factor - 0.5f;
    const int fx = dk_floor(x), fy = dk_floor(y);
    const float ax = x - (float)fx, ay = y - (float)fy;
    const int x0 = fx & wrap, y0 = fy & wrap, x1 = (x0 + 1) & wrap, y1 = (y0 + 1) & wrap;
    const uint8_t *p00 = level + 2 * (y0 * side + x0), *p01 = level + 2 * (y0 * side + x1);
    const uint8_t *p10 = level + 2 * (y1 * side + x0), *p11 = level + 2 * (y1 * side + x1);
    const float w00 = (1 - ax) * (1 - ay), w01 = ax * (1 - ay), w10 = (1 - ax) * ay, w11 = ax * ay;
    dk_texel texel = {
        w00 * p00[0] + w01 * p01[0] + w10 * p10[0] + w11 * p11[0],
        w00 * p00[1] + w01 * p01[1] + w10 * p10[1] + w11 * p11[1],
    };
    return texel;
}

/// Two neighbouring mip levels and the weight of the coarser one.
typedef struct {
    const uint8_t *fine, *coarse;
    int fine_shift, coarse_shift;
    float weight;
} dk_mip;

/// The levels for a footprint of `texels` level-0 texels per pixel.
static inline dk_mip dk_scene_mip(const uint8_t *texels, int texture, float footprint) {
    float lod = log2f(dk_max(footprint, 1e-6f));
    lod = dk_min(dk_max(lod, 0), DK_SCENE_TEXTURE_LEVELS - 1.001f);
    const int level = (int)lod;
    dk_mip mip = {
        texels + dk_scene_level_offset(texture, level), texels + dk_scene_level_offset(texture, level + 1),
        level, level + 1, lod - (float)level,
    };
    return mip;
}

/// Trilinear sample.
static inline dk_texel dk_scene_sample(const dk_mip *mip, float u, float v) {
    const dk_texel a = dk_scene_sample_level(mip->fine, mip->fine_shift, u, v);
    const dk_texel b = dk_scene_sample_level(mip->coarse, mip->coarse_shift, u, v);
    dk_texel texel = {a.detail + mip->weight * (b.detail - a.detail), a.mask + mip->weight * (b.mask - a.mask)};
    return texel;
}

/// Colour of a surface (blue, green, red) under a texel; `light` multiplies it.
static inline void dk_scene_tint(const dk_scene_surface *surface, dk_texel texel, float light, float color[3]) {
    const float mask = texel.mask * (1.0f / 255);
    const float bright = light * (1 + surface->contrast * (texel.detail - 128) * (1.0f / 96));
    for (int c = 0; c < 3; c++) {
        color[c] = (surface->color_a[c] + (surface->color_b[c] - surface->color_a[c]) * mask) * bright;
    }
}

static inline float dk_scene_luma(const float color[3]) {
    return 0.114f * color[0] + 0.587f * color[1] + 0.299f * color[2];
}

static inline uint8_t dk_scene_byte(float value) {
    return (uint8_t)(dk_min(dk_max(value, 0), 255) + 0.5f);
}

#endif
