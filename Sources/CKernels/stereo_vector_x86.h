// SPDX-License-Identifier: Apache-2.0
//
// The part of stereo_vector.h that SSE4.1 and AVX2 have instructions for.

enum { PLANES_PER_BYTE = 2 };

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t keys8 __attribute__((vector_size(16)));
typedef short short8 __attribute__((vector_size(16)));
typedef char char_lanes __attribute__((vector_size(DK_LANES)));
typedef long long long_lanes __attribute__((vector_size(DK_LANES)));

#if DK_LANES == 32
#define DK_FOLDED(type, v) \
    __builtin_elementwise_min((type)__builtin_shufflevector((bytes)(v), (bytes)(v), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), \
                              (type)__builtin_shufflevector((bytes)(v), (bytes)(v), 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31))
#define DK_LOOK_UP(table, index) (bytes)__builtin_ia32_pshufb256((char_lanes)(table), (char_lanes)(index))
#define DK_SUMS(v) __builtin_ia32_psadbw256((char_lanes)(v), (char_lanes){0})
#else
#define DK_FOLDED(type, v) ((type)(v))
#define DK_LOOK_UP(table, index) (bytes)__builtin_ia32_pshufb128((char_lanes)(table), (char_lanes)(index))
#define DK_SUMS(v) __builtin_ia32_psadbw128((char_lanes)(v), (char_lanes){0})
#endif

/// The least of eight words, in lane 0.
DK_INLINE keys8 least_word(keys8 v) { return (keys8)__builtin_ia32_phminposuw128((short8)v); }

/// The least lane, in every lane: the least of each pair as words, then the instruction for words.
DK_INLINE bytes least_lane(bytes v) {
    const bytes16 half = DK_FOLDED(bytes16, v);
    const bytes16 pairs = __builtin_elementwise_min(half, (bytes16)((keys8)half >> 8));
    const bytes16 smallest = (bytes16)least_word((keys8)pairs);
#if DK_LANES == 32
    return __builtin_shufflevector(smallest, smallest, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
#else
    return DK_LOOK_UP(smallest, (bytes){0});
#endif
}

DK_INLINE uint32_t least_key(keys v) { return least_word(DK_FOLDED(keys8, v))[0]; }

/// The sum of all lanes, below 256.
DK_INLINE uint32_t sum_of_lanes(bytes v) {
    const long_lanes sums = (long_lanes)DK_SUMS(v);
#if DK_LANES == 32
    return (uint32_t)(sums[0] + sums[1] + sums[2] + sums[3]);
#else
    return (uint32_t)(sums[0] + sums[1]);
#endif
}

/// What `differing_bits` compares with: for a nibble, how many bits each of the sixteen nibbles differs in.
DK_INLINE bytes prepared(uint8_t nibble) {
#define DK_ROW(n) {DK_BITS(n ^ 0), DK_BITS(n ^ 1), DK_BITS(n ^ 2), DK_BITS(n ^ 3), DK_BITS(n ^ 4), DK_BITS(n ^ 5), DK_BITS(n ^ 6), DK_BITS(n ^ 7), \
                   DK_BITS(n ^ 8), DK_BITS(n ^ 9), DK_BITS(n ^ 10), DK_BITS(n ^ 11), DK_BITS(n ^ 12), DK_BITS(n ^ 13), DK_BITS(n ^ 14), DK_BITS(n ^ 15)}
#define DK_BITS(v) (((v) & 1) + ((v) >> 1 & 1) + ((v) >> 2 & 1) + ((v) >> 3 & 1))
    static const uint8_t table[16][16] __attribute__((aligned(16))) = {
        DK_ROW(0), DK_ROW(1), DK_ROW(2), DK_ROW(3), DK_ROW(4), DK_ROW(5), DK_ROW(6), DK_ROW(7),
        DK_ROW(8), DK_ROW(9), DK_ROW(10), DK_ROW(11), DK_ROW(12), DK_ROW(13), DK_ROW(14), DK_ROW(15)};
    bytes16 row;
    memcpy(&row, table[nibble], sizeof row);
#if DK_LANES == 32
    return __builtin_shufflevector(row, row, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
    return row;
#endif
}

/// In how many bits each lane's nibble differs from the prepared one.
DK_INLINE bytes differing_bits(bytes nibbles, bytes table) { return DK_LOOK_UP(table, nibbles); }
