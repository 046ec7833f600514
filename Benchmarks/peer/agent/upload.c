// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link.h"

enum { PIECE = 1 << 18, DIGEST = 32 };

static int write_all(int descriptor, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t done = write(descriptor, bytes, count);
    if (done <= 0) return 0;
    bytes += done;
    count -= (size_t)done;
  }
  return 1;
}

/// Takes one file: hashed as it is written, on the disk before the digest is said, as Galley's agent does it.
static int take(Link host, const char *folder, uint8_t *buffer) {
  char path[4096], place[4096];
  uint64_t size = 0, taken = 0;
  uint8_t digest[DIGEST];
  snprintf(path, sizeof path, "%s/begun", folder);
  snprintf(place, sizeof place, "%s/blob", folder);
  if (link_some(host, &size, sizeof size) != sizeof size) return 0;
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  EVP_MD_CTX *hash = EVP_MD_CTX_new();
  if (file < 0 || hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) return 0;
  while (taken < size) {
    long count = link_some(host, buffer, PIECE);
    if (count <= 0 || !write_all(file, buffer, (size_t)count)) return 0;
    EVP_DigestUpdate(hash, buffer, (size_t)count);
    taken += (uint64_t)count;
  }
  if (fdatasync(file) != 0 || EVP_DigestFinal_ex(hash, digest, NULL) != 1) return 0;
  EVP_MD_CTX_free(hash);
  close(file);
  if (chmod(path, 0400) != 0 || rename(path, place) != 0) return 0;
  return link_write(host, digest, sizeof digest);
}

/// A server that takes one file after the other.
int receive(int count, char **words) {
  uint8_t *buffer = malloc(PIECE);
  SSL_CTX *context;
  if (count < 4 || buffer == NULL) return 1;
  int listener = link_listen(words[2], count > 4 ? words[4] : NULL, &context);
  while (1) {
    Link host = link_accept(listener, context);
    while (take(host, words[3], buffer)) continue;
    link_close(host);
  }
}

/// Sends a file and waits for its digest.
static int send_once(Link server, const char *path, uint8_t *buffer) {
  struct stat status;
  uint8_t digest[DIGEST];
  size_t filled = 0;
  uint64_t start = now();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) != 0) return 0;
  uint64_t size = (uint64_t)status.st_size;
  if (!link_write(server, &size, sizeof size)) return 0;
  ssize_t count;
  while ((count = read(file, buffer, PIECE)) > 0) {
    if (!link_write(server, buffer, (size_t)count)) return 0;
  }
  close(file);
  while (filled < sizeof digest) {
    long some = link_some(server, digest + filled, sizeof digest - filled);
    if (some <= 0) return 0;
    filled += (size_t)some;
  }
  printf("%llu ", (unsigned long long)(now() - start));
  for (size_t i = 0; i < sizeof digest; i++) printf("%02x", digest[i]);
  printf("\n");
  fflush(stdout);
  return count == 0;
}

/// A client: for each line it sends a file, and says the nanoseconds and the digest.
int send_file(int count, char **words) {
  uint8_t *buffer = malloc(PIECE);
  char line[64];
  if (count < 4 || buffer == NULL) return 1;
  Link server = link_connect(words[2]);
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (!send_once(server, words[3], buffer)) return 1;
  }
  return 0;
}
