// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void give_up(const char *what) {
  fprintf(stderr, "agent_peer: %s: %s\n", what, strerror(errno));
  exit(1);
}

long link_some(Link link, void *bytes, size_t most) {
  if (link.ssl != NULL) return SSL_read(link.ssl, bytes, (int)most);
  return read(link.descriptor, bytes, most);
}

int link_write(Link link, const void *bytes, size_t count) {
  const uint8_t *rest = bytes;
  while (count > 0) {
    long done = link.ssl != NULL ? SSL_write(link.ssl, rest, (int)count) : write(link.descriptor, rest, count);
    if (done <= 0) return 0;
    rest += done;
    count -= (size_t)done;
  }
  return 1;
}

int frame_read(Link link, uint8_t *buffer, size_t capacity) {
  size_t filled = 0, wanted = sizeof(FrameHead);
  while (filled < wanted) {
    long count = link_some(link, buffer + filled, capacity - filled);
    if (count <= 0) return 0;
    filled += (size_t)count;
    if (filled >= sizeof(FrameHead)) {
      FrameHead head;
      memcpy(&head, buffer, sizeof head);
      wanted = sizeof head + head.length;
      if (wanted > capacity || sizeof head + head.answer > capacity) return 0;
    }
  }
  return 1;
}

static int without_delay(int descriptor) {
  int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return descriptor;
}

/// Fills an address; the length of it.
static socklen_t address_of(const char *place, struct sockaddr_storage *storage) {
  memset(storage, 0, sizeof *storage);
  if (strncmp(place, "unix:", 5) == 0) {
    struct sockaddr_un *address = (struct sockaddr_un *)storage;
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "%s", place + 5);
    return sizeof *address;
  }
  struct sockaddr_in *address = (struct sockaddr_in *)storage;
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address->sin_port = htons((uint16_t)atoi(place + 4));
  return sizeof *address;
}

/// TLS 1.3 with the suite that Galley's two ends agree on.
static SSL_CTX *prepare(const SSL_METHOD *method) {
  SSL_CTX *context = SSL_CTX_new(method);
  if (context == NULL || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
      !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256")) {
    give_up("can't prepare TLS");
  }
  return context;
}

int link_listen(const char *place, const char *identity, SSL_CTX **context) {
  struct sockaddr_storage storage;
  socklen_t length = address_of(place, &storage);
  int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  *context = NULL;
  if (storage.ss_family == AF_INET) {
    *context = prepare(TLS_server_method());
    if (identity == NULL || SSL_CTX_use_certificate_chain_file(*context, identity) != 1 ||
        SSL_CTX_use_PrivateKey_file(*context, identity, SSL_FILETYPE_PEM) != 1) {
      give_up("can't use the certificate");
    }
  }
  if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&storage, length) != 0 || listen(descriptor, 16) != 0) {
    give_up(place);
  }
  struct sockaddr_in taken = {0};
  socklen_t size = sizeof taken;
  if (storage.ss_family == AF_INET) getsockname(descriptor, (struct sockaddr *)&taken, &size);
  printf("%d\n", ntohs(taken.sin_port));
  fflush(stdout);
  return descriptor;
}

Link link_accept(int listener, SSL_CTX *context) {
  Link link = {accept(listener, NULL, NULL), NULL};
  if (link.descriptor < 0) give_up("can't take a connection");
  if (context == NULL) return link;
  without_delay(link.descriptor);
  link.ssl = SSL_new(context);
  if (link.ssl == NULL || SSL_set_fd(link.ssl, link.descriptor) != 1 || SSL_accept(link.ssl) != 1) give_up("no TLS");
  return link;
}

Link link_connect(const char *place) {
  static SSL_CTX *context = NULL;
  struct sockaddr_storage storage;
  socklen_t length = address_of(place, &storage);
  Link link = {socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), NULL};
  if (link.descriptor < 0 || connect(link.descriptor, (struct sockaddr *)&storage, length) != 0) give_up(place);
  if (storage.ss_family == AF_UNIX) return link;
  without_delay(link.descriptor);
  if (context == NULL) context = prepare(TLS_client_method());
  link.ssl = SSL_new(context);
  if (link.ssl == NULL || SSL_set_fd(link.ssl, link.descriptor) != 1 || SSL_connect(link.ssl) != 1) give_up("no TLS");
  return link;
}

void link_close(Link link) {
  if (link.ssl != NULL) SSL_free(link.ssl);
  close(link.descriptor);
}
