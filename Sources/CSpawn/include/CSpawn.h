// SPDX-License-Identifier: Apache-2.0
#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// A started program and the caller's ends of its pipes, which do not block and which no other child inherits.
typedef struct {
    pid_t process;
    int output;
    int errors;
} cs_child;

/// Starts a program without a shell: leader of a process group of its own, standard input from /dev/null, every other
/// descriptor closed, no signal blocked or ignored. `arguments` and `environment` end with NULL.
/// Returns 0, or an errno with nothing left open.
int cs_spawn(const char *path, char *const arguments[], char *const environment[], cs_child *child);

#endif
