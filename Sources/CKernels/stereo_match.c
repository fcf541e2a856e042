// SPDX-License-Identifier: Apache-2.0
//
// The 128-bit build (SSE2, NEON) and the door to the fastest one.

#include "stereo_match.h"

#include "stereo_builds.h"
#include "stereo_workspace.h"

#define DK_LANES 16
#define DK_BUILD(name) dk_stereo_##name##_vector128
#include "stereo_vector.h"
#include "stereo_kernel.h"

dk_stereo_build dk_stereo_best_build(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) return DK_STEREO_AVX2;
#endif
    return DK_STEREO_VECTOR128;
}

size_t dk_stereo_workspace_bytes(const dk_stereo_parameters *parameters) {
    stereo_workspace w;
    return stereo_lay_out(parameters, NULL, &w);
}

int dk_stereo_match(const dk_stereo_parameters *p, dk_stereo_build build, const uint8_t *left, const uint8_t *right,
                    uint16_t *disparity, void *workspace) {
    stereo_workspace w;
    const size_t size = stereo_lay_out(p, workspace, &w);
    memset(workspace, 0, size);
    // Ambiguous is a sum with sum * (100 - uniqueness) <= best * 100.
    const int scale = p->uniqueness < 100 ? 100 - p->uniqueness : 1;
    for (int best = 0; best < 256; best++) w.unique_limit[best] = (uint8_t)(best * 100 / scale < 255 ? best * 100 / scale : 254);
#if defined(__x86_64__)
    if (build == DK_STEREO_AVX2) return dk_stereo_match_avx2(p, left, right, disparity, &w);
#endif
    (void)build;
    return dk_stereo_match_vector128(p, left, right, disparity, &w);
}
