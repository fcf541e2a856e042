// SPDX-License-Identifier: Apache-2.0
//
// The 256-bit build for x86-64 processors with AVX2 (since about 2013); called only on those.

#if defined(__x86_64__)

#include "stereo_builds.h"

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define DK_NATIVE
#define DK_LANES 32
#include "stereo_vector.h"
#include "stereo_census.h"
#include "stereo_kernel.h"
#include "stereo_band.h"
#include "stereo_median_kernel.h"
#include "stereo_remap_kernel.h"

const stereo_build dk_stereo_avx2_build = {LANES, match_band, median, remap};

#pragma clang attribute pop

#endif
