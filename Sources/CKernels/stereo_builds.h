// SPDX-License-Identifier: Apache-2.0
//
// The entry points of the builds, for the doors in stereo_match.c and stereo_median.c.
#ifndef DK_STEREO_BUILDS_H
#define DK_STEREO_BUILDS_H

#include "stereo_workspace.h"

int dk_stereo_match_vector128(const dk_stereo_parameters *p, const uint8_t *left, const uint8_t *right,
                              uint16_t *disparity, const stereo_workspace *w);
void dk_stereo_median_vector128(int32_t width, int32_t height, int32_t kernel, const uint16_t *from, uint16_t *to,
                                uint16_t *rows);

#if defined(__x86_64__)
int dk_stereo_match_avx2(const dk_stereo_parameters *p, const uint8_t *left, const uint8_t *right, uint16_t *disparity,
                         const stereo_workspace *w);
void dk_stereo_median_avx2(int32_t width, int32_t height, int32_t kernel, const uint16_t *from, uint16_t *to,
                           uint16_t *rows);
#endif

#endif
