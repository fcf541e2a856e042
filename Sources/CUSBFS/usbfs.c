// SPDX-License-Identifier: Apache-2.0
#include "CUSBFS.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usb/ch9.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct cu_transfer {
    struct usbdevfs_urb urb;
};

int cu_open(const char *path) {
    int descriptor;
    do {
        descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) return -errno;
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISCHR(status.st_mode)) {
        close(descriptor);
        return -ENOTTY;
    }
    return descriptor;
}

short cu_completed(void) { return POLLOUT; }

static int request(int descriptor, unsigned long request, void *argument) {
    int result;
    do {
        result = ioctl(descriptor, request, argument);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

int cu_claim(int descriptor, unsigned interface) { return request(descriptor, USBDEVFS_CLAIMINTERFACE, &interface); }

int cu_detach_and_claim(int descriptor, unsigned interface) {
    struct usbdevfs_disconnect_claim claim = {
        .interface = interface, .flags = USBDEVFS_DISCONNECT_CLAIM_EXCEPT_DRIVER, .driver = "usbfs"};
    return request(descriptor, USBDEVFS_DISCONNECT_CLAIM, &claim);
}

int cu_release(int descriptor, unsigned interface) { return request(descriptor, USBDEVFS_RELEASEINTERFACE, &interface); }

int cu_set_configuration(int descriptor, unsigned configuration) {
    return request(descriptor, USBDEVFS_SETCONFIGURATION, &configuration);
}

int cu_control(int descriptor, uint8_t type, uint8_t code, uint16_t value, uint16_t index, unsigned milliseconds) {
    struct usbdevfs_ctrltransfer transfer = {
        .bRequestType = type, .bRequest = code, .wValue = value, .wIndex = index, .timeout = milliseconds};
    return request(descriptor, USBDEVFS_CONTROL, &transfer);
}

double cu_speed(int descriptor) {
    switch (ioctl(descriptor, USBDEVFS_GET_SPEED)) {
    case USB_SPEED_LOW: return 1.5;
    case USB_SPEED_FULL: return 12;
    case USB_SPEED_HIGH:
    case USB_SPEED_WIRELESS: return 480;
    case USB_SPEED_SUPER: return 5000;
    case USB_SPEED_SUPER_PLUS: return 10000;
    default: return 0;
    }
}

cu_transfer *cu_transfer_create(void) { return calloc(1, sizeof(cu_transfer)); }

void cu_transfer_destroy(cu_transfer *transfer) { free(transfer); }

int cu_submit(int descriptor, cu_transfer *transfer, uint8_t endpoint, void *buffer, size_t length) {
    memset(transfer, 0, sizeof *transfer);
    transfer->urb.type = USBDEVFS_URB_TYPE_BULK;
    transfer->urb.endpoint = endpoint;
    transfer->urb.buffer = buffer;
    transfer->urb.buffer_length = (int)length;
    return request(descriptor, USBDEVFS_SUBMITURB, &transfer->urb);
}

int cu_discard(int descriptor, cu_transfer *transfer) { return request(descriptor, USBDEVFS_DISCARDURB, &transfer->urb); }

int cu_reap(int descriptor, cu_transfer **transfer) {
    // The address of the urb, which is where its transfer begins.
    return request(descriptor, USBDEVFS_REAPURBNDELAY, transfer);
}

int cu_transfer_status(const cu_transfer *transfer) { return -transfer->urb.status; }

size_t cu_transfer_count(const cu_transfer *transfer) {
    return transfer->urb.actual_length > 0 ? (size_t)transfer->urb.actual_length : 0;
}
