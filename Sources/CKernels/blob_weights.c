// SPDX-License-Identifier: Apache-2.0
#include "blob_weights.h"
#include "pixel_convert.h"

void dk_blob_hardware_weights(const uint16_t *source, size_t inputs, size_t kernel, size_t first, size_t count, size_t used,
                              const float *scale, float *target) {
    enum { lanes = 8, batch = 32 };
    float block[batch * lanes];
    for (size_t group = first / lanes; group * lanes < first + count; ++group) {
        for (size_t input = 0; input < used; ++input) {
            const uint16_t *from = source + (group * inputs + input) * kernel * lanes;
            for (size_t start = 0; start < kernel; start += batch) {
                size_t run = kernel - start < batch ? kernel - start : batch;
                dk_pixel_f16_to_f32(from + start * lanes, run * lanes, block);
                for (size_t lane = 0; lane < lanes; ++lane) {
                    size_t output = group * lanes + lane;
                    if (output < first || output >= first + count) continue;
                    float *to = target + ((output - first) * used + input) * kernel + start;
                    float factor = scale[output - first];
                    for (size_t k = 0; k < run; ++k) to[k] = block[k * lanes + lane] * factor;
                }
            }
        }
    }
}
