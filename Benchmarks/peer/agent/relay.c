// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"

/// Turns a frame into its answer, in place; the whole length.
static size_t answer(uint8_t *buffer) {
  FrameHead head;
  memcpy(&head, buffer, sizeof head);
  FrameHead reply = {head.answer, 0, 0};
  memcpy(buffer, &reply, sizeof reply);
  return sizeof reply + reply.length;
}

/// The child process: it answers each frame.
static void serve(Link parent, uint8_t *buffer) {
  while (frame_read(parent, buffer, FRAME_CAPACITY)) {
    if (!link_write(parent, buffer, answer(buffer))) break;
  }
  _exit(0);
}

static size_t length_of(const uint8_t *buffer) {
  FrameHead head;
  memcpy(&head, buffer, sizeof head);
  return sizeof head + head.length;
}

/// A server that gives each frame to a child process, and the child's answer back.
int relay(int count, char **words) {
  uint8_t *buffer = malloc(FRAME_CAPACITY);
  int ends[2];
  if (count < 3 || buffer == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return 1;
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    serve((Link){ends[1], NULL}, buffer);
  }
  close(ends[1]);
  Link child = {ends[0], NULL};
  SSL_CTX *context;
  int listener = link_listen(words[2], count > 3 ? words[3] : NULL, &context);
  while (1) {
    Link host = link_accept(listener, context);
    while (frame_read(host, buffer, FRAME_CAPACITY)) {
      if (!link_write(child, buffer, length_of(buffer)) || !frame_read(child, buffer, FRAME_CAPACITY)) return 1;
      if (!link_write(host, buffer, length_of(buffer))) break;
    }
    link_close(host);
  }
}

static int compare(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

/// A client: for each number on a line it asks so many times, and says the median in nanoseconds.
int ask(int count, char **words) {
  if (count < 5) return 1;
  FrameHead head = {(uint32_t)strtoul(words[3], NULL, 10), (uint32_t)strtoul(words[4], NULL, 10), 0};
  uint8_t *buffer = calloc(1, FRAME_CAPACITY);
  Link server = link_connect(words[2]);
  char line[64];
  while (buffer != NULL && fgets(line, sizeof line, stdin) != NULL) {
    size_t times = strtoul(line, NULL, 10);
    uint64_t *durations = calloc(times + 1, sizeof *durations);
    if (durations == NULL) return 1;
    for (size_t i = 0; i < times; i++) {
      uint64_t start = now();
      memcpy(buffer, &head, sizeof head);
      if (!link_write(server, buffer, sizeof head + head.length)) return 1;
      if (!frame_read(server, buffer, FRAME_CAPACITY)) return 1;
      durations[i] = now() - start;
    }
    qsort(durations, times, sizeof *durations, compare);
    printf("%llu\n", (unsigned long long)durations[times / 2]);
    fflush(stdout);
    free(durations);
  }
  return 0;
}
