// SPDX-License-Identifier: Apache-2.0
//
// One band of rows. Included once by each build, after stereo_census.h and stereo_kernel.h.

/// Penalties for a larger step from pixels `b` to pixels `a`: less where the picture has an edge.
static void large_steps(penalties_of_window p, const uint8_t *a, const uint8_t *b, int32_t count, uint8_t *to) {
    for (int32_t x = 0; x < count; x += LANES) {
        const bytes here = load(a + x), there = load(b + x);
        const bytes contrast = most(here, there) - least(here, there);
        store(to + x, most(subtract_saturated(splat(p.large_step), contrast), splat(p.least_large_step)));
    }
}

/// Penalties between each pixel and the one before it (readable at `width` too) and those above it.
static void fill_penalties(const stereo_workspace *w, penalties_of_window p, const uint8_t *row, const uint8_t *above,
                           int32_t width, int diagonals) {
    large_steps(p, row, row - 1, width + 1, w->p2_across);
    large_steps(p, row, above, width, w->p2_down);
    if (!diagonals) return;
    large_steps(p, row, above - 1, width, w->p2_down_right);
    large_steps(p, row, above + 1, width, w->p2_down_left);
}

// Fused multiply-add would give other bits on processors that have it.
#pragma STDC FP_CONTRACT OFF

typedef int16_t shorts __attribute__((vector_size(2 * DK_LANES)));
typedef int32_t ints __attribute__((vector_size(4 * DK_LANES)));
typedef float floats __attribute__((vector_size(4 * DK_LANES)));

/// Fractions of a pixel, in `units` of one, from the sums at a winner and at its neighbours: the two straight lines of equal
/// slope (equiangular fit) through the three. The smoothness penalties, equal on both sides, pull that fit f (-1/2 ... 1/2)
/// towards whole pixels, by up to 0.17 px on smooth walls; f * (1.5 - |f|) takes a third of that away and leaves -1/2, 0 and
/// 1/2 alone (measured: walls at every eighth of a pixel, and Middlebury's Motorcycle, where more would overshoot).
DK_INLINE void fraction(bytes sum, bytes below, bytes above, float units, shorts *result) {
    const bytes steeper = most(most(below, above) - sum, splat(1));
    const shorts slope = __builtin_convertvector(below, shorts) - __builtin_convertvector(above, shorts);
    const floats fit = 0.5f * __builtin_convertvector(slope, floats) / __builtin_convertvector(steeper, floats);
    const floats unlocked = units * (fit * (1.5f - __builtin_elementwise_abs(fit)));
    *result = __builtin_convertvector(__builtin_convertvector(unlocked + 16.5f, ints) - 16, shorts);
}

/// Winners to the map: refuses ambiguous, weak and inconsistent ones, gives the others their fraction.
static void finish(const dk_stereo_parameters *p, const stereo_workspace *w, uint16_t *disparity) {
    const int32_t width = p->width;
    const bytes final_disparity = splat((uint8_t)(p->disparities - 1)), weakest = splat((uint8_t)(255 - p->confidence));
    const bytes is_unique = splat(p->uniqueness > 0 ? 255 : 0), is_checked = splat(p->left_right ? 255 : 0);
    const float units = (float)(p->subpixel_bits ? 1 << p->subpixel_bits : 0);
    const int16_t whole = p->subpixel_bits == 5 ? 32 : 16, coarse = p->subpixel_bits == 3 ? 2 : 1;
    if (p->left_right) for (int32_t x = 0; x < width; x++) w->left_best[x] = w->left_least[x + w->best[x]];
    for (int32_t x = 0; x < width; x += LANES) {
        const bytes best = load(w->best + x), sum = load(w->best_sum + x), limit = load(w->limit + x);
        const bytes first = (bytes)(best == 0), final = (bytes)(best == final_disparity);
        const bytes below = load(w->below + x) | first, above = load(w->above + x) | final;
        const bytes near = splat(1) - (bytes)(below <= limit) - (bytes)(above <= limit);
        const bytes ambiguous = is_unique & (bytes)(load(w->hits + x) > near);
        // What the left pixel pays for the disparities next to this one: it must not have a cheaper one farther away.
        const bytes beside = least(load(w->left_below + x) | first, load(w->left_above + x) | final);
        const bytes inconsistent = is_checked & (bytes)(load(w->left_best + x) < least(beside, sum));
        const bytes existing = load(w->existing + x);
        const bytes known = ~(ambiguous | inconsistent) & (bytes)(sum <= weakest) & (bytes)(best < existing);
        const bytes inside = ~(first | final) & (bytes)(best < existing - 1);
        shorts offset;
        fraction(sum, below, above, units, &offset);
        const shorts map = __builtin_convertvector(best, shorts) * whole + (offset * coarse & __builtin_convertvector((signed_bytes)inside, shorts));
        const shorts result = map & __builtin_convertvector((signed_bytes)known, shorts);
        if (x + LANES <= width) memcpy(disparity + x, &result, sizeof result);
        else memcpy(disparity + x, &result, (size_t)(width - x) * sizeof *disparity);
    }
}

typedef struct {
    const dk_stereo_parameters *p;
    const stereo_workspace *w;
    const uint8_t *left, *right;
    const sweeps *sweep;
    penalties_of_window penalties;
    int32_t phases, filled;  ///< picture rows before `filled` are in the rings
} band_state;

static void fill_rings(band_state *s, int32_t until) {
    const int32_t width = s->p->width, height = s->p->height;
    for (; s->filled < height && s->filled < until; s->filled++) {
        const int32_t slot = s->filled % STEREO_RING;
        padded_row(s->left, width, height, s->filled, s->p->prefilter, s->w->line);
        deal(s->w->line, width, s->phases, s->w->left_ring + slot * s->phases * stereo_phase_stride(s->phases));
        padded_row(s->right, width, height, s->filled, s->p->prefilter, s->w->line);
        deal(s->w->line, width, 1, s->w->right_ring + slot * stereo_phase_stride(1));
    }
}

static void census_of_row(const band_state *s, int32_t y, const uint8_t *ring, int32_t phases, uint8_t *codes) {
    const uint8_t *rows[2 * WINDOW_REACH + 1];
    for (int i = 0; i <= 2 * WINDOW_REACH; i++) {
        const int32_t wanted = y + i - WINDOW_REACH, last = s->p->height - 1;
        const int32_t row = wanted < 0 ? 0 : wanted > last ? last : wanted;
        rows[i] = ring + row % STEREO_RING * phases * stereo_phase_stride(phases);
    }
    if (s->p->window == DK_STEREO_5X5) census_5x5(rows, s->p->width, phases, codes);
    else if (s->p->window == DK_STEREO_7X7) census_7x7(rows, s->p->width, phases, codes);
    else census_9x7(rows, s->p->width, phases, codes);
}

static void match_row(band_state *s, int32_t y, int32_t first, int warming, uint16_t *disparity) {
    const dk_stereo_parameters *const p = s->p;
    const int diagonals = p->paths == 5, wide = p->window == DK_STEREO_9X7;
    fill_rings(s, y + WINDOW_REACH + 1);
    census_of_row(s, y, s->w->left_ring, s->phases, s->w->left_codes);
    census_of_row(s, y, s->w->right_ring, 1, s->w->right_codes);
    const int32_t above = y > first ? y - 1 : y, stride = stereo_phase_stride(1);
    const uint8_t *const ring = s->w->right_ring + STEREO_EDGE;
    fill_penalties(s->w, s->penalties, ring + y % STEREO_RING * stride, ring + above % STEREO_RING * stride, p->width, diagonals);
    void (*const ahead)(const stereo_workspace *, int32_t, penalties_of_window, int) =
        diagonals ? (wide ? s->sweep->forward_5_paths_4 : s->sweep->forward_5_paths_3)
                  : (wide ? s->sweep->forward_4 : s->sweep->forward_3);
    ahead(s->w, p->width, s->penalties, warming);
    if (warming) return;
    s->sweep->backward(s->w, p->width, s->penalties, p->left_right || p->uniqueness > 0);
    finish(p, s->w, disparity + (size_t)y * (size_t)p->width);
}

/// Rows `first` to `last` - 1 of the map; the paths from above begin `warm_up` rows earlier.
static void match_band(const dk_stereo_parameters *p, const uint8_t *left, const uint8_t *right, int32_t first, int32_t last,
                       uint16_t *disparity, uint8_t *memory) {
    stereo_workspace w;
    stereo_lay_out(p, LANES, memory, &w);
    const size_t volume = (size_t)(p->width + 1) * (size_t)p->disparities;
    memset(w.down, 0, volume);
    if (p->paths == 5) {
        memset(w.down_right, 0, volume);
        memset(w.down_left, 0, volume);
    }
    const int32_t phases = p->disparities / LANES;
    for (int32_t d = 0; d < p->disparities; d++) w.place[d + 1] = (uint8_t)(d % phases * LANES + d / phases);
    // Ambiguous is a sum with sum * (100 - uniqueness) <= best * 100.
    const int scale = p->uniqueness < 100 ? 100 - p->uniqueness : 1;
    for (int best = 0; best < 256; best++) w.unique_limit[best] = (uint8_t)(best * 100 / scale < 255 ? best * 100 / scale : 254);
    for (int32_t x = 0; x < p->width; x++) w.existing[x] = (uint8_t)(p->width - x < 255 ? p->width - x : 255);
    const int32_t start = first > DK_STEREO_WARM_UP ? first - DK_STEREO_WARM_UP : 0;
    band_state state = {
        .p = p, .w = &w, .left = left, .right = right, .phases = phases,
        .filled = start > WINDOW_REACH ? start - WINDOW_REACH : 0,
        .sweep = p->disparities == 64 ? &sweeps_64 : p->disparities == 96 ? &sweeps_96 : p->disparities == 128 ? &sweeps_128 : &sweeps_192,
        .penalties = p->window == DK_STEREO_9X7
                         ? (penalties_of_window){DK_STEREO_WIDE_P1, DK_STEREO_WIDE_P2, DK_STEREO_WIDE_P2_MINIMUM}
                         : (penalties_of_window){DK_STEREO_P1, DK_STEREO_P2, DK_STEREO_P2_MINIMUM},
    };
    for (int32_t y = start; y < last; y++) match_row(&state, y, start, y < first, disparity);
}
