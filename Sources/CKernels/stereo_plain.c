// SPDX-License-Identifier: Apache-2.0
//
// Plain C, in vectors that the compiler lowers to whatever the processor has: runs everywhere, and is what the others must equal.

#include "stereo_builds.h"

#define DK_LANES 16
#include "stereo_vector.h"
#include "stereo_census.h"
#include "stereo_kernel.h"
#include "stereo_band.h"
#include "stereo_median_kernel.h"
#include "stereo_remap_kernel.h"

const stereo_build dk_stereo_plain_build = {LANES, match_band, median, remap};
