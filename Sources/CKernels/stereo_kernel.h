// SPDX-License-Identifier: Apache-2.0
//
// One row of the matcher. Included once by each build, after stereo_vector.h.
//
// Costs and sums lie as [pixel][disparity], the disparities of a pixel dealt out to `count` vectors like cards: lane k of
// vector i is disparity k * count + i. So the neighbours of a disparity lie in the same lane of the next vectors, and only
// one lane shift each way is needed for a whole pixel. A path cost L(x, d) = C(x, d) + min(L(x-1, d), L(x-1, d +- 1) + P1,
// least(x-1) + P2) - least(x-1) is at most the census bits + P2, so that bytes hold it. Sums stop at 255.

enum { MOST_VECTORS = 192 / LANES, BEYOND_THE_SCALE = 128 };

typedef struct {
    uint8_t small_step, large_step, least_large_step;
} penalties_of_window;

DK_INLINE bytes disparities_of(int i, int count) { return iota() * splat((uint8_t)count) + splat((uint8_t)i); }

/// One path's step: `path` holds the costs of the pixel before and gets those of this one.
DK_INLINE void step(const int count, bytes *path, bytes before_least, bytes p1, bytes p2, const bytes *cost) {
    const bytes edge = splat(BEYOND_THE_SCALE), jump = before_least + p2;
    const bytes first_below = shifted_up(path[count - 1], edge), last_above = shifted_down(path[0], edge);
    bytes next[MOST_VECTORS];
    DK_UNROLL for (int i = 0; i < count; i++) {
        const bytes below = i == 0 ? first_below : path[i - 1], above = i == count - 1 ? last_above : path[i + 1];
        next[i] = least(least(path[i], jump), least(below, above) + p1) - before_least + cost[i];
    }
    DK_UNROLL for (int i = 0; i < count; i++) path[i] = next[i];
}

DK_INLINE bytes least_of(const int count, const bytes *v) {
    bytes result = v[0];
    DK_UNROLL for (int i = 1; i < count; i++) result = least(result, v[i]);
    return least_lane(result);
}

DK_INLINE void load_pixel(const int count, bytes *v, const uint8_t *from) {
    DK_UNROLL for (int i = 0; i < count; i++) v[i] = load(from + i * LANES);
}

/// Costs of right pixel x against left pixels x ... x + disparities - 1. `left` is the place of left pixel x in its codes.
DK_INLINE void costs(const int count, const int planes, const uint8_t *left, const uint8_t *right, int32_t existing, bytes *cost) {
    const int32_t stride = stereo_phase_stride(count), right_plane = 2 * stereo_phase_stride(1);
    DK_UNROLL for (int i = 0; i < count; i++) cost[i] = (bytes){0};
    DK_UNROLL for (int plane = 0; plane < planes; plane++) {
        const bytes code = prepared(right[plane * right_plane]);
        DK_UNROLL for (int i = 0; i < count; i++) {
            cost[i] += differing_bits(load(left + (plane * 2 * count + i) * stride), code);
        }
    }
    if (existing < count * LANES) {
        const bytes limit = splat((uint8_t)existing), beyond = splat(DK_STEREO_BEYOND);
        DK_UNROLL for (int i = 0; i < count; i++) cost[i] = select((bytes)(disparities_of(i, count) < limit), cost[i], beyond);
    }
}

/// A step of a path from the row above, whose costs less their least lie at `from`; leaves those of this pixel at `to` and
/// adds them to `sum`.
DK_INLINE void step_from_above(const int count, bytes *path, uint8_t *to, bytes p1, bytes p2, const bytes *cost, bytes *sum) {
    step(count, path, (bytes){0}, p1, p2, cost);
    DK_UNROLL for (int i = 0; i < count; i++) sum[i] = add_saturated(sum[i], path[i]);
    const bytes smallest = least_of(count, path);
    DK_UNROLL for (int i = 0; i < count; i++) store(to + i * LANES, path[i] - smallest);
}

/// Left to right: costs, the path from the left and those from above; leaves C and the sum of the paths. While `warming`
/// only the paths from above matter.
DK_INLINE void forward(const int count, const int planes, const int diagonals, const stereo_workspace *workspace, int32_t width,
                       penalties_of_window penalties, const int warming) {
    const stereo_workspace here = *workspace, *const w = &here;  // so that no store can alias a pointer
    const int disparities = count * LANES;
    const int32_t stride = stereo_phase_stride(count);
    const bytes p1 = splat(penalties.small_step);
    bytes across[MOST_VECTORS] = {{0}}, across_least = {0}, upper_left[MOST_VECTORS] = {{0}};
    int32_t phase = STEREO_EDGE % count;
    const uint8_t *left = w->left_codes + phase * stride + STEREO_EDGE / count, *right = w->right_codes + STEREO_EDGE;
    for (int32_t x = 0; x < width; x++) {
        const size_t at = (size_t)x * (size_t)disparities;
        bytes cost[MOST_VECTORS], path[MOST_VECTORS], sum[MOST_VECTORS] = {{0}};
        costs(count, planes, left, right++, width - x, cost);
        left += stride;
        if (++phase == count) {
            phase = 0;
            left += 1 - count * stride;
        }
        if (!warming) {
            DK_UNROLL for (int i = 0; i < count; i++) store(w->cost + at + i * LANES, cost[i]);
            step(count, across, across_least, p1, splat(w->p2_across[x]), cost);
            across_least = least_of(count, across);
            DK_UNROLL for (int i = 0; i < count; i++) sum[i] = across[i];
        }
        load_pixel(count, path, w->down + at);
        step_from_above(count, path, w->down + at, p1, splat(w->p2_down[x]), cost, sum);
        if (diagonals) {
            bytes next[MOST_VECTORS];
            load_pixel(count, next, w->down_right + at);
            step_from_above(count, upper_left, w->down_right + at, p1, splat(w->p2_down_right[x]), cost, sum);
            DK_UNROLL for (int i = 0; i < count; i++) upper_left[i] = next[i];
            load_pixel(count, path, w->down_left + at + disparities);
            step_from_above(count, path, w->down_left + at, p1, splat(w->p2_down_left[x]), cost, sum);
        }
        if (!warming) DK_UNROLL for (int i = 0; i < count; i++) store(w->sum + at + i * LANES, sum[i]);
    }
}

/// The least sum and the first disparity that has it, as sum * 256 + disparity.
DK_INLINE uint32_t winner(const int count, const bytes *sum) {
    keys smallest = interleaved_low(disparities_of(0, count), sum[0]);
    DK_UNROLL for (int i = 0; i < count; i++) {
        smallest = __builtin_elementwise_min(smallest, interleaved_low(disparities_of(i, count), sum[i]));
        smallest = __builtin_elementwise_min(smallest, interleaved_high(disparities_of(i, count), sum[i]));
    }
    return least_key(smallest);
}

/// How many sums are at most `limit`.
DK_INLINE uint8_t count_up_to(const int count, const bytes *sum, bytes limit) {
    bytes hits = {0};
    DK_UNROLL for (int i = 0; i < count; i++) hits -= (bytes)(least(sum[i], limit) == sum[i]);
    return (uint8_t)sum_of_lanes(hits);
}

/// The sums around the winner of pixel x, by right pixel (`below`, `above`) and by left pixel (`left_below`, `left_above`).
/// Those of disparities that do not exist are anything. `recent` holds the sums of x - 1, x and x + 1.
DK_INLINE void gather(const stereo_workspace *w, const uint8_t *recent, int disparities, int32_t x, const int checks) {
    const size_t best = w->best[x], below = w->place[best], above = w->place[best + 2];
    const uint8_t *const sum = recent + (x & 3) * disparities;
    w->below[x] = sum[below];
    w->above[x] = sum[above];
    if (!checks) return;
    w->left_below[x] = recent[(size_t)((x + 1 & 3) * disparities) + below];
    w->left_above[x] = recent[(size_t)((x - 1 & 3) * disparities) + above];
}

/// Right to left: the path from the right, the sum of all, each right pixel's winner and, with `checks`, how many sums come
/// near it and each left pixel's least sum.
DK_INLINE void backward(const int count, const stereo_workspace *workspace, int32_t width, penalties_of_window penalties,
                        const int checks) {
    const stereo_workspace here = *workspace, *const w = &here;
    const int disparities = count * LANES;
    const bytes p1 = splat(penalties.small_step);
    bytes across[MOST_VECTORS] = {{0}}, across_least = {0};
    // The least sums so far of left pixels x ... x + disparities - 1, sliding along with x.
    bytes left_least[MOST_VECTORS];
    DK_UNROLL for (int i = 0; i < count; i++) left_least[i] = splat(255);
    uint8_t recent[4 * 192] __attribute__((aligned(64)));  // the sums of the newest pixels
    memset(recent, 255, sizeof recent);
    w->best[width] = 0;
    for (int32_t x = width - 1; x >= 0; x--) {
        const size_t at = (size_t)x * (size_t)disparities;
        bytes cost[MOST_VECTORS], sum[MOST_VECTORS];
        load_pixel(count, cost, w->cost + at);
        load_pixel(count, sum, w->sum + at);
        step(count, across, across_least, p1, splat(w->p2_across[x + 1]), cost);
        across_least = least_of(count, across);
        DK_UNROLL for (int i = 0; i < count; i++) {
            sum[i] = add_saturated(sum[i], across[i]);
            store(recent + (x & 3) * disparities + i * LANES, sum[i]);
        }
        gather(w, recent, disparities, x + 1, checks);
        const uint32_t key = winner(count, sum);
        const uint8_t limit = w->unique_limit[key >> 8];
        w->best[x] = (uint8_t)key;
        w->best_sum[x] = (uint8_t)(key >> 8);
        if (!checks) continue;
        w->limit[x] = limit;
        w->hits[x] = count_up_to(count, sum, splat(limit));
        const bytes first = shifted_up(left_least[count - 1], splat(255));
        DK_UNROLL for (int i = count - 1; i > 0; i--) left_least[i] = least(left_least[i - 1], sum[i]);
        left_least[0] = least(first, sum[0]);
        // Of this store only the last lane stays: left pixel x + disparities - 1 has met all its right pixels.
        store(w->left_least + x + disparities - LANES, left_least[count - 1]);
    }
    memset(recent + 3 * disparities, 255, (size_t)disparities);
    gather(w, recent, disparities, 0, checks);
    if (!checks) return;
    DK_UNROLL for (int i = 0; i < count; i++)
        DK_UNROLL for (int k = 0; k < LANES; k++) w->left_least[k * count + i] = left_least[i][k];
}

typedef struct {
    void (*forward_3)(const stereo_workspace *w, int32_t width, penalties_of_window p, int warming);
    void (*forward_4)(const stereo_workspace *w, int32_t width, penalties_of_window p, int warming);
    void (*forward_5_paths_3)(const stereo_workspace *w, int32_t width, penalties_of_window p, int warming);
    void (*forward_5_paths_4)(const stereo_workspace *w, int32_t width, penalties_of_window p, int warming);
    void (*backward)(const stereo_workspace *w, int32_t width, penalties_of_window p, int checks);
} sweeps;

#define DK_FORWARD(disparities, name, bytes, diagonals) \
    static void name##_##disparities(const stereo_workspace *w, int32_t width, penalties_of_window p, int warming) { \
        if (warming) forward(disparities / LANES, bytes * PLANES_PER_BYTE, diagonals, w, width, p, 1); \
        else forward(disparities / LANES, bytes * PLANES_PER_BYTE, diagonals, w, width, p, 0); \
    }
#define DK_SWEEPS(disparities) \
    DK_FORWARD(disparities, forward_3, 3, 0) \
    DK_FORWARD(disparities, forward_4, 4, 0) \
    DK_FORWARD(disparities, forward_5_paths_3, 3, 1) \
    DK_FORWARD(disparities, forward_5_paths_4, 4, 1) \
    static void backward_##disparities(const stereo_workspace *w, int32_t width, penalties_of_window p, int checks) { \
        if (checks) backward(disparities / LANES, w, width, p, 1); \
        else backward(disparities / LANES, w, width, p, 0); \
    } \
    static const sweeps sweeps_##disparities = {forward_3_##disparities, forward_4_##disparities, \
                                                forward_5_paths_3_##disparities, forward_5_paths_4_##disparities, \
                                                backward_##disparities};
DK_SWEEPS(64)
DK_SWEEPS(96)
DK_SWEEPS(128)
DK_SWEEPS(192)
