// SPDX-License-Identifier: Apache-2.0
//
// Speckle filter on runs: a run is a maximal horizontal chain of connected pixels; runs of neighbouring rows that touch at a
// connected pair are one region (union-find). Which neighbours are connected is found for whole rows at once; after that
// only run starts, and pairs of runs that lie above each other, cost anything.

#include "stereo_match.h"

#include <string.h>

typedef struct {
    uint32_t parent;  ///< index of another run of the region; a root is its own parent
    uint32_t size;    ///< pixels of the region, kept at the root
    uint32_t start;   ///< index of the first pixel in the map
    uint32_t length;
} speckle_run;

/// Bits of 64 pixels.
typedef uint64_t bit_word;

static size_t words_of(int32_t width) { return ((size_t)width + 63) / 64; }

size_t dk_stereo_speckle_workspace_bytes(int32_t width, int32_t height) {
    const size_t row = ((size_t)width + 63) / 64 * 64;
    return ((size_t)width * (size_t)height + 1) * sizeof(speckle_run) + 2 * words_of(width) * sizeof(bit_word) + row;
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

/// Byte x: whether a[x] and b[x] are known and at most `range` apart.
static void compare(const uint16_t *a, const uint16_t *b, int32_t count, uint16_t range, uint8_t *flags) {
    for (int32_t x = 0; x < count; x++) {
        const uint16_t apart = (uint16_t)(a[x] > b[x] ? a[x] - b[x] : b[x] - a[x]);
        flags[x] = (a[x] != 0) & (b[x] != 0) & (apart <= range);
    }
}

/// Bytes of 0 and 1 to bits. The eight low bits of eight bytes meet in the product's top byte.
static void pack(const uint8_t *flags, size_t words, bit_word *bits) {
    for (size_t word = 0; word < words; word++) {
        bits[word] = 0;
        for (int part = 0; part < 8; part++) {
            uint64_t eight;
            memcpy(&eight, flags + word * 64 + (size_t)part * 8, sizeof eight);
            bits[word] |= eight * 0x0102040810204080u >> 56 << (8 * part);
        }
    }
}

/// Makes the runs of a row, of which `known` pixels are known and `chained` ones are connected to the one before; returns the
/// new number of runs.
static uint32_t add_runs(const bit_word *known, const bit_word *chained, size_t words, uint32_t row_start, speckle_run *runs,
                         uint32_t count) {
    uint32_t finished = count;
    for (size_t word = 0; word < words; word++) {
        const bit_word next = word + 1 < words ? chained[word + 1] << 63 : 0;
        bit_word first = known[word] & ~chained[word], last = known[word] & ~(chained[word] >> 1 | next);
        const uint32_t base = row_start + (uint32_t)word * 64;
        for (; first != 0; first &= first - 1) runs[count++].start = base + (uint32_t)__builtin_ctzll(first);
        for (; last != 0; last &= last - 1) {
            speckle_run *const run = &runs[finished];
            run->length = run->size = base + (uint32_t)__builtin_ctzll(last) - run->start + 1;
            run->parent = finished++;
        }
    }
    return count;
}

/// Whether one of the bits `from` to `until` - 1 is set.
static int any_bit(const bit_word *bits, uint32_t from, uint32_t until) {
    for (uint32_t word = from / 64; word <= (until - 1) / 64; word++) {
        bit_word part = bits[word];
        if (word == from / 64) part &= ~(bit_word)0 << from % 64;
        if (word == (until - 1) / 64) part &= ~(bit_word)0 >> (63 - (until - 1) % 64);
        if (part != 0) return 1;
    }
    return 0;
}

/// Unites the runs of the row above (`above` to `here` - 1) with those of this row (`here` to `end` - 1) that touch them.
static void join_rows(speckle_run *runs, uint32_t above, uint32_t here, uint32_t end, uint32_t row_start, uint32_t width,
                      const bit_word *touching) {
    const uint32_t end_above = here, above_start = row_start - width;
    while (above < end_above && here < end) {
        const uint32_t first = runs[here].start - row_start, first_above = runs[above].start - above_start;
        const uint32_t last = first + runs[here].length, last_above = first_above + runs[above].length;
        const uint32_t from = first > first_above ? first : first_above, until = last < last_above ? last : last_above;
        if (from < until && any_bit(touching, from, until)) unite(runs, here, above);
        if (last <= last_above) here++;
        else above++;
    }
}

void dk_stereo_speckle(int32_t width, int32_t height, int32_t maximum_size, int32_t range, uint16_t *disparity,
                       void *workspace) {
    const size_t words = words_of(width);
    speckle_run *const runs = workspace;
    bit_word *const known = (bit_word *)(runs + (size_t)width * (size_t)height + 1), *const links = known + words;
    uint8_t *const flags = (uint8_t *)(links + words);
    memset(flags, 0, words * 64);
    uint32_t count = 0, above = 0;
    for (int32_t y = 0; y < height; y++) {
        const uint16_t *const row = disparity + (size_t)y * (size_t)width;
        const uint32_t row_start = (uint32_t)y * (uint32_t)width, here = count;
        compare(row, row, width, (uint16_t)range, flags);
        pack(flags, words, known);
        flags[0] = 0;
        compare(row + 1, row, width - 1, (uint16_t)range, flags + 1);
        pack(flags, words, links);
        count = add_runs(known, links, words, row_start, runs, count);
        if (y > 0) {
            compare(row, row - width, width, (uint16_t)range, flags);
            pack(flags, words, links);
            join_rows(runs, above, here, count, row_start, (uint32_t)width, links);
        }
        above = here;
    }
    for (uint32_t run = 0; run < count; run++) {
        if (runs[root_of(runs, run)].size > (uint32_t)maximum_size) continue;
        memset(disparity + runs[run].start, 0, runs[run].length * sizeof *disparity);
    }
}
