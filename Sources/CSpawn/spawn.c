// SPDX-License-Identifier: Apache-2.0
// In C because pipe2 and closefrom, which keep descriptors from leaking into children, are GNU extensions that Swift's
// Glibc module does not show.

#define _GNU_SOURCE
#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

/// More than the kernel's 64 KiB, so that a picture passes in fewer switches. It may refuse; then the default serves.
enum { PIPE_BYTES = 1 << 20 };

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int output, int errors) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int result = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (!result) result = posix_spawn_file_actions_adddup2(actions, output, 1);
    if (!result) result = posix_spawn_file_actions_adddup2(actions, errors, 2);
    if (!result) result = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    if (!result) result = posix_spawnattr_setsigmask(attributes, &none);
    if (!result) result = posix_spawnattr_setsigdefault(attributes, &all);
    if (!result) result = posix_spawnattr_setpgroup(attributes, 0);
    const short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    return result ? result : posix_spawnattr_setflags(attributes, flags);
}

static int start(
    const char *path, char *const arguments[], char *const environment[], int output, int errors, pid_t *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int result = posix_spawn_file_actions_init(&actions);
    if (result) return result;
    result = posix_spawnattr_init(&attributes);
    if (!result) {
        result = prepare(&actions, &attributes, output, errors);
        if (!result) result = posix_spawn(process, path, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

int cs_spawn(const char *path, char *const arguments[], char *const environment[], cs_child *child) {
    int output[2], errors[2];
    if (pipe2(output, O_CLOEXEC)) return errno;
    if (pipe2(errors, O_CLOEXEC)) {
        const int result = errno;
        close(output[0]);
        close(output[1]);
        return result;
    }
    const int result = start(path, arguments, environment, output[1], errors[1], &child->process);
    close(output[1]);
    close(errors[1]);
    if (result) {
        close(output[0]);
        close(errors[0]);
        return result;
    }
    // Only our ends must not block; the child expects ordinary pipes.
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    fcntl(output[0], F_SETPIPE_SZ, PIPE_BYTES);
    child->output = output[0];
    child->errors = errors[0];
    return 0;
}
