// SPDX-License-Identifier: Apache-2.0
#ifndef CV4L2_H
#define CV4L2_H

#include <linux/videodev2.h>
#include <stddef.h>
#include <stdint.h>

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
    CV_S_SELECTION,
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

/// The controls of video encoders.
enum {
    CV_BIT_RATE = V4L2_CID_MPEG_VIDEO_BITRATE,
    CV_BIT_RATE_MODE = V4L2_CID_MPEG_VIDEO_BITRATE_MODE,
    CV_BIT_RATE_PEAK = V4L2_CID_MPEG_VIDEO_BITRATE_PEAK,
    CV_GROUP_SIZE = V4L2_CID_MPEG_VIDEO_GOP_SIZE,
    CV_B_FRAMES = V4L2_CID_MPEG_VIDEO_B_FRAMES,
    CV_HEADER_MODE = V4L2_CID_MPEG_VIDEO_HEADER_MODE,
    CV_REPEAT_HEADER = V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER,
    CV_FORCE_KEY = V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME,
    CV_H264_PROFILE = V4L2_CID_MPEG_VIDEO_H264_PROFILE,
    CV_H264_I_PERIOD = V4L2_CID_MPEG_VIDEO_H264_I_PERIOD
};

/// Formats of the kernel as Swift sees them.
enum { CV_FORMAT_I420 = V4L2_PIX_FMT_YUV420, CV_FORMAT_H264 = V4L2_PIX_FMT_H264 };

/// A format of the multi-planar interface whose pictures lie in one buffer.
typedef struct {
    uint32_t code, width, height;
    /// Bytes from one row of the first plane to the next, and of a whole buffer.
    uint32_t stride, size;
    uint32_t planes;
} cv_planar;

/// Writes a format into, and reads it from, what CV_S_FMT takes for a queue of that type. Colours are full-range BT.601.
void cv_put_planar(struct v4l2_format *raw, uint32_t type, const cv_planar *format);
cv_planar cv_get_planar(const struct v4l2_format *raw);

/// Opens a node without blocking and without following it into children. Returns the descriptor, or minus an errno.
int cv_open(const char *path);

/// Makes a call; `argument` is the structure Linux documents for it. Returns 0 or an errno, never EINTR.
int cv_control(int descriptor, cv_call call, void *argument);

/// Maps a buffer for reading. Returns 0 or an errno.
int cv_map(int descriptor, size_t length, long offset, void **address);

#endif
