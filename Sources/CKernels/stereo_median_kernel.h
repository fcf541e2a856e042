// SPDX-License-Identifier: Apache-2.0
//
// Median filters on 16-bit rows. Included once by each build, after stereo_vector.h. Values are below 16384, so
// signed 16-bit lanes (which SSE2 can compare) are exact.

enum { WORD_LANES = LANES / 2, MEDIAN_BITS = 14 };

DK_INLINE void exchange(words *low, words *high) {
    const words smaller = __builtin_elementwise_min(*low, *high);
    *high = __builtin_elementwise_max(*low, *high);
    *low = smaller;
}

/// The middle of nine by a network of 19 exchanges (A. Paeth, Graphics Gems I, "Median finding on a 3x3 grid").
DK_INLINE words middle_of_9(words *v) {
    static const uint8_t pairs[19][2] = {{1, 2}, {4, 5}, {7, 8}, {0, 1}, {3, 4}, {6, 7}, {1, 2}, {4, 5}, {7, 8}, {0, 3},
                                         {5, 8}, {4, 7}, {3, 6}, {1, 4}, {2, 5}, {4, 7}, {4, 2}, {6, 4}, {4, 2}};
    DK_UNROLL for (int i = 0; i < 19; i++) exchange(&v[pairs[i][0]], &v[pairs[i][1]]);
    return v[4];
}

/// The middle of 25 by 113 of the 138 exchanges of Batcher's merge exchange (Knuth, The Art of Computer Programming 5.2.2,
/// algorithm M): those that lane 12 depends on.
DK_INLINE words middle_of_25(words *v) {
    static const uint8_t pairs[113][2] = {
        {0, 16}, {1, 17}, {2, 18}, {3, 19}, {4, 20}, {5, 21}, {6, 22}, {7, 23}, {8, 24}, {0, 8}, {1, 9}, {2,
        10}, {3, 11}, {4, 12}, {5, 13}, {6, 14}, {7, 15}, {16, 24}, {8, 16}, {9, 17}, {10, 18}, {11, 19}, {12,
        20}, {13, 21}, {14, 22}, {15, 23}, {0, 4}, {1, 5}, {2, 6}, {3, 7}, {8, 12}, {9, 13}, {10, 14}, {11, 15},
        {16, 20}, {17, 21}, {18, 22}, {19, 23}, {4, 16}, {5, 17}, {6, 18}, {7, 19}, {12, 24}, {4, 8}, {5, 9},
        {6, 10}, {7, 11}, {12, 16}, {13, 17}, {14, 18}, {15, 19}, {20, 24}, {0, 2}, {1, 3}, {4, 6}, {5, 7}, {8,
        10}, {9, 11}, {12, 14}, {13, 15}, {16, 18}, {17, 19}, {20, 22}, {21, 23}, {2, 16}, {3, 17}, {6, 20}, {7,
        21}, {10, 24}, {2, 8}, {3, 9}, {6, 12}, {7, 13}, {10, 16}, {11, 17}, {14, 20}, {15, 21}, {18, 24}, {2,
        4}, {3, 5}, {6, 8}, {7, 9}, {10, 12}, {11, 13}, {14, 16}, {15, 17}, {18, 20}, {19, 21}, {22, 24}, {0,
        1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}, {10, 11}, {12, 13}, {14, 15}, {16, 17}, {18, 19}, {20, 21}, {22,
        23}, {1, 16}, {3, 18}, {5, 20}, {7, 22}, {9, 24}, {5, 12}, {7, 14}, {9, 16}, {11, 18}, {9, 12}, {11,
        14}, {11, 12}};
    DK_UNROLL for (int i = 0; i < 113; i++) exchange(&v[pairs[i][0]], &v[pairs[i][1]]);
    return v[12];
}

/// The middle of `count` (odd) by settling its bits from the top: the largest t that more than half of the values reach.
DK_INLINE words middle_by_bits(const int count, const words *v) {
    words result = {0};
    for (int bit = 1 << (MEDIAN_BITS - 1); bit != 0; bit >>= 1) {
        const words candidate = result | ((words){0} + (int16_t)bit);
        words fewer = {0};
        DK_UNROLL for (int i = 0; i < count; i++) fewer += (words)(v[i] < candidate);
        // `fewer` counts down: minus the number of values below the candidate.
        const words reached = (words)(fewer > (words){0} - (int16_t)(count / 2 + 1));
        result = select_words(reached, candidate, result);
    }
    return result;
}

DK_INLINE void median_row(const int kernel, const uint16_t *const *rows, int32_t width, uint16_t *to) {
    const int reach = kernel / 2;
    for (int32_t x = 0; x < width; x += WORD_LANES) {
        words v[49];
        const words centre = load_words(rows[reach] + x);
        DK_UNROLL for (int dy = 0; dy < kernel; dy++) {
            DK_UNROLL for (int dx = 0; dx < kernel; dx++) {
                const words value = load_words(rows[dy] + x + dx - reach);
                v[dy * kernel + dx] = select_words((words)(value == 0), centre, value);
            }
        }
        const words middle = kernel == 3 ? middle_of_9(v) : kernel == 5 ? middle_of_25(v) : middle_by_bits(49, v);
        if (x + WORD_LANES <= width) store_words(to + x, middle);
        else memcpy(to + x, &middle, (size_t)(width - x) * sizeof *to);
    }
}

static void median_rows(int kernel, const uint16_t *const *rows, int32_t width, uint16_t *to) {
    if (kernel == 3) median_row(3, rows, width, to);
    else if (kernel == 5) median_row(5, rows, width, to);
    else median_row(7, rows, width, to);
}

/// Rows `first` to `last` - 1. `ring` holds `kernel` rows of width + 2 * STEREO_PAD values.
static void median(int32_t width, int32_t height, int32_t kernel, int32_t first, int32_t last, const uint16_t *from,
                   uint16_t *to, uint16_t *ring) {
    const size_t stride = (size_t)width + 2 * STEREO_PAD;
    const int32_t reach = kernel / 2;
    int32_t copied = first > reach ? first - reach : 0;
    for (int32_t y = first; y < last; y++) {
        for (; copied < height && copied <= y + reach; copied++) {
            const uint16_t *source = from + (size_t)copied * (size_t)width;
            uint16_t *row = ring + (size_t)(copied % kernel) * stride + STEREO_PAD;
            memcpy(row, source, (size_t)width * sizeof *row);
            for (int32_t i = 1; i <= reach; i++) row[-i] = source[0];
            for (int32_t i = 0; i < STEREO_PAD; i++) row[width + i] = source[width - 1];
        }
        const uint16_t *rows[7];
        for (int32_t i = 0; i < kernel; i++) {
            const int32_t wanted = y + i - reach < 0 ? 0 : y + i - reach >= height ? height - 1 : y + i - reach;
            rows[i] = ring + (size_t)(wanted % kernel) * stride + STEREO_PAD;
        }
        median_rows(kernel, rows, width, to + (size_t)y * (size_t)width);
    }
}
