// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// What a C programmer would write over ONNX Runtime's C interface, with nothing around it: the limit that Galley is
// measured against. Used by the C program in peer/ and, on Galley's own session, by the benchmark's process.

#ifndef ORT_LOOP_H
#define ORT_LOOP_H

#include <stddef.h>
#include <stdint.h>

/// A model with buffers bound once; `NULL` handles where opening failed.
typedef struct PeerModel {
  const void *api;
  void *session;
  void *binding;
  void *input;
  void *output;
  float *input_data;
  float *output_data;
  size_t input_count;
  size_t output_count;
} PeerModel;

/// Opens the library and the model (one float32 input and output, one thread, all graph optimizations) and binds
/// buffers. Prints the reason and returns 0 if that fails. A dimension that is open becomes 1.
int peer_open(const char *library, const char *path, PeerModel *model);

/// Runs once over the bound buffers; 0 if that fails.
int peer_run(const PeerModel *model);

/// Runs `count` times and stores each duration in nanoseconds: one reading of the clock between two runs.
int peer_loop(const void *api, void *session, void *binding, size_t count, uint64_t *durations);

/// The same over `Run` with values made beforehand instead of a binding.
int peer_loop_values(const PeerModel *model, const char *input, const char *output, size_t count, uint64_t *durations);

/// What a pass over items counts.
typedef struct PeerPass {
  size_t items;
  size_t correct;
  size_t confusion[10][10];
  double precision[10];
  double recall[10];
} PeerPass;

/// Reads a file of 8x8 uint8 items (`items.bin`: a 32-bit count, the pixels of all, the class of each as a byte),
/// runs each through the model (pixels divided by 16), takes the highest score, and counts. 0 if that fails.
int peer_pass(const PeerModel *model, const char *data, PeerPass *pass, uint64_t *durations, size_t capacity);

#endif
