// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The part of ONNX Runtime's C interface that Galley calls: opaque types, constants and the function table, laid out
// as the library lays it out. The table only grows, so a slot keeps its place in every later version; the order of the
// slots is a public fact of the library (OrtApi in its onnxruntime_c_api.h). Slots that Galley doesn't call are
// reserved space.
//
// Ownership: what a `Create…` or `Get…` function gives through its last parameter belongs to the caller unless said
// otherwise, and is given back with the matching `Release…`. A status is NULL on success and is released by whoever
// received it.

#ifndef GALLEY_ONNXRUNTIME_ABI_H
#define GALLEY_ONNXRUNTIME_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtIoBinding OrtIoBinding;

/// The version of the function table that Galley asks for; every library from 1.17 on gives it.
enum { GALLEY_ORT_API_VERSION = 17 };

/// OrtErrorCode, the values that Galley tells apart.
enum { GALLEY_ORT_NO_SUCH_FILE = 3, GALLEY_ORT_NOT_IMPLEMENTED = 9 };

/// OrtLoggingLevel: only errors are written.
enum { GALLEY_ORT_LOGGING_ERROR = 3 };

/// ExecutionMode.
enum { GALLEY_ORT_SEQUENTIAL = 0 };

/// GraphOptimizationLevel.
enum { GALLEY_ORT_LEVEL_NONE = 0, GALLEY_ORT_LEVEL_BASIC = 1, GALLEY_ORT_LEVEL_EXTENDED = 2, GALLEY_ORT_LEVEL_ALL = 99 };

/// ONNXType: the kind of a model's input or output.
enum { GALLEY_ORT_TYPE_TENSOR = 1 };

/// OrtAllocatorType and OrtMemType of memory that the caller owns.
enum { GALLEY_ORT_ALLOCATOR_DEVICE = 0, GALLEY_ORT_ALLOCATOR_ARENA = 1, GALLEY_ORT_MEMORY_DEFAULT = 0 };

/// The function table. A comment on a line gives the slot's number.
typedef struct OrtApi {
  void *_Nullable reserved_0[1];
  int (*_Nonnull GetErrorCode)(const OrtStatus *status);                                                      // 1
  const char *_Nonnull (*_Nonnull GetErrorMessage)(const OrtStatus *status);                                  // 2
  OrtStatus *_Nullable (*_Nonnull CreateEnv)(int level, const char *name, OrtEnv *_Nullable *_Nonnull env);   // 3
  void *_Nullable reserved_4[2];
  OrtStatus *_Nullable (*_Nonnull DisableTelemetryEvents)(const OrtEnv *env);                                 // 6
  OrtStatus *_Nullable (*_Nonnull CreateSession)(
      const OrtEnv *env, const char *path, const OrtSessionOptions *options,
      OrtSession *_Nullable *_Nonnull session);                                                               // 7
  void *_Nullable reserved_8[1];
  OrtStatus *_Nullable (*_Nonnull Run)(
      OrtSession *session, const OrtRunOptions *_Nullable options, const char *_Nonnull const *_Nonnull input_names,
      const OrtValue *_Nonnull const *_Nonnull inputs, size_t input_count,
      const char *_Nonnull const *_Nonnull output_names, size_t output_count,
      OrtValue *_Nullable *_Nonnull outputs);                                                                 // 9
  OrtStatus *_Nullable (*_Nonnull CreateSessionOptions)(OrtSessionOptions *_Nullable *_Nonnull options);      // 10
  void *_Nullable reserved_11[2];
  OrtStatus *_Nullable (*_Nonnull SetSessionExecutionMode)(OrtSessionOptions *options, int mode);             // 13
  void *_Nullable reserved_14[8];
  OrtStatus *_Nullable (*_Nonnull SetSessionLogSeverityLevel)(OrtSessionOptions *options, int level);         // 22
  OrtStatus *_Nullable (*_Nonnull SetSessionGraphOptimizationLevel)(OrtSessionOptions *options, int level);   // 23
  OrtStatus *_Nullable (*_Nonnull SetIntraOpNumThreads)(OrtSessionOptions *options, int count);               // 24
  OrtStatus *_Nullable (*_Nonnull SetInterOpNumThreads)(OrtSessionOptions *options, int count);               // 25
  void *_Nullable reserved_26[4];
  OrtStatus *_Nullable (*_Nonnull SessionGetInputCount)(const OrtSession *session, size_t *count);            // 30
  OrtStatus *_Nullable (*_Nonnull SessionGetOutputCount)(const OrtSession *session, size_t *count);           // 31
  void *_Nullable reserved_32[1];
  OrtStatus *_Nullable (*_Nonnull SessionGetInputTypeInfo)(
      const OrtSession *session, size_t index, OrtTypeInfo *_Nullable *_Nonnull info);                        // 33
  OrtStatus *_Nullable (*_Nonnull SessionGetOutputTypeInfo)(
      const OrtSession *session, size_t index, OrtTypeInfo *_Nullable *_Nonnull info);                        // 34
  void *_Nullable reserved_35[1];
  /// The name is freed with AllocatorFree.
  OrtStatus *_Nullable (*_Nonnull SessionGetInputName)(
      const OrtSession *session, size_t index, OrtAllocator *allocator, char *_Nullable *_Nonnull name);      // 36
  OrtStatus *_Nullable (*_Nonnull SessionGetOutputName)(
      const OrtSession *session, size_t index, OrtAllocator *allocator, char *_Nullable *_Nonnull name);      // 37
  void *_Nullable reserved_38[11];
  /// The value borrows `data`, which must outlive it.
  OrtStatus *_Nullable (*_Nonnull CreateTensorWithDataAsOrtValue)(
      const OrtMemoryInfo *memory, void *_Nullable data, size_t byte_count, const int64_t *_Nullable shape,
      size_t rank, int element_type, OrtValue *_Nullable *_Nonnull value);                                    // 49
  void *_Nullable reserved_50[1];
  /// The pointer belongs to the value.
  OrtStatus *_Nullable (*_Nonnull GetTensorMutableData)(OrtValue *value, void *_Nullable *_Nonnull data);     // 51
  void *_Nullable reserved_52[3];
  /// The result belongs to the type info; it is NULL if the type is no tensor.
  OrtStatus *_Nullable (*_Nonnull CastTypeInfoToTensorInfo)(
      const OrtTypeInfo *type, const OrtTensorTypeAndShapeInfo *_Nullable *_Nonnull info);                    // 55
  OrtStatus *_Nullable (*_Nonnull GetOnnxTypeFromTypeInfo)(const OrtTypeInfo *type, int *kind);               // 56
  void *_Nullable reserved_57[3];
  OrtStatus *_Nullable (*_Nonnull GetTensorElementType)(const OrtTensorTypeAndShapeInfo *info, int *type);    // 60
  OrtStatus *_Nullable (*_Nonnull GetDimensionsCount)(const OrtTensorTypeAndShapeInfo *info, size_t *count);  // 61
  /// A dimension that the model leaves open is -1.
  OrtStatus *_Nullable (*_Nonnull GetDimensions)(
      const OrtTensorTypeAndShapeInfo *info, int64_t *_Nullable dimensions, size_t count);                    // 62
  /// The names belong to the info; a dimension without a name has the empty text.
  OrtStatus *_Nullable (*_Nonnull GetSymbolicDimensions)(
      const OrtTensorTypeAndShapeInfo *info, const char *_Nullable *_Nullable names, size_t count);           // 63
  void *_Nullable reserved_64[1];
  OrtStatus *_Nullable (*_Nonnull GetTensorTypeAndShape)(
      const OrtValue *value, OrtTensorTypeAndShapeInfo *_Nullable *_Nonnull info);                            // 65
  void *_Nullable reserved_66[3];
  OrtStatus *_Nullable (*_Nonnull CreateCpuMemoryInfo)(
      int allocator_type, int memory_type, OrtMemoryInfo *_Nullable *_Nonnull memory);                        // 69
  void *_Nullable reserved_70[6];
  OrtStatus *_Nullable (*_Nonnull AllocatorFree)(OrtAllocator *allocator, void *_Nullable pointer);           // 76
  void *_Nullable reserved_77[1];
  /// The allocator belongs to the library.
  OrtStatus *_Nullable (*_Nonnull GetAllocatorWithDefaultOptions)(
      OrtAllocator *_Nullable *_Nonnull allocator);                                                           // 78
  void *_Nullable reserved_79[13];
  void (*_Nonnull ReleaseEnv)(OrtEnv *_Nullable env);                                                         // 92
  void (*_Nonnull ReleaseStatus)(OrtStatus *_Nullable status);                                                // 93
  void (*_Nonnull ReleaseMemoryInfo)(OrtMemoryInfo *_Nullable memory);                                        // 94
  void (*_Nonnull ReleaseSession)(OrtSession *_Nullable session);                                             // 95
  void (*_Nonnull ReleaseValue)(OrtValue *_Nullable value);                                                   // 96
  void *_Nullable reserved_97[1];
  void (*_Nonnull ReleaseTypeInfo)(OrtTypeInfo *_Nullable info);                                              // 98
  void (*_Nonnull ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo *_Nullable info);                  // 99
  void (*_Nonnull ReleaseSessionOptions)(OrtSessionOptions *_Nullable options);                               // 100
  void *_Nullable reserved_101[24];
  /// The list is given back with ReleaseAvailableProviders.
  OrtStatus *_Nullable (*_Nonnull GetAvailableProviders)(
      char *_Nullable *_Nullable *_Nonnull names, int *count);                                                // 125
  OrtStatus *_Nullable (*_Nonnull ReleaseAvailableProviders)(char *_Nullable *_Nonnull names, int count);     // 126
  void *_Nullable reserved_127[3];
  OrtStatus *_Nullable (*_Nonnull AddSessionConfigEntry)(
      OrtSessionOptions *options, const char *key, const char *value);                                        // 130
  void *_Nullable reserved_131[2];
  OrtStatus *_Nullable (*_Nonnull RunWithBinding)(
      OrtSession *session, const OrtRunOptions *_Nullable options, const OrtIoBinding *binding);              // 133
  OrtStatus *_Nullable (*_Nonnull CreateIoBinding)(
      OrtSession *session, OrtIoBinding *_Nullable *_Nonnull binding);                                        // 134
  void (*_Nonnull ReleaseIoBinding)(OrtIoBinding *_Nullable binding);                                         // 135
  OrtStatus *_Nullable (*_Nonnull BindInput)(OrtIoBinding *binding, const char *name, const OrtValue *value); // 136
  OrtStatus *_Nullable (*_Nonnull BindOutput)(
      OrtIoBinding *binding, const char *name, const OrtValue *value);                                        // 137
  OrtStatus *_Nullable (*_Nonnull BindOutputToDevice)(
      OrtIoBinding *binding, const char *name, const OrtMemoryInfo *memory);                                  // 138
  void *_Nullable reserved_139[1];
  /// The list is freed with AllocatorFree and each value with ReleaseValue.
  OrtStatus *_Nullable (*_Nonnull GetBoundOutputValues)(
      const OrtIoBinding *binding, OrtAllocator *allocator, OrtValue *_Nullable *_Nullable *_Nonnull values,
      size_t *count);                                                                                         // 140
} OrtApi;

/// What the library's one exported function, `OrtGetApiBase`, gives.
typedef struct OrtApiBase {
  /// The table of a version, or NULL if the library is older.
  const OrtApi *_Nullable (*_Nonnull GetApi)(uint32_t version);
  /// The library's version, such as `1.31.1`.
  const char *_Nonnull (*_Nonnull GetVersionString)(void);
} OrtApiBase;

#define GALLEY_ORT_AT(name, number)                                           \
  _Static_assert(offsetof(OrtApi, name) == (number) * sizeof(void *), #name " is slot " #number)

GALLEY_ORT_AT(GetErrorCode, 1);
GALLEY_ORT_AT(GetErrorMessage, 2);
GALLEY_ORT_AT(CreateEnv, 3);
GALLEY_ORT_AT(DisableTelemetryEvents, 6);
GALLEY_ORT_AT(CreateSession, 7);
GALLEY_ORT_AT(Run, 9);
GALLEY_ORT_AT(CreateSessionOptions, 10);
GALLEY_ORT_AT(SetSessionExecutionMode, 13);
GALLEY_ORT_AT(SetSessionLogSeverityLevel, 22);
GALLEY_ORT_AT(SetSessionGraphOptimizationLevel, 23);
GALLEY_ORT_AT(SetIntraOpNumThreads, 24);
GALLEY_ORT_AT(SetInterOpNumThreads, 25);
GALLEY_ORT_AT(SessionGetInputCount, 30);
GALLEY_ORT_AT(SessionGetOutputCount, 31);
GALLEY_ORT_AT(SessionGetInputTypeInfo, 33);
GALLEY_ORT_AT(SessionGetOutputTypeInfo, 34);
GALLEY_ORT_AT(SessionGetInputName, 36);
GALLEY_ORT_AT(SessionGetOutputName, 37);
GALLEY_ORT_AT(CreateTensorWithDataAsOrtValue, 49);
GALLEY_ORT_AT(GetTensorMutableData, 51);
GALLEY_ORT_AT(CastTypeInfoToTensorInfo, 55);
GALLEY_ORT_AT(GetOnnxTypeFromTypeInfo, 56);
GALLEY_ORT_AT(GetTensorElementType, 60);
GALLEY_ORT_AT(GetDimensionsCount, 61);
GALLEY_ORT_AT(GetDimensions, 62);
GALLEY_ORT_AT(GetSymbolicDimensions, 63);
GALLEY_ORT_AT(GetTensorTypeAndShape, 65);
GALLEY_ORT_AT(CreateCpuMemoryInfo, 69);
GALLEY_ORT_AT(AllocatorFree, 76);
GALLEY_ORT_AT(GetAllocatorWithDefaultOptions, 78);
GALLEY_ORT_AT(ReleaseEnv, 92);
GALLEY_ORT_AT(ReleaseStatus, 93);
GALLEY_ORT_AT(ReleaseMemoryInfo, 94);
GALLEY_ORT_AT(ReleaseSession, 95);
GALLEY_ORT_AT(ReleaseValue, 96);
GALLEY_ORT_AT(ReleaseTypeInfo, 98);
GALLEY_ORT_AT(ReleaseTensorTypeAndShapeInfo, 99);
GALLEY_ORT_AT(ReleaseSessionOptions, 100);
GALLEY_ORT_AT(GetAvailableProviders, 125);
GALLEY_ORT_AT(ReleaseAvailableProviders, 126);
GALLEY_ORT_AT(AddSessionConfigEntry, 130);
GALLEY_ORT_AT(RunWithBinding, 133);
GALLEY_ORT_AT(CreateIoBinding, 134);
GALLEY_ORT_AT(ReleaseIoBinding, 135);
GALLEY_ORT_AT(BindInput, 136);
GALLEY_ORT_AT(BindOutput, 137);
GALLEY_ORT_AT(BindOutputToDevice, 138);
GALLEY_ORT_AT(GetBoundOutputValues, 140);

#undef GALLEY_ORT_AT

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
