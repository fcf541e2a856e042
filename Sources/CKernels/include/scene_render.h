// SPDX-License-Identifier: Apache-2.0
// A small ray caster for the demo camera: a textured room, drawn once per lens, and boxes, balls and cones that move in it.
//
// Axes are those of the right camera: x right, y down, z forward, millimetres. Every lens looks along z; depth is z.
// Pictures are tightly packed: one byte a pixel (`channels` 1) or blue, green, red (`channels` 3).
#ifndef DK_SCENE_RENDER_H
#define DK_SCENE_RENDER_H

#include "scene_textures.h"

/// One ideal pinhole lens.
typedef struct {
    int32_t width, height, channels;
    /// Pixels.
    float focal, cx, cy;
    /// Where the lens sits on the x axis, in millimetres.
    float x_mm;
    /// Brightness in the middle of the picture, and how much of it is lost in the corners.
    float gain, vignette;
} dk_scene_lens;

enum {
    DK_SCENE_FLOOR = 0,
    DK_SCENE_CEILING = 1,
    DK_SCENE_LEFT_WALL = 2,
    DK_SCENE_RIGHT_WALL = 3,
    DK_SCENE_BACK_WALL = 4,
    DK_SCENE_PLANES = 5,
    DK_SCENE_MAX_DECALS = 12,
};

/// A rectangle of another surface on a plane (rug, picture, door, lamp), in the plane's own coordinates.
typedef struct {
    int32_t plane;
    float u0, v0, u1, v1;
    dk_scene_surface surface;
    /// Multiplies the light: above 1 it glows.
    float light;
} dk_scene_decal;

/// A room like a shoe box with the lens looking in.
typedef struct {
    /// Distances of the planes from the right lens, all positive: y of floor, -y of ceiling, -x of left wall, x, z.
    float distance[DK_SCENE_PLANES];
    dk_scene_surface surface[DK_SCENE_PLANES];
    /// Brightness of each plane before the lamp.
    float light[DK_SCENE_PLANES];
    /// The lamp: x and z under the ceiling, and how far its light reaches, in millimetres.
    float lamp_x, lamp_z, lamp_reach;
    int32_t decal_count;
    dk_scene_decal decals[DK_SCENE_MAX_DECALS];
} dk_scene_room;

/// Draws the empty room: picture, depth (millimetres) and which plane each pixel shows.
/// Pixels where surfaces meet are the average of `samples`² sub-pixels.
void dk_scene_draw_room(const dk_scene_room *room, const dk_scene_lens *lens, const uint8_t *texels, int32_t samples,
                        uint8_t *picture, float *depth, uint8_t *planes);

enum { DK_SCENE_BOX = 0, DK_SCENE_BALL = 1, DK_SCENE_CONE = 2 };

/// One solid. In its own axes a box spans ±half, a ball has radius half[0], a cone stands on a disc of radius half[0] at
/// y = +half[1] with its tip at y = -half[1].
typedef struct {
    int32_t kind;
    /// 1...255, written to the id picture.
    int32_t id;
    float center[3];
    /// From its own axes to the scene's, row by row.
    float rotation[9];
    float half[3];
    dk_scene_surface surface;
    /// Height of the room's floor (y), for the shadow.
    float floor_y;
} dk_scene_object;

/// A rectangle of pixels: x0 ≤ x < x1, y0 ≤ y < y1.
typedef struct {
    int32_t x0, y0, x1, y1;
} dk_scene_rect;

/// What is drawn on: a picture with its depth, the plane and the object each pixel shows, and room to work.
typedef struct {
    uint8_t *picture;
    float *depth;
    const uint8_t *planes;
    /// 0 where the room shows.
    uint8_t *ids;
    /// width × height bytes of working memory.
    uint8_t *faces;
    /// width × height floats of working memory.
    float *hits;
} dk_scene_canvas;

/// Darkens the floor under an object. Returns the pixels it may have changed.
dk_scene_rect dk_scene_draw_shadow(const dk_scene_object *object, const dk_scene_lens *lens, dk_scene_canvas *canvas);

/// Draws an object where it is nearer than what is there. Returns the pixels it may have changed (empty when out of sight
/// or nearer than 50 mm).
dk_scene_rect dk_scene_draw_object(const dk_scene_object *object, const dk_scene_lens *lens, const uint8_t *texels,
                                   dk_scene_canvas *canvas);

/// What one lens sees of one object.
typedef struct {
    /// Pixels that show it, and the tight rectangle around them.
    int64_t visible;
    dk_scene_rect box;
    /// Pixels it would cover if nothing stood before it and the picture had no edge.
    int64_t silhouette;
    /// Median depth of its visible pixels in the central half of `box`, or of all of them if there are none; 0 if unseen.
    float median_z;
} dk_scene_view;

/// Measures an object after everything is drawn.
dk_scene_view dk_scene_measure(const dk_scene_object *object, const dk_scene_lens *lens, const dk_scene_canvas *canvas);

enum { DK_SCENE_NOISE_BYTES = 1 << 16, DK_SCENE_NOISE_ROW = 1 << 14 };

/// Fills `table` (DK_SCENE_NOISE_BYTES + DK_SCENE_NOISE_ROW bytes) with Gaussian noise of standard deviation `sigma`.
void dk_scene_make_noise(uint64_t seed, float sigma, int8_t *table);

/// picture + noise → out, limited to 0...255. Every row starts at another place of the table, chosen by `key`.
void dk_scene_add_noise(const uint8_t *picture, const int8_t *table, uint64_t key, int32_t row_bytes, int32_t rows, uint8_t *out);

#endif
