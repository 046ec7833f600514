// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "ov_loop.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "openvino_table.h"

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int failed(const OvApi *api, int status) {
  if (status == GALLEY_OV_OK) return 0;
  const char *words = api->ov_get_last_err_msg();
  fprintf(stderr, "OpenVINO: status %d, %s\n", status, words == NULL ? "no words" : words);
  api->ov_free(words);
  return 1;
}

#define TRY(call) \
  if (failed(api, (call))) return 0

static const OvApi *open_api(const char *library) {
  static OvApi api;
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return NULL;
  }
  for (size_t i = 0; i < galley_ov_function_count(); i++) {
    void *address = dlsym(handle, galley_ov_function_name(i));
    if (address == NULL) return NULL;
    galley_ov_set_function(&api, i, address);
  }
  return &api;
}

/// A buffer of the shape that the port gives.
static int make_tensor(const OvApi *api, const OvPort *port, OvPeerModel *model, OvTensor **tensor) {
  OvPartialShape shape;
  int64_t dimensions[8];
  TRY(api->ov_port_get_partial_shape(port, &shape));
  int64_t rank = shape.rank.maximum;
  if (rank < 0 || rank > 8) return 0;
  model->input_count = 1;
  for (int64_t i = 0; i < rank; i++) {
    const OvDimension extent = shape.dimensions[i];
    dimensions[i] = extent.minimum == extent.maximum ? extent.minimum : 1;
    model->input_count *= (size_t)dimensions[i];
  }
  api->ov_partial_shape_free(&shape);
  model->input_data = aligned_alloc(64, (model->input_count * sizeof(float) + 63) / 64 * 64);
  if (model->input_data == NULL) return 0;
  memset(model->input_data, 0, model->input_count * sizeof(float));
  const OvShape fixed = {rank, dimensions};
  TRY(api->ov_tensor_create_from_host_ptr(GALLEY_OV_F32, fixed, model->input_data, tensor));
  return 1;
}

int ov_peer_open(const char *library, const char *path, OvPeerModel *model) {
  memset(model, 0, sizeof *model);
  const OvApi *api = open_api(library);
  if (api == NULL) return 0;
  const OvProperty properties[] = {
      {"PERFORMANCE_HINT", "LATENCY"},
      {"INFERENCE_PRECISION_HINT", "f32"},
      {"INFERENCE_NUM_THREADS", "1"},
      {"ENABLE_CPU_PINNING", "NO"},
  };
  OvCore *core = NULL;
  OvModel *source = NULL;
  OvPort *port = NULL;
  OvCompiledModel *compiled = NULL;
  OvInferRequest *request = NULL;
  OvTensor *input = NULL;
  TRY(api->ov_core_create(&core));
  TRY(api->ov_core_read_model(core, path, NULL, &source));
  TRY(api->ov_core_compile_model_props(
      core, source, "CPU", sizeof properties / sizeof properties[0], properties, &compiled));
  TRY(api->ov_model_const_input_by_index(source, 0, &port));
  TRY(api->ov_compiled_model_create_infer_request(compiled, &request));
  if (!make_tensor(api, port, model, &input)) return 0;
  TRY(api->ov_infer_request_set_input_tensor_by_index(request, 0, input));
  api->ov_output_const_port_free(port);
  api->ov_model_free(source);
  model->api = api;
  model->request = request;
  return 1;
}

int ov_peer_run(const OvPeerModel *model) {
  const OvApi *api = model->api;
  TRY(api->ov_infer_request_infer(model->request));
  return 1;
}

int ov_peer_loop(const void *table, void *request, size_t count, uint64_t *durations) {
  const OvApi *api = table;
  uint64_t start = now();
  for (size_t i = 0; i < count; i++) {
    TRY(api->ov_infer_request_infer(request));
    uint64_t end = now();
    durations[i] = end - start;
    start = end;
  }
  return 1;
}
