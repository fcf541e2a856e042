// SPDX-License-Identifier: Apache-2.0
//
// Byte vectors for the stereo kernels. Included once by each build, which defines first: DK_LANES (16 or 32), and
// DK_NATIVE where the processor's own instructions may be used for what plain C says slowly. Everything is static: the
// builds share no symbol. Every function gives the same bytes in every build.

#include <stdint.h>
#include <string.h>
#if defined(__aarch64__) && defined(DK_NATIVE)
#include <arm_neon.h>
#endif

#define DK_INLINE static inline __attribute__((always_inline))
#define DK_UNROLL _Pragma("clang loop unroll(full)")

typedef uint8_t bytes __attribute__((vector_size(DK_LANES)));
typedef int8_t signed_bytes __attribute__((vector_size(DK_LANES)));
typedef int16_t words __attribute__((vector_size(DK_LANES)));
typedef uint16_t keys __attribute__((vector_size(DK_LANES)));
enum { LANES = DK_LANES };

DK_INLINE bytes splat(uint8_t value) { return (bytes){0} + value; }
DK_INLINE bytes load(const uint8_t *from) { bytes v; memcpy(&v, from, sizeof v); return v; }
DK_INLINE void store(uint8_t *to, bytes v) { memcpy(to, &v, sizeof v); }
DK_INLINE words load_words(const uint16_t *from) { words v; memcpy(&v, from, sizeof v); return v; }
DK_INLINE void store_words(uint16_t *to, words v) { memcpy(to, &v, sizeof v); }
DK_INLINE bytes least(bytes a, bytes b) { return __builtin_elementwise_min(a, b); }
DK_INLINE bytes most(bytes a, bytes b) { return __builtin_elementwise_max(a, b); }
DK_INLINE bytes subtract_saturated(bytes a, bytes b) { return __builtin_elementwise_sub_sat(a, b); }
DK_INLINE bytes add_saturated(bytes a, bytes b) { return __builtin_elementwise_add_sat(a, b); }
DK_INLINE bytes select(bytes mask, bytes yes, bytes no) { return (mask & yes) | (~mask & no); }
DK_INLINE words select_words(words mask, words yes, words no) { return (mask & yes) | (~mask & no); }

// Lane k of the results: lane k - 1 (`shifted_up`) or k + 1 (`shifted_down`), and `edge` where there is none. `interleaved`
// makes words of low and high bytes; which lane a word comes from does not matter to its users.
#if DK_LANES == 32
#define DK_UP 31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62
#define DK_DOWN 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32
#define DK_IOTA 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
#define DK_LOW 0,32,1,33,2,34,3,35,4,36,5,37,6,38,7,39,16,48,17,49,18,50,19,51,20,52,21,53,22,54,23,55
#define DK_HIGH 8,40,9,41,10,42,11,43,12,44,13,45,14,46,15,47,24,56,25,57,26,58,27,59,28,60,29,61,30,62,31,63
#else
#define DK_UP 15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
#define DK_DOWN 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16
#define DK_IOTA 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
#define DK_LOW 0,16,1,17,2,18,3,19,4,20,5,21,6,22,7,23
#define DK_HIGH 8,24,9,25,10,26,11,27,12,28,13,29,14,30,15,31
#endif
DK_INLINE bytes shifted_up(bytes v, bytes edge) { return __builtin_shufflevector(edge, v, DK_UP); }
DK_INLINE bytes shifted_down(bytes v, bytes edge) { return __builtin_shufflevector(v, edge, DK_DOWN); }
DK_INLINE bytes iota(void) { return (bytes){DK_IOTA}; }
DK_INLINE keys interleaved_low(bytes low, bytes high) { return (keys)__builtin_shufflevector(low, high, DK_LOW); }
DK_INLINE keys interleaved_high(bytes low, bytes high) { return (keys)__builtin_shufflevector(low, high, DK_HIGH); }
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a word's first byte is its low one");

// ---- What processors have instructions for -----------------------------------------------
//
// A census byte is stored as PLANES_PER_BYTE planes: x86 counts bits by looking nibbles up, so it keeps them apart.

#if defined(DK_NATIVE) && defined(__x86_64__)
#include "stereo_vector_x86.h"
#elif defined(DK_NATIVE) && defined(__aarch64__)

enum { PLANES_PER_BYTE = 1 };
/// The least lane, in every lane.
DK_INLINE bytes least_lane(bytes v) { return vdupq_n_u8(vminvq_u8(v)); }
DK_INLINE uint32_t least_key(keys v) { return vminvq_u16(v); }
/// The sum of all lanes, below 256.
DK_INLINE uint32_t sum_of_lanes(bytes v) { return vaddvq_u8(v); }
/// What `differing_bits` compares with.
DK_INLINE bytes prepared(uint8_t code) { return splat(code); }
/// In how many bits each lane differs from the prepared one.
DK_INLINE bytes differing_bits(bytes codes, bytes code) { return vcntq_u8(codes ^ code); }

#else

enum { PLANES_PER_BYTE = 1 };
DK_INLINE bytes least_lane(bytes v) {
    uint8_t result = 255;
    for (int i = 0; i < LANES; i++) result = v[i] < result ? v[i] : result;
    return splat(result);
}
DK_INLINE uint32_t least_key(keys v) {
    uint32_t result = UINT16_MAX;
    for (int i = 0; i < LANES / 2; i++) result = v[i] < result ? v[i] : result;
    return result;
}
DK_INLINE uint32_t sum_of_lanes(bytes v) {
    uint32_t result = 0;
    for (int i = 0; i < LANES; i++) result += v[i];
    return result;
}
DK_INLINE bytes prepared(uint8_t code) { return splat(code); }
DK_INLINE bytes differing_bits(bytes codes, bytes code) {
    bytes v = codes ^ code;
    v -= (v >> 1) & splat(0x55);
    v = (v & splat(0x33)) + ((v >> 2) & splat(0x33));
    return (v + (v >> 4)) & splat(15);
}

#endif
