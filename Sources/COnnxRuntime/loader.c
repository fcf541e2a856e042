// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "dk_onnxruntime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const OrtApi *dk_ort_open(const char *name, const char **version, char *reason, size_t reason_size) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *error = dlerror();
        snprintf(reason, reason_size, "%s", error ? error : "cannot be opened");
        return NULL;
    }
    const OrtApiBase *(*get_base)(void) = (const OrtApiBase *(*)(void))dlsym(library, "OrtGetApiBase");
    if (!get_base) {
        snprintf(reason, reason_size, "%s is not ONNX Runtime (it has no OrtGetApiBase)", name);
        dlclose(library);
        return NULL;
    }
    const OrtApiBase *base = get_base();
    const OrtApi *api = base->GetApi(ORT_API_VERSION);
    *version = base->GetVersionString();
    if (!api)
        snprintf(reason, reason_size, "%s is ONNX Runtime %s, too old: 1.%d or newer is needed", name, *version,
                 ORT_API_VERSION);
    return api;
}

int dk_ort_hush(int *saved) {
    const int capture = memfd_create("depthd-stderr", MFD_CLOEXEC);
    if (capture < 0) return -1;
    fflush(stderr);
    *saved = dup(STDERR_FILENO);
    if (*saved < 0 || dup2(capture, STDERR_FILENO) < 0) {
        if (*saved >= 0) close(*saved);
        close(capture);
        return -1;
    }
    return capture;
}

void dk_ort_unhush(int token, int saved) {
    if (token < 0) return;
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    lseek(token, 0, SEEK_SET);
    FILE *lines = fdopen(token, "r");
    if (!lines) {
        close(token);
        return;
    }
    char line[4096];
    while (fgets(line, sizeof line, lines))
        if (!strstr(line, "Schema error") && !strstr(line, "already registered")) fputs(line, stderr);
    fclose(lines);
}
