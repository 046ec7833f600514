// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The part of OpenVINO's C interface that Galley calls: types, constants, and the functions, which the library exports
// by name. Layouts and numbers are public facts of the library (the headers in openvino/c of its 2026.4 release).
//
// Ownership: what a function gives through its last parameter belongs to the caller unless said otherwise, and is given
// back with the matching `…_free`. A status is 0 on success; the words to another one are the process's last error.

#ifndef GALLEY_OPENVINO_ABI_H
#define GALLEY_OPENVINO_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

typedef struct ov_core OvCore;
typedef struct ov_model OvModel;
typedef struct ov_output_const_port OvPort;
typedef struct ov_compiled_model OvCompiledModel;
typedef struct ov_infer_request OvInferRequest;
typedef struct ov_tensor OvTensor;

/// ov_status_e: the values that Galley tells apart.
enum {
  GALLEY_OV_OK = 0,
  GALLEY_OV_NOT_IMPLEMENTED = -2,
  GALLEY_OV_REQUEST_BUSY = -8,
  GALLEY_OV_INFER_CANCELLED = -13,
  GALLEY_OV_INVALID_PARAMETER = -14,
  GALLEY_OV_NO_SUCH_METHOD = -16
};

/// ov_element_type_e.
enum {
  GALLEY_OV_DYNAMIC = 0,
  GALLEY_OV_BOOLEAN = 1,
  GALLEY_OV_BF16 = 2,
  GALLEY_OV_F16 = 3,
  GALLEY_OV_F32 = 4,
  GALLEY_OV_F64 = 5,
  GALLEY_OV_I4 = 6,
  GALLEY_OV_I8 = 7,
  GALLEY_OV_I16 = 8,
  GALLEY_OV_I32 = 9,
  GALLEY_OV_I64 = 10,
  GALLEY_OV_U1 = 11,
  GALLEY_OV_U2 = 12,
  GALLEY_OV_U3 = 13,
  GALLEY_OV_U4 = 14,
  GALLEY_OV_U6 = 15,
  GALLEY_OV_U8 = 16,
  GALLEY_OV_U16 = 17,
  GALLEY_OV_U32 = 18,
  GALLEY_OV_U64 = 19,
  GALLEY_OV_NF4 = 20,
  GALLEY_OV_F8E4M3 = 21,
  GALLEY_OV_F8E5M2 = 22,
  GALLEY_OV_STRING = 23,
  GALLEY_OV_F4E2M1 = 24,
  GALLEY_OV_F8E8M0 = 25
};

/// The state of a node in a profile: only an executed one has a time.
enum { GALLEY_OV_PROFILED_EXECUTED = 2 };

/// The library's version; freed with ov_version_free.
typedef struct OvVersion {
  const char *_Nullable build;
  const char *_Nullable description;
} OvVersion;

/// The names of devices; freed with ov_available_devices_free.
typedef struct OvDevices {
  char *_Nullable *_Nullable names;
  size_t count;
} OvDevices;

/// A shape whose dimensions are all known.
typedef struct OvShape {
  int64_t rank;
  int64_t *_Nullable dimensions;
} OvShape;

/// The smallest and largest extent of a dimension, both included; the largest is -1 where nothing bounds it.
typedef struct OvDimension {
  int64_t minimum;
  int64_t maximum;
} OvDimension;

/// A shape with open dimensions, or of an open rank; freed with ov_partial_shape_free.
typedef struct OvPartialShape {
  OvDimension rank;
  OvDimension *_Nullable dimensions;
} OvPartialShape;

/// A property and its value, for Galley always text.
typedef struct OvProperty {
  const char *key;
  const void *value;
} OvProperty;

/// One node of a profile. The times are in microseconds.
typedef struct OvNodeProfile {
  int status;
  int64_t real_time;
  int64_t processor_time;
  const char *_Nullable name;
  const char *_Nullable executor;
  const char *_Nullable type;
} OvNodeProfile;

/// A profile; freed with ov_profiling_info_list_free.
typedef struct OvProfile {
  OvNodeProfile *_Nullable nodes;
  size_t count;
} OvProfile;

/// The functions, each under the name by which the library exports it. Function pointers only: openvino_table.c fills
/// them one by one.
typedef struct OvApi {
  /// Words about the last failure of the process, freed with ov_free; NULL if there was none.
  const char *_Nullable (*_Nonnull ov_get_last_err_msg)(void);
  /// The words for a status; they belong to the library.
  const char *_Nullable (*_Nonnull ov_get_error_info)(int status);
  void (*_Nonnull ov_free)(const char *_Nullable text);

  int (*_Nonnull ov_get_openvino_version)(OvVersion *version);
  void (*_Nonnull ov_version_free)(OvVersion *version);

  int (*_Nonnull ov_core_create)(OvCore *_Nullable *_Nonnull core);
  void (*_Nonnull ov_core_free)(OvCore *_Nullable core);
  int (*_Nonnull ov_core_get_available_devices)(const OvCore *core, OvDevices *devices);
  void (*_Nonnull ov_available_devices_free)(OvDevices *devices);
  /// The value is freed with ov_free.
  int (*_Nonnull ov_core_get_property)(
      const OvCore *core, const char *device, const char *key, char *_Nullable *_Nonnull value);
  /// `weights` may be NULL: the file beside an IR file is found by its name.
  int (*_Nonnull ov_core_read_model)(
      const OvCore *core, const char *path, const char *_Nullable weights, OvModel *_Nullable *_Nonnull model);
  int (*_Nonnull ov_core_compile_model_props)(
      const OvCore *core, const OvModel *model, const char *device, size_t count, const OvProperty *_Nullable properties,
      OvCompiledModel *_Nullable *_Nonnull compiled);

  void (*_Nonnull ov_model_free)(OvModel *_Nullable model);
  int (*_Nonnull ov_model_inputs_size)(const OvModel *model, size_t *count);
  int (*_Nonnull ov_model_outputs_size)(const OvModel *model, size_t *count);
  int (*_Nonnull ov_model_const_input_by_index)(
      const OvModel *model, size_t index, OvPort *_Nullable *_Nonnull port);
  int (*_Nonnull ov_model_const_output_by_index)(
      const OvModel *model, size_t index, OvPort *_Nullable *_Nonnull port);
  /// Fixes or opens dimensions of the inputs with these indices.
  int (*_Nonnull ov_model_reshape_by_port_indexes)(
      const OvModel *model, const size_t *indices, const OvPartialShape *shapes, size_t count);

  void (*_Nonnull ov_output_const_port_free)(OvPort *_Nullable port);
  /// The smallest of the port's names, freed with ov_free; a failure if it has none.
  int (*_Nonnull ov_port_get_any_name)(const OvPort *port, char *_Nullable *_Nonnull name);
  int (*_Nonnull ov_port_get_partial_shape)(const OvPort *port, OvPartialShape *shape);
  int (*_Nonnull ov_port_get_element_type)(const OvPort *port, int *type);
  void (*_Nonnull ov_partial_shape_free)(OvPartialShape *shape);

  void (*_Nonnull ov_compiled_model_free)(OvCompiledModel *_Nullable model);
  /// The value is freed with ov_free.
  int (*_Nonnull ov_compiled_model_get_property)(
      const OvCompiledModel *model, const char *key, char *_Nullable *_Nonnull value);
  int (*_Nonnull ov_compiled_model_create_infer_request)(
      const OvCompiledModel *model, OvInferRequest *_Nullable *_Nonnull request);

  void (*_Nonnull ov_infer_request_free)(OvInferRequest *_Nullable request);
  int (*_Nonnull ov_infer_request_set_input_tensor_by_index)(
      OvInferRequest *request, size_t index, const OvTensor *tensor);
  int (*_Nonnull ov_infer_request_get_output_tensor_by_index)(
      const OvInferRequest *request, size_t index, OvTensor *_Nullable *_Nonnull tensor);
  int (*_Nonnull ov_infer_request_infer)(OvInferRequest *request);
  int (*_Nonnull ov_infer_request_start_async)(OvInferRequest *request);
  int (*_Nonnull ov_infer_request_wait)(OvInferRequest *request);
  /// From any thread.
  int (*_Nonnull ov_infer_request_cancel)(OvInferRequest *request);
  int (*_Nonnull ov_infer_request_get_profiling_info)(const OvInferRequest *request, OvProfile *profile);
  void (*_Nonnull ov_profiling_info_list_free)(OvProfile *profile);

  /// The tensor borrows `data`, which must outlive it.
  int (*_Nonnull ov_tensor_create_from_host_ptr)(
      int type, OvShape shape, void *data, OvTensor *_Nullable *_Nonnull tensor);
  /// The shape is freed with ov_shape_free.
  int (*_Nonnull ov_tensor_get_shape)(const OvTensor *tensor, OvShape *shape);
  int (*_Nonnull ov_shape_free)(OvShape *shape);
  int (*_Nonnull ov_tensor_get_byte_size)(const OvTensor *tensor, size_t *byte_count);
  /// The pointer belongs to the tensor.
  int (*_Nonnull ov_tensor_data)(const OvTensor *tensor, void *_Nullable *_Nonnull data);
  void (*_Nonnull ov_tensor_free)(OvTensor *_Nullable tensor);
} OvApi;

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
