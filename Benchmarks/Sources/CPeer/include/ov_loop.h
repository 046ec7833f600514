// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// What a C programmer would write over OpenVINO's C interface, with nothing around it; the sibling of ort_loop.h.

#ifndef OV_LOOP_H
#define OV_LOOP_H

#include <stddef.h>
#include <stdint.h>

/// A model with an input tensor bound once; `NULL` handles where opening failed.
typedef struct OvPeerModel {
  const void *api;
  void *request;
  float *input_data;
  size_t input_count;
} OvPeerModel;

/// Opens the library and the model (one float32 input, one thread, float32, the latency hint, threads not pinned) and
/// binds a buffer of zeros. Prints the reason and returns 0 if that fails. A dimension that is open becomes 1.
int ov_peer_open(const char *library, const char *path, OvPeerModel *model);

/// Runs once over the bound buffers; 0 if that fails.
int ov_peer_run(const OvPeerModel *model);

/// Runs `count` times and stores each duration in nanoseconds: one reading of the clock between two runs.
int ov_peer_loop(const void *api, void *request, size_t count, uint64_t *durations);

#endif
