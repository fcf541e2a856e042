// SPDX-License-Identifier: Apache-2.0
#ifndef DK_BLOB_WEIGHTS_H
#define DK_BLOB_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

/// Weights of the MyriadX convolution hardware, half floats [outputs / 8][inputs][kernel][8], to floats
/// [count][used][kernel] for outputs first ..< first + count and the first `used` inputs, each output times scale[output - first].
/// The source must hold all blocks of eight up to output first + count - 1.
void dk_blob_hardware_weights(const uint16_t *source, size_t inputs, size_t kernel, size_t first, size_t count, size_t used,
                              const float *scale, float *target);

#endif
