// SPDX-License-Identifier: Apache-2.0
//
// The builds of the kernels, one table each, for the dispatch in stereo_dispatch.c.
#ifndef DK_STEREO_BUILDS_H
#define DK_STEREO_BUILDS_H

#include "stereo_workspace.h"

typedef struct {
    int32_t lanes;  ///< bytes of a vector
    void (*match_band)(const dk_stereo_parameters *p, const uint8_t *left, const uint8_t *right, int32_t first, int32_t last,
                       uint16_t *disparity, uint8_t *memory);
    void (*median)(int32_t width, int32_t height, int32_t kernel, int32_t first, int32_t last, const uint16_t *from,
                   uint16_t *to, uint16_t *ring);
    void (*remap)(const uint8_t *source, size_t source_width, const uint32_t *corners, const uint16_t *weights, size_t count,
                  uint8_t *target);
} stereo_build;

extern const stereo_build dk_stereo_plain_build;
#if defined(__x86_64__)
extern const stereo_build dk_stereo_sse4_build, dk_stereo_avx2_build;
#elif defined(__aarch64__)
extern const stereo_build dk_stereo_neon_build;
#endif

#endif
