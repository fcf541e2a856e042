// SPDX-License-Identifier: Apache-2.0
// Rays against boxes, balls and cones: private to the kernels.
#ifndef DK_SCENE_SOLIDS_H
#define DK_SCENE_SOLIDS_H

#include "include/scene_render.h"
#include "scene_math.h"

#include <math.h>

/// Where a ray first meets a solid: `face` 0 means nowhere. Faces of a box are 1...6; a ball has six patches like a cube;
/// a cone has its side (1) and its base (2).
typedef struct {
    int face;
    float z;
} dk_hit;

/// An object seen from a lens: the lens in the object's axes, and how the ray through pixel (x, y) runs there, per unit of
/// depth: ray(x, y) = base + x · along_x + y · along_y.
typedef struct {
    int kind;
    float half[3];
    float origin[3], base[3], along_x[3], along_y[3];
} dk_solid;

/// Rᵀ · v.
static inline void dk_solid_to_own_axes(const float r[9], const float v[3], float out[3]) {
    for (int i = 0; i < 3; i++) out[i] = r[i] * v[0] + r[3 + i] * v[1] + r[6 + i] * v[2];
}

static inline dk_solid dk_solid_make(const dk_scene_object *object, const dk_scene_lens *lens) {
    dk_solid s = {.kind = object->kind, .half = {object->half[0], object->half[1], object->half[2]}};
    const float lens_at[3] = {lens->x_mm - object->center[0], -object->center[1], -object->center[2]};
    const float inverse = 1 / lens->focal;
    const float base[3] = {-lens->cx * inverse, -lens->cy * inverse, 1}, ax[3] = {inverse, 0, 0}, ay[3] = {0, inverse, 0};
    dk_solid_to_own_axes(object->rotation, lens_at, s.origin);
    dk_solid_to_own_axes(object->rotation, base, s.base);
    dk_solid_to_own_axes(object->rotation, ax, s.along_x);
    dk_solid_to_own_axes(object->rotation, ay, s.along_y);
    return s;
}

/// The point at depth z on the ray through pixel (x, y), in the object's axes.
static inline void dk_solid_point(const dk_solid *s, float x, float y, float z, float point[3]) {
    for (int i = 0; i < 3; i++) point[i] = s->origin[i] + z * (s->base[i] + x * s->along_x[i] + y * s->along_y[i]);
}

static inline dk_hit dk_hit_box(const dk_solid *s, const float d[3]) {
    float enter = 0, leave = INFINITY;
    int face = 0;
    for (int i = 0; i < 3; i++) {
        if (fabsf(d[i]) < 1e-12f) {
            if (fabsf(s->origin[i]) > s->half[i]) return (dk_hit){0, 0};
            continue;
        }
        const float inverse = 1 / d[i];
        const float a = (-s->half[i] - s->origin[i]) * inverse, b = (s->half[i] - s->origin[i]) * inverse;
        const float first = dk_min(a, b), last = dk_max(a, b);
        if (first > enter) {
            enter = first;
            face = 1 + 2 * i + (d[i] < 0 ? 1 : 0);
        }
        leave = dk_min(leave, last);
    }
    return enter < leave ? (dk_hit){face, enter} : (dk_hit){0, 0};
}

static inline dk_hit dk_hit_ball(const dk_solid *s, const float d[3]) {
    const float *o = s->origin;
    const float a = d[0] * d[0] + d[1] * d[1] + d[2] * d[2], b = o[0] * d[0] + o[1] * d[1] + o[2] * d[2];
    const float c = o[0] * o[0] + o[1] * o[1] + o[2] * o[2] - s->half[0] * s->half[0];
    const float root = b * b - a * c;
    if (root <= 0) return (dk_hit){0, 0};
    const float z = (-b - sqrtf(root)) / a;
    if (z <= 0) return (dk_hit){0, 0};
    const float p[3] = {o[0] + z * d[0], o[1] + z * d[1], o[2] + z * d[2]};
    const float m[3] = {fabsf(p[0]), fabsf(p[1]), fabsf(p[2])};
    const int axis = m[0] > m[1] ? (m[0] > m[2] ? 0 : 2) : (m[1] > m[2] ? 1 : 2);
    return (dk_hit){1 + 2 * axis + (p[axis] > 0 ? 1 : 0), z};
}

static inline dk_hit dk_hit_cone(const dk_solid *s, const float d[3]) {
    const float *o = s->origin;
    const float k = s->half[0] / (2 * s->half[1]), kk = k * k, oy = o[1] + s->half[1];
    const float a = d[0] * d[0] + d[2] * d[2] - kk * d[1] * d[1];
    const float b = o[0] * d[0] + o[2] * d[2] - kk * oy * d[1];
    const float c = o[0] * o[0] + o[2] * o[2] - kk * oy * oy;
    dk_hit best = {0, INFINITY};
    const float root = b * b - a * c;
    if (root > 0 && fabsf(a) > 1e-12f) {
        const float r = sqrtf(root), first = (-b - r) / a, second = (-b + r) / a;
        for (int i = 0; i < 2; i++) {
            const float z = i == 0 ? first : second, y = oy + z * d[1];
            if (z > 0 && z < best.z && y >= 0 && y <= 2 * s->half[1]) best = (dk_hit){1, z};
        }
    }
    if (fabsf(d[1]) > 1e-12f) {
        const float z = (s->half[1] - o[1]) / d[1], x = o[0] + z * d[0], w = o[2] + z * d[2];
        if (z > 0 && z < best.z && x * x + w * w <= s->half[0] * s->half[0]) best = (dk_hit){2, z};
    }
    return best.face == 0 ? (dk_hit){0, 0} : best;
}

/// Where the ray through pixel (x, y) first meets the object.
static inline dk_hit dk_solid_hit(const dk_solid *s, float x, float y) {
    float d[3];
    for (int i = 0; i < 3; i++) d[i] = s->base[i] + x * s->along_x[i] + y * s->along_y[i];
    switch (s->kind) {
    case DK_SCENE_BOX: return dk_hit_box(s, d);
    case DK_SCENE_BALL: return dk_hit_ball(s, d);
    default: return dk_hit_cone(s, d);
    }
}

/// Normal and texture coordinates (millimetres) at a point of the surface.
void dk_solid_surface(const dk_scene_object *object, const float point[3], int face, float normal[3], float uv[2]);

/// Radius of a ball around the centre that holds most of the object: for its shadow.
float dk_solid_radius(const dk_scene_object *object);

/// The pixels an object may cover. With `clip` inside the picture, without up to one picture beyond its edges.
/// Empty when a corner of the object is nearer than 50 mm.
dk_scene_rect dk_solid_bounds(const dk_scene_object *object, const dk_scene_lens *lens, int clip);

#endif
