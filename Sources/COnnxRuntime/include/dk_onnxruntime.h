// SPDX-License-Identifier: Apache-2.0
#ifndef DK_ONNXRUNTIME_H
#define DK_ONNXRUNTIME_H

#include <stddef.h>

#include "onnxruntime_c_api.h"

/// Opens the shared library `name` (a path or a bare name for the dynamic linker) and returns its table of functions at
/// version ORT_API_VERSION of the vendored header, or NULL with the reason in `reason`. The library stays open for the
/// life of the process: its threads and static destructors do not survive dlclose.
const OrtApi *dk_ort_open(const char *name, const char **version, char *reason, size_t reason_size);

/// Debian's build prints several hundred harmless "Schema error ... already registered" lines to descriptor 2 while its
/// first session is made. dk_ort_hush catches what is written to descriptor 2 until dk_ort_unhush, which passes on
/// every line but those. Returns a token for dk_ort_unhush, or -1 when nothing was redirected.
int dk_ort_hush(int *saved);
void dk_ort_unhush(int token, int saved);

#endif
