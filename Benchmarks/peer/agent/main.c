// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "link.h"

// The C programs that Galley's agent is compared with; PLACE is unix:PATH or tls:PORT, and IDENTITY a file with
// certificate and key, for TLS:
//   agent_peer relay PLACE [IDENTITY]            gives each frame to a child process, and its answer back
//   agent_peer ask PLACE LENGTH ANSWER-LENGTH    asks a relay, as often as each line of its input says
//   agent_peer receive PLACE FOLDER [IDENTITY]   takes files, hashes and writes them
//   agent_peer send PLACE FILE                   sends a file for each line of its input

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  const char *what = count > 1 ? words[1] : "";
  if (strcmp(what, "relay") == 0) return relay(count, words);
  if (strcmp(what, "ask") == 0) return ask(count, words);
  if (strcmp(what, "receive") == 0) return receive(count, words);
  if (strcmp(what, "send") == 0) return send_file(count, words);
  fprintf(stderr, "usage: agent_peer relay|ask|receive|send …\n");
  return 64;
}
