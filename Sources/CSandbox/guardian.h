// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#ifndef GALLEY_SANDBOX_GUARDIAN_H
#define GALLEY_SANDBOX_GUARDIAN_H

#include "internal.h"

/// Who starts the sandbox.
typedef struct {
  uid_t user;
  gid_t group;
} guardian_identity;

/// GUARDIAN_READY: the program is about to be executed. Later words carry a report.
enum { GUARDIAN_READY = 1, GUARDIAN_REPORT = 2 };

/// What the guardian says to the starter.
typedef struct {
  int32_t kind;
  int32_t reserved;
  galley_sandbox_report report;
} guardian_word;

/// What the program's process says to the guardian before it executes: that all is set up, or what failed.
typedef struct {
  int step, number, index;
  int listener;
} child_word;

/// The guardian's life, in the cloned process.
void guardian_run(const galley_sandbox_plan *plan, guardian_identity identity, int control) __attribute__((noreturn));

/// The life of the program's process until it executes.
void child_run(const galley_sandbox_plan *plan, int channel) __attribute__((noreturn));

/// Gives up every capability, now and for all that is executed.
int give_up_privileges(void);

#endif
