// SPDX-License-Identifier: Apache-2.0
//
// Run-time dispatch of the matcher, the median filter and the look-up: each call goes to the build asked for.

#include "stereo_match.h"

#include "stereo_builds.h"
#include "stereo_remap.h"

dk_stereo_build dk_stereo_best_build(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) return DK_STEREO_AVX2;
    if (__builtin_cpu_supports("sse4.1")) return DK_STEREO_SSE4;
#elif defined(__aarch64__)
    return DK_STEREO_NEON;
#endif
    return DK_STEREO_PLAIN;
}

static const stereo_build *build_called(dk_stereo_build build) {
    switch (build) {
#if defined(__x86_64__)
    case DK_STEREO_SSE4: return &dk_stereo_sse4_build;
    case DK_STEREO_AVX2: return &dk_stereo_avx2_build;
#elif defined(__aarch64__)
    case DK_STEREO_NEON: return &dk_stereo_neon_build;
#endif
    default: return &dk_stereo_plain_build;
    }
}

int32_t dk_stereo_bands(int32_t height) { return height < DK_STEREO_BANDED_ROWS ? 1 : DK_STEREO_BANDS; }

static int32_t first_row(int32_t height, int32_t band) { return (int32_t)((int64_t)height * band / dk_stereo_bands(height)); }

size_t dk_stereo_workspace_bytes(const dk_stereo_parameters *parameters, dk_stereo_build build) {
    stereo_workspace w;
    return stereo_lay_out(parameters, build_called(build)->lanes, NULL, &w);
}

void dk_stereo_match_band(const dk_stereo_parameters *p, dk_stereo_build build, int32_t band, const uint8_t *left,
                          const uint8_t *right, uint16_t *disparity, void *workspace) {
    build_called(build)->match_band(p, left, right, first_row(p->height, band), first_row(p->height, band + 1), disparity,
                                    workspace);
}

size_t dk_stereo_median_workspace_bytes(int32_t width, int32_t kernel) {
    return ((size_t)width + 2 * STEREO_PAD) * (size_t)kernel * sizeof(uint16_t);
}

void dk_stereo_median_band(int32_t width, int32_t height, int32_t kernel, dk_stereo_build build, int32_t band,
                           const uint16_t *from, uint16_t *to, void *workspace) {
    build_called(build)->median(width, height, kernel, first_row(height, band), first_row(height, band + 1), from, to, workspace);
}

void dk_stereo_remap(dk_stereo_build build, const uint8_t *source, size_t source_width, const uint32_t *corners,
                     const uint16_t *weights, size_t count, uint8_t *target) {
    build_called(build)->remap(source, source_width, corners, weights, count, target);
}
