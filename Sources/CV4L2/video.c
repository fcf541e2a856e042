// SPDX-License-Identifier: Apache-2.0
#include "CV4L2.h"

#include <errno.h>
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned long requests[CV_CALL_COUNT] = {
    [CV_QUERYCAP] = VIDIOC_QUERYCAP,
    [CV_ENUM_FMT] = VIDIOC_ENUM_FMT,
    [CV_ENUM_FRAMESIZES] = VIDIOC_ENUM_FRAMESIZES,
    [CV_ENUM_FRAMEINTERVALS] = VIDIOC_ENUM_FRAMEINTERVALS,
    [CV_G_FMT] = VIDIOC_G_FMT,
    [CV_S_FMT] = VIDIOC_S_FMT,
    [CV_G_PARM] = VIDIOC_G_PARM,
    [CV_S_PARM] = VIDIOC_S_PARM,
    [CV_QUERYCTRL] = VIDIOC_QUERYCTRL,
    [CV_G_CTRL] = VIDIOC_G_CTRL,
    [CV_S_CTRL] = VIDIOC_S_CTRL,
    [CV_REQBUFS] = VIDIOC_REQBUFS,
    [CV_QUERYBUF] = VIDIOC_QUERYBUF,
    [CV_QBUF] = VIDIOC_QBUF,
    [CV_DQBUF] = VIDIOC_DQBUF,
    [CV_STREAMON] = VIDIOC_STREAMON,
    [CV_STREAMOFF] = VIDIOC_STREAMOFF,
    [CV_S_SELECTION] = VIDIOC_S_SELECTION,
};

int cv_open(const char *path) {
    int descriptor;
    do {
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) return -errno;
    struct stat status;
    // A video node is a character device; anything else would be asked strange things.
    if (fstat(descriptor, &status) != 0 || !S_ISCHR(status.st_mode)) {
        close(descriptor);
        return -ENOTTY;
    }
    return descriptor;
}

int cv_control(int descriptor, cv_call call, void *argument) {
    if (call < 0 || call >= CV_CALL_COUNT) return ENOTTY;
    int result;
    do {
        result = ioctl(descriptor, requests[call], argument);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

int cv_map(int descriptor, size_t length, long offset, void **address) {
    void *mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset);
    if (mapped == MAP_FAILED) return errno;
    *address = mapped;
    return 0;
}

void cv_put_planar(struct v4l2_format *raw, uint32_t type, const cv_planar *format) {
    memset(raw, 0, sizeof *raw);
    raw->type = type;
    struct v4l2_pix_format_mplane *pix = &raw->fmt.pix_mp;
    pix->pixelformat = format->code;
    pix->width = format->width;
    pix->height = format->height;
    pix->field = V4L2_FIELD_NONE;
    pix->colorspace = V4L2_COLORSPACE_SMPTE170M;
    pix->quantization = V4L2_QUANTIZATION_FULL_RANGE;
    pix->num_planes = 1;
    pix->plane_fmt[0].bytesperline = format->stride;
    pix->plane_fmt[0].sizeimage = format->size;
}

cv_planar cv_get_planar(const struct v4l2_format *raw) {
    const struct v4l2_pix_format_mplane *pix = &raw->fmt.pix_mp;
    cv_planar format = {
        .code = pix->pixelformat, .width = pix->width, .height = pix->height,
        .stride = pix->plane_fmt[0].bytesperline, .size = pix->plane_fmt[0].sizeimage, .planes = pix->num_planes,
    };
    return format;
}
