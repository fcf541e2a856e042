// SPDX-License-Identifier: Apache-2.0
#include "scene_solids.h"

/// Pixels the object would cover alone; every second ray in each direction when the picture's edge cuts it.
static int64_t silhouette(const dk_scene_object *object, const dk_scene_lens *lens) {
    const dk_solid solid = dk_solid_make(object, lens);
    const dk_scene_rect whole = dk_solid_bounds(object, lens, 0);
    const int cut = whole.x0 < 0 || whole.y0 < 0 || whole.x1 > lens->width || whole.y1 > lens->height;
    const int step = cut ? 2 : 1;
    int64_t count = 0;
    for (int y = whole.y0; y < whole.y1; y += step) {
        for (int x = whole.x0; x < whole.x1; x += step) {
            if (dk_solid_hit(&solid, (float)x, (float)y).face != 0) count++;
        }
    }
    return count * step * step;
}

static dk_scene_rect tight_box(const dk_scene_canvas *canvas, int width, dk_scene_rect rect, uint8_t id, int64_t *visible) {
    dk_scene_rect box = {rect.x1, rect.y1, rect.x0, rect.y0};
    *visible = 0;
    for (int y = rect.y0; y < rect.y1; y++) {
        const uint8_t *ids = canvas->ids + (size_t)y * (size_t)width;
        for (int x = rect.x0; x < rect.x1; x++) {
            if (ids[x] != id) continue;
            (*visible)++;
            if (x < box.x0) box.x0 = x;
            if (x >= box.x1) box.x1 = x + 1;
            if (y < box.y0) box.y0 = y;
            if (y >= box.y1) box.y1 = y + 1;
        }
    }
    return *visible > 0 ? box : (dk_scene_rect){0, 0, 0, 0};
}

/// Collects the object's depths inside `rect` into the working memory.
static size_t gather(const dk_scene_canvas *canvas, int width, dk_scene_rect rect, uint8_t id) {
    size_t count = 0;
    for (int y = rect.y0; y < rect.y1; y++) {
        const size_t row = (size_t)y * (size_t)width;
        for (int x = rect.x0; x < rect.x1; x++) {
            if (canvas->ids[row + (size_t)x] == id) canvas->hits[count++] = canvas->depth[row + (size_t)x];
        }
    }
    return count;
}

/// Hoare's selection: the value that would stand in the middle if all were sorted.
static float median(float *values, size_t count) {
    size_t low = 0, high = count - 1;
    const size_t middle = (count - 1) / 2;
    while (low < high) {
        const float pivot = values[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (values[i] < pivot) i++;
            while (values[j] > pivot) j--;
            if (i >= j) break;
            const float swap = values[i];
            values[i++] = values[j];
            values[j--] = swap;
        }
        // Everything up to j is at most the pivot, everything after it at least.
        if (middle <= j) high = j; else low = j + 1;
    }
    return values[middle];
}

dk_scene_view dk_scene_measure(const dk_scene_object *object, const dk_scene_lens *lens, const dk_scene_canvas *canvas) {
    dk_scene_view view = {0, {0, 0, 0, 0}, 0, 0};
    const dk_scene_rect rect = dk_solid_bounds(object, lens, 1);
    const uint8_t id = (uint8_t)object->id;
    view.silhouette = silhouette(object, lens);
    view.box = tight_box(canvas, lens->width, rect, id, &view.visible);
    if (view.visible == 0) return view;
    const int quarter_x = (view.box.x1 - view.box.x0) / 4, quarter_y = (view.box.y1 - view.box.y0) / 4;
    const dk_scene_rect half = {
        view.box.x0 + quarter_x, view.box.y0 + quarter_y, view.box.x1 - quarter_x, view.box.y1 - quarter_y,
    };
    size_t count = gather(canvas, lens->width, half, id);
    if (count == 0) count = gather(canvas, lens->width, view.box, id);
    view.median_z = median(canvas->hits, count);
    return view;
}
