// SPDX-License-Identifier: Apache-2.0
#include "include/scene_render.h"
#include "scene_sampling.h"

/// Where a ray meets the room: plane, depth and the plane's own coordinates (millimetres).
typedef struct {
    int plane;
    float z, u, v;
} meeting;

typedef struct {
    float x, y;
} direction;

/// Depth at which the ray from (x, 0, 0) along (d.x, d.y, 1) meets a plane; negative when it never does.
static float plane_depth(const dk_scene_room *room, int plane, float x, direction d) {
    const float distance = room->distance[plane];
    switch (plane) {
    case DK_SCENE_FLOOR: return d.y > 1e-6f ? distance / d.y : -1;
    case DK_SCENE_CEILING: return d.y < -1e-6f ? distance / -d.y : -1;
    case DK_SCENE_LEFT_WALL: return d.x < -1e-6f ? (distance + x) / -d.x : -1;
    case DK_SCENE_RIGHT_WALL: return d.x > 1e-6f ? (distance - x) / d.x : -1;
    default: return distance;
    }
}

static meeting on_plane(const dk_scene_room *room, int plane, float x, direction d) {
    const float z = plane_depth(room, plane, x, d);
    const float px = x + d.x * z, py = d.y * z;
    switch (plane) {
    case DK_SCENE_FLOOR:
    case DK_SCENE_CEILING: return (meeting){plane, z, px, z};
    case DK_SCENE_LEFT_WALL:
    case DK_SCENE_RIGHT_WALL: return (meeting){plane, z, z, py};
    default: return (meeting){plane, z, px, py};
    }
}

static meeting meet(const dk_scene_room *room, float x, direction d) {
    int nearest = DK_SCENE_BACK_WALL;
    for (int plane = 0; plane < DK_SCENE_BACK_WALL; plane++) {
        const float z = plane_depth(room, plane, x, d);
        if (z > 0 && z < plane_depth(room, nearest, x, d)) nearest = plane;
    }
    return on_plane(room, nearest, x, d);
}

/// Light at a point: the plane's own, more near the lamp, less in the corners.
static float light_at(const dk_scene_room *room, meeting m, float x, direction d) {
    const float px = x + d.x * m.z, py = d.y * m.z;
    const float dx = px - room->lamp_x, dy = py + room->distance[DK_SCENE_CEILING], dz = m.z - room->lamp_z;
    const float lamp = 1 / (1 + (dx * dx + dy * dy + dz * dz) / (room->lamp_reach * room->lamp_reach));
    const float gaps[DK_SCENE_PLANES] = {
        room->distance[DK_SCENE_FLOOR] - py, room->distance[DK_SCENE_CEILING] + py,
        room->distance[DK_SCENE_LEFT_WALL] + px, room->distance[DK_SCENE_RIGHT_WALL] - px,
        room->distance[DK_SCENE_BACK_WALL] - m.z,
    };
    float corner = 1;
    for (int plane = 0; plane < DK_SCENE_PLANES; plane++) {
        if (plane != m.plane) corner *= 1 - 0.3f * expf(-dk_max(gaps[plane], 0) / 260);
    }
    return room->light[m.plane] * (0.55f + 0.75f * lamp) * corner;
}

/// Averages texture samples along the longer axis of the pixel's footprint (anisotropic filtering).
static dk_texel filtered(const dk_scene_surface *surface, const uint8_t *texels, meeting m, const float du[2], const float dv[2]) {
    const float s = surface->scale;
    const float length_x = s * sqrtf(du[0] * du[0] + dv[0] * dv[0]), length_y = s * sqrtf(du[1] * du[1] + dv[1] * dv[1]);
    const int longer = length_y > length_x ? 1 : 0;
    const float major = dk_max(length_x, length_y), minor = dk_max(dk_min(length_x, length_y), major / 12);
    const int count = (int)ceilf(dk_min(dk_max(major / dk_max(minor, 1e-6f), 1), 12));
    const dk_mip mip = dk_scene_mip(texels, surface->texture, minor);
    dk_texel sum = {0, 0};
    for (int i = 0; i < count; i++) {
        const float along = ((float)i + 0.5f) / (float)count - 0.5f;
        const float u = s * (m.u + along * du[longer]) + surface->offset_u, v = s * (m.v + along * dv[longer]) + surface->offset_v;
        const dk_texel texel = dk_scene_sample(&mip, u, v);
        sum.detail += texel.detail;
        sum.mask += texel.mask;
    }
    sum.detail /= (float)count;
    sum.mask /= (float)count;
    return sum;
}

/// The last decal that covers the point, or -1.
static int decal_at(const dk_scene_room *room, meeting m) {
    int found = -1;
    for (int i = 0; i < room->decal_count; i++) {
        const dk_scene_decal *decal = &room->decals[i];
        if (decal->plane == m.plane && m.u >= decal->u0 && m.u < decal->u1 && m.v >= decal->v0 && m.v < decal->v1) found = i;
    }
    return found;
}

/// Colour where the ray along `d` meets the room; `step` is the distance to the neighbouring ray.
static void shade_room(const dk_scene_room *room, const uint8_t *texels, float x, direction d, float step, float color[3]) {
    const meeting m = meet(room, x, d);
    const meeting right = on_plane(room, m.plane, x, (direction){d.x + step, d.y});
    const meeting below = on_plane(room, m.plane, x, (direction){d.x, d.y + step});
    // A neighbour can miss the plane at the horizon; the back wall stands before that, so the footprint stays finite.
    const float du[2] = {right.z > 0 ? right.u - m.u : 0, below.z > 0 ? below.u - m.u : 0};
    const float dv[2] = {right.z > 0 ? right.v - m.v : 0, below.z > 0 ? below.v - m.v : 0};
    const int decal = decal_at(room, m);
    const dk_scene_surface *surface = decal < 0 ? &room->surface[m.plane] : &room->decals[decal].surface;
    const float light = light_at(room, m, x, d) * (decal < 0 ? 1 : room->decals[decal].light);
    dk_texel texel = filtered(surface, texels, m, du, dv);
    // The same texture, larger and turned, hides that the tile repeats.
    dk_scene_surface broad = *surface;
    broad.scale *= 0.23f;
    const meeting turned = {m.plane, m.z, m.v, m.u};
    const float du_t[2] = {dv[0], dv[1]}, dv_t[2] = {du[0], du[1]};
    const dk_texel coarse = filtered(&broad, texels, turned, du_t, dv_t);
    texel.detail += 0.3f * (coarse.detail - 128);
    dk_scene_tint(surface, texel, light, color);
}

/// The ray through sub-pixel `index` of `samples`².
static direction sub_pixel(float ox, float oy, float inverse, int samples, int index) {
    const float sx = ((float)(index % samples) + 0.5f) / (float)samples - 0.5f;
    const float sy = ((float)(index / samples) + 0.5f) / (float)samples - 0.5f;
    return (direction){(ox + sx) * inverse, (oy + sy) * inverse};
}

/// Whether the sub-pixels show more than one surface. Within one surface the texture filter is enough.
static int has_edge(const dk_scene_room *room, float x, float ox, float oy, float inverse, int samples) {
    const meeting first = meet(room, x, sub_pixel(ox, oy, inverse, samples, 0));
    const int decal = decal_at(room, first);
    for (int i = 1; i < samples * samples; i++) {
        const meeting other = meet(room, x, sub_pixel(ox, oy, inverse, samples, i));
        if (other.plane != first.plane || decal_at(room, other) != decal) return 1;
    }
    return 0;
}

void dk_scene_draw_room(const dk_scene_room *room, const dk_scene_lens *lens, const uint8_t *texels, int32_t samples,
                        uint8_t *picture, float *depth, uint8_t *planes) {
    const float inverse = 1 / lens->focal, corner = lens->cx * lens->cx + lens->cy * lens->cy;
    for (int y = 0; y < lens->height; y++) {
        for (int x = 0; x < lens->width; x++) {
            const float ox = (float)x - lens->cx, oy = (float)y - lens->cy;
            const int n = has_edge(room, lens->x_mm, ox, oy, inverse, samples) ? samples : 1;
            float sum[3] = {0, 0, 0};
            for (int i = 0; i < n * n; i++) {
                float color[3];
                shade_room(room, texels, lens->x_mm, sub_pixel(ox, oy, inverse, n, i), inverse / (float)n, color);
                for (int c = 0; c < 3; c++) sum[c] += color[c];
            }
            const float bright = lens->gain * (1 - lens->vignette * (ox * ox + oy * oy) / corner) / (float)(n * n);
            for (int c = 0; c < 3; c++) sum[c] *= bright;
            const size_t at = (size_t)y * (size_t)lens->width + (size_t)x;
            if (lens->channels == 1) {
                picture[at] = dk_scene_byte(dk_scene_luma(sum));
            } else {
                for (int c = 0; c < 3; c++) picture[3 * at + (size_t)c] = dk_scene_byte(sum[c]);
            }
            const meeting middle = meet(room, lens->x_mm, (direction){ox * inverse, oy * inverse});
            depth[at] = middle.z;
            planes[at] = (uint8_t)middle.plane;
        }
    }
}
