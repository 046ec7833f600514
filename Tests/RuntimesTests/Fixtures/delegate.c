// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// An external TensorFlow Lite delegate for tests. Its option `mode` says what it does: `refuse`, take `none` of the
// operators, or take `all` of them and double the input, whatever they are.
//
// The structures are laid out as in libLiteRt.so 2.3.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct IntArray {
  int size;
  int data[];
} IntArray;

typedef struct Tensor {
  int type;
  void *data;
  char reserved_16[24];
  size_t bytes;
  char reserved_48[64];
} Tensor;

typedef struct Node {
  IntArray *inputs, *outputs;
} Node;

typedef struct Context Context;
typedef struct Delegate Delegate;

typedef struct Registration {
  void *(*init)(Context *, const char *, size_t);
  void (*free)(Context *, void *);
  int (*prepare)(Context *, Node *);
  int (*invoke)(Context *, Node *);
  const char *(*profiling)(const Context *, const Node *);
  int32_t builtin_code;
  const char *custom_name;
  int version;
  void *external, *asynchronous;
  uint64_t in_place;
} Registration;

struct Context {
  size_t tensor_count;
  int (*get_plan)(Context *, IntArray **);
  Tensor *tensors;
  void *reserved_24[4];
  void *get_node;
  int (*replace)(Context *, Registration, const IntArray *, Delegate *);
};

struct Delegate {
  void *data;
  int (*prepare)(Context *, Delegate *);
  void *reserved_16[3];
  int64_t flags;
  void *builder;
};

_Static_assert(sizeof(Tensor) == 112 && sizeof(Delegate) == 56, "as in the library");
_Static_assert(offsetof(Context, replace) == 64 && sizeof(Registration) == 88, "as in the library");

static void *start(Context *context, const char *buffer, size_t size) { return NULL; }
static void stop(Context *context, void *data) {}
static int get_ready(Context *context, Node *node) { return 0; }

static int run(Context *context, Node *node) {
  const Tensor *input = &context->tensors[node->inputs->data[0]];
  Tensor *output = &context->tensors[node->outputs->data[0]];
  for (size_t i = 0; i < output->bytes / sizeof(float); i++) ((float *)output->data)[i] = ((float *)input->data)[i] * 2;
  return 0;
}

static int take_all(Context *context, Delegate *delegate) {
  IntArray *plan = NULL;
  if (context->get_plan(context, &plan) != 0) return 1;
  Registration registration = {start, stop, get_ready, run, NULL, 32, "galley-doubling", 1, NULL, NULL, 0};
  return context->replace(context, registration, plan, delegate);
}

static int take_none(Context *context, Delegate *delegate) { return 0; }

void *tflite_plugin_create_delegate(
    const char *const *keys, const char *const *values, size_t count, void (*report)(const char *)) {
  const char *mode = "";
  for (size_t i = 0; i < count; i++) {
    if (strcmp(keys[i], "mode") == 0) mode = values[i];
  }
  if (strcmp(mode, "all") != 0 && strcmp(mode, "none") != 0) {
    report("no device");
    report(mode);
    return NULL;
  }
  Delegate *delegate = calloc(1, sizeof *delegate);
  delegate->prepare = strcmp(mode, "all") == 0 ? take_all : take_none;
  // Operators that nobody else knows may be there.
  delegate->flags = 1;
  return delegate;
}

void tflite_plugin_destroy_delegate(void *delegate) { free(delegate); }
