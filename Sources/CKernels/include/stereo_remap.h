// SPDX-License-Identifier: Apache-2.0
#ifndef DK_STEREO_REMAP_H
#define DK_STEREO_REMAP_H

#include <stddef.h>
#include <stdint.h>

#include "stereo_match.h"

/// Bilinear look-up of a grey picture. Target pixel i reads the 2x2 source pixels whose upper left one has the index
/// `corners[i]`, with the weights x / 256 (low byte of `weights[i]`) and y / 256 (high byte), rounded to nearest.
/// Every corner must leave one pixel to its right and one row (of `source_width` pixels) below it.
void dk_stereo_remap(dk_stereo_build build, const uint8_t *source, size_t source_width, const uint32_t *corners,
                     const uint16_t *weights, size_t count, uint8_t *target);

#endif
