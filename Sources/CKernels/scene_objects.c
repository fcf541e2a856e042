// SPDX-License-Identifier: Apache-2.0
#include "include/scene_render.h"
#include "scene_sampling.h"
#include "scene_solids.h"

/// Everything about an object that does not change from pixel to pixel.
typedef struct {
    const dk_scene_object *object;
    const dk_scene_lens *lens;
    dk_solid solid;
    dk_mip mip;
    /// Towards the light, in the object's axes.
    float light[3];
    float vignette_scale;
} painter;

static const float towards_light[3] = {-0.42f, -0.78f, -0.46f};

static painter make_painter(const dk_scene_object *object, const dk_scene_lens *lens, const uint8_t *texels) {
    painter p = {.object = object, .lens = lens, .solid = dk_solid_make(object, lens)};
    const float footprint = 1.15f * object->surface.scale * object->center[2] / lens->focal;
    p.mip = dk_scene_mip(texels, object->surface.texture, footprint);
    dk_solid_to_own_axes(object->rotation, towards_light, p.light);
    p.vignette_scale = lens->vignette / (lens->cx * lens->cx + lens->cy * lens->cy);
    return p;
}

/// Colour of the object where the ray through picture point (x, y) hits it.
static void shade(const painter *p, float x, float y, dk_hit hit, float color[3]) {
    float point[3], normal[3], uv[2];
    dk_solid_point(&p->solid, x, y, hit.z, point);
    dk_solid_surface(p->object, point, hit.face, normal, uv);
    const dk_scene_surface *surface = &p->object->surface;
    const dk_texel texel = dk_scene_sample(
        &p->mip, surface->scale * uv[0] + surface->offset_u, surface->scale * uv[1] + surface->offset_v);
    const float facing = normal[0] * p->light[0] + normal[1] * p->light[1] + normal[2] * p->light[2];
    // Ambient light, wrapped diffuse light, and a soft shine on what is round.
    float light = 0.42f + 0.66f * dk_max(0, 0.25f + 0.75f * facing);
    float shine = 0;
    if (p->object->kind == DK_SCENE_BALL && facing > 0.9f) {
        const float peak = (facing - 0.9f) * 10;
        shine = 46 * peak * peak;
    }
    const float ox = x - p->lens->cx, oy = y - p->lens->cy;
    const float bright = p->lens->gain * (1 - p->vignette_scale * (ox * ox + oy * oy));
    dk_scene_tint(surface, texel, light, color);
    for (int c = 0; c < 3; c++) color[c] = (color[c] + shine) * bright;
}

static void blend(dk_scene_canvas *canvas, const dk_scene_lens *lens, size_t at, const float color[3], float cover) {
    if (lens->channels == 1) {
        canvas->picture[at] = dk_scene_byte(canvas->picture[at] * (1 - cover) + dk_scene_luma(color) * cover);
        return;
    }
    uint8_t *pixel = canvas->picture + 3 * at;
    for (int c = 0; c < 3; c++) pixel[c] = dk_scene_byte(pixel[c] * (1 - cover) + color[c] * cover);
}

/// Four sub-pixels where an edge of the object runs through the pixel.
static void paint_edge(const painter *p, dk_scene_canvas *canvas, int x, int y, size_t at) {
    static const float offsets[4][2] = {{-0.25f, -0.25f}, {0.25f, -0.25f}, {-0.25f, 0.25f}, {0.25f, 0.25f}};
    float sum[3] = {0, 0, 0};
    int covered = 0;
    for (int i = 0; i < 4; i++) {
        const float sx = (float)x + offsets[i][0], sy = (float)y + offsets[i][1];
        const dk_hit hit = dk_solid_hit(&p->solid, sx, sy);
        if (hit.face == 0 || hit.z >= canvas->depth[at]) continue;
        float color[3];
        shade(p, sx, sy, hit, color);
        for (int c = 0; c < 3; c++) sum[c] += color[c];
        covered++;
    }
    if (covered == 0) return;
    for (int c = 0; c < 3; c++) sum[c] /= (float)covered;
    blend(canvas, p->lens, at, sum, 0.25f * (float)covered);
}

/// Casts one ray per pixel of `rect` and keeps face and depth in the canvas's working memory.
static void cast(const painter *p, dk_scene_canvas *canvas, dk_scene_rect rect) {
    for (int y = rect.y0; y < rect.y1; y++) {
        const size_t row = (size_t)y * (size_t)p->lens->width;
        for (int x = rect.x0; x < rect.x1; x++) {
            const dk_hit hit = dk_solid_hit(&p->solid, (float)x, (float)y);
            canvas->faces[row + (size_t)x] = (uint8_t)hit.face;
            canvas->hits[row + (size_t)x] = hit.z;
        }
    }
}

/// Whether another face, or nothing of the object, shows in one of the four neighbours.
static int on_edge(const dk_scene_canvas *canvas, dk_scene_rect rect, int x, int y, size_t at, size_t width) {
    const uint8_t *faces = canvas->faces + at;
    const uint8_t face = faces[0];
    return (x > rect.x0 && faces[-1] != face) || (x + 1 < rect.x1 && faces[1] != face)
        || (y > rect.y0 && faces[-(ptrdiff_t)width] != face) || (y + 1 < rect.y1 && faces[width] != face);
}

dk_scene_rect dk_scene_draw_object(const dk_scene_object *object, const dk_scene_lens *lens, const uint8_t *texels,
                                   dk_scene_canvas *canvas) {
    const dk_scene_rect rect = dk_solid_bounds(object, lens, 1);
    if (rect.x0 >= rect.x1 || rect.y0 >= rect.y1) return rect;
    const painter p = make_painter(object, lens, texels);
    const size_t width = (size_t)lens->width;
    cast(&p, canvas, rect);
    for (int y = rect.y0; y < rect.y1; y++) {
        for (int x = rect.x0; x < rect.x1; x++) {
            const size_t at = (size_t)y * width + (size_t)x;
            const dk_hit hit = {canvas->faces[at], canvas->hits[at]};
            if (on_edge(canvas, rect, x, y, at, width)) {
                paint_edge(&p, canvas, x, y, at);
            } else if (hit.face != 0 && hit.z < canvas->depth[at]) {
                float color[3];
                shade(&p, (float)x, (float)y, hit, color);
                blend(canvas, lens, at, color, 1);
            }
            if (hit.face != 0 && hit.z < canvas->depth[at]) {
                canvas->depth[at] = hit.z;
                canvas->ids[at] = (uint8_t)object->id;
            }
        }
    }
    return rect;
}

static int column(float value, int width) {
    return (int)dk_min(dk_max(value, 0), (float)width);
}

dk_scene_rect dk_scene_draw_shadow(const dk_scene_object *object, const dk_scene_lens *lens, dk_scene_canvas *canvas) {
    const dk_scene_rect nothing = {0, 0, 0, 0};
    const float lift = object->floor_y - object->center[1];
    const float size = dk_solid_radius(object);
    const float spread = 1.15f * size + 0.15f * dk_max(lift - size, 0);
    const float strength = 0.78f * size / (size + 0.5f * dk_max(lift - size, 0));
    const float near = object->center[2] - spread, far = object->center[2] + spread;
    if (near < 50 || object->floor_y <= 0) return nothing;
    const float f = lens->focal, cx = object->center[0] - lens->x_mm;
    dk_scene_rect rect;
    rect.y0 = column(ceilf(lens->cy + f * object->floor_y / far), lens->height);
    rect.y1 = column(floorf(lens->cy + f * object->floor_y / near) + 1, lens->height);
    rect.x0 = column(floorf(lens->cx + f * dk_min((cx - spread) / near, (cx - spread) / far)), lens->width);
    rect.x1 = column(ceilf(lens->cx + f * dk_max((cx + spread) / near, (cx + spread) / far)) + 1, lens->width);
    if (rect.x0 >= rect.x1 || rect.y0 >= rect.y1) return nothing;
    for (int y = rect.y0; y < rect.y1; y++) {
        const float z = object->floor_y * f / ((float)y - lens->cy);
        const float dz = (z - object->center[2]) / spread, left = 1 - dz * dz;
        if (left <= 0) continue;
        for (int x = rect.x0; x < rect.x1; x++) {
            const size_t at = (size_t)y * (size_t)lens->width + (size_t)x;
            const float dx = (((float)x - lens->cx) * z / f - cx) / spread, inside = left - dx * dx;
            if (inside <= 0 || canvas->planes[at] != DK_SCENE_FLOOR) continue;
            const float keep = 1 - strength * inside * inside;
            uint8_t *pixel = canvas->picture + at * (size_t)lens->channels;
            for (int c = 0; c < lens->channels; c++) pixel[c] = dk_scene_byte(pixel[c] * keep);
        }
    }
    return rect;
}
