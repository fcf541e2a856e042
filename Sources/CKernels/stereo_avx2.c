// SPDX-License-Identifier: Apache-2.0
//
// The AVX2 build of the kernels; called only on processors that have it.

#if defined(__x86_64__)

#include "stereo_builds.h"

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define DK_LANES 32
#define DK_BUILD(name) dk_stereo_##name##_avx2
#include "stereo_vector.h"
#include "stereo_kernel.h"
#include "stereo_median_kernel.h"

#pragma clang attribute pop

#endif
