// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ort_loop.h"

// The C program that Galley's measuring process is compared with:
//   ort_peer first LIBRARY MODEL           start, load, infer once, say so
//   ort_peer memory LIBRARY MODEL ITEMS N  the same, a pass over ITEMS and N inferences, then say the peak memory

static long peak_kibibytes(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  long peak = -1;
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (sscanf(line, "VmHWM: %ld", &peak) == 1) break;
  }
  if (status != NULL) fclose(status);
  return peak;
}

int main(int count, char **arguments) {
  PeerModel model;
  if (count < 4 || !peer_open(arguments[2], arguments[3], &model) || !peer_run(&model)) return 1;
  puts("first inference done");
  fflush(stdout);
  if (strcmp(arguments[1], "memory") != 0 || count < 6) return 0;
  size_t repetitions = strtoul(arguments[5], NULL, 10), capacity = repetitions < 100000 ? 100000 : repetitions;
  uint64_t *durations = calloc(capacity, sizeof *durations);
  PeerPass pass;
  if (durations == NULL || !peer_pass(&model, arguments[4], &pass, durations, capacity)) return 1;
  if (!peer_loop(model.api, model.session, model.binding, repetitions, durations)) return 1;
  printf("%ld\n", peak_kibibytes());
  return 0;
}
