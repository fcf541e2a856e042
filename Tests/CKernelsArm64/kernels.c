// SPDX-License-Identifier: Apache-2.0
//
// Runs every build of the stereo kernels that this processor has against the plain one on seeded random pictures, and prints
// a digest of each result, so that runs on two kinds of processor can be compared line by line (scripts/test-arm64-kernels.sh).

#include <stdio.h>
#include <stdlib.h>

#include "stereo_match.h"
#include "stereo_remap.h"

static uint64_t dice = 1;

/// SplitMix64 (Steele et al. 2014).
static uint64_t roll(void) {
    uint64_t mixed = dice += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

static void *memory(size_t size) {
    void *result = aligned_alloc(64, (size + 63) / 64 * 64);
    if (result == NULL) abort();
    return result;
}

/// FNV-1a.
static uint64_t digest(const void *data, size_t size) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ ((const uint8_t *)data)[i]) * 0x100000001B3u;
    return hash;
}

/// A pair whose disparity grows from row to row, with flat ground and noise.
static void draw(int32_t width, int32_t height, int32_t disparities, uint8_t *left, uint8_t *right) {
    for (int32_t y = 0; y < height; y++) {
        const int32_t shift = y * disparities / height;
        uint8_t *const row = right + (size_t)y * (size_t)width, *const other = left + (size_t)y * (size_t)width;
        for (int32_t x = 0; x < width; x++) row[x] = x < width / 5 ? 90 : (uint8_t)roll();
        for (int32_t x = 0; x < width; x++) other[x] = x >= shift && roll() % 5 != 0 ? row[x - shift] : (uint8_t)roll();
    }
}

static const dk_stereo_build *builds(int *count) {
    static const dk_stereo_build x86[] = {DK_STEREO_PLAIN, DK_STEREO_SSE4, DK_STEREO_AVX2}, arm[] = {DK_STEREO_PLAIN, DK_STEREO_NEON};
    const dk_stereo_build best = dk_stereo_best_build();
    *count = best == DK_STEREO_AVX2 ? 3 : best == DK_STEREO_PLAIN ? 1 : 2;
    return best == DK_STEREO_NEON ? arm : x86;
}

static int failures = 0;

/// One case through all builds: match, median, speckle filter.
static void run(dk_stereo_parameters p, int32_t median) {
    const size_t pixels = (size_t)p.width * (size_t)p.height;
    uint8_t *const left = memory(pixels), *const right = memory(pixels);
    uint16_t *const raw = memory(2 * pixels), *const map = memory(2 * pixels);
    void *const filter = memory(dk_stereo_median_workspace_bytes(p.width, median));
    void *const speckle = memory(dk_stereo_speckle_workspace_bytes(p.width, p.height));
    draw(p.width, p.height, p.disparities, left, right);
    int count;
    const dk_stereo_build *const all = builds(&count);
    uint64_t wanted = 0;
    for (int i = 0; i < count; i++) {
        void *const workspace = memory(dk_stereo_workspace_bytes(&p, all[i]));
        for (int32_t band = 0; band < dk_stereo_bands(p.height); band++)
            dk_stereo_match_band(&p, all[i], band, left, right, raw, workspace);
        for (int32_t band = 0; band < dk_stereo_bands(p.height); band++)
            dk_stereo_median_band(p.width, p.height, median, all[i], band, raw, map, filter);
        dk_stereo_speckle(p.width, p.height, 20, 16, map, speckle);
        const uint64_t found = digest(raw, 2 * pixels) ^ 3 * digest(map, 2 * pixels);
        if (i == 0) wanted = found;
        if (found != wanted) {
            failures++;
            printf("build %d differs: ", (int)all[i]);
        }
        free(workspace);
    }
    printf("%dx%d %d disparities, window %d, prefilter %d, paths %d, uniqueness %d, confidence %d, check %d, bits %d, median %d: %016llx\n",
           p.width, p.height, p.disparities, (int)p.window, p.prefilter, p.paths, p.uniqueness, p.confidence, p.left_right,
           p.subpixel_bits, median, (unsigned long long)wanted);
    free(left), free(right), free(raw), free(map), free(filter), free(speckle);
}

static void remap(void) {
    enum { WIDTH = 301, HEIGHT = 77, COUNT = WIDTH * HEIGHT };
    uint8_t *const source = memory(COUNT), *const target = memory(COUNT);
    uint32_t *const corners = memory(COUNT * sizeof *corners);
    uint16_t *const weights = memory(COUNT * sizeof *weights);
    for (int i = 0; i < COUNT; i++) {
        source[i] = (uint8_t)roll();
        corners[i] = (uint32_t)(roll() % (HEIGHT - 1) * WIDTH + roll() % (WIDTH - 1));
        weights[i] = (uint16_t)roll();
    }
    int count;
    const dk_stereo_build *const all = builds(&count);
    uint64_t wanted = 0;
    for (int i = 0; i < count; i++) {
        dk_stereo_remap(all[i], source, WIDTH, corners, weights, COUNT, target);
        const uint64_t found = digest(target, COUNT);
        if (i == 0) wanted = found;
        if (found != wanted) failures++;
    }
    printf("remap: %016llx\n", (unsigned long long)wanted);
    free(source), free(target), free(corners), free(weights);
}

int main(void) {
    static const int32_t ranges[] = {64, 96, 128, 192}, medians[] = {3, 5, 7}, bits[] = {0, 3, 4, 5};
    for (int i = 0; i < 96; i++) {
        run((dk_stereo_parameters){.width = 64 + (int32_t)(roll() % 150), .height = i % 12 == 0 ? 130 : 16 + (int32_t)(roll() % 20),
                                   .disparities = ranges[i % 4], .window = (dk_stereo_window)(i / 4 % 3), .prefilter = i / 12 % 2,
                                   .paths = i / 24 % 2 ? 5 : 3, .uniqueness = i % 5 ? (int32_t)(roll() % 30) : 0,
                                   .confidence = i % 7 ? 0 : (int32_t)(roll() % 256), .left_right = i % 9 != 0,
                                   .subpixel_bits = bits[roll() % 4]},
            medians[i % 3]);
    }
    remap();
    int count;
    builds(&count);
    fprintf(stderr, "%d builds, %d differences\n", count, failures);
    return failures != 0;
}
