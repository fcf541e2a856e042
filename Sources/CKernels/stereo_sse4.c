// SPDX-License-Identifier: Apache-2.0
//
// The 128-bit build for x86-64 processors with SSE4.1 (since about 2008); called only on those.

#if defined(__x86_64__)

#include "stereo_builds.h"

#pragma clang attribute push(__attribute__((target("sse4.1"))), apply_to = function)

#define DK_NATIVE
#define DK_LANES 16
#include "stereo_vector.h"
#include "stereo_census.h"
#include "stereo_kernel.h"
#include "stereo_band.h"
#include "stereo_median_kernel.h"
#include "stereo_remap_kernel.h"

const stereo_build dk_stereo_sse4_build = {LANES, match_band, median, remap};

#pragma clang attribute pop

#endif
