// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "onnxruntime_table.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

// The slots that Galley calls; onnxruntime_abi.h asserts that the names stand at these numbers.
static const int needed_slots[] = {
    1, 2, 3, 6, 7, 8, 9, 10, 11, 13, 14, 17, 19, 22, 23, 24, 25, 30, 31, 33, 34, 36, 37, 39, 46, 47, 48, 49, 51, 53,
    54, 55, 56, 60, 61, 62, 63, 65, 67, 69, 76, 78, 80, 81, 82, 92, 93, 94, 95, 96, 97, 98, 99, 100, 103, 104, 105,
    106, 107, 110, 125, 126, 130, 133, 134, 135, 136, 137, 138, 140, 170, 171, 172, 174, 192, 204, 205, 206, 208, 216,
    250, 251, 252,
};

static int first_missing_slot(const OrtApi *api) {
  for (size_t i = 0; i < sizeof needed_slots / sizeof needed_slots[0]; i++) {
    void *slot;
    memcpy(&slot, (const char *)api + (size_t)needed_slots[i] * sizeof slot, sizeof slot);
    if (slot == NULL) return needed_slots[i];
  }
  return -1;
}

// The version of the interface is the second number of the library's own version; a library that is asked for a version
// that it doesn't have complains on the standard error stream, so it is not asked.
static int offers_ranks(const char *version) {
  return strncmp(version, "1.", 2) == 0 && atoi(version + 2) >= GALLEY_ORT_API_VERSION_OF_RANKS;
}

GalleyOrtTable galley_ort_table(void *entry) {
  GalleyOrtTable table = {NULL, NULL, -1, NULL};
  // A data pointer from dlsym becomes a function pointer by copying its bits, as POSIX allows.
  const OrtApiBase *_Nonnull (*get_base)(void);
  memcpy(&get_base, &entry, sizeof get_base);
  const OrtApiBase *base = get_base();
  if (base == NULL || base->GetApi == NULL || base->GetVersionString == NULL) return table;
  table.version = base->GetVersionString();
  const OrtApi *api = base->GetApi(GALLEY_ORT_API_VERSION);
  if (api == NULL) return table;
  table.first_missing_slot = first_missing_slot(api);
  if (table.first_missing_slot < 0) table.api = api;
  const OrtApi *later = table.version != NULL && offers_ranks(table.version) ? base->GetApi(GALLEY_ORT_API_VERSION_OF_RANKS) : NULL;
  if (later != NULL) table.has_shape = later->TensorTypeAndShape_HasShape;
  return table;
}

void galley_ort_finish_stopped(const OrtApi *api, OrtRunOptions *options, int *state) {
  while (__atomic_load_n(state, __ATOMIC_ACQUIRE) == GALLEY_ORT_BEING_STOPPED) sched_yield();
  OrtStatus *status = api->RunOptionsUnsetTerminate(options);
  if (status != NULL) api->ReleaseStatus(status);
}

void galley_ort_stop(const OrtApi *api, OrtRunOptions *options, int *state) {
  int expected = GALLEY_ORT_RUNNING;
  if (!__atomic_compare_exchange_n(
          state, &expected, GALLEY_ORT_BEING_STOPPED, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return;
  OrtStatus *status = api->RunOptionsSetTerminate(options);
  if (status != NULL) api->ReleaseStatus(status);
  __atomic_store_n(state, GALLEY_ORT_STOPPED, __ATOMIC_RELEASE);
}
