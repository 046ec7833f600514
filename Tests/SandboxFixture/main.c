// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// What the tests of the sandbox run in it. Each command prints what it got; its exit code is 0 unless a test wants
// another.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "ok");
  fflush(stdout);
}

static int read_files(int count, char **paths) {
  for (int index = 0; index < count; index++) {
    int file = open(paths[index], O_RDONLY);
    tell(paths[index], file < 0);
    if (file >= 0) close(file);
  }
  return 0;
}

static int write_file(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT, 0600);
  tell(path, file < 0 || write(file, "x", 1) != 1);
  return 0;
}

/// Changes a file that its owner may not write, which owners can.
static int spoil(const char *path) {
  tell(path, chmod(path, 0644) != 0);
  return write_file(path);
}

static int need(const char *path) {
  int file = open(path, O_RDONLY);
  tell(path, file < 0);
  return file < 0 ? 66 : close(file);
}

static int read_at(const char *folder, const char *name) {
  int descriptor = open(folder, O_RDONLY | O_DIRECTORY);
  int file = openat(descriptor, name, O_RDONLY);
  tell(name, file < 0);
  return 0;
}

static socklen_t address_of(const char *text, const char *port, struct sockaddr_storage *storage) {
  memset(storage, 0, sizeof *storage);
  struct sockaddr_in *four = (struct sockaddr_in *)storage;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)atoi(port));
    return sizeof *four;
  }
  inet_pton(AF_INET6, text, &six->sin6_addr);
  six->sin6_family = AF_INET6;
  six->sin6_port = htons((uint16_t)atoi(port));
  return sizeof *six;
}

static int reach(const char *how, const char *text, const char *port) {
  struct sockaddr_storage storage;
  socklen_t size = address_of(text, port, &storage);
  int is_stream = strcmp(how, "tcp") == 0;
  int descriptor = socket(storage.ss_family, is_stream ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (descriptor < 0) {
    tell("socket", 1);
    return 0;
  }
  ssize_t result;
  if (strcmp(how, "sendto") == 0) {
    result = sendto(descriptor, "x", 1, 0, (struct sockaddr *)&storage, size);
  } else if (strcmp(how, "sendmsg") == 0) {
    struct iovec part = {"x", 1};
    struct msghdr header = {&storage, size, &part, 1, NULL, 0, 0};
    result = sendmsg(descriptor, &header, 0);
  } else if (strcmp(how, "sendmmsg") == 0) {
    struct iovec part = {"x", 1};
    struct mmsghdr headers[2] = {{{&storage, size, &part, 1, NULL, 0, 0}, 0}, {{&storage, size, &part, 1, NULL, 0, 0}, 0}};
    result = sendmmsg(descriptor, headers, 2, 0);
  } else {
    result = connect(descriptor, (struct sockaddr *)&storage, size);
  }
  tell(how, result < 0);
  return 0;
}

static int reach_local(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  tell("unix", connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0);
  return 0;
}

static int look_up(const char *name) {
  struct addrinfo hints = {0}, *found = NULL;
  hints.ai_socktype = SOCK_STREAM;
  int result = getaddrinfo(name, "443", &hints, &found);
  printf("%s: %s\n", name, result == 0 ? "ok" : gai_strerror(result));
  return 0;
}

/// A grandchild in a session of its own that would go on for long.
static int leave_daemon(const char *mark) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      int file = open(mark, O_WRONLY | O_CREAT, 0600);
      write(file, "here", 4);
      close(file);
      for (;;) sleep(1000);
    }
    _exit(0);
  }
  wait(NULL);
  while (access(mark, F_OK) != 0) usleep(1000);
  return 3;
}

static int open_often(int count, const char *path) {
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int index = 0; index < count; index++) close(open(path, O_RDONLY));
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
  printf("%.9f\n", seconds / count);
  return 0;
}

static int misbehave(const char *how) {
  if (strcmp(how, "ring") == 0) {
    char parameters[256] = {0};
    tell("ring", syscall(425, 8, parameters) < 0);
  } else if (strcmp(how, "namespace") == 0) {
    tell("namespace", unshare(CLONE_NEWUSER) != 0);
  } else if (strcmp(how, "clone") == 0) {
    long process = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    if (process == 0) _exit(0);
    tell("clone", process < 0);
  } else if (strcmp(how, "foreign") == 0) {
#if defined(__x86_64__)
    syscall(0x40000000 + 39);
#endif
  } else if (strcmp(how, "kill") == 0) {
    kill(getpid(), SIGKILL);
  } else if (strcmp(how, "abort") == 0) {
    abort();
  } else if (strcmp(how, "guardian") == 0) {
    tell("guardian", kill(getppid(), SIGKILL) != 0);
    usleep(50000);
  }
  return 0;
}

static int execute(char **arguments) {
  if (fork() == 0) {
    execv(arguments[0], arguments);
    _exit(127);
  }
  int status = 0;
  wait(&status);
  printf("%s: %d\n", arguments[0], WEXITSTATUS(status));
  return 0;
}

static int perform(int count, char **arguments);

/// Stands in for Galley where claims are proven: the "recipe" holds a command of this program in each line.
static int run_recipe(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) return 66;
  char line[4096];
  int result = 0;
  while (result == 0 && fgets(line, sizeof line, file)) {
    char *words[16] = {"fixture"};
    int count = 1;
    for (char *word = strtok(line, " \n"); word && count < 16; word = strtok(NULL, " \n")) words[count++] = word;
    result = count > 1 ? perform(count, words) : 0;
  }
  fclose(file);
  return result;
}

int main(int count, char **arguments) { return perform(count, arguments); }

static int perform(int count, char **arguments) {
  const char *verb = count > 1 ? arguments[1] : "";
  if (strcmp(verb, "read") == 0) return read_files(count - 2, arguments + 2);
  if (strcmp(verb, "write") == 0 && count == 3) return write_file(arguments[2]);
  if (strcmp(verb, "spoil") == 0 && count == 3) return spoil(arguments[2]);
  if (strcmp(verb, "need") == 0 && count == 3) return need(arguments[2]);
  if (strcmp(verb, "at") == 0 && count == 4) return read_at(arguments[2], arguments[3]);
  if (strcmp(verb, "reach") == 0 && count == 5) return reach(arguments[2], arguments[3], arguments[4]);
  if (strcmp(verb, "local") == 0 && count == 3) return reach_local(arguments[2]);
  if (strcmp(verb, "lookup") == 0 && count == 3) return look_up(arguments[2]);
  if (strcmp(verb, "daemon") == 0 && count == 3) return leave_daemon(arguments[2]);
  if (strcmp(verb, "often") == 0 && count == 4) return open_often(atoi(arguments[2]), arguments[3]);
  if (strcmp(verb, "misbehave") == 0 && count == 3) return misbehave(arguments[2]);
  if (strcmp(verb, "execute") == 0 && count > 2) return execute(arguments + 2);
  if (strcmp(verb, "environment") == 0) {
    for (char **line = environ; *line; line++) puts(*line);
    char folder[4096];
    puts(getcwd(folder, sizeof folder));
    return 0;
  }
  if (strcmp(verb, "sleep") == 0) {
    for (;;) sleep(1000);
  }
  if (strcmp(verb, "run") == 0 && count > 2) return run_recipe(arguments[2]);
  if (strcmp(verb, "say") == 0 && count > 2) {
    fprintf(stderr, "{\"event\":\"error\",\"what\":\"can't go on\",\"why\":\"%s\",\"exitCode\":69}\n", arguments[2]);
    return 69;
  }
  if (strcmp(verb, "exit") == 0 && count == 3) return atoi(arguments[2]);
  return 64;
}
