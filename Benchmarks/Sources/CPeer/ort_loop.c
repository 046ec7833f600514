// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "ort_loop.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "onnxruntime_abi.h"

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int failed(const OrtApi *api, OrtStatus *status) {
  if (status == NULL) return 0;
  fprintf(stderr, "ONNX Runtime: %s\n", api->GetErrorMessage(status));
  api->ReleaseStatus(status);
  return 1;
}

#define TRY(call) \
  if (failed(api, (call))) return 0

static const OrtApi *open_api(const char *library) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return NULL;
  }
  const OrtApiBase *(*base)(void);
  void *entry = dlsym(handle, "OrtGetApiBase");
  if (entry == NULL) return NULL;
  memcpy(&base, &entry, sizeof base);
  return base()->GetApi(GALLEY_ORT_API_VERSION);
}

/// A buffer of the shape that the model gives, bound as an input or output.
static int make_value(
    const OrtApi *api, const OrtTypeInfo *type, const OrtMemoryInfo *memory, OrtValue **value, float **data,
    size_t *count) {
  const OrtTensorTypeAndShapeInfo *info = NULL;
  TRY(api->CastTypeInfoToTensorInfo(type, &info));
  size_t rank = 0;
  int64_t shape[8];
  TRY(api->GetDimensionsCount(info, &rank));
  if (rank > 8) return 0;
  TRY(api->GetDimensions(info, shape, rank));
  *count = 1;
  for (size_t i = 0; i < rank; i++) {
    if (shape[i] < 0) shape[i] = 1;
    *count *= (size_t)shape[i];
  }
  *data = aligned_alloc(64, (*count * sizeof(float) + 63) / 64 * 64);
  if (*data == NULL) return 0;
  memset(*data, 0, *count * sizeof(float));
  TRY(api->CreateTensorWithDataAsOrtValue(memory, *data, *count * sizeof(float), shape, rank, 1, value));
  return 1;
}

int peer_open(const char *library, const char *path, PeerModel *model) {
  memset(model, 0, sizeof *model);
  const OrtApi *api = open_api(library);
  if (api == NULL) return 0;
  OrtEnv *env = NULL;
  OrtSessionOptions *options = NULL;
  OrtSession *session = NULL;
  OrtMemoryInfo *memory = NULL;
  OrtAllocator *allocator = NULL;
  OrtTypeInfo *input_type = NULL, *output_type = NULL;
  OrtValue *input = NULL, *output = NULL;
  OrtIoBinding *binding = NULL;
  char *input_name = NULL, *output_name = NULL;
  TRY(api->CreateEnv(GALLEY_ORT_LOGGING_ERROR, "peer", &env));
  TRY(api->CreateSessionOptions(&options));
  TRY(api->SetIntraOpNumThreads(options, 1));
  TRY(api->SetInterOpNumThreads(options, 1));
  TRY(api->SetSessionGraphOptimizationLevel(options, GALLEY_ORT_LEVEL_ALL));
  TRY(api->CreateSession(env, path, options, &session));
  TRY(api->CreateCpuMemoryInfo(GALLEY_ORT_ALLOCATOR_ARENA, GALLEY_ORT_MEMORY_DEFAULT, &memory));
  TRY(api->GetAllocatorWithDefaultOptions(&allocator));
  TRY(api->SessionGetInputTypeInfo(session, 0, &input_type));
  TRY(api->SessionGetOutputTypeInfo(session, 0, &output_type));
  TRY(api->SessionGetInputName(session, 0, allocator, &input_name));
  TRY(api->SessionGetOutputName(session, 0, allocator, &output_name));
  if (!make_value(api, input_type, memory, &input, &model->input_data, &model->input_count)) return 0;
  if (!make_value(api, output_type, memory, &output, &model->output_data, &model->output_count)) return 0;
  TRY(api->CreateIoBinding(session, &binding));
  TRY(api->BindInput(binding, input_name, input));
  TRY(api->BindOutput(binding, output_name, output));
  model->api = api;
  model->session = session;
  model->binding = binding;
  model->input = input;
  model->output = output;
  return 1;
}

int peer_run(const PeerModel *model) {
  const OrtApi *api = model->api;
  TRY(api->RunWithBinding(model->session, NULL, model->binding));
  return 1;
}

int peer_loop(const void *table, void *session, void *binding, size_t count, uint64_t *durations) {
  const OrtApi *api = table;
  uint64_t start = now();
  for (size_t i = 0; i < count; i++) {
    TRY(api->RunWithBinding(session, NULL, binding));
    uint64_t end = now();
    durations[i] = end - start;
    start = end;
  }
  return 1;
}

int peer_loop_values(
    const PeerModel *model, const char *input_name, const char *output_name, size_t count, uint64_t *durations) {
  const OrtApi *api = model->api;
  const char *inputs[] = {input_name};
  const char *outputs[] = {output_name};
  const OrtValue *values[] = {model->input};
  OrtValue *results[] = {model->output};
  uint64_t start = now();
  for (size_t i = 0; i < count; i++) {
    TRY(api->Run(model->session, NULL, inputs, values, 1, outputs, 1, results));
    uint64_t end = now();
    durations[i] = end - start;
    start = end;
  }
  return 1;
}

static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  uint8_t *bytes = length > 0 ? malloc((size_t)length) : NULL;
  *size = bytes == NULL ? 0 : fread(bytes, 1, (size_t)length, file);
  fclose(file);
  return bytes;
}

static void finish(PeerPass *pass) {
  for (int class = 0; class < 10; class ++) {
    size_t support = 0, answered = 0;
    for (int other = 0; other < 10; other++) {
      support += pass->confusion[class][other];
      answered += pass->confusion[other][class];
    }
    size_t hits = pass->confusion[class][class];
    pass->correct += hits;
    pass->precision[class] = answered ? (double)hits / (double)answered : 0;
    pass->recall[class] = support ? (double)hits / (double)support : 0;
  }
}

int peer_pass(const PeerModel *model, const char *path, PeerPass *pass, uint64_t *durations, size_t capacity) {
  memset(pass, 0, sizeof *pass);
  size_t size = 0;
  uint8_t *bytes = read_file(path, &size);
  uint32_t count = 0;
  if (bytes == NULL || size < 4) return 0;
  memcpy(&count, bytes, 4);
  if (size < 4 + (size_t)count * 65 || count > capacity || model->input_count != 64 || model->output_count != 10) {
    free(bytes);
    return 0;
  }
  const uint8_t *pixels = bytes + 4, *classes = pixels + (size_t)count * 64;
  const float scale = 1.0f / 16.0f;
  for (size_t item = 0; item < count; item++) {
    for (size_t i = 0; i < 64; i++) model->input_data[i] = (float)pixels[item * 64 + i] * scale;
    uint64_t start = now();
    if (!peer_run(model)) return 0;
    durations[item] = now() - start;
    int best = 0;
    for (int i = 1; i < 10; i++) {
      if (model->output_data[i] > model->output_data[best]) best = i;
    }
    pass->confusion[classes[item] % 10][best]++;
  }
  pass->items = count;
  finish(pass);
  free(bytes);
  return 1;
}
