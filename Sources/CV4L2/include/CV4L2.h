// SPDX-License-Identifier: Apache-2.0
#ifndef CV4L2_H
#define CV4L2_H

#include <linux/videodev2.h>
#include <stddef.h>

/// The calls depthd makes, named so that Swift need not know how Linux packs them into numbers.
typedef enum {
    CV_QUERYCAP,
    CV_ENUM_FMT,
    CV_ENUM_FRAMESIZES,
    CV_ENUM_FRAMEINTERVALS,
    CV_G_FMT,
    CV_S_FMT,
    CV_G_PARM,
    CV_S_PARM,
    CV_QUERYCTRL,
    CV_G_CTRL,
    CV_S_CTRL,
    CV_REQBUFS,
    CV_QUERYBUF,
    CV_QBUF,
    CV_DQBUF,
    CV_STREAMON,
    CV_STREAMOFF,
    CV_CALL_COUNT
} cv_call;

/// The controls that have a short name in the settings.
enum {
    CV_BRIGHTNESS = V4L2_CID_BRIGHTNESS,
    CV_CONTRAST = V4L2_CID_CONTRAST,
    CV_SATURATION = V4L2_CID_SATURATION,
    CV_SHARPNESS = V4L2_CID_SHARPNESS,
    CV_GAMMA = V4L2_CID_GAMMA,
    CV_GAIN = V4L2_CID_GAIN,
    CV_AUTO_GAIN = V4L2_CID_AUTOGAIN,
    CV_AUTO_WHITE_BALANCE = V4L2_CID_AUTO_WHITE_BALANCE,
    CV_WHITE_BALANCE = V4L2_CID_WHITE_BALANCE_TEMPERATURE,
    CV_POWER_LINE = V4L2_CID_POWER_LINE_FREQUENCY,
    CV_BACKLIGHT = V4L2_CID_BACKLIGHT_COMPENSATION,
    CV_AUTO_EXPOSURE = V4L2_CID_EXPOSURE_AUTO,
    CV_EXPOSURE = V4L2_CID_EXPOSURE_ABSOLUTE,
    CV_VARIABLE_RATE = V4L2_CID_EXPOSURE_AUTO_PRIORITY,
    CV_FOCUS = V4L2_CID_FOCUS_ABSOLUTE,
    CV_AUTO_FOCUS = V4L2_CID_FOCUS_AUTO,
    CV_ZOOM = V4L2_CID_ZOOM_ABSOLUTE,
    CV_EXPOSURE_BIAS = V4L2_CID_AUTO_EXPOSURE_BIAS
};

/// Opens a node without blocking and without following it into children. Returns the descriptor, or minus an errno.
int cv_open(const char *path);

/// Makes a call; `argument` is the structure Linux documents for it. Returns 0 or an errno, never EINTR.
int cv_control(int descriptor, cv_call call, void *argument);

/// Maps a buffer for reading. Returns 0 or an errno.
int cv_map(int descriptor, size_t length, long offset, void **address);

#endif
