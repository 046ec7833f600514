// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "onnxruntime_table.h"

#include <string.h>

// The slots that Galley calls; onnxruntime_abi.h asserts that the names stand at these numbers.
static const int needed_slots[] = {
    1,  2,  3,  6,  7,  9,  10, 13, 22, 23, 24, 25, 30, 31, 33,  34,  36,  37,  49,  51,  55,  56,  60,  61,
    62, 63, 65, 69, 76, 78, 92, 93, 94, 95, 96, 98, 99, 100, 125, 126, 130, 133, 134, 135, 136, 137, 138, 140,
};

static int first_missing_slot(const OrtApi *api) {
  for (size_t i = 0; i < sizeof needed_slots / sizeof needed_slots[0]; i++) {
    void *slot;
    memcpy(&slot, (const char *)api + (size_t)needed_slots[i] * sizeof slot, sizeof slot);
    if (slot == NULL) return needed_slots[i];
  }
  return -1;
}

GalleyOrtTable galley_ort_table(void *entry) {
  GalleyOrtTable table = {NULL, NULL, -1};
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
  return table;
}
