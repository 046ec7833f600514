// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "torch_shim.h"

#include <string.h>

galley_torch_status galley_torch_copy_api(void *_Nonnull entry_point, galley_torch_api *_Nonnull out) {
  galley_torch_get_api_function get_api = NULL;
  memcpy(&get_api, &entry_point, sizeof get_api);

  const galley_torch_api *table = NULL;
  const galley_torch_status status = get_api(GALLEY_TORCH_ABI_VERSION, &table);
  if (status != GALLEY_TORCH_OK) return status;
  if (table == NULL || table->byte_count != sizeof *table) return GALLEY_TORCH_WRONG_ABI;

  // After `byte_count` the table is function pointers only, so that a hole is a pointer-sized run of zero.
  typedef void (*slot)(void);
  const size_t first = offsetof(galley_torch_api, last_message);
  const char *bytes = (const char *)table;
  for (size_t offset = first; offset < sizeof *table; offset += sizeof(slot)) {
    slot function = NULL;
    memcpy(&function, bytes + offset, sizeof function);
    if (function == NULL) return GALLEY_TORCH_WRONG_ABI;
  }
  *out = *table;
  return GALLEY_TORCH_OK;
}
