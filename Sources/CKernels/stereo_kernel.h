// SPDX-License-Identifier: Apache-2.0
//
// One row of the matcher. Included once by each build, after stereo_vector.h.
//
// Costs and sums lie as [pixel][disparity]. A path cost L(x, d) = C(x, d) + min(L(x-1, d), L(x-1, d +- 1) + P1,
// least(x-1) + P2) - least(x-1) is at most 24 + P2, so that bytes hold it and the sum of three.

enum { MOST_VECTORS = 192 / LANES, BEYOND_THE_SCALE = 128 };

/// One path's step: `path` holds the costs of the pixel before and gets those of this one.
DK_INLINE void step(const int count, bytes *path, bytes before_least, bytes p2, const bytes *cost) {
    const bytes edge = splat(BEYOND_THE_SCALE), p1 = splat(DK_STEREO_P1);
    const bytes jump = before_least + p2;
    bytes next[MOST_VECTORS];
    DK_UNROLL for (int i = 0; i < count; i++) {
        const bytes below = from_below(i == 0 ? edge : path[i - 1], path[i]);
        const bytes above = from_above(path[i], i == count - 1 ? edge : path[i + 1]);
        next[i] = least(least(path[i], jump), least(below, above) + p1) - before_least + cost[i];
    }
    DK_UNROLL for (int i = 0; i < count; i++) path[i] = next[i];
}

DK_INLINE bytes least_of(const int count, const bytes *v) {
    bytes result = v[0];
    DK_UNROLL for (int i = 1; i < count; i++) result = least(result, v[i]);
    return least_lane(result);
}

/// Census codes of one row, a bit for each neighbour darker than the pixel. `rows` are five rows, readable from
/// -2 to width + LANES + 1.
static void census_row(const uint8_t *const rows[5], int32_t width, uint8_t *const planes[3]) {
    for (int32_t x = 0; x < width; x += LANES) {
        const bytes centre = load(rows[2] + x);
        bytes code[3] = {{0}, {0}, {0}};
        int bit = 0;
        DK_UNROLL for (int dy = 0; dy < 5; dy++) {
            DK_UNROLL for (int dx = -2; dx <= 2; dx++) {
                if (dy == 2 && dx == 0) continue;
                code[bit / 8] |= (bytes)(load(rows[dy] + x + dx) < centre) & splat((uint8_t)(1 << bit % 8));
                bit++;
            }
        }
        DK_UNROLL for (int i = 0; i < 3; i++) store(planes[i] + x, code[i]);
    }
}

/// Costs of right pixel x against left pixels x ... x + disparities - 1.
DK_INLINE void costs(const int count, const stereo_workspace *w, int32_t width, int32_t x, bytes *cost) {
    const bytes r0 = splat(w->right_code[0][x]), r1 = splat(w->right_code[1][x]), r2 = splat(w->right_code[2][x]);
    DK_UNROLL for (int i = 0; i < count; i++) {
        const int32_t at = x + i * LANES;
        cost[i] = count_bits(load(w->left_code[0] + at) ^ r0, load(w->left_code[1] + at) ^ r1,
                             load(w->left_code[2] + at) ^ r2);
    }
    if (x + count * LANES > width) {
        const bytes existing = splat((uint8_t)(width - x)), beyond = splat(DK_STEREO_BEYOND);
        DK_UNROLL for (int i = 0; i < count; i++) {
            const bytes disparity = iota() + splat((uint8_t)(i * LANES));
            cost[i] = select((bytes)(disparity < existing), cost[i], beyond);
        }
    }
}

/// Left to right: costs, the path from the left and the path from above; leaves C and the sum of the two paths.
DK_INLINE void forward(const int count, const stereo_workspace *workspace, int32_t width) {
    const stereo_workspace here = *workspace, *const w = &here;  // so that no store can alias a pointer
    bytes across[MOST_VECTORS] = {{0}}, across_least = {0};
    for (int32_t x = 0; x < width; x++) {
        const size_t at = (size_t)x * (size_t)(count * LANES);
        bytes cost[MOST_VECTORS], down[MOST_VECTORS];
        costs(count, w, width, x, cost);
        DK_UNROLL for (int i = 0; i < count; i++) {
            store(w->cost + at + i * LANES, cost[i]);
            down[i] = load(w->down + at + i * LANES);
        }
        step(count, across, across_least, splat(w->p2_across[x]), cost);
        across_least = least_of(count, across);
        step(count, down, (bytes){0}, splat(w->p2_down[x]), cost);
        DK_UNROLL for (int i = 0; i < count; i++) store(w->sum + at + i * LANES, across[i] + down[i]);
        const bytes down_least = least_of(count, down);
        DK_UNROLL for (int i = 0; i < count; i++) store(w->down + at + i * LANES, down[i] - down_least);
    }
}

/// The first disparity whose sum equals `smallest`.
DK_INLINE uint8_t winner(const int count, const bytes *sum, bytes smallest) {
    bytes first = splat(255);
    DK_UNROLL for (int i = 0; i < count; i++)
        first = least(first, (iota() + splat((uint8_t)(i * LANES))) | (bytes)(sum[i] != smallest));
    return least_lane(first)[0];
}

/// The least sum apart from the winner and its two neighbours.
DK_INLINE uint8_t runner_up(const int count, const bytes *sum, uint8_t best) {
    const bytes before = splat((uint8_t)(best - 1));
    bytes rest = splat(255);
    DK_UNROLL for (int i = 0; i < count; i++) {
        const bytes distance = iota() + splat((uint8_t)(i * LANES)) - before;
        rest = least(rest, sum[i] | (bytes)(distance <= splat(2)));
    }
    return least_lane(rest)[0];
}

/// Right to left: the path from the right, the sum of all three, each right pixel's winner and each left pixel's winner.
DK_INLINE void backward(const int count, const stereo_workspace *workspace, int32_t width, const int left_right,
                        const int unique) {
    const stereo_workspace here = *workspace, *const w = &here;
    const int disparities = count * LANES;
    bytes across[MOST_VECTORS] = {{0}}, across_least = {0};
    // The best sum and its disparity for left pixels x ... x + disparities - 1, sliding along with x.
    bytes left_sum[MOST_VECTORS], left_best[MOST_VECTORS] = {{0}};
    DK_UNROLL for (int i = 0; i < count; i++) left_sum[i] = splat(255);
    for (int32_t x = width - 1; x >= 0; x--) {
        const size_t at = (size_t)x * (size_t)disparities;
        bytes cost[MOST_VECTORS], sum[MOST_VECTORS];
        DK_UNROLL for (int i = 0; i < count; i++) cost[i] = load(w->cost + at + i * LANES);
        step(count, across, across_least, splat(w->p2_across[x + 1]), cost);
        across_least = least_of(count, across);
        DK_UNROLL for (int i = 0; i < count; i++) {
            sum[i] = load(w->sum + at + i * LANES) + across[i];
            store(w->sum + at + i * LANES, sum[i]);
        }
        const bytes smallest = least_of(count, sum);
        const uint8_t best = winner(count, sum, smallest);
        w->best[x] = best;
        w->best_sum[x] = smallest[0];
        if (unique) w->second_sum[x] = runner_up(count, sum, best);
        if (!left_right) continue;
        DK_UNROLL for (int i = count - 1; i >= 0; i--) {
            const bytes old_sum = from_below(i == 0 ? splat(255) : left_sum[i - 1], left_sum[i]);
            const bytes old_best = from_below(i == 0 ? (bytes){0} : left_best[i - 1], left_best[i]);
            left_sum[i] = least(old_sum, sum[i]);
            left_best[i] = select((bytes)(left_sum[i] == old_sum), old_best, iota() + splat((uint8_t)(i * LANES)));
        }
        store(w->left_best + x + disparities - LANES, left_best[count - 1]);
    }
    if (left_right) DK_UNROLL for (int i = 0; i < count; i++) store(w->left_best + i * LANES, left_best[i]);
}

DK_INLINE void sweeps(const int count, const stereo_workspace *w, int32_t width, int left_right, int unique) {
    forward(count, w, width);
    if (left_right && unique) backward(count, w, width, 1, 1);
    else if (left_right) backward(count, w, width, 1, 0);
    else if (unique) backward(count, w, width, 0, 1);
    else backward(count, w, width, 0, 0);
}

static void sweeps_64(const stereo_workspace *w, int32_t width, int lr, int unique) { sweeps(64 / LANES, w, width, lr, unique); }
static void sweeps_96(const stereo_workspace *w, int32_t width, int lr, int unique) { sweeps(96 / LANES, w, width, lr, unique); }
static void sweeps_128(const stereo_workspace *w, int32_t width, int lr, int unique) { sweeps(128 / LANES, w, width, lr, unique); }
static void sweeps_192(const stereo_workspace *w, int32_t width, int lr, int unique) { sweeps(192 / LANES, w, width, lr, unique); }

/// Penalties between each pixel and the one before it (`p2_across`, readable at `width` too) and above it (`p2_down`).
static void penalties(const stereo_workspace *w, const uint8_t *row, const uint8_t *above, int32_t width) {
    w->p2_across[0] = w->p2_across[width] = DK_STEREO_P2;
    for (int32_t x = 1; x < width; x++) w->p2_across[x] = stereo_p2(row[x], row[x - 1]);
    for (int32_t x = 0; x < width; x++) w->p2_down[x] = stereo_p2(row[x], above[x]);
}

// Fused multiply-add would give other bits on processors that have it.
#pragma STDC FP_CONTRACT OFF

/// Winners to sixteenths of a pixel: refuses ambiguous, weak and inconsistent ones, interpolates the others by the two
/// straight lines of equal slope (equiangular fit) through the three sums. The smoothness penalties, equal on both sides,
/// pull that fit f (-8...8) towards whole pixels, by up to 0.17 px on smooth walls; f * (1.5 - |f| / 16) takes a third of
/// that away and leaves -8, 0 and 8 alone (measured: walls at every eighth of a pixel, and Middlebury's Motorcycle, where
/// more correction would overshoot).
static void finish(const dk_stereo_parameters *p, const stereo_workspace *workspace, uint16_t *disparity) {
    const stereo_workspace here = *workspace, *const w = &here;
    const int32_t width = p->width, last = p->disparities - 1;
    for (int32_t x = 0; x < width; x++) {
        const uint8_t *sum = w->sum + (size_t)x * (size_t)p->disparities + w->best[x];
        w->below[x] = sum[-1];
        w->above[x] = sum[1];
        w->other[x] = p->left_right < 0 ? w->best[x] : w->left_best[x + w->best[x]];
        w->limit[x] = p->uniqueness > 0 ? w->unique_limit[w->best_sum[x]] : 0;
    }
    const int weakest = 255 - p->confidence;
    const int tolerance = p->left_right < 0 ? 255 : p->left_right;
    for (int32_t x = 0; x < width; x++) {
        const int best = w->best[x], sum = w->best_sum[x], below = w->below[x], above = w->above[x];
        const int gap = best - w->other[x];
        const int refused = (p->uniqueness > 0) & (w->second_sum[x] <= w->limit[x]);
        const int known = !refused & (sum <= weakest) & (best < width - x) & (gap <= tolerance) & (-gap <= tolerance);
        const int inside = (p->subpixel != 0) & (best > 0) & (best < last) & (best + 1 < width - x);
        const int steeper = (below > above ? below : above) - sum;
        const float fit = (float)(8 * (below - above)) / (float)(steeper > 1 ? steeper : 1);
        const float unlocked = fit * (1.5f - 0.0625f * __builtin_fabsf(fit));
        const int offset = (int)(unlocked + 8.5f) - 8;
        disparity[x] = (uint16_t)(known ? best * 16 + (inside ? offset : 0) : 0);
    }
}

int DK_BUILD(match)(const dk_stereo_parameters *p, const uint8_t *left, const uint8_t *right,
                           uint16_t *disparity, const stereo_workspace *w) {
    void (*sweep)(const stereo_workspace *, int32_t, int, int) = NULL;
    switch (p->disparities) {
    case 64: sweep = sweeps_64; break;
    case 96: sweep = sweeps_96; break;
    case 128: sweep = sweeps_128; break;
    case 192: sweep = sweeps_192; break;
    default: return -1;
    }
    const int32_t width = p->width, height = p->height;
    int32_t copied = 0;
    for (int32_t y = 0; y < height; y++) {
        for (; copied < height && copied <= y + 2; copied++) {
            stereo_pad_row(w->left_rows[copied % 5], left + (size_t)copied * (size_t)width, width);
            stereo_pad_row(w->right_rows[copied % 5], right + (size_t)copied * (size_t)width, width);
        }
        const uint8_t *left_rows[5], *right_rows[5];
        for (int i = 0; i < 5; i++) {
            const int32_t row = y + i - 2 < 0 ? 0 : y + i - 2 >= height ? height - 1 : y + i - 2;
            left_rows[i] = w->left_rows[row % 5];
            right_rows[i] = w->right_rows[row % 5];
        }
        census_row(left_rows, width, w->left_code);
        census_row(right_rows, width, w->right_code);
        const uint8_t *row = right + (size_t)y * (size_t)width;
        penalties(w, row, y > 0 ? row - width : row, width);
        sweep(w, width, p->left_right >= 0, p->uniqueness > 0);
        finish(p, w, disparity + (size_t)y * (size_t)width);
    }
    return 0;
}
