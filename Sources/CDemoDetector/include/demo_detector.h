// SPDX-License-Identifier: Apache-2.0
#ifndef DEMO_DETECTOR_H
#define DEMO_DETECTOR_H

#include <stdint.h>

extern const uint8_t dk_demo_detector_bytes[];
extern const uint64_t dk_demo_detector_count;

/// The demo detector as an ONNX file, `dk_demo_detector_count` bytes. (Swift does not see arrays of unknown length.)
static inline const uint8_t *dk_demo_detector(void) { return dk_demo_detector_bytes; }

#endif
