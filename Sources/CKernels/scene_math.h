// SPDX-License-Identifier: Apache-2.0
// Minimum, maximum and floor as plain comparisons: without SSE 4.1 and with IEEE's rules for NaN, those of libm are calls.
#ifndef DK_SCENE_MATH_H
#define DK_SCENE_MATH_H

static inline float dk_min(float a, float b) { return a < b ? a : b; }
static inline float dk_max(float a, float b) { return a > b ? a : b; }

/// Largest whole number not above `value`; for values an `int` can hold.
static inline int dk_floor(float value) {
    const int whole = (int)value;
    return whole - (value < (float)whole);
}

#endif
