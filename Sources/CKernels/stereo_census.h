// SPDX-License-Identifier: Apache-2.0
//
// Picture rows and their census codes. Included once by each build, after stereo_vector.h.

enum { WINDOW_REACH = 3 };

DK_INLINE int census_bytes(const int window) { return window == DK_STEREO_9X7 ? 4 : 3; }

/// One picture row with repeated ends, from pixel -STEREO_EDGE on, softened by the 3x3 binomial filter if wanted.
static void padded_row(const uint8_t *picture, int32_t width, int32_t height, int32_t y, int softened, uint8_t *line) {
    const uint8_t *row = picture + (size_t)y * (size_t)width;
    uint8_t *const to = line + STEREO_EDGE;
    if (softened) {
        const uint8_t *above = y > 0 ? row - width : row, *below = y + 1 < height ? row + width : row;
        uint16_t sums[STEREO_WIDEST];
        for (int32_t x = 0; x < width; x++) sums[x + 1] = (uint16_t)(above[x] + 2 * row[x] + below[x]);
        sums[0] = sums[1];
        sums[width + 1] = sums[width];
        for (int32_t x = 0; x < width; x++) to[x] = (uint8_t)((sums[x] + 2 * sums[x + 1] + sums[x + 2] + 8) >> 4);
    } else {
        memcpy(to, row, (size_t)width);
    }
    memset(line, to[0], STEREO_EDGE);
    memset(to + width, to[width - 1], STEREO_EDGE);
}

/// Deals a padded row out to `phases` rows.
static void deal(const uint8_t *line, int32_t width, int32_t phases, uint8_t *to) {
    const int32_t stride = stereo_phase_stride(phases), length = (width + 2 * STEREO_EDGE + phases - 1) / phases;
    if (phases == 1) {
        memcpy(to, line, (size_t)length);
        return;
    }
    for (int32_t phase = 0; phase < phases; phase++)
        for (int32_t i = 0; i < length; i++) to[phase * stride + i] = line[i * phases + phase];
}

/// Where the neighbour `dx` pixels to the right of phase `phase` lies, seen from the pixel's own place in the first phase.
DK_INLINE int32_t neighbour(int32_t phase, int32_t dx, int32_t phases, int32_t stride) {
    const int32_t wanted = phase + dx + 12 * phases;
    return wanted % phases * stride + wanted / phases - 12;
}

/// Census codes of one row, a bit for each neighbour darker than the pixel (9x7: than its opposite). `rows` are the seven
/// picture rows around it. Phases are written twice, so that those of a pixel and its right neighbours lie one after the other.
DK_INLINE void census(const int window, const uint8_t *const rows[7], int32_t width, int32_t phases, uint8_t *codes) {
    const int32_t stride = stereo_phase_stride(phases), plane = 2 * phases * stride;
    const int32_t length = (width + STEREO_EDGE) / phases + 1;
    for (int32_t phase = 0; phase < phases; phase++) {
        int32_t at[9];
        for (int dx = -4; dx <= 4; dx++) at[dx + 4] = neighbour(phase, dx, phases, stride);
        for (int32_t i = 0; i < length; i += LANES) {
            const bytes centre = load(rows[WINDOW_REACH] + at[4] + i);
            bytes code[4] = {{0}, {0}, {0}, {0}};
            int bit = 0;
            DK_UNROLL for (int dy = -3; dy <= 3; dy++) {
                DK_UNROLL for (int dx = -4; dx <= 4; dx++) {
                    const int counts = window == DK_STEREO_9X7   ? dy < 0 || (dy == 0 && dx < 0)
                                       : window == DK_STEREO_7X7 ? dx >= -3 && dx <= 3 && (dx + dy) % 2 == 0 && (dx || dy)
                                                                 : dy >= -2 && dy <= 2 && dx >= -2 && dx <= 2 && (dx || dy);
                    if (!counts) continue;
                    const bytes here = load(rows[WINDOW_REACH + dy] + at[4 + dx] + i);
                    const bytes other = window == DK_STEREO_9X7 ? load(rows[WINDOW_REACH - dy] + at[4 - dx] + i) : centre;
                    code[bit / 8] |= (bytes)(here < other) & splat((uint8_t)(1 << bit % 8));
                    bit++;
                }
            }
            DK_UNROLL for (int b = 0; b < census_bytes(window); b++) {
                const bytes parts[2] = {PLANES_PER_BYTE == 2 ? code[b] & splat(15) : code[b], code[b] >> 4};
                DK_UNROLL for (int part = 0; part < PLANES_PER_BYTE; part++) {
                    uint8_t *const to = codes + (b * PLANES_PER_BYTE + part) * plane + phase * stride + i;
                    store(to, parts[part]);
                    if (phases > 1) store(to + phases * stride - 1, parts[part]);
                }
            }
        }
    }
}

static void census_5x5(const uint8_t *const rows[7], int32_t width, int32_t phases, uint8_t *codes) { census(DK_STEREO_5X5, rows, width, phases, codes); }
static void census_7x7(const uint8_t *const rows[7], int32_t width, int32_t phases, uint8_t *codes) { census(DK_STEREO_7X7, rows, width, phases, codes); }
static void census_9x7(const uint8_t *const rows[7], int32_t width, int32_t phases, uint8_t *codes) { census(DK_STEREO_9X7, rows, width, phases, codes); }
