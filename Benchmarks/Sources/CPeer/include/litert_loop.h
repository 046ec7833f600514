// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// What a C programmer would write over LiteRT's C interface, with nothing around it: the limit that Galley is measured
// against, alone or on Galley's own session.

#ifndef LITERT_LOOP_H
#define LITERT_LOOP_H

#include <stddef.h>
#include <stdint.h>

/// A compiled model with its buffers, as LiteRT's run function takes them.
typedef struct LiteRTPeerCall {
  /// The functions (LiteRtApi).
  const void *api;
  void *compiled;
  size_t signature;
  size_t input_count;
  /// The buffers' handles.
  void *const *inputs;
  size_t output_count;
  void *const *outputs;
} LiteRTPeerCall;

/// Opens the library and the model (its first signature, XNNPACK's kernels, fixed shapes) and binds zeroed buffers.
/// Prints the reason and returns 0 if that fails.
int litert_peer_open(const char *library, const char *path, int threads, LiteRTPeerCall *call);

/// Runs once over the bound buffers; 0 if that fails.
int litert_peer_run(const LiteRTPeerCall *call);

/// Runs `count` times and stores each duration in nanoseconds: one reading of the clock between two runs.
int litert_peer_loop(const LiteRTPeerCall *call, size_t count, uint64_t *durations);

#endif
