// SPDX-License-Identifier: Apache-2.0
#include "scene_solids.h"

static void box_surface(const float point[3], int face, float normal[3], float uv[2]) {
    const int axis = (face - 1) / 2;
    normal[0] = normal[1] = normal[2] = 0;
    normal[axis] = face % 2 == 0 ? 1 : -1;
    // Each face shows another part of the texture.
    uv[0] = point[axis == 0 ? 2 : 0] + 131.0f * (float)face;
    uv[1] = point[axis == 1 ? 2 : 1] + 57.0f * (float)face;
}

static void ball_surface(const dk_scene_object *object, const float point[3], int face, float normal[3], float uv[2]) {
    const int axis = (face - 1) / 2;
    const float inverse = 1 / object->half[0];
    for (int i = 0; i < 3; i++) normal[i] = point[i] * inverse;
    uv[0] = point[axis == 0 ? 2 : 0] + 131.0f * (float)face;
    uv[1] = point[axis == 1 ? 2 : 1] + 57.0f * (float)face;
}

static void cone_surface(const dk_scene_object *object, const float point[3], int face, float normal[3], float uv[2]) {
    if (face == 2) {
        normal[0] = normal[2] = 0;
        normal[1] = 1;
        uv[0] = point[0];
        uv[1] = point[2];
        return;
    }
    const float slope = object->half[0] / (2 * object->half[1]);
    const float around = dk_max(sqrtf(point[0] * point[0] + point[2] * point[2]), 1e-6f);
    const float scale = 1 / sqrtf(1 + slope * slope);
    normal[0] = point[0] / around * scale;
    normal[1] = -slope * scale;
    normal[2] = point[2] / around * scale;
    uv[0] = atan2f(point[0], point[2]) * 0.6f * object->half[0];
    uv[1] = point[1];
}

void dk_solid_surface(const dk_scene_object *object, const float point[3], int face, float normal[3], float uv[2]) {
    switch (object->kind) {
    case DK_SCENE_BOX: box_surface(point, face, normal, uv); return;
    case DK_SCENE_BALL: ball_surface(object, point, face, normal, uv); return;
    default: cone_surface(object, point, face, normal, uv); return;
    }
}

float dk_solid_radius(const dk_scene_object *object) {
    if (object->kind != DK_SCENE_BOX) return object->half[0];
    return 0.5f * (object->half[0] + object->half[2]) * 1.2f;
}

/// Half lengths of the box around the object in its own axes.
static void own_box(const dk_scene_object *object, float half[3]) {
    half[0] = object->half[0];
    half[1] = object->kind == DK_SCENE_BALL ? object->half[0] : object->half[1];
    half[2] = object->kind == DK_SCENE_BOX ? object->half[2] : object->half[0];
}

static int limited(float value, int low, int high) {
    return (int)dk_min(dk_max(value, (float)low), (float)high);
}

dk_scene_rect dk_solid_bounds(const dk_scene_object *object, const dk_scene_lens *lens, int clip) {
    float half[3], x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
    own_box(object, half);
    const float *r = object->rotation;
    for (int corner = 0; corner < 8; corner++) {
        const float p[3] = {corner & 1 ? half[0] : -half[0], corner & 2 ? half[1] : -half[1], corner & 4 ? half[2] : -half[2]};
        const float z = object->center[2] + r[6] * p[0] + r[7] * p[1] + r[8] * p[2];
        if (!(z >= 50)) return (dk_scene_rect){0, 0, 0, 0};
        const float scale = lens->focal / z;
        const float x = lens->cx + scale * (object->center[0] - lens->x_mm + r[0] * p[0] + r[1] * p[1] + r[2] * p[2]);
        const float y = lens->cy + scale * (object->center[1] + r[3] * p[0] + r[4] * p[1] + r[5] * p[2]);
        x0 = dk_min(x0, x);
        x1 = dk_max(x1, x);
        y0 = dk_min(y0, y);
        y1 = dk_max(y1, y);
    }
    const int w = lens->width, h = lens->height, bx = clip ? 0 : w, by = clip ? 0 : h;
    return (dk_scene_rect){
        limited(floorf(x0), -bx, w + bx), limited(floorf(y0), -by, h + by),
        limited(ceilf(x1) + 1, -bx, w + bx), limited(ceilf(y1) + 1, -by, h + by),
    };
}
