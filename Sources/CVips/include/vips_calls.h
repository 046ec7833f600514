// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The part of libvips' C interface that Galley calls. The library is opened when the first image is decoded or encoded,
// never linked, so only what Swift can't say is here: its loaders and savers take a variable number of named arguments.
// The numbers and names are public facts of libvips 8.12 and later.

#ifndef GALLEY_VIPS_CALLS_H
#define GALLEY_VIPS_CALLS_H

#include <stddef.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#endif

/// VipsBandFormat: the types of a sample that Galley takes.
enum { GALLEY_VIPS_UCHAR = 0, GALLEY_VIPS_USHORT = 2 };

/// VipsInterpretation: what the bands mean.
enum {
  GALLEY_VIPS_BW = 1,
  GALLEY_VIPS_CMYK = 15,
  GALLEY_VIPS_SRGB = 22,
  GALLEY_VIPS_RGB16 = 25,
  GALLEY_VIPS_GREY16 = 26
};

/// VipsFailOn: which damage ends a decoding.
enum { GALLEY_VIPS_FAIL_ON_NONE = 0, GALLEY_VIPS_FAIL_ON_ERROR = 2, GALLEY_VIPS_FAIL_ON_WARNING = 3 };

/// A loader of libvips for bytes in memory (`vips_jpegload_buffer` and its like) at the address `loader`, read from top
/// to bottom. `shrink` is passed if it is not 0. Returns 0 and an image that must be released, or another number.
int galley_vips_load(
    void *loader, const void *bytes, size_t count, int fail_on, int shrink, void *_Nullable *_Nonnull image);

/// A copy of the image whose bands mean something else: `vips_copy` at the address `copy`.
int galley_vips_interpret(void *copy, void *image, int interpretation, void *_Nullable *_Nonnull result);

/// The savers to memory; each gives bytes that `g_free` releases. `level` is zlib's compression level, 0 to 9; `quality`
/// is 1 to 100; `subsampling` is VipsForeignSubsample (0 by quality, 1 always, 2 never).
int galley_vips_save_png(
    void *saver, void *image, int level, void *_Nullable *_Nonnull bytes, size_t *count);
int galley_vips_save_jpeg(
    void *saver, void *image, int quality, int subsampling, void *_Nullable *_Nonnull bytes, size_t *count);
int galley_vips_save_webp(
    void *saver, void *image, int quality, int lossless, void *_Nullable *_Nonnull bytes, size_t *count);

/// Has GLib's messages of one domain thrown away: `g_log_set_handler` at the address `set_handler`.
void galley_vips_silence(void *set_handler, const char *domain);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
