// SPDX-License-Identifier: Apache-2.0
#ifndef DK_PIXEL_CONVERT_H
#define DK_PIXEL_CONVERT_H

#include <stddef.h>
#include <stdint.h>

/// Interleaved pixels of three bytes to three float planes: plane[c] = byte * scale[c] + bias[c].
void dk_pixel_planes_f32(const uint8_t *pixels, size_t count, const float scale[3], const float bias[3], float *plane0,
                         float *plane1, float *plane2);

/// Interleaved pixels of three bytes to interleaved floats; `swap` exchanges the first and third channel of the result.
/// scale and bias are in the order of the result.
void dk_pixel_interleaved_f32(const uint8_t *pixels, size_t count, int swap, const float scale[3], const float bias[3],
                              float *target);

/// One channel: target = byte * scale + bias.
void dk_pixel_gray_f32(const uint8_t *pixels, size_t count, float scale, float bias, float *target);

/// Interleaved pixels of three bytes to three byte planes.
void dk_pixel_planes_u8(const uint8_t *pixels, size_t count, uint8_t *plane0, uint8_t *plane1, uint8_t *plane2);

/// Three byte planes to one row of interleaved pixels.
void dk_pixel_interleave_u8(const uint8_t *plane0, const uint8_t *plane1, const uint8_t *plane2, size_t count,
                            uint8_t *pixels);

/// Luminance of BGR pixels by BT.601: 0.114 B + 0.587 G + 0.299 R, rounded.
void dk_pixel_bgr_to_gray(const uint8_t *bgr, size_t count, uint8_t *gray);

/// Full-resolution Y, U and V to BGR by BT.601 in video range (16...235), as OpenCV's COLOR_YUV2BGR_IYUV does.
void dk_pixel_yuv_to_bgr(const uint8_t *y, const uint8_t *u, const uint8_t *v, size_t count, uint8_t *bgr);

/// BGR to full Y, then quarter U and V (each the mean of four pixels), by BT.601 in video range (16...235): what
/// dk_pixel_yuv_to_bgr and OpenCV's COLOR_YUV2BGR_IYUV turn back. `stride` is bytes of a source row; width and height are
/// even.
void dk_pixel_bgr_to_i420(const uint8_t *bgr, size_t stride, int width, int height, uint8_t *i420);

/// IEEE binary32 to binary16, round to nearest even.
void dk_pixel_f32_to_f16(const float *source, size_t count, uint16_t *target);

/// IEEE binary16 to binary32; denormals are kept.
void dk_pixel_f16_to_f32(const uint16_t *source, size_t count, float *target);

#endif
