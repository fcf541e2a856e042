// SPDX-License-Identifier: Apache-2.0
//
// What both builds of the matcher share: the scratch memory's layout and the few scalar helpers.
#ifndef DK_STEREO_WORKSPACE_H
#define DK_STEREO_WORKSPACE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "stereo_match.h"

/// Room that a vector may run over at either end of a row.
enum { STEREO_PAD = 64 };

typedef struct {
    uint8_t *left_rows[5], *right_rows[5];   ///< picture rows with replicated ends, pixel 0 first
    uint8_t *left_code[3], *right_code[3];   ///< census codes as planes of bytes
    uint8_t *cost, *sum, *down;              ///< [pixel][disparity]
    uint8_t *p2_across, *p2_down;
    uint8_t *best, *best_sum, *second_sum, *left_best;
    uint8_t *below, *above, *other, *limit;
    uint8_t *unique_limit;                   ///< by best sum: another sum as small as this makes it ambiguous
} stereo_workspace;

/// Lays the workspace out from `base`; returns its size, also for a null base.
static inline size_t stereo_lay_out(const dk_stereo_parameters *p, uint8_t *base, stereo_workspace *w) {
    const size_t row = (size_t)p->width + (size_t)p->disparities + 2 * STEREO_PAD;
    const size_t volume = (size_t)p->width * (size_t)p->disparities + 2 * STEREO_PAD;
    size_t used = 0;
#define DK_TAKE(field, size) \
    do { \
        (field) = base ? base + used + STEREO_PAD : NULL; \
        used += ((size) + 63) / 64 * 64; \
    } while (0)
    for (int i = 0; i < 5; i++) {
        DK_TAKE(w->left_rows[i], row);
        DK_TAKE(w->right_rows[i], row);
    }
    for (int i = 0; i < 3; i++) {
        DK_TAKE(w->left_code[i], row);
        DK_TAKE(w->right_code[i], row);
    }
    DK_TAKE(w->cost, volume);
    DK_TAKE(w->sum, volume);
    DK_TAKE(w->down, volume);
    uint8_t **const rows[] = {&w->p2_across, &w->p2_down, &w->best, &w->best_sum, &w->second_sum, &w->left_best,
                              &w->below, &w->above, &w->other, &w->limit};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) DK_TAKE(*rows[i], row);
    DK_TAKE(w->unique_limit, 256 + 2 * STEREO_PAD);
#undef DK_TAKE
    return used;
}

static inline uint8_t stereo_p2(uint8_t a, uint8_t b) {
    const int step = a > b ? a - b : b - a;
    const int p2 = DK_STEREO_P2 - step;
    return (uint8_t)(p2 > DK_STEREO_P2_MINIMUM ? p2 : DK_STEREO_P2_MINIMUM);
}

static inline void stereo_pad_row(uint8_t *to, const uint8_t *from, int32_t width) {
    memset(to - 2, from[0], 2);
    memcpy(to, from, (size_t)width);
    memset(to + width, from[width - 1], STEREO_PAD);
}

#endif
