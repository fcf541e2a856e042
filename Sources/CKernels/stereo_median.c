// SPDX-License-Identifier: Apache-2.0
//
// The 128-bit build of the median filter and the door to the fastest one.

#include "stereo_builds.h"

#define DK_LANES 16
#define DK_BUILD(name) dk_stereo_##name##_vector128
#include "stereo_vector.h"
#include "stereo_median_kernel.h"

size_t dk_stereo_median_workspace_bytes(int32_t width, int32_t kernel) {
    return ((size_t)width + 2 * STEREO_PAD) * (size_t)kernel * sizeof(uint16_t);
}

void dk_stereo_median(dk_stereo_build build, int32_t width, int32_t height, int32_t kernel, const uint16_t *from,
                      uint16_t *to, void *workspace) {
#if defined(__x86_64__)
    if (build == DK_STEREO_AVX2) {
        dk_stereo_median_avx2(width, height, kernel, from, to, workspace);
        return;
    }
#endif
    (void)build;
    dk_stereo_median_vector128(width, height, kernel, from, to, workspace);
}
