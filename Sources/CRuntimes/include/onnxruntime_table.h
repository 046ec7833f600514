// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// Getting the function table from a library that is already open, and the one call that is timed.

#ifndef GALLEY_ONNXRUNTIME_TABLE_H
#define GALLEY_ONNXRUNTIME_TABLE_H

#include "onnxruntime_abi.h"

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

/// What a library gave.
typedef struct GalleyOrtTable {
  /// The checked table, or NULL.
  const OrtApi *_Nullable api;
  /// The library's version, or NULL if it gave none.
  const char *_Nullable version;
  /// The number of the first slot that is needed and empty, or -1.
  int first_missing_slot;
} GalleyOrtTable;

/// Asks for the table and checks every slot that Galley calls, so that no call can meet a NULL.
/// `entry` is the address of the library's `OrtGetApiBase`.
GalleyOrtTable galley_ort_table(void *entry);

/// One inference over buffers that are bound. Called through C because reading one slot of an imported struct in
/// unoptimized Swift copies the whole table.
static inline OrtStatus *_Nullable galley_ort_run_bound(
    const OrtApi *api, OrtSession *session, const OrtIoBinding *binding) {
  return api->RunWithBinding(session, NULL, binding);
}

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
