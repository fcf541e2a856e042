// SPDX-License-Identifier: Apache-2.0
//
// Dense stereo matching of rectified grey pictures, seen from the right camera: the disparity d of right pixel x says that
// left pixel x + d shows the same thing. Streaming semi-global matching: census codes, three or five paths, one row of costs
// at a time, so that the working set (3 x width x disparities bytes and a little) stays in the L2 cache.
//
// The picture is worked on in bands of rows, each with a workspace of its own and in any order or at once. The bands depend
// on the picture's height alone, so the map does not depend on who works on them.
#ifndef DK_STEREO_MATCH_H
#define DK_STEREO_MATCH_H

#include <stddef.h>
#include <stdint.h>

/// Penalty for a disparity step of one between neighbours.
#define DK_STEREO_P1 8
/// Penalty for a larger step on even ground. 3 * (24 + 40) <= 255: the sum of three paths is exact in a byte.
#define DK_STEREO_P2 40
/// The least penalty for a larger step, at strong edges of the picture.
#define DK_STEREO_P2_MINIMUM 12
/// The same for the 9x7 window with its 31 bits; 3 * (31 + 54) <= 255.
#define DK_STEREO_WIDE_P1 10
#define DK_STEREO_WIDE_P2 54
#define DK_STEREO_WIDE_P2_MINIMUM 16
/// Cost of a disparity whose left pixel lies beyond the picture: about what two unrelated codes cost.
#define DK_STEREO_BEYOND 12
/// Pictures of at least so many rows are worked on in so many bands.
#define DK_STEREO_BANDED_ROWS 128
#define DK_STEREO_BANDS 4
/// Rows above a band from which its paths from above begin.
#define DK_STEREO_WARM_UP 8

/// Which build of the kernels to run; all give the same bytes.
typedef enum { DK_STEREO_PLAIN = 0, DK_STEREO_SSE4 = 1, DK_STEREO_AVX2 = 2, DK_STEREO_NEON = 3 } dk_stereo_build;

/// The fastest build this processor can run.
dk_stereo_build dk_stereo_best_build(void);

/// Which neighbours a census code compares.
typedef enum {
    DK_STEREO_5X5 = 0,  ///< all 24 with the pixel
    DK_STEREO_7X7 = 1,  ///< every second one, 24, with the pixel
    DK_STEREO_9X7 = 2,  ///< 31 pairs of opposite ones with each other
} dk_stereo_window;

typedef struct {
    int32_t width;          ///< pixels, 32...2048
    int32_t height;         ///< pixels, at least 1
    int32_t disparities;    ///< 64, 96, 128 or 192
    dk_stereo_window window;
    int32_t prefilter;      ///< 1 = soften both pictures first (3x3 binomial)
    int32_t paths;          ///< 3 (from the left, the right, above) or 5 (and both diagonals from above)
    int32_t uniqueness;     ///< percent by which every other minimum must be worse, 0...100; 0 = off
    int32_t confidence;     ///< pixels whose 255 - cost is below are unknown, 0...255; 0 = off
    int32_t left_right;     ///< 1 = the left picture's choice must be within one pixel
    int32_t subpixel_bits;  ///< 0 = whole pixels, 3, 4 or 5 fractional bits
} dk_stereo_parameters;

/// Bands that a picture of so many rows has.
int32_t dk_stereo_bands(int32_t height);

/// Bytes of scratch memory that `dk_stereo_match_band` needs, 64-byte aligned.
size_t dk_stereo_workspace_bytes(const dk_stereo_parameters *parameters, dk_stereo_build build);

/// Matches one band of two tightly packed pictures. `disparity`, the whole map, gets the band's rows: sixteenths of a pixel
/// (thirty-seconds with five bits), 0 = unknown.
void dk_stereo_match_band(const dk_stereo_parameters *parameters, dk_stereo_build build, int32_t band, const uint8_t *left,
                          const uint8_t *right, uint16_t *disparity, void *workspace);

/// Median of one band over a window of `kernel` (3, 5 or 7) pixels in which unknown values count as the middle one's; so
/// known pixels stay known, and unknown ones become known when more than half of their window is. Values must be below
/// 16384; `from` and `to` must not overlap. `workspace`: `dk_stereo_median_workspace_bytes`, 64-byte aligned.
void dk_stereo_median_band(int32_t width, int32_t height, int32_t kernel, dk_stereo_build build, int32_t band,
                           const uint16_t *from, uint16_t *to, void *workspace);
size_t dk_stereo_median_workspace_bytes(int32_t width, int32_t kernel);

/// A picture of half the size, width / 2 by height / 2: means of four pixels.
void dk_stereo_halve(int32_t width, int32_t height, const uint8_t *from, uint8_t *to);

/// Puts twice the disparities of the map of half the size where they are at least `beyond` (positive).
void dk_stereo_merge_half(int32_t width, int32_t height, const uint16_t *half, uint16_t beyond, uint16_t *full);

/// Makes 4-connected regions of at most `maximum_size` pixels unknown; neighbours are connected when they differ by at
/// most `range` units of the map. `workspace`: `dk_stereo_speckle_workspace_bytes`, 64-byte aligned.
void dk_stereo_speckle(int32_t width, int32_t height, int32_t maximum_size, int32_t range, uint16_t *disparity,
                       void *workspace);
size_t dk_stereo_speckle_workspace_bytes(int32_t width, int32_t height);

#endif
