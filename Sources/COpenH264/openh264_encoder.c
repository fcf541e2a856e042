// SPDX-License-Identifier: Apache-2.0
#include "openh264_encoder.h"

#include <stdio.h>

#if __has_include(<wels/codec_api.h>)

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <wels/codec_api.h>
#include <wels/codec_ver.h>

/// The ABI's number by Debian's packages: 7 for 2.3, 8 for 2.4 and later.
#if OPENH264_MAJOR == 2 && OPENH264_MINOR >= 4
#define DK_H264_LIBRARY "libopenh264.so.8"
#define DK_H264_PACKAGE "libopenh264-8"
#else
#define DK_H264_LIBRARY "libopenh264.so.7"
#define DK_H264_PACKAGE "libopenh264-7"
#endif

struct dk_h264_encoder {
    ISVCEncoder *encoder;
    void (*destroy)(ISVCEncoder *);
    int32_t width, height;
    uint8_t *data;
    size_t capacity;
};

static int load(int (**create)(ISVCEncoder **), void (**destroy)(ISVCEncoder *), char *reason, size_t reason_size) {
    void *library = dlopen(DK_H264_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(reason, reason_size, "OpenH264 is not installed: apt install " DK_H264_PACKAGE " (%s)", dlerror());
        return -1;
    }
    // The library stays open for the life of the process.
    void (*version)(OpenH264Version *) = (void (*)(OpenH264Version *))dlsym(library, "WelsGetCodecVersionEx");
    *create = (int (*)(ISVCEncoder **))dlsym(library, "WelsCreateSVCEncoder");
    *destroy = (void (*)(ISVCEncoder *))dlsym(library, "WelsDestroySVCEncoder");
    OpenH264Version found = {0};
    if (version) version(&found);
    if (!*create || !*destroy || found.uMajor != OPENH264_MAJOR || found.uMinor != OPENH264_MINOR) {
        snprintf(
            reason, reason_size, "%s is version %u.%u, depthd was built for %d.%d: install " DK_H264_PACKAGE " of this system",
            DK_H264_LIBRARY, found.uMajor, found.uMinor, OPENH264_MAJOR, OPENH264_MINOR);
        return -1;
    }
    return 0;
}

static int set_up(ISVCEncoder *encoder, const dk_h264_settings *settings) {
    SEncParamExt parameters;
    if ((*encoder)->GetDefaultParams(encoder, &parameters) != cmResultSuccess) return -1;
    parameters.iUsageType = CAMERA_VIDEO_REAL_TIME;
    parameters.iPicWidth = settings->width;
    parameters.iPicHeight = settings->height;
    parameters.fMaxFrameRate = settings->frames_per_second;
    parameters.iTargetBitrate = settings->bits_per_second;
    const int maximum = settings->maximum_bits_per_second > 0 ? settings->maximum_bits_per_second : UNSPECIFIED_BIT_RATE;
    parameters.iMaxBitrate = maximum;
    parameters.iRCMode = settings->is_variable ? RC_QUALITY_MODE : RC_BITRATE_MODE;
    parameters.bEnableFrameSkip = false;
    parameters.uiIntraPeriod = (unsigned)settings->key_interval;
    parameters.eSpsPpsIdStrategy = CONSTANT_ID;
    parameters.iComplexityMode = LOW_COMPLEXITY;
    parameters.iEntropyCodingModeFlag = settings->profile == PRO_BASELINE ? 0 : 1;
    parameters.iMultipleThreadIdc = (unsigned short)settings->threads;
    parameters.bEnableDenoise = false;
    parameters.bEnableBackgroundDetection = false;
    parameters.bEnableAdaptiveQuant = false;
    parameters.bEnableSceneChangeDetect = false;
    parameters.iSpatialLayerNum = 1;
    parameters.iTemporalLayerNum = 1;
    SSpatialLayerConfig *layer = &parameters.sSpatialLayers[0];
    layer->iVideoWidth = settings->width;
    layer->iVideoHeight = settings->height;
    layer->fFrameRate = settings->frames_per_second;
    layer->iSpatialBitrate = settings->bits_per_second;
    layer->iMaxSpatialBitrate = maximum;
    layer->uiProfileIdc = (EProfileIdc)settings->profile;
    layer->uiLevelIdc = LEVEL_UNKNOWN;
    layer->sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
    layer->bVideoSignalTypePresent = true;
    layer->uiVideoFormat = VF_UNDEF;
    layer->bFullRange = true;
    layer->bColorDescriptionPresent = true;
    layer->uiColorPrimaries = CP_SMPTE170M;
    layer->uiTransferCharacteristics = TRC_SMPTE170M;
    layer->uiColorMatrix = CM_SMPTE170M;
    int quiet = WELS_LOG_QUIET;
    (*encoder)->SetOption(encoder, ENCODER_OPTION_TRACE_LEVEL, &quiet);
    return (*encoder)->InitializeExt(encoder, &parameters) == cmResultSuccess ? 0 : -1;
}

dk_h264_encoder *dk_h264_open(const dk_h264_settings *settings, char *reason, size_t reason_size) {
    int (*create)(ISVCEncoder **) = NULL;
    void (*destroy)(ISVCEncoder *) = NULL;
    if (load(&create, &destroy, reason, reason_size)) return NULL;
    dk_h264_encoder *self = calloc(1, sizeof *self);
    if (!self || create(&self->encoder) || !self->encoder) {
        free(self);
        snprintf(reason, reason_size, "no memory for a video encoder");
        return NULL;
    }
    self->destroy = destroy;
    self->width = settings->width;
    self->height = settings->height;
    if (set_up(self->encoder, settings)) {
        snprintf(reason, reason_size, "OpenH264 does not encode %d by %d pixels", settings->width, settings->height);
        dk_h264_close(self);
        return NULL;
    }
    return self;
}

static int reserve(dk_h264_encoder *self, size_t size) {
    if (size <= self->capacity) return 0;
    uint8_t *larger = realloc(self->data, size);
    if (!larger) return -1;
    self->data = larger;
    self->capacity = size;
    return 0;
}

int dk_h264_force_key(dk_h264_encoder *self) { return (*self->encoder)->ForceIntraFrame(self->encoder, true); }

int dk_h264_encode(
    dk_h264_encoder *self, const uint8_t *y, const uint8_t *u, const uint8_t *v, int64_t milliseconds,
    const uint8_t **data, size_t *size, int *is_key) {
    SSourcePicture picture;
    memset(&picture, 0, sizeof picture);
    picture.iColorFormat = videoFormatI420;
    picture.iPicWidth = self->width;
    picture.iPicHeight = self->height;
    picture.iStride[0] = self->width;
    picture.iStride[1] = picture.iStride[2] = self->width / 2;
    // The encoder does not write to the planes.
    picture.pData[0] = (unsigned char *)y;
    picture.pData[1] = (unsigned char *)u;
    picture.pData[2] = (unsigned char *)v;
    picture.uiTimeStamp = milliseconds;
    SFrameBSInfo info;
    memset(&info, 0, sizeof info);
    if ((*self->encoder)->EncodeFrame(self->encoder, &picture, &info) != cmResultSuccess) return -1;
    *size = 0;
    *is_key = info.eFrameType == videoFrameTypeIDR;
    if (info.eFrameType == videoFrameTypeSkip) return 0;
    for (int layer = 0; layer < info.iLayerNum; layer++) {
        const SLayerBSInfo *part = &info.sLayerInfo[layer];
        size_t bytes = 0;
        for (int unit = 0; unit < part->iNalCount; unit++) bytes += (size_t)part->pNalLengthInByte[unit];
        if (reserve(self, *size + bytes)) return -1;
        memcpy(self->data + *size, part->pBsBuf, bytes);
        *size += bytes;
    }
    *data = self->data;
    return 0;
}

void dk_h264_close(dk_h264_encoder *self) {
    if (!self) return;
    (*self->encoder)->Uninitialize(self->encoder);
    self->destroy(self->encoder);
    free(self->data);
    free(self);
}

#else

dk_h264_encoder *dk_h264_open(const dk_h264_settings *settings, char *reason, size_t reason_size) {
    (void)settings;
    snprintf(reason, reason_size, "this depthd was built without H.264: apt install libopenh264-dev, then build again");
    return NULL;
}

int dk_h264_force_key(dk_h264_encoder *encoder) {
    (void)encoder;
    return -1;
}

int dk_h264_encode(
    dk_h264_encoder *encoder, const uint8_t *y, const uint8_t *u, const uint8_t *v, int64_t milliseconds,
    const uint8_t **data, size_t *size, int *is_key) {
    (void)encoder, (void)y, (void)u, (void)v, (void)milliseconds, (void)data, (void)size, (void)is_key;
    return -1;
}

void dk_h264_close(dk_h264_encoder *encoder) { (void)encoder; }

#endif
