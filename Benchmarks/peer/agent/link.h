// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#ifndef GALLEY_PEER_LINK_H
#define GALLEY_PEER_LINK_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

/// A connection: a Unix socket, a pipe, or TLS 1.3 over TCP on the loopback device.
typedef struct {
  int descriptor;
  SSL *ssl;
} Link;

/// Reads some bytes; 0 at the end, less for an error.
long link_some(Link link, void *bytes, size_t most);
/// Writes all bytes; 0 if that can't be done.
int link_write(Link link, const void *bytes, size_t count);

/// Listens at `unix:PATH`, or `tls:PORT` with the certificate and key of a file, and says the port; 0 is any.
/// Ends the program if that can't be done.
int link_listen(const char *place, const char *identity, SSL_CTX **context);
Link link_accept(int listener, SSL_CTX *context);
Link link_connect(const char *place);
void link_close(Link link);

/// Twelve bytes before each payload, as many as Galley's own header has.
typedef struct {
  uint32_t length;
  /// How long the answer is to be.
  uint32_t answer;
  uint32_t zero;
} FrameHead;

/// Reads one frame into a buffer; nothing may follow before it is answered. 0 at the end.
int frame_read(Link link, uint8_t *buffer, size_t capacity);

uint64_t now(void);
_Noreturn void give_up(const char *what);

enum { FRAME_CAPACITY = 1 << 24 };

int relay(int count, char **words);
int ask(int count, char **words);
int receive(int count, char **words);
int send_file(int count, char **words);

#endif
