// SPDX-License-Identifier: Apache-2.0
//
// The NEON build, for every arm64 processor.

#if defined(__aarch64__)

#include "stereo_builds.h"

#define DK_NATIVE
#define DK_LANES 16
#include "stereo_vector.h"
#include "stereo_census.h"
#include "stereo_kernel.h"
#include "stereo_band.h"
#include "stereo_median_kernel.h"
#include "stereo_remap_kernel.h"

const stereo_build dk_stereo_neon_build = {LANES, match_band, median, remap};

#endif
