// SPDX-License-Identifier: Apache-2.0
#ifndef DK_VIDEO_UNPACK_H
#define DK_VIDEO_UNPACK_H

#include <stddef.h>
#include <stdint.h>

// One row each of what cameras send, to what the house uses. Rows need no alignment. Counts are pixels.

/// Little-endian 16-bit samples, moved right by `shift` and held at 255.
void dk_video_y16_to_gray(const uint8_t *source, size_t count, unsigned shift, uint8_t *gray);

/// Y0 U Y1 V: the luminance as it is.
void dk_video_yuyv_to_gray(const uint8_t *source, size_t count, uint8_t *gray);

/// Y0 U Y1 V to BGR by BT.601; `full_range` when 0...255 are black and white, 16...235 else. `count` is even.
void dk_video_yuyv_to_bgr(const uint8_t *source, size_t count, int full_range, uint8_t *bgr);

/// A row of Y and its row of U V pairs to BGR; as above.
void dk_video_nv12_to_bgr(const uint8_t *y, const uint8_t *uv, size_t count, int full_range, uint8_t *bgr);

/// Three equal channels.
void dk_video_gray_to_bgr(const uint8_t *gray, size_t count, uint8_t *bgr);

#endif
