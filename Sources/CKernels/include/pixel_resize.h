// SPDX-License-Identifier: Apache-2.0
#ifndef DK_PIXEL_RESIZE_H
#define DK_PIXEL_RESIZE_H

#include <stddef.h>
#include <stdint.h>

/// Fills one axis of a bilinear resize: which two source elements make a target element, and their weights in 1/2048.
/// `offsets` and `weights` hold 2 * target values. An offset counts elements of `step` (channels on the x axis, 1 on the
/// y axis). The arithmetic is that of OpenCV's INTER_LINEAR for 8-bit pictures (pixel centres at +0.5, edges repeated).
void dk_pixel_resize_axis(int source, int target, int step, int32_t *offsets, int16_t *weights);

/// Bilinear resize of 8-bit pixels with 1 or 3 interleaved channels.
/// `rows` is scratch for 2 * target_width * channels values; the axes come from dk_pixel_resize_axis.
void dk_pixel_resize(const uint8_t *source, size_t source_stride, int channels, const int32_t *x_offsets,
                     const int16_t *x_weights, const int32_t *y_offsets, const int16_t *y_weights, int16_t *rows,
                     uint8_t *target, size_t target_stride, int target_width, int target_height);

#endif
