// SPDX-License-Identifier: Apache-2.0
//
// What all builds of the matcher share: the scratch memory's layout and the few scalar helpers.
#ifndef DK_STEREO_WORKSPACE_H
#define DK_STEREO_WORKSPACE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "stereo_match.h"

enum {
    /// Room that a vector may run over at either end of a row.
    STEREO_PAD = 64,
    /// Where pixel 0 lies in a picture row: the widest window looks four pixels to the left.
    STEREO_EDGE = 8,
    /// Rows kept of each picture: seven for the window, and one more makes the index a mask.
    STEREO_RING = 8,
    /// Bytes of the widest padded row.
    STEREO_WIDEST = 2048 + 192 + 2 * STEREO_EDGE,
    STEREO_MOST_PLANES = 8,
};

/// Picture rows and codes of the left picture are kept as `phases` rows, of every `phases`th pixel, one after the other, this
/// far apart: disparities d, d + phases, d + 2 * phases ... then lie side by side. It does not depend on the width, so that the
/// compiler knows it, and is an odd number of cache lines, so that the rows do not fight for the same ones.
static inline int32_t stereo_phase_stride(int32_t phases) {
    return ((STEREO_WIDEST / phases + 2 * STEREO_PAD + 63) / 64 | 1) * 64;
}

typedef struct {
    uint8_t *left_ring, *right_ring;     ///< the newest picture rows, each `phases` rows (right: one)
    uint8_t *line;                       ///< one padded picture row
    uint8_t *left_codes, *right_codes;   ///< census codes as planes of 2 * `phases` rows (right: two)
    uint8_t *cost, *sum;                 ///< [pixel][disparity] of this row
    uint8_t *down, *down_right, *down_left;  ///< paths from the row above
    uint8_t *p2_across, *p2_down, *p2_down_right, *p2_down_left;
    uint8_t *best, *best_sum, *limit, *hits;
    uint8_t *left_least;                 ///< by left pixel: its least sum over all disparities
    uint8_t *below, *above, *left_below, *left_above, *left_best;
    uint8_t *existing;                   ///< by pixel: how many disparities the left picture has for it, at most 255
    uint8_t *place;                      ///< by disparity + 1: where its sum lies among a pixel's
    uint8_t *unique_limit;               ///< by best sum: another sum as small as this makes it ambiguous
} stereo_workspace;

/// Lays the workspace of a band out from `base` for vectors of `lanes`; returns its size, also for a null base.
static inline size_t stereo_lay_out(const dk_stereo_parameters *p, int32_t lanes, uint8_t *base, stereo_workspace *w) {
    const size_t row = (size_t)p->width + (size_t)p->disparities + 2 * STEREO_PAD;
    const size_t volume = (size_t)(p->width + 2) * (size_t)p->disparities;
    const int32_t phases = p->disparities / lanes;
    const size_t left = (size_t)phases * (size_t)stereo_phase_stride(phases), right = (size_t)stereo_phase_stride(1);
    size_t used = 0;
#define DK_TAKE(field, before, size) \
    do { \
        (field) = base ? base + used + (before) : NULL; \
        used += ((before) + (size) + STEREO_PAD + 63) / 64 * 64; \
    } while (0)
    DK_TAKE(w->left_ring, STEREO_PAD, STEREO_RING * left);
    DK_TAKE(w->right_ring, STEREO_PAD, STEREO_RING * right);
    DK_TAKE(w->line, STEREO_PAD, (size_t)STEREO_WIDEST + STEREO_PAD);
    DK_TAKE(w->left_codes, STEREO_PAD, STEREO_MOST_PLANES * 2 * left);
    DK_TAKE(w->right_codes, STEREO_PAD, STEREO_MOST_PLANES * 2 * right);
    DK_TAKE(w->cost, 0, volume);
    DK_TAKE(w->sum, 0, volume);
    DK_TAKE(w->down, 0, volume);
    DK_TAKE(w->down_right, 0, p->paths == 5 ? volume : 0);
    DK_TAKE(w->down_left, 0, p->paths == 5 ? volume : 0);
    uint8_t **const rows[] = {&w->p2_across, &w->p2_down, &w->p2_down_right, &w->p2_down_left, &w->best, &w->best_sum,
                              &w->limit, &w->hits, &w->left_least, &w->below, &w->above, &w->left_below, &w->left_above, &w->left_best, &w->existing};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) DK_TAKE(*rows[i], STEREO_PAD, row);
    DK_TAKE(w->place, 0, 256);
    DK_TAKE(w->unique_limit, 0, 256);
#undef DK_TAKE
    return used;
}

#endif
