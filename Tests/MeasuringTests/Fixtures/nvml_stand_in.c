// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// A stand-in for libnvidia-ml.so.1 with two GPUs; the second doesn't count energy.

#include <stdio.h>

typedef struct { unsigned int gpu, memory; } Utilization;
typedef struct { unsigned long long total, free, used; } Memory;

static int gpus[2] = {0, 1};
static unsigned long long energy = 1000000;

int nvmlInit_v2(void) {
#ifdef NO_DRIVER
  return 9;
#else
  return 0;
#endif
}
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int result) {
  return result == 9 ? "Driver Not Loaded" : result == 3 ? "Not Supported" : "Unknown Error";
}
int nvmlSystemGetDriverVersion(char *text, unsigned int length) { return snprintf(text, length, "555.1") < 0; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, int **device) { *device = &gpus[index]; return 0; }
int nvmlDeviceGetName(int *device, char *text, unsigned int length) {
  return snprintf(text, length, "Example GPU %d", *device) < 0;
}
int nvmlDeviceGetUUID(int *device, char *text, unsigned int length) {
  return snprintf(text, length, "GPU-%d", *device) < 0;
}
int nvmlDeviceGetUtilizationRates(int *device, Utilization *value) { value->gpu = 37; value->memory = 5; return 0; }
int nvmlDeviceGetMemoryInfo(int *device, Memory *value) {
  value->total = 8000000000ull;
  value->used = 3000000000ull;
  value->free = 5000000000ull;
  return 0;
}
int nvmlDeviceGetPowerUsage(int *device, unsigned int *value) { *value = 71500; return 0; }
int nvmlDeviceGetTemperature(int *device, int sensor, unsigned int *value) { *value = 44; return sensor; }
int nvmlDeviceGetTotalEnergyConsumption(int *device, unsigned long long *value) {
  if (*device == 1) return 3;
  *value = energy;
  energy += 500;
  return 0;
}
int nvmlDeviceGetClockInfo(int *device, int clock, unsigned int *value) { *value = clock == 1 ? 1980 : 0; return 0; }
