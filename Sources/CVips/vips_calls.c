// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "vips_calls.h"

typedef int (*Loader)(const void *bytes, size_t count, void **image, ...);
typedef int (*Operation)(void *image, void **result, ...);
typedef int (*Saver)(void *image, void **bytes, size_t *count, ...);
typedef void (*LogHandler)(const char *domain, int level, const char *message, void *data);
typedef unsigned int (*SetLogHandler)(const char *domain, int levels, LogHandler handler, void *data);

enum { ACCESS_SEQUENTIAL = 1 };

int galley_vips_load(void *loader, const void *bytes, size_t count, int fail_on, int shrink, void **image) {
  Loader load = (Loader)loader;
  if (shrink == 0) {
    return load(bytes, count, image, "access", ACCESS_SEQUENTIAL, "fail_on", fail_on, (void *)0);
  }
  return load(bytes, count, image, "access", ACCESS_SEQUENTIAL, "fail_on", fail_on, "shrink", shrink, (void *)0);
}

int galley_vips_interpret(void *copy, void *image, int interpretation, void **result) {
  return ((Operation)copy)(image, result, "interpretation", interpretation, (void *)0);
}

int galley_vips_save_png(void *saver, void *image, int level, void **bytes, size_t *count) {
  return ((Saver)saver)(image, bytes, count, "compression", level, "strip", 1, (void *)0);
}

int galley_vips_save_jpeg(void *saver, void *image, int quality, int subsampling, void **bytes, size_t *count) {
  return ((Saver)saver)(
      image, bytes, count, "Q", quality, "subsample_mode", subsampling, "strip", 1, (void *)0);
}

int galley_vips_save_webp(void *saver, void *image, int quality, int lossless, void **bytes, size_t *count) {
  return ((Saver)saver)(image, bytes, count, "Q", quality, "lossless", lossless, "strip", 1, (void *)0);
}

static void ignore(const char *domain, int level, const char *message, void *data) {
  (void)domain, (void)level, (void)message, (void)data;
}

// G_LOG_LEVEL_MASK with the flags of fatal and recursive messages left out: what a library reports, not what ends it.
enum { ALL_LEVELS = ~3 };

void galley_vips_silence(void *set_handler, const char *domain) {
  ((SetLogHandler)set_handler)(domain, ALL_LEVELS, ignore, (void *)0);
}
