// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// Filling the table of OpenVINO's functions from a library that is already open, and the calls that are timed.

#ifndef GALLEY_OPENVINO_TABLE_H
#define GALLEY_OPENVINO_TABLE_H

#include "openvino_abi.h"

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

/// How many functions the table has.
size_t galley_ov_function_count(void);

/// The name by which the library exports function `index`; NULL if there is no such one.
const char *_Nullable galley_ov_function_name(size_t index);

/// Puts the address of function `index` into its place. A table may be used only when all are there.
void galley_ov_set_function(OvApi *api, size_t index, void *address);

/// One inference over tensors that are bound. Called through C because reading one slot of an imported struct in
/// unoptimized Swift copies the whole table.
static inline int galley_ov_infer(const OvApi *api, OvInferRequest *request) {
  return api->ov_infer_request_infer(request);
}

/// Begins an inference without waiting for it.
static inline int galley_ov_start(const OvApi *api, OvInferRequest *request) {
  return api->ov_infer_request_start_async(request);
}

/// Waits for the inference that was begun.
static inline int galley_ov_wait(const OvApi *api, OvInferRequest *request) {
  return api->ov_infer_request_wait(request);
}

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
