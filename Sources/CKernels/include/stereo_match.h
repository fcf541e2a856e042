// SPDX-License-Identifier: Apache-2.0
//
// Dense stereo matching of rectified grey pictures, seen from the right camera: the disparity d of right pixel x says that
// left pixel x + d shows the same thing. Streaming semi-global matching: 5x5 census, three paths (right, left, down),
// one row of costs at a time, so that the working set (2 x width x disparities bytes and a little) stays in the L2 cache.
#ifndef DK_STEREO_MATCH_H
#define DK_STEREO_MATCH_H

#include <stddef.h>
#include <stdint.h>

/// Bits of a census code, so the largest cost of one pixel and disparity.
#define DK_STEREO_CENSUS_BITS 24
/// Penalty for a disparity step of one between neighbours.
#define DK_STEREO_P1 8
/// Penalty for a larger step on even ground. 3 * (24 + 40) <= 255: the sum of three paths is exact in a byte.
#define DK_STEREO_P2 40
/// The least penalty for a larger step, at strong edges of the picture.
#define DK_STEREO_P2_MINIMUM 12
/// Cost of a disparity whose left pixel lies beyond the picture: about what two unrelated codes cost.
#define DK_STEREO_BEYOND 12

/// Which build of the kernels to run; all give the same bytes.
typedef enum { DK_STEREO_VECTOR128 = 0, DK_STEREO_AVX2 = 1 } dk_stereo_build;

/// The fastest build this processor can run.
dk_stereo_build dk_stereo_best_build(void);

typedef struct {
    int32_t width;         ///< pixels, at least 1
    int32_t height;        ///< pixels, at least 1
    int32_t disparities;   ///< 64, 96, 128 or 192
    int32_t uniqueness;    ///< percent by which every other minimum must be worse, 0...100; 0 = off
    int32_t confidence;    ///< pixels whose 255 - cost is below are unknown, 0...255; 0 = off
    int32_t left_right;    ///< largest difference of the two views' disparities, pixels; -1 = off
    int32_t subpixel;      ///< 0 = whole pixels, else four fractional bits
} dk_stereo_parameters;

/// Bytes of scratch memory that `dk_stereo_match` needs, 64-byte aligned.
size_t dk_stereo_workspace_bytes(const dk_stereo_parameters *parameters);

/// Matches two tightly packed pictures. `disparity` gets width * height sixteenths of a pixel, 0 = unknown.
/// Returns 0, or -1 when `disparities` is none of the four (nothing is written then).
int dk_stereo_match(const dk_stereo_parameters *parameters, dk_stereo_build build, const uint8_t *left,
                    const uint8_t *right, uint16_t *disparity, void *workspace);

/// Median of the known values in a window of `kernel` (3, 5 or 7) pixels, for known pixels; unknown pixels become known
/// when more than half of their window is. Values must be below 32768; `from` and `to` must not overlap.
/// `workspace`: `dk_stereo_median_workspace_bytes`, 64-byte aligned.
void dk_stereo_median(dk_stereo_build build, int32_t width, int32_t height, int32_t kernel, const uint16_t *from,
                      uint16_t *to, void *workspace);
size_t dk_stereo_median_workspace_bytes(int32_t width, int32_t kernel);

/// Makes 4-connected regions of at most `maximum_size` pixels unknown; neighbours are connected when they differ by at
/// most `range` sixteenths of a pixel. `workspace`: `dk_stereo_speckle_workspace_bytes`, 64-byte aligned.
void dk_stereo_speckle(int32_t width, int32_t height, int32_t maximum_size, int32_t range, uint16_t *disparity,
                       void *workspace);
size_t dk_stereo_speckle_workspace_bytes(int32_t width, int32_t height);

#endif
