// SPDX-License-Identifier: Apache-2.0
// Procedural surface textures of the rendered scene: two bytes a texel (fine detail, pattern mask), with mip levels.
#ifndef DK_SCENE_TEXTURES_H
#define DK_SCENE_TEXTURES_H

#include <stddef.h>
#include <stdint.h>

enum {
    DK_SCENE_TEXTURE_PLASTER = 0,
    DK_SCENE_TEXTURE_PLANKS = 1,
    DK_SCENE_TEXTURE_BRICKS = 2,
    DK_SCENE_TEXTURE_STRIPES = 3,
    DK_SCENE_TEXTURE_CHECKS = 4,
    DK_SCENE_TEXTURE_DOTS = 5,
    DK_SCENE_TEXTURE_COUNT = 6,
    /// Width and height of level 0; each further level halves it, down to 1.
    DK_SCENE_TEXTURE_SIZE = 512,
    DK_SCENE_TEXTURE_LEVELS = 10,
};

/// How a texture lies on a surface.
typedef struct {
    int32_t texture;
    /// Level-0 texels per millimetre.
    float scale;
    /// Added to the texture coordinates, in texels.
    float offset_u, offset_v;
    /// Colours (blue, green, red; 0...255) where the mask is 0 and where it is 1.
    float color_a[3], color_b[3];
    /// How strongly the fine detail changes the brightness: 0 not at all, 1 by up to ±100 %.
    float contrast;
} dk_scene_surface;

/// Bytes `dk_scene_make_textures` fills.
size_t dk_scene_texture_bytes(void);

/// Draws all textures and their mip levels into `texels`; always the same ones.
void dk_scene_make_textures(uint8_t *texels);

#endif
