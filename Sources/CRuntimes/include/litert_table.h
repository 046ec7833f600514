// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// Getting LiteRT's functions by name from a library that is already open, and the one call that is timed.

#ifndef GALLEY_LITERT_TABLE_H
#define GALLEY_LITERT_TABLE_H

#include "litert_abi.h"

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

/// Fills `api` with what `look_up` finds under the names that the library exports.
/// Returns the first name that it doesn't find, and then `api` must not be used; NULL if all are there.
const char *_Nullable galley_litert_fill(
    LiteRtApi *api, void *_Nullable (*_Nonnull look_up)(void *_Nullable context, const char *name),
    void *_Nullable context);

/// One inference over buffers that are bound. Called through C because reading one slot of an imported struct in
/// unoptimized Swift copies the whole table.
static inline int galley_litert_run(
    const LiteRtApi *api, LiteRtCompiledModel compiled, size_t signature, size_t input_count,
    LiteRtTensorBuffer _Nullable const *_Nullable inputs, size_t output_count,
    LiteRtTensorBuffer _Nullable const *_Nullable outputs) {
  return api->RunCompiledModel(compiled, signature, input_count, inputs, output_count, outputs);
}

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
