// SPDX-License-Identifier: Apache-2.0
#include "pixel_convert.h"

#include <string.h>

void dk_pixel_planes_f32(const uint8_t *restrict pixels, size_t count, const float scale[3], const float bias[3],
                         float *restrict plane0, float *restrict plane1, float *restrict plane2) {
    const float s0 = scale[0], s1 = scale[1], s2 = scale[2], b0 = bias[0], b1 = bias[1], b2 = bias[2];
    for (size_t i = 0; i < count; ++i) {
        plane0[i] = (float)pixels[3 * i] * s0 + b0;
        plane1[i] = (float)pixels[3 * i + 1] * s1 + b1;
        plane2[i] = (float)pixels[3 * i + 2] * s2 + b2;
    }
}

void dk_pixel_interleaved_f32(const uint8_t *restrict pixels, size_t count, int swap, const float scale[3],
                              const float bias[3], float *restrict target) {
    const size_t first = swap ? 2 : 0, third = swap ? 0 : 2;
    const float s0 = scale[0], s1 = scale[1], s2 = scale[2], b0 = bias[0], b1 = bias[1], b2 = bias[2];
    for (size_t i = 0; i < count; ++i) {
        target[3 * i] = (float)pixels[3 * i + first] * s0 + b0;
        target[3 * i + 1] = (float)pixels[3 * i + 1] * s1 + b1;
        target[3 * i + 2] = (float)pixels[3 * i + third] * s2 + b2;
    }
}

void dk_pixel_gray_f32(const uint8_t *restrict pixels, size_t count, float scale, float bias, float *restrict target) {
    for (size_t i = 0; i < count; ++i) target[i] = (float)pixels[i] * scale + bias;
}

void dk_pixel_planes_u8(const uint8_t *restrict pixels, size_t count, uint8_t *restrict plane0,
                        uint8_t *restrict plane1, uint8_t *restrict plane2) {
    for (size_t i = 0; i < count; ++i) {
        plane0[i] = pixels[3 * i];
        plane1[i] = pixels[3 * i + 1];
        plane2[i] = pixels[3 * i + 2];
    }
}

void dk_pixel_interleave_u8(const uint8_t *restrict plane0, const uint8_t *restrict plane1,
                            const uint8_t *restrict plane2, size_t count, uint8_t *restrict pixels) {
    for (size_t i = 0; i < count; ++i) {
        pixels[3 * i] = plane0[i];
        pixels[3 * i + 1] = plane1[i];
        pixels[3 * i + 2] = plane2[i];
    }
}

void dk_pixel_bgr_to_gray(const uint8_t *restrict bgr, size_t count, uint8_t *restrict gray) {
    // 14-bit weights that add up to 16384.
    for (size_t i = 0; i < count; ++i)
        gray[i] = (uint8_t)((bgr[3 * i] * 1868 + bgr[3 * i + 1] * 9617 + bgr[3 * i + 2] * 4899 + 8192) >> 14);
}

static inline uint8_t clamp_byte(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

void dk_pixel_yuv_to_bgr(const uint8_t *restrict y, const uint8_t *restrict u, const uint8_t *restrict v, size_t count,
                         uint8_t *restrict bgr) {
    // BT.601 video range in 1/65536: 1.164, 2.018, -0.391, -0.813, 1.596.
    for (size_t i = 0; i < count; ++i) {
        const int luma = (y[i] < 16 ? 0 : y[i] - 16) * 76284 + 32768;
        const int cb = u[i] - 128, cr = v[i] - 128;
        bgr[3 * i] = clamp_byte((luma + 132252 * cb) >> 16);
        bgr[3 * i + 1] = clamp_byte((luma - 25624 * cb - 53281 * cr) >> 16);
        bgr[3 * i + 2] = clamp_byte((luma + 104595 * cr) >> 16);
    }
}

static inline uint16_t half_from_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint16_t sign = (uint16_t)((bits >> 16) & 0x8000);
    bits &= 0x7fffffff;
    if (bits > 0x7f800000) return sign | 0x7e00;                // NaN stays NaN
    if (bits >= 0x477ff000) return sign | 0x7c00;               // rounds to infinity
    if (bits < 0x38800000) {                                    // denormal half: let the adder round
        float magic, magnitude;
        const uint32_t magic_bits = 0x3f000000;                 // 0.5: its last bit is worth 2^-24
        memcpy(&magic, &magic_bits, sizeof magic);
        memcpy(&magnitude, &bits, sizeof magnitude);
        magnitude += magic;
        memcpy(&bits, &magnitude, sizeof bits);
        return sign | (uint16_t)(bits - magic_bits);
    }
    bits += 0xc8000fff + ((bits >> 13) & 1);                    // exponent bias 127 -> 15, ties to even
    return sign | (uint16_t)(bits >> 13);
}

static inline float float_from_half(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, body = half & 0x7fff;
    uint32_t bits;
    float value;
    if (body >= 0x7c00) {
        bits = 0x7f800000 | (body << 13);
    } else if (body >= 0x0400) {
        bits = (body << 13) + 0x38000000;
    } else {                                                    // denormal half: body * 2^-24
        value = (float)body * 5.9604644775390625e-8f;
        memcpy(&bits, &value, sizeof bits);
    }
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void dk_pixel_f32_to_f16(const float *restrict source, size_t count, uint16_t *restrict target) {
    for (size_t i = 0; i < count; ++i) target[i] = half_from_float(source[i]);
}

void dk_pixel_f16_to_f32(const uint16_t *restrict source, size_t count, float *restrict target) {
    for (size_t i = 0; i < count; ++i) target[i] = float_from_half(source[i]);
}

// Weights of BT.601 in video range, times 2^16: Y = 16 + 0.2568 R + 0.5041 G + 0.0979 B and so on.
enum { Y_RED = 16829, Y_GREEN = 33039, Y_BLUE = 6416 };
enum { U_RED = -9714, U_GREEN = -19070, U_BLUE = 28784, V_RED = 28784, V_GREEN = -24103, V_BLUE = -4681 };

void dk_pixel_bgr_to_i420(const uint8_t *bgr, size_t stride, int width, int height, uint8_t *i420) {
    uint8_t *luminance = i420;
    uint8_t *u = i420 + (size_t)width * height, *v = u + (size_t)(width / 2) * (height / 2);
    for (int y = 0; y < height; y++) {
        const uint8_t *row = bgr + (size_t)y * stride;
        for (int x = 0; x < width; x++)
            luminance[(size_t)y * width + x] = (uint8_t)(
                (Y_BLUE * row[3 * x] + Y_GREEN * row[3 * x + 1] + Y_RED * row[3 * x + 2] + (16 << 16) + (1 << 15)) >> 16);
    }
    for (int y = 0; y < height; y += 2) {
        const uint8_t *upper = bgr + (size_t)y * stride, *lower = upper + stride;
        for (int x = 0; x < width; x += 2, u++, v++) {
            const uint8_t *a = upper + 3 * x, *b = lower + 3 * x;
            const int blue = a[0] + a[3] + b[0] + b[3], green = a[1] + a[4] + b[1] + b[4], red = a[2] + a[5] + b[2] + b[5];
            // Sums of four: two bits more to shift away.
            *u = (uint8_t)((U_BLUE * blue + U_GREEN * green + U_RED * red + (128 << 18) + (1 << 17)) >> 18);
            *v = (uint8_t)((V_BLUE * blue + V_GREEN * green + V_RED * red + (128 << 18) + (1 << 17)) >> 18);
        }
    }
}
