// SPDX-License-Identifier: Apache-2.0
// The kernel's own door to USB devices, /dev/bus/usb: its requests are macros and its structures unions, which Swift cannot see.
#ifndef CUSBFS_H
#define CUSBFS_H

#include <stddef.h>
#include <stdint.h>

/// A bulk transfer. From `cu_submit` to `cu_reap` the kernel keeps its address, and that of its buffer.
typedef struct cu_transfer cu_transfer;

/// Opens a device's node for no children. Returns the descriptor, or minus an errno. The descriptor can be polled for what
/// `cu_completed` says.
int cu_open(const char *path);

/// The event that `poll` reports when `cu_reap` would return a transfer.
short cu_completed(void);

/// Each returns 0 or an errno, never EINTR.
int cu_claim(int descriptor, unsigned interface);
/// Takes the interface away from a driver of the kernel. EBUSY if another program has it.
int cu_detach_and_claim(int descriptor, unsigned interface);
int cu_release(int descriptor, unsigned interface);
int cu_set_configuration(int descriptor, unsigned configuration);

/// A control transfer without data on endpoint 0; waits at most that long. Returns 0 or an errno, never EINTR.
int cu_control(int descriptor, uint8_t type, uint8_t request, uint16_t value, uint16_t index, unsigned milliseconds);

/// Megabits a second; 0 when unknown.
double cu_speed(int descriptor);

/// Returns NULL without memory.
cu_transfer *cu_transfer_create(void);
void cu_transfer_destroy(cu_transfer *transfer);

/// Starts a bulk transfer. Returns 0 or an errno, never EINTR.
int cu_submit(int descriptor, cu_transfer *transfer, uint8_t endpoint, void *buffer, size_t length);
/// Ends a transfer early; it still has to be reaped. Returns 0 or an errno: EINVAL if it was over already.
int cu_discard(int descriptor, cu_transfer *transfer);
/// Takes back a transfer that is over, and its data. Returns 0 or an errno, never EINTR: EAGAIN if there is none.
int cu_reap(int descriptor, cu_transfer **transfer);

/// How a reaped transfer ended: 0 or an errno, and how many bytes went.
int cu_transfer_status(const cu_transfer *transfer);
size_t cu_transfer_count(const cu_transfer *transfer);

#endif
