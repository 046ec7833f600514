// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "litert_loop.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "litert_table.h"

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int failed(int status, const char *call) {
  if (status == GALLEY_LITERT_OK) return 0;
  fprintf(stderr, "LiteRT: status %d of %s\n", status, call);
  return 1;
}

#define TRY(call) \
  if (failed((call), #call)) return 0

static void *look_up(void *library, const char *name) { return dlsym(library, name); }

static const LiteRtApi *open_api(const char *path) {
  static LiteRtApi api;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  const char *missing = library == NULL ? dlerror() : galley_litert_fill(&api, look_up, library);
  if (missing == NULL) return &api;
  fprintf(stderr, "%s: %s\n", path, missing);
  return NULL;
}

static void *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  void *bytes = aligned_alloc(64, (*size + 127) / 64 * 64);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) bytes = NULL;
  fclose(file);
  return bytes;
}

static int add_option(const LiteRtApi *api, LiteRtOptions options, const char *name, int threads) {
  char text[64];
  snprintf(text, sizeof text, "num_threads = %d\n", threads);
  LiteRtOpaqueOptions made = NULL;
  TRY(api->CreateOpaqueOptions(name, strdup(text), free, &made));
  TRY(api->AddOpaqueOptions(options, made));
  return 1;
}

static int make_options(const LiteRtApi *api, int threads, LiteRtOptions *options) {
  TRY(api->CreateOptions(options));
  TRY(api->SetOptionsHardwareAccelerators(*options, GALLEY_LITERT_CPU));
  return add_option(api, *options, "xnnpack", threads) && add_option(api, *options, "cpu_delegate", threads);
}

/// The type of an input or output that is fixed: its element type with the layout of the present shape.
typedef int (*GetRankedTensorType)(LiteRtTensor tensor, LiteRtRankedTensorType *type);

static int bind(
    const LiteRtApi *api, GetRankedTensorType get_type, LiteRtCompiledModel compiled, LiteRtTensor tensor, int is_input,
    size_t index, LiteRtTensorBuffer *buffer) {
  LiteRtRankedTensorType type;
  LiteRtTensorBufferRequirements requirements = NULL;
  size_t size = 0;
  TRY(get_type(tensor, &type));
  TRY(is_input ? api->GetCompiledModelInputBufferRequirements(compiled, 0, index, &requirements)
               : api->GetCompiledModelOutputBufferRequirements(compiled, 0, index, &requirements));
  TRY(api->GetTensorBufferRequirementsBufferSize(requirements, &size));
  void *memory = aligned_alloc(64, (size + 127) / 64 * 64);
  if (memory == NULL) return 0;
  memset(memory, 0, size);
  TRY(api->CreateTensorBufferFromHostMemory(&type, memory, size, NULL, buffer));
  return 1;
}

int litert_peer_open(const char *library, const char *path, int threads, LiteRTPeerCall *call) {
  memset(call, 0, sizeof *call);
  const LiteRtApi *api = open_api(library);
  size_t size = 0, inputs = 0, outputs = 0;
  void *bytes = read_file(path, &size);
  void *type_entry = dlsym(dlopen(library, RTLD_NOW | RTLD_LOCAL), "LiteRtGetRankedTensorType");
  if (api == NULL || bytes == NULL || type_entry == NULL) return 0;
  GetRankedTensorType get_type;
  memcpy(&get_type, &type_entry, sizeof get_type);
  const LiteRtEnvOption quick[] = {{GALLEY_LITERT_TAG_AUTO_REGISTER, 0, GALLEY_LITERT_ANY_INT, 0, GALLEY_LITERT_CPU}};
  LiteRtEnvironment environment = NULL;
  LiteRtModel model = NULL;
  LiteRtOptions options = NULL;
  LiteRtCompiledModel compiled = NULL;
  LiteRtSignature signature = NULL;
  TRY(api->CreateEnvironment(1, quick, &environment));
  TRY(api->CreateModelFromBuffer(environment, bytes, size, &model));
  if (!make_options(api, threads, &options)) return 0;
  TRY(api->CreateCompiledModel(environment, model, options, &compiled));
  TRY(api->GetModelSignature(model, 0, &signature));
  TRY(api->GetNumSignatureInputs(signature, &inputs));
  TRY(api->GetNumSignatureOutputs(signature, &outputs));
  LiteRtTensorBuffer *buffers = calloc(inputs + outputs, sizeof *buffers);
  if (buffers == NULL) return 0;
  for (size_t i = 0; i < inputs + outputs; i++) {
    int is_input = i < inputs;
    size_t index = is_input ? i : i - inputs;
    LiteRtTensor tensor = NULL;
    TRY(is_input ? api->GetSignatureInputTensorByIndex(signature, index, &tensor)
                 : api->GetSignatureOutputTensorByIndex(signature, index, &tensor));
    if (!bind(api, get_type, compiled, tensor, is_input, index, &buffers[i])) return 0;
  }
  *call = (LiteRTPeerCall){
      api, compiled, 0, inputs, (void *const *)buffers, outputs, (void *const *)(buffers + inputs)};
  return 1;
}

int litert_peer_run(const LiteRTPeerCall *call) {
  const LiteRtApi *api = call->api;
  TRY(api->RunCompiledModel(
      call->compiled, call->signature, call->input_count, (const LiteRtTensorBuffer *)call->inputs, call->output_count,
      (const LiteRtTensorBuffer *)call->outputs));
  return 1;
}

int litert_peer_loop(const LiteRTPeerCall *call, size_t count, uint64_t *durations) {
  uint64_t start = now();
  for (size_t i = 0; i < count; i++) {
    if (!litert_peer_run(call)) return 0;
    uint64_t end = now();
    durations[i] = end - start;
    start = end;
  }
  return 1;
}
