// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The part of NVIDIA's management library (libnvidia-ml.so.1) that Galley calls, written from the public reference
// "NVML API Reference Guide": names, numbers and layouts only. The functions are found by name when the library is
// opened.

#ifndef GALLEY_NVML_ABI_H
#define GALLEY_NVML_ABI_H

/// 0 is success; see `GalleyNVMLError` for it in words.
typedef int GalleyNVMLResult;
/// A GPU; valid until the library is shut down.
typedef struct GalleyNVMLOpaqueDevice *GalleyNVMLDevice;

/// Per cent of the time since the sample before in which the GPU, and its memory, worked.
typedef struct {
  unsigned int gpu;
  unsigned int memory;
} GalleyNVMLUtilization;

/// Bytes.
typedef struct {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
} GalleyNVMLMemory;

enum {
  /// The sensor of the chip, for the temperature.
  GALLEY_NVML_TEMPERATURE_GPU = 0,
  /// The clock of the multiprocessors.
  GALLEY_NVML_CLOCK_SM = 1,
  /// What a device, or this user, can't do.
  GALLEY_NVML_NOT_SUPPORTED = 3,
  /// A buffer that every name fits in.
  GALLEY_NVML_NAME_LENGTH = 96
};

typedef GalleyNVMLResult (*GalleyNVMLCall)(void);
typedef const char *(*GalleyNVMLErrorText)(GalleyNVMLResult result);
typedef GalleyNVMLResult (*GalleyNVMLText)(char *text, unsigned int length);
typedef GalleyNVMLResult (*GalleyNVMLCount)(unsigned int *count);
typedef GalleyNVMLResult (*GalleyNVMLHandle)(unsigned int index, GalleyNVMLDevice *device);
typedef GalleyNVMLResult (*GalleyNVMLDeviceText)(GalleyNVMLDevice device, char *text, unsigned int length);
typedef GalleyNVMLResult (*GalleyNVMLDeviceUtilization)(GalleyNVMLDevice device, GalleyNVMLUtilization *utilization);
typedef GalleyNVMLResult (*GalleyNVMLDeviceMemory)(GalleyNVMLDevice device, GalleyNVMLMemory *memory);
/// Milliwatts.
typedef GalleyNVMLResult (*GalleyNVMLDevicePower)(GalleyNVMLDevice device, unsigned int *milliwatts);
/// Millijoules since the driver was loaded.
typedef GalleyNVMLResult (*GalleyNVMLDeviceEnergy)(GalleyNVMLDevice device, unsigned long long *millijoules);
/// Degrees Celsius of a sensor, or megahertz of a clock.
typedef GalleyNVMLResult (*GalleyNVMLDeviceValue)(GalleyNVMLDevice device, int which, unsigned int *value);

#endif
