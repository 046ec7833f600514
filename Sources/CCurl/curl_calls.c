// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "curl_calls.h"

typedef int (*Setter)(void *handle, int option, ...);
typedef int (*Getter)(void *handle, int info, ...);

int galley_curl_set_number(void *setopt, void *handle, int option, long value) {
  return ((Setter)setopt)(handle, option, value);
}

int galley_curl_set_pointer(void *setopt, void *handle, int option, const void *value) {
  return ((Setter)setopt)(handle, option, value);
}

int galley_curl_set_receiver(void *setopt, void *handle, int option, GalleyCurlReceiver receiver) {
  return ((Setter)setopt)(handle, option, receiver);
}

int galley_curl_set_watch(void *setopt, void *handle, int option, GalleyCurlWatch watch) {
  return ((Setter)setopt)(handle, option, watch);
}

long galley_curl_get_number(void *getinfo, void *handle, int info) {
  long value = -1;
  return ((Getter)getinfo)(handle, info, &value) == GALLEY_CURL_OK ? value : -1;
}
