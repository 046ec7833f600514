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
typedef struct OrtMapTypeInfo OrtMapTypeInfo;
typedef struct OrtSequenceTypeInfo OrtSequenceTypeInfo;
typedef struct OrtOptionalTypeInfo OrtOptionalTypeInfo;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtIoBinding OrtIoBinding;
typedef struct OrtCUDAProviderOptionsV2 OrtCUDAProviderOptionsV2;
typedef struct OrtTensorRTProviderOptionsV2 OrtTensorRTProviderOptionsV2;

/// The version of the function table that Galley asks for; every library from 1.17 on gives it.
enum { GALLEY_ORT_API_VERSION = 17 };

/// OrtErrorCode, the values that Galley tells apart.
enum { GALLEY_ORT_INVALID_ARGUMENT = 2, GALLEY_ORT_NO_SUCH_FILE = 3, GALLEY_ORT_NOT_IMPLEMENTED = 9 };

/// OrtLoggingLevel: only errors are written.
enum { GALLEY_ORT_LOGGING_ERROR = 3 };

/// The version whose table shows whether a tensor's rank is open.
enum { GALLEY_ORT_API_VERSION_OF_RANKS = 24 };

/// ExecutionMode.
enum { GALLEY_ORT_SEQUENTIAL = 0, GALLEY_ORT_PARALLEL = 1 };

/// GraphOptimizationLevel.
enum { GALLEY_ORT_LEVEL_NONE = 0, GALLEY_ORT_LEVEL_BASIC = 1, GALLEY_ORT_LEVEL_EXTENDED = 2, GALLEY_ORT_LEVEL_ALL = 99 };

/// ONNXType: the kind of a value, or of a model's input or output.
enum {
  GALLEY_ORT_TYPE_TENSOR = 1,
  GALLEY_ORT_TYPE_SEQUENCE = 2,
  GALLEY_ORT_TYPE_MAP = 3,
  GALLEY_ORT_TYPE_OPAQUE = 4,
  GALLEY_ORT_TYPE_SPARSE_TENSOR = 5,
  GALLEY_ORT_TYPE_OPTIONAL = 6
};

/// ONNXTensorElementDataType of text.
enum { GALLEY_ORT_ELEMENT_STRING = 8 };

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
  OrtStatus *_Nullable (*_Nonnull CreateSessionFromArray)(
      const OrtEnv *env, const void *bytes, size_t byte_count, const OrtSessionOptions *options,
      OrtSession *_Nullable *_Nonnull session);                                                               // 8
  OrtStatus *_Nullable (*_Nonnull Run)(
      OrtSession *session, const OrtRunOptions *_Nullable options, const char *_Nonnull const *_Nonnull input_names,
      const OrtValue *_Nonnull const *_Nonnull inputs, size_t input_count,
      const char *_Nonnull const *_Nonnull output_names, size_t output_count,
      OrtValue *_Nullable *_Nonnull outputs);                                                                 // 9
  OrtStatus *_Nullable (*_Nonnull CreateSessionOptions)(OrtSessionOptions *_Nullable *_Nonnull options);      // 10
  /// The compiled graph is written to `path` as an ONNX file.
  OrtStatus *_Nullable (*_Nonnull SetOptimizedModelFilePath)(OrtSessionOptions *options, const char *path);   // 11
  void *_Nullable reserved_12[1];
  OrtStatus *_Nullable (*_Nonnull SetSessionExecutionMode)(OrtSessionOptions *options, int mode);             // 13
  /// The profile's file begins with `prefix`.
  OrtStatus *_Nullable (*_Nonnull EnableProfiling)(OrtSessionOptions *options, const char *prefix);           // 14
  void *_Nullable reserved_15[2];
  OrtStatus *_Nullable (*_Nonnull DisableMemPattern)(OrtSessionOptions *options);                             // 17
  void *_Nullable reserved_18[1];
  OrtStatus *_Nullable (*_Nonnull DisableCpuMemArena)(OrtSessionOptions *options);                            // 19
  void *_Nullable reserved_20[2];
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
  void *_Nullable reserved_38[1];
  OrtStatus *_Nullable (*_Nonnull CreateRunOptions)(OrtRunOptions *_Nullable *_Nonnull options);              // 39
  void *_Nullable reserved_40[6];
  /// Lets every run that uses `options` end with an error; it may be called from any thread.
  OrtStatus *_Nullable (*_Nonnull RunOptionsSetTerminate)(OrtRunOptions *options);                            // 46
  OrtStatus *_Nullable (*_Nonnull RunOptionsUnsetTerminate)(OrtRunOptions *options);                          // 47
  /// The value owns its memory.
  OrtStatus *_Nullable (*_Nonnull CreateTensorAsOrtValue)(
      OrtAllocator *allocator, const int64_t *_Nullable shape, size_t rank, int element_type,
      OrtValue *_Nullable *_Nonnull value);                                                                   // 48
  /// The value borrows `data`, which must outlive it.
  OrtStatus *_Nullable (*_Nonnull CreateTensorWithDataAsOrtValue)(
      const OrtMemoryInfo *memory, void *_Nullable data, size_t byte_count, const int64_t *_Nullable shape,
      size_t rank, int element_type, OrtValue *_Nullable *_Nonnull value);                                    // 49
  void *_Nullable reserved_50[1];
  /// The pointer belongs to the value.
  OrtStatus *_Nullable (*_Nonnull GetTensorMutableData)(OrtValue *value, void *_Nullable *_Nonnull data);     // 51
  void *_Nullable reserved_52[1];
  /// The bytes of all texts together.
  OrtStatus *_Nullable (*_Nonnull GetStringTensorDataLength)(const OrtValue *value, size_t *byte_count);      // 53
  /// The texts one after the other without ends, and where each begins.
  OrtStatus *_Nullable (*_Nonnull GetStringTensorContent)(
      const OrtValue *value, void *_Nullable bytes, size_t byte_count, size_t *_Nullable offsets,
      size_t offset_count);                                                                                   // 54
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
  void *_Nullable reserved_66[1];
  OrtStatus *_Nullable (*_Nonnull GetValueType)(const OrtValue *value, int *kind);                            // 67
  void *_Nullable reserved_68[1];
  OrtStatus *_Nullable (*_Nonnull CreateCpuMemoryInfo)(
      int allocator_type, int memory_type, OrtMemoryInfo *_Nullable *_Nonnull memory);                        // 69
  void *_Nullable reserved_70[6];
  OrtStatus *_Nullable (*_Nonnull AllocatorFree)(OrtAllocator *allocator, void *_Nullable pointer);           // 76
  void *_Nullable reserved_77[1];
  /// The allocator belongs to the library.
  OrtStatus *_Nullable (*_Nonnull GetAllocatorWithDefaultOptions)(
      OrtAllocator *_Nullable *_Nonnull allocator);                                                           // 78
  void *_Nullable reserved_79[1];
  /// An element of a sequence, or a map's keys (0) or values (1).
  OrtStatus *_Nullable (*_Nonnull GetValue)(
      const OrtValue *value, int index, OrtAllocator *allocator, OrtValue *_Nullable *_Nonnull part);         // 80
  OrtStatus *_Nullable (*_Nonnull GetValueCount)(const OrtValue *value, size_t *count);                       // 81
  /// A sequence of one part or more, or a map of keys and values. The parts are still the caller's.
  OrtStatus *_Nullable (*_Nonnull CreateValue)(
      const OrtValue *_Nonnull const *_Nonnull parts, size_t count, int kind,
      OrtValue *_Nullable *_Nonnull value);                                                                   // 82
  void *_Nullable reserved_83[9];
  void (*_Nonnull ReleaseEnv)(OrtEnv *_Nullable env);                                                         // 92
  void (*_Nonnull ReleaseStatus)(OrtStatus *_Nullable status);                                                // 93
  void (*_Nonnull ReleaseMemoryInfo)(OrtMemoryInfo *_Nullable memory);                                        // 94
  void (*_Nonnull ReleaseSession)(OrtSession *_Nullable session);                                             // 95
  void (*_Nonnull ReleaseValue)(OrtValue *_Nullable value);                                                   // 96
  void (*_Nonnull ReleaseRunOptions)(OrtRunOptions *_Nullable options);                                       // 97
  void (*_Nonnull ReleaseTypeInfo)(OrtTypeInfo *_Nullable info);                                              // 98
  void (*_Nonnull ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo *_Nullable info);                  // 99
  void (*_Nonnull ReleaseSessionOptions)(OrtSessionOptions *_Nullable options);                               // 100
  void *_Nullable reserved_101[2];
  /// The results of the next four belong to the type info; they are NULL if the type is something else.
  OrtStatus *_Nullable (*_Nonnull CastTypeInfoToMapTypeInfo)(
      const OrtTypeInfo *type, const OrtMapTypeInfo *_Nullable *_Nonnull info);                               // 103
  OrtStatus *_Nullable (*_Nonnull CastTypeInfoToSequenceTypeInfo)(
      const OrtTypeInfo *type, const OrtSequenceTypeInfo *_Nullable *_Nonnull info);                          // 104
  OrtStatus *_Nullable (*_Nonnull GetMapKeyType)(const OrtMapTypeInfo *info, int *element_type);              // 105
  OrtStatus *_Nullable (*_Nonnull GetMapValueType)(
      const OrtMapTypeInfo *info, OrtTypeInfo *_Nullable *_Nonnull type);                                     // 106
  OrtStatus *_Nullable (*_Nonnull GetSequenceElementType)(
      const OrtSequenceTypeInfo *info, OrtTypeInfo *_Nullable *_Nonnull type);                                // 107
  void *_Nullable reserved_108[2];
  /// Writes the profile; its path is freed with AllocatorFree.
  OrtStatus *_Nullable (*_Nonnull SessionEndProfiling)(
      OrtSession *session, OrtAllocator *allocator, char *_Nullable *_Nonnull path);                          // 110
  void *_Nullable reserved_111[14];
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
  void *_Nullable reserved_141[29];
  OrtStatus *_Nullable (*_Nonnull SessionOptionsAppendExecutionProvider_TensorRT_V2)(
      OrtSessionOptions *options, const OrtTensorRTProviderOptionsV2 *provider_options);                      // 170
  OrtStatus *_Nullable (*_Nonnull CreateTensorRTProviderOptions)(
      OrtTensorRTProviderOptionsV2 *_Nullable *_Nonnull options);                                             // 171
  OrtStatus *_Nullable (*_Nonnull UpdateTensorRTProviderOptions)(
      OrtTensorRTProviderOptionsV2 *options, const char *_Nonnull const *_Nullable keys,
      const char *_Nonnull const *_Nullable values, size_t count);                                            // 172
  void *_Nullable reserved_173[1];
  void (*_Nonnull ReleaseTensorRTProviderOptions)(OrtTensorRTProviderOptionsV2 *_Nullable options);           // 174
  void *_Nullable reserved_175[17];
  /// 0 for an optional that holds nothing.
  OrtStatus *_Nullable (*_Nonnull HasValue)(const OrtValue *value, int *has_value);                           // 192
  void *_Nullable reserved_193[11];
  OrtStatus *_Nullable (*_Nonnull SessionOptionsAppendExecutionProvider_CUDA_V2)(
      OrtSessionOptions *options, const OrtCUDAProviderOptionsV2 *provider_options);                          // 204
  OrtStatus *_Nullable (*_Nonnull CreateCUDAProviderOptions)(
      OrtCUDAProviderOptionsV2 *_Nullable *_Nonnull options);                                                 // 205
  OrtStatus *_Nullable (*_Nonnull UpdateCUDAProviderOptions)(
      OrtCUDAProviderOptionsV2 *options, const char *_Nonnull const *_Nullable keys,
      const char *_Nonnull const *_Nullable values, size_t count);                                            // 206
  void *_Nullable reserved_207[1];
  void (*_Nonnull ReleaseCUDAProviderOptions)(OrtCUDAProviderOptionsV2 *_Nullable options);                   // 208
  void *_Nullable reserved_209[7];
  OrtStatus *_Nullable (*_Nonnull SessionOptionsAppendExecutionProvider)(
      OrtSessionOptions *options, const char *name, const char *_Nonnull const *_Nullable keys,
      const char *_Nonnull const *_Nullable values, size_t count);                                            // 216
  void *_Nullable reserved_217[33];
  /// The result belongs to the type info; it is NULL if the type is something else.
  OrtStatus *_Nullable (*_Nonnull CastTypeInfoToOptionalTypeInfo)(
      const OrtTypeInfo *type, const OrtOptionalTypeInfo *_Nullable *_Nonnull info);                          // 250
  OrtStatus *_Nullable (*_Nonnull GetOptionalContainedTypeInfo)(
      const OrtOptionalTypeInfo *info, OrtTypeInfo *_Nullable *_Nonnull type);                                // 251
  /// The place where the bytes of a text are written; it belongs to the value.
  OrtStatus *_Nullable (*_Nonnull GetResizedStringTensorElementBuffer)(
      OrtValue *value, size_t index, size_t byte_count, char *_Nullable *_Nonnull buffer);                    // 252
  void *_Nullable reserved_253[137];
  /// Since version 24; later slots may only be read where the library gave a table of that version.
  _Bool (*_Nullable TensorTypeAndShape_HasShape)(const OrtTensorTypeAndShapeInfo *info);                      // 390
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
GALLEY_ORT_AT(CreateSessionFromArray, 8);
GALLEY_ORT_AT(Run, 9);
GALLEY_ORT_AT(CreateSessionOptions, 10);
GALLEY_ORT_AT(SetOptimizedModelFilePath, 11);
GALLEY_ORT_AT(SetSessionExecutionMode, 13);
GALLEY_ORT_AT(EnableProfiling, 14);
GALLEY_ORT_AT(DisableMemPattern, 17);
GALLEY_ORT_AT(DisableCpuMemArena, 19);
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
GALLEY_ORT_AT(CreateRunOptions, 39);
GALLEY_ORT_AT(RunOptionsSetTerminate, 46);
GALLEY_ORT_AT(RunOptionsUnsetTerminate, 47);
GALLEY_ORT_AT(CreateTensorAsOrtValue, 48);
GALLEY_ORT_AT(CreateTensorWithDataAsOrtValue, 49);
GALLEY_ORT_AT(GetTensorMutableData, 51);
GALLEY_ORT_AT(GetStringTensorDataLength, 53);
GALLEY_ORT_AT(GetStringTensorContent, 54);
GALLEY_ORT_AT(CastTypeInfoToTensorInfo, 55);
GALLEY_ORT_AT(GetOnnxTypeFromTypeInfo, 56);
GALLEY_ORT_AT(GetTensorElementType, 60);
GALLEY_ORT_AT(GetDimensionsCount, 61);
GALLEY_ORT_AT(GetDimensions, 62);
GALLEY_ORT_AT(GetSymbolicDimensions, 63);
GALLEY_ORT_AT(GetTensorTypeAndShape, 65);
GALLEY_ORT_AT(GetValueType, 67);
GALLEY_ORT_AT(CreateCpuMemoryInfo, 69);
GALLEY_ORT_AT(AllocatorFree, 76);
GALLEY_ORT_AT(GetAllocatorWithDefaultOptions, 78);
GALLEY_ORT_AT(GetValue, 80);
GALLEY_ORT_AT(GetValueCount, 81);
GALLEY_ORT_AT(CreateValue, 82);
GALLEY_ORT_AT(ReleaseEnv, 92);
GALLEY_ORT_AT(ReleaseStatus, 93);
GALLEY_ORT_AT(ReleaseMemoryInfo, 94);
GALLEY_ORT_AT(ReleaseSession, 95);
GALLEY_ORT_AT(ReleaseValue, 96);
GALLEY_ORT_AT(ReleaseRunOptions, 97);
GALLEY_ORT_AT(ReleaseTypeInfo, 98);
GALLEY_ORT_AT(ReleaseTensorTypeAndShapeInfo, 99);
GALLEY_ORT_AT(ReleaseSessionOptions, 100);
GALLEY_ORT_AT(CastTypeInfoToMapTypeInfo, 103);
GALLEY_ORT_AT(CastTypeInfoToSequenceTypeInfo, 104);
GALLEY_ORT_AT(GetMapKeyType, 105);
GALLEY_ORT_AT(GetMapValueType, 106);
GALLEY_ORT_AT(GetSequenceElementType, 107);
GALLEY_ORT_AT(SessionEndProfiling, 110);
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
GALLEY_ORT_AT(SessionOptionsAppendExecutionProvider_TensorRT_V2, 170);
GALLEY_ORT_AT(CreateTensorRTProviderOptions, 171);
GALLEY_ORT_AT(UpdateTensorRTProviderOptions, 172);
GALLEY_ORT_AT(ReleaseTensorRTProviderOptions, 174);
GALLEY_ORT_AT(HasValue, 192);
GALLEY_ORT_AT(SessionOptionsAppendExecutionProvider_CUDA_V2, 204);
GALLEY_ORT_AT(CreateCUDAProviderOptions, 205);
GALLEY_ORT_AT(UpdateCUDAProviderOptions, 206);
GALLEY_ORT_AT(ReleaseCUDAProviderOptions, 208);
GALLEY_ORT_AT(SessionOptionsAppendExecutionProvider, 216);
GALLEY_ORT_AT(CastTypeInfoToOptionalTypeInfo, 250);
GALLEY_ORT_AT(GetOptionalContainedTypeInfo, 251);
GALLEY_ORT_AT(GetResizedStringTensorElementBuffer, 252);
GALLEY_ORT_AT(TensorTypeAndShape_HasShape, 390);

#undef GALLEY_ORT_AT

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
