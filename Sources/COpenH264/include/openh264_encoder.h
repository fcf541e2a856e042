// SPDX-License-Identifier: Apache-2.0
#ifndef DK_OPENH264_ENCODER_H
#define DK_OPENH264_ENCODER_H

#include <stddef.h>
#include <stdint.h>

/// An H.264 encoder of Cisco's OpenH264, whose library is opened when the first one is made.
typedef struct dk_h264_encoder dk_h264_encoder;

/// How to encode. All lengths in pixels, even.
typedef struct {
    int32_t width;
    int32_t height;
    float frames_per_second;
    int32_t bits_per_second;
    /// 0 for no limit of its own.
    int32_t maximum_bits_per_second;
    /// Keep the quality and let the rate vary; else keep the rate.
    int32_t is_variable;
    /// Frames from one key frame to the next; 1 makes every frame one.
    int32_t key_interval;
    /// 66 baseline, 77 main, 100 high.
    int32_t profile;
    int32_t threads;
} dk_h264_settings;

/// Makes an encoder, or returns NULL with the reason in `reason`.
dk_h264_encoder *dk_h264_open(const dk_h264_settings *settings, char *reason, size_t reason_size);

/// Makes the next picture a key frame. Returns 0, or another number when the encoder failed.
int dk_h264_force_key(dk_h264_encoder *encoder);

/// Encodes a picture of full-range Y'CbCr (BT.601), planes of `width` and `width / 2` bytes a row.
/// `data` is Annex B, valid until the next call. Returns 0 and sets `size` (0 when the encoder skipped the picture) and
/// `is_key`; or another number when the encoder failed.
int dk_h264_encode(
    dk_h264_encoder *encoder, const uint8_t *y, const uint8_t *u, const uint8_t *v, int64_t milliseconds,
    const uint8_t **data, size_t *size, int *is_key);

void dk_h264_close(dk_h264_encoder *encoder);

#endif
