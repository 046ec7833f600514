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
  /// Whether a tensor's rank is known; NULL if the library is too old to tell.
  _Bool (*_Nullable has_shape)(const OrtTensorTypeAndShapeInfo *info);
} GalleyOrtTable;

/// Asks for the table and checks every slot that Galley calls, so that no call can meet a NULL.
/// `entry` is the address of the library's `OrtGetApiBase`.
GalleyOrtTable galley_ort_table(void *entry);

/// What a session is doing, told to whoever wants to stop it from another thread.
enum { GALLEY_ORT_IDLE = 0, GALLEY_ORT_RUNNING = 1, GALLEY_ORT_BEING_STOPPED = 2, GALLEY_ORT_STOPPED = 3 };

/// Waits for whoever stops a run, and makes `options` fit for the next one.
void galley_ort_finish_stopped(const OrtApi *api, OrtRunOptions *options, int *state);

/// Stops the run that is under way, if one is. `state` is shared with galley_ort_run_bound.
void galley_ort_stop(const OrtApi *api, OrtRunOptions *options, int *state);

/// One inference over buffers that are bound. Afterwards `state` is GALLEY_ORT_STOPPED if somebody stopped it.
///
/// It stands here, not in Swift, because reading one slot of an imported struct in unoptimized Swift copies the whole
/// table.
static inline OrtStatus *_Nullable galley_ort_run_bound(
    const OrtApi *api, OrtSession *session, OrtRunOptions *options, const OrtIoBinding *binding, int *state) {
  __atomic_store_n(state, GALLEY_ORT_RUNNING, __ATOMIC_RELEASE);
  OrtStatus *status = api->RunWithBinding(session, options, binding);
  int expected = GALLEY_ORT_RUNNING;
  if (!__atomic_compare_exchange_n(state, &expected, GALLEY_ORT_IDLE, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    galley_ort_finish_stopped(api, options, state);
  return status;
}

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
