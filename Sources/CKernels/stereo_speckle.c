// SPDX-License-Identifier: Apache-2.0
//
// Speckle filter on runs: a run is a maximal horizontal chain of connected pixels; runs of neighbouring rows that touch
// at a connected pair are one region (union-find). Only run starts and first touches cost more than two comparisons.

#include "stereo_match.h"

typedef struct {
    uint32_t parent;   ///< index of another run of the region; a root is its own parent
    uint32_t size;     ///< pixels of the region, kept at the root
    uint32_t start;    ///< index of the first pixel in the map
    uint32_t length;
} speckle_run;

size_t dk_stereo_speckle_workspace_bytes(int32_t width, int32_t height) {
    return ((size_t)width * (size_t)height + 1) * sizeof(speckle_run) + 2 * (size_t)width * sizeof(uint32_t);
}

static uint32_t root_of(speckle_run *runs, uint32_t run) {
    while (runs[run].parent != run) {
        runs[run].parent = runs[runs[run].parent].parent;
        run = runs[run].parent;
    }
    return run;
}

static void unite(speckle_run *runs, uint32_t a, uint32_t b) {
    a = root_of(runs, a);
    b = root_of(runs, b);
    if (a == b) return;
    const uint32_t older = a < b ? a : b, younger = a < b ? b : a;
    runs[younger].parent = older;
    runs[older].size += runs[younger].size;
}

/// Splits one row into runs, writes the run of each known pixel into `labels`; returns the new number of runs.
static uint32_t label_row(const uint16_t *row, int32_t width, uint32_t row_start, int32_t range, speckle_run *runs,
                          uint32_t count, uint32_t *labels) {
    int32_t x = 0;
    while (x < width) {
        if (row[x] == 0) {
            x++;
            continue;
        }
        const int32_t start = x;
        do labels[x++] = count;
        while (x < width && row[x] != 0 && row[x] - row[x - 1] <= range && row[x - 1] - row[x] <= range);
        const uint32_t length = (uint32_t)(x - start);
        runs[count] = (speckle_run){count, length, row_start + (uint32_t)start, length};
        count++;
    }
    return count;
}

static void join_rows(const uint16_t *row, const uint16_t *above, int32_t width, int32_t range, speckle_run *runs,
                      const uint32_t *labels, const uint32_t *labels_above) {
    uint32_t joined = UINT32_MAX, joined_above = UINT32_MAX;
    for (int32_t x = 0; x < width; x++) {
        const int32_t difference = row[x] - above[x];
        if ((row[x] == 0) | (above[x] == 0) | (difference > range) | (-difference > range)) continue;
        if ((labels[x] == joined) & (labels_above[x] == joined_above)) continue;
        joined = labels[x];
        joined_above = labels_above[x];
        unite(runs, joined, joined_above);
    }
}

void dk_stereo_speckle(int32_t width, int32_t height, int32_t maximum_size, int32_t range, uint16_t *disparity,
                       void *workspace) {
    speckle_run *runs = workspace;
    uint32_t *labels = (uint32_t *)(runs + (size_t)width * (size_t)height + 1), *labels_above = labels + width;
    uint32_t count = 0;
    for (int32_t y = 0; y < height; y++) {
        const uint16_t *row = disparity + (size_t)y * (size_t)width;
        count = label_row(row, width, (uint32_t)y * (uint32_t)width, range, runs, count, labels);
        if (y > 0) join_rows(row, row - width, width, range, runs, labels, labels_above);
        uint32_t *const swap = labels;
        labels = labels_above;
        labels_above = swap;
    }
    for (uint32_t run = 0; run < count; run++) {
        if (runs[root_of(runs, run)].size > (uint32_t)maximum_size) continue;
        for (uint32_t i = 0; i < runs[run].length; i++) disparity[runs[run].start + i] = 0;
    }
}
