// SPDX-License-Identifier: Apache-2.0
//
// Byte vectors for the stereo kernels. Included once by each build, which defines DK_LANES (16 or 32) first.
// Everything is static: the two builds share no symbol.

#include <stdint.h>
#include <string.h>
#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#define DK_INLINE static inline __attribute__((always_inline))
#define DK_UNROLL _Pragma("clang loop unroll(full)")

typedef uint8_t bytes __attribute__((vector_size(DK_LANES)));
typedef int16_t words __attribute__((vector_size(DK_LANES)));
enum { LANES = DK_LANES };

DK_INLINE bytes splat(uint8_t value) { return (bytes){0} + value; }
DK_INLINE bytes load(const uint8_t *from) { bytes v; memcpy(&v, from, sizeof v); return v; }
DK_INLINE void store(uint8_t *to, bytes v) { memcpy(to, &v, sizeof v); }
DK_INLINE words load_words(const uint16_t *from) { words v; memcpy(&v, from, sizeof v); return v; }
DK_INLINE void store_words(uint16_t *to, words v) { memcpy(to, &v, sizeof v); }
DK_INLINE bytes least(bytes a, bytes b) { return __builtin_elementwise_min(a, b); }
DK_INLINE bytes select(bytes mask, bytes yes, bytes no) { return (mask & yes) | (~mask & no); }
DK_INLINE words select_words(words mask, words yes, words no) { return (mask & yes) | (~mask & no); }

// Lane k of the results: lane k - 1 (`from_below`) or k + 1 (`from_above`) of the row of vectors `low`, `high`.
#if DK_LANES == 32
#define DK_UP 31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62
#define DK_DOWN 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32
#define DK_IOTA 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
#else
#define DK_UP 15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
#define DK_DOWN 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16
#define DK_IOTA 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
#endif
DK_INLINE bytes from_below(bytes low, bytes high) { return __builtin_shufflevector(low, high, DK_UP); }
DK_INLINE bytes from_above(bytes low, bytes high) { return __builtin_shufflevector(low, high, DK_DOWN); }
DK_INLINE bytes iota(void) { return (bytes){DK_IOTA}; }

/// The least lane, in every lane.
DK_INLINE bytes least_lane(bytes v) {
#if defined(__aarch64__)
    return vdupq_n_u8(vminvq_u8(v));
#elif DK_LANES == 32
    v = least(v, __builtin_shufflevector(v, v, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                         0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    v = least(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7,
                                         24, 25, 26, 27, 28, 29, 30, 31, 16, 17, 18, 19, 20, 21, 22, 23));
    v = least(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11,
                                         20, 21, 22, 23, 16, 17, 18, 19, 28, 29, 30, 31, 24, 25, 26, 27));
    v = least(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
                                         18, 19, 16, 17, 22, 23, 20, 21, 26, 27, 24, 25, 30, 31, 28, 29));
    return least(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14,
                                            17, 16, 19, 18, 21, 20, 23, 22, 25, 24, 27, 26, 29, 28, 31, 30));
#else
    v = least(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    v = least(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    v = least(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    return least(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
#endif
}

/// Set bits of the three bytes together, lane by lane: 0...24.
DK_INLINE bytes count_bits(bytes a, bytes b, bytes c) {
#if defined(__aarch64__)
    return (bytes)vcntq_u8(a) + (bytes)vcntq_u8(b) + (bytes)vcntq_u8(c);
#else
    // Add the three bytes as columns of bits first: a + b + c = ones + 2 * twos.
    const bytes half = a ^ b;
    const bytes ones = half ^ c;
    const bytes twos = (a & b) | (half & c);
#if DK_LANES == 32
    typedef char signed_bytes __attribute__((vector_size(32)));
    const bytes table = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    const bytes low = splat(15);
#define DK_LOOK_UP(table, index) (bytes)__builtin_ia32_pshufb256((signed_bytes)(table), (signed_bytes)(index))
    const bytes one = DK_LOOK_UP(table, ones & low) + DK_LOOK_UP(table, (ones >> 4) & low);
    const bytes two = DK_LOOK_UP(table + table, twos & low) + DK_LOOK_UP(table + table, (twos >> 4) & low);
    return one + two;
#else
    bytes one = ones - ((ones >> 1) & splat(0x55));
    bytes two = twos - ((twos >> 1) & splat(0x55));
    one = (one & splat(0x33)) + ((one >> 2) & splat(0x33));
    two = (two & splat(0x33)) + ((two >> 2) & splat(0x33));
    const bytes nibbles = one + two + two;
    return (nibbles & splat(15)) + (nibbles >> 4);
#endif
#endif
}
