// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The part of libcurl's C interface that Galley calls. The library is opened when it is first needed, never linked, so
// only what Swift can't say is here: two of its functions take a variable number of arguments. The numbers are public
// facts of the library (its curl.h) that never change; a test compares them with what the library itself says.

#ifndef GALLEY_CURL_CALLS_H
#define GALLEY_CURL_CALLS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#endif

/// CURLoption: what Galley sets for a transfer.
enum {
  GALLEY_CURL_NOPROGRESS = 43,
  GALLEY_CURL_NOBODY = 44,
  GALLEY_CURL_FOLLOWLOCATION = 52,
  GALLEY_CURL_BUFFERSIZE = 98,
  GALLEY_CURL_NOSIGNAL = 99,
  GALLEY_CURL_CONNECTTIMEOUT_MS = 156,
  GALLEY_CURL_PROTOCOLS = 181,
  GALLEY_CURL_TCP_KEEPALIVE = 213,
  GALLEY_CURL_SUPPRESS_CONNECT_HEADERS = 265,
  GALLEY_CURL_WRITEDATA = 10001,
  GALLEY_CURL_URL = 10002,
  GALLEY_CURL_PROXY = 10004,
  GALLEY_CURL_ERRORBUFFER = 10010,
  GALLEY_CURL_USERAGENT = 10018,
  GALLEY_CURL_HTTPHEADER = 10023,
  GALLEY_CURL_HEADERDATA = 10029,
  GALLEY_CURL_XFERINFODATA = 10057,
  GALLEY_CURL_CAINFO = 10065,
  GALLEY_CURL_ACCEPT_ENCODING = 10102,
  GALLEY_CURL_NOPROXY = 10177,
  GALLEY_CURL_PROXY_CAINFO = 10246,
  GALLEY_CURL_WRITEFUNCTION = 20011,
  GALLEY_CURL_HEADERFUNCTION = 20079,
  GALLEY_CURL_XFERINFOFUNCTION = 20219
};

/// CURLINFO: the status with which a proxy answered the request for a tunnel.
enum { GALLEY_CURL_HTTP_CONNECTCODE = 0x200000 + 22 };

/// CURL_GLOBAL_ALL, CURL_ERROR_SIZE, and the bits of CURLOPT_PROTOCOLS for http and https.
enum { GALLEY_CURL_GLOBAL_ALL = 3, GALLEY_CURL_ERROR_SIZE = 256, GALLEY_CURL_HTTP_AND_HTTPS = 1 + 2 };

/// CURLcode: the results that Galley tells apart.
enum {
  GALLEY_CURL_OK = 0,
  GALLEY_CURL_UNSUPPORTED_PROTOCOL = 1,
  GALLEY_CURL_MALFORMED_URL = 3,
  GALLEY_CURL_PROXY_UNRESOLVED = 5,
  GALLEY_CURL_HOST_UNRESOLVED = 6,
  GALLEY_CURL_NO_CONNECTION = 7,
  GALLEY_CURL_TIMED_OUT = 28,
  GALLEY_CURL_TLS_FAILED = 35,
  GALLEY_CURL_CERTIFICATE_UNTRUSTED = 60,
  GALLEY_CURL_BAD_ENCODING = 61,
  GALLEY_CURL_BAD_AUTHORITY_FILE = 77,
  GALLEY_CURL_PROXY_FAILED = 97
};

/// What receives a header line or a piece of the body: returns how many bytes it took; any other number ends the
/// transfer.
typedef size_t (*GalleyCurlReceiver)(const char *_Nullable bytes, size_t one, size_t count, void *_Nullable context);

/// What is asked about once a second while a transfer runs: anything but zero ends the transfer.
typedef int (*GalleyCurlWatch)(
    void *_Nullable context, int64_t expected, int64_t received, int64_t to_send, int64_t sent);

/// `curl_easy_setopt` at the address `setopt`, for the kinds of values that options have. Each returns a CURLcode.
int galley_curl_set_number(void *setopt, void *handle, int option, long value);
int galley_curl_set_pointer(void *setopt, void *handle, int option, const void *_Nullable value);
int galley_curl_set_receiver(void *setopt, void *handle, int option, GalleyCurlReceiver receiver);
int galley_curl_set_watch(void *setopt, void *handle, int option, GalleyCurlWatch watch);

/// `curl_easy_getinfo` at the address `getinfo` for a whole number; -1 if the library doesn't know it.
long galley_curl_get_number(void *getinfo, void *handle, int info);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
