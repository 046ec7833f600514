// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The part of LiteRT's C interface that Galley calls: opaque types, constants, structures and the functions, as
// libLiteRt.so 2.3 exports them by name with the prefix `LiteRt`. Sizes and offsets were checked by running that
// library.
//
// Ownership: what a `Create…` function gives through its last parameter belongs to the caller and is given back with
// the matching `Destroy…`, which accepts NULL. What a `Get…` function gives belongs to the object that was asked. A
// status is 0 on success.

#ifndef GALLEY_LITERT_ABI_H
#define GALLEY_LITERT_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

typedef struct LiteRtEnvironmentT *LiteRtEnvironment;
typedef struct LiteRtModelT *LiteRtModel;
typedef struct LiteRtSignatureT *LiteRtSignature;
typedef struct LiteRtTensorT *LiteRtTensor;
typedef struct LiteRtOptionsT *LiteRtOptions;
typedef struct LiteRtOpaqueOptionsT *LiteRtOpaqueOptions;
typedef struct LiteRtCompiledModelT *LiteRtCompiledModel;
typedef struct LiteRtTensorBufferRequirementsT *LiteRtTensorBufferRequirements;
typedef struct LiteRtTensorBufferT *LiteRtTensorBuffer;
typedef struct LiteRtAcceleratorT *LiteRtAccelerator;
typedef struct LiteRtDelegateWrapperT *LiteRtDelegateWrapper;
typedef struct LiteRtProfilerT *LiteRtProfiler;

/// LiteRtStatus, the values that Galley tells apart.
enum { GALLEY_LITERT_OK = 0, GALLEY_LITERT_FAILURE = 3, GALLEY_LITERT_INVALID_FLATBUFFER = 501 };

/// LiteRtHwAccelerators, a set of bits.
enum { GALLEY_LITERT_NONE = 0, GALLEY_LITERT_CPU = 1, GALLEY_LITERT_GPU = 2, GALLEY_LITERT_NPU = 4 };

/// LiteRtAnyType.
enum { GALLEY_LITERT_ANY_INT = 2 };

/// LiteRtEnvOptionTag: which accelerators register themselves, and the least severity that is logged.
enum { GALLEY_LITERT_TAG_AUTO_REGISTER = 24, GALLEY_LITERT_TAG_LOG_SEVERITY = 25 };

/// LiteRtLogSeverity.
enum { GALLEY_LITERT_LOG_ERROR = 3, GALLEY_LITERT_LOG_SILENT = 4 };

/// The largest rank that a layout holds.
enum { GALLEY_LITERT_MAX_RANK = 8 };

/// LiteRtEnvOption whose value is a whole number.
typedef struct LiteRtEnvOption {
  int32_t tag;
  int32_t reserved_4;
  int32_t value_type;
  int32_t reserved_12;
  int64_t value;
} LiteRtEnvOption;

/// LiteRtLayout. The rank stands in the low seven bits of `rank_and_strides`; the next bit says whether `strides` are
/// given.
typedef struct LiteRtLayout {
  uint32_t rank_and_strides;
  int32_t dimensions[GALLEY_LITERT_MAX_RANK];
  uint32_t strides[GALLEY_LITERT_MAX_RANK];
} LiteRtLayout;

/// LiteRtRankedTensorType.
typedef struct LiteRtRankedTensorType {
  int32_t element_type;
  LiteRtLayout layout;
} LiteRtRankedTensorType;

/// LiteRtApiVersion.
typedef struct LiteRtApiVersion {
  int32_t major, minor, patch;
} LiteRtApiVersion;

/// ProfiledEventData: one span of time that the profiler recorded. The text belongs to the profiler.
typedef struct LiteRtProfiledEvent {
  const char *_Nullable tag;
  int32_t kind;
  uint64_t start_microseconds;
  uint64_t elapsed_microseconds;
  uint64_t memory[6];
  uint64_t metadata[2];
  int32_t source;
} LiteRtProfiledEvent;

/// Kinds of profiled events: an operator of the graph, and one within a delegate, which reports it in either way.
enum {
  GALLEY_LITERT_EVENT_OPERATOR = 2,
  GALLEY_LITERT_EVENT_DELEGATE_OPERATOR = 4,
  GALLEY_LITERT_EVENT_DELEGATE_PROFILED_OPERATOR = 8,
};

typedef int (*LiteRtAcceleratorGetName)(LiteRtAccelerator _Nullable, const char *_Nullable *_Nullable name);
typedef int (*LiteRtAcceleratorGetVersion)(LiteRtAccelerator _Nullable, LiteRtApiVersion *_Nullable version);
typedef int (*LiteRtAcceleratorGetHardware)(LiteRtAccelerator _Nullable, int *_Nullable bits);
typedef int (*LiteRtAcceleratorIsJit)(LiteRtAccelerator _Nullable, bool *_Nullable answer);
typedef int (*LiteRtAcceleratorCreateDelegate)(
    void *_Nullable context, LiteRtEnvironment _Nullable environment, LiteRtAccelerator _Nullable accelerator,
    LiteRtOptions _Nullable options, LiteRtDelegateWrapper _Nullable *_Nullable wrapper);

/// The beginning of LiteRtAcceleratorDef: how the library describes the accelerator for the processor that it carries.
typedef struct LiteRtAcceleratorDef {
  uint16_t version[4];
  LiteRtAcceleratorGetName _Nullable get_name;
  LiteRtAcceleratorGetVersion _Nullable get_version;
  LiteRtAcceleratorGetHardware _Nullable get_hardware;
  LiteRtAcceleratorIsJit _Nullable is_jit;
  LiteRtAcceleratorCreateDelegate _Nullable create_delegate;
} LiteRtAcceleratorDef;

/// What a library with an external TensorFlow Lite delegate exports as `tflite_plugin_create_delegate`: keys and values
/// of options, and a function that is told what is wrong. NULL is a refusal.
typedef void *_Nullable (*GalleyDelegateCreate)(
    const char *_Nullable const *_Nullable keys, const char *_Nullable const *_Nullable values, size_t count,
    void (*_Nullable report)(const char *_Nullable));
/// What it exports as `tflite_plugin_destroy_delegate`.
typedef void (*GalleyDelegateDestroy)(void *_Nullable delegate);

/// The functions that Galley calls; each is named as in the library, without its prefix.
typedef struct LiteRtApi {
  int (*_Nonnull CreateEnvironment)(
      int count, const LiteRtEnvOption *_Nullable options, LiteRtEnvironment _Nullable *_Nonnull environment);
  void (*_Nonnull DestroyEnvironment)(LiteRtEnvironment _Nullable environment);
  int (*_Nonnull GetNumAccelerators)(LiteRtEnvironment environment, size_t *count);
  int (*_Nonnull GetAccelerator)(
      LiteRtEnvironment environment, size_t index, LiteRtAccelerator _Nullable *_Nonnull accelerator);
  int (*_Nonnull GetAcceleratorName)(LiteRtAccelerator accelerator, const char *_Nullable *_Nonnull name);
  int (*_Nonnull GetAcceleratorHardwareSupport)(LiteRtAccelerator accelerator, int *bits);

  int (*_Nonnull CreateAccelerator)(LiteRtAccelerator _Nullable *_Nonnull accelerator);
  void (*_Nonnull DestroyAccelerator)(LiteRtAccelerator _Nullable accelerator);
  int (*_Nonnull SetAcceleratorGetName)(LiteRtAccelerator accelerator, LiteRtAcceleratorGetName call);
  int (*_Nonnull SetAcceleratorGetVersion)(LiteRtAccelerator accelerator, LiteRtAcceleratorGetVersion call);
  int (*_Nonnull SetAcceleratorGetHardwareSupport)(LiteRtAccelerator accelerator, LiteRtAcceleratorGetHardware call);
  int (*_Nonnull SetIsAcceleratorDelegateResponsibleForJitCompilation)(
      LiteRtAccelerator accelerator, LiteRtAcceleratorIsJit call);
  int (*_Nonnull SetDelegateFunction)(LiteRtAccelerator accelerator, LiteRtAcceleratorCreateDelegate call);
  /// The environment owns the accelerator from then on, also if it fails.
  int (*_Nonnull RegisterAccelerator)(
      LiteRtEnvironment environment, LiteRtAccelerator accelerator, void *_Nullable data,
      void (*_Nullable release)(void *_Nullable));
  /// `destroy` is called when the compiled model that uses the delegate is destroyed.
  int (*_Nonnull WrapDelegate)(
      void *delegate, GalleyDelegateDestroy destroy, LiteRtDelegateWrapper _Nullable *_Nonnull wrapper);

  /// The bytes are not copied: they must outlive the model and every compiled model made of it, unchanged.
  int (*_Nonnull CreateModelFromBuffer)(
      LiteRtEnvironment environment, const void *bytes, size_t count, LiteRtModel _Nullable *_Nonnull model);
  void (*_Nonnull DestroyModel)(LiteRtModel _Nullable model);
  int (*_Nonnull GetNumModelSignatures)(LiteRtModel model, size_t *count);
  int (*_Nonnull GetModelSignature)(LiteRtModel model, size_t index, LiteRtSignature _Nullable *_Nonnull signature);
  int (*_Nonnull GetNumSignatureInputs)(LiteRtSignature signature, size_t *count);
  int (*_Nonnull GetNumSignatureOutputs)(LiteRtSignature signature, size_t *count);
  int (*_Nonnull GetSignatureInputTensorByIndex)(
      LiteRtSignature signature, size_t index, LiteRtTensor _Nullable *_Nonnull tensor);
  int (*_Nonnull GetSignatureOutputTensorByIndex)(
      LiteRtSignature signature, size_t index, LiteRtTensor _Nullable *_Nonnull tensor);
  int (*_Nonnull GetTensorIndex)(LiteRtTensor tensor, uint32_t *index);

  int (*_Nonnull CreateOptions)(LiteRtOptions _Nullable *_Nonnull options);
  void (*_Nonnull DestroyOptions)(LiteRtOptions _Nullable options);
  int (*_Nonnull SetOptionsHardwareAccelerators)(LiteRtOptions options, int bits);
  /// The name is copied; the payload is kept and given to `release`, which must not be NULL.
  int (*_Nonnull CreateOpaqueOptions)(
      const char *name, void *payload, void (*_Nonnull release)(void *_Nullable),
      LiteRtOpaqueOptions _Nullable *_Nonnull made);
  void (*_Nonnull DestroyOpaqueOptions)(LiteRtOpaqueOptions _Nullable options);
  /// `options` owns `opaque` from then on.
  int (*_Nonnull AddOpaqueOptions)(LiteRtOptions options, LiteRtOpaqueOptions opaque);

  int (*_Nonnull CreateCompiledModel)(
      LiteRtEnvironment environment, LiteRtModel model, LiteRtOptions options,
      LiteRtCompiledModel _Nullable *_Nonnull compiled);
  void (*_Nonnull DestroyCompiledModel)(LiteRtCompiledModel _Nullable compiled);
  int (*_Nonnull GetCompiledModelInputBufferRequirements)(
      LiteRtCompiledModel compiled, size_t signature, size_t index,
      LiteRtTensorBufferRequirements _Nullable *_Nonnull requirements);
  int (*_Nonnull GetCompiledModelOutputBufferRequirements)(
      LiteRtCompiledModel compiled, size_t signature, size_t index,
      LiteRtTensorBufferRequirements _Nullable *_Nonnull requirements);
  int (*_Nonnull GetTensorBufferRequirementsBufferSize)(LiteRtTensorBufferRequirements requirements, size_t *size);
  /// `count` must be the number of outputs. A rank above 8 is written beyond its layout.
  int (*_Nonnull GetCompiledModelOutputTensorLayouts)(
      LiteRtCompiledModel compiled, size_t signature, size_t count, LiteRtLayout *layouts, bool update_allocation);
  /// Only dimensions that the model leaves open may change, and only to positive extents.
  int (*_Nonnull CompiledModelResizeInputTensor)(
      LiteRtCompiledModel compiled, size_t signature, size_t index, const int *dimensions, size_t rank);
  /// Element types are not compared, a NULL input is skipped, and the first run doesn't compare the outputs' sizes.
  int (*_Nonnull RunCompiledModel)(
      LiteRtCompiledModel compiled, size_t signature, size_t input_count,
      LiteRtTensorBuffer _Nullable const *_Nullable inputs, size_t output_count,
      LiteRtTensorBuffer _Nullable const *_Nullable outputs);
  /// Whether a delegate, XNNPACK included, took every operator.
  int (*_Nonnull CompiledModelIsFullyAccelerated)(LiteRtCompiledModel compiled, bool *answer);
  /// Whether delegates for other hardware than the processor took every operator.
  int (*_Nonnull CompiledModelIsNonCpuFullyAccelerated)(LiteRtCompiledModel compiled, bool *answer);
  /// The text is freed with `free`.
  int (*_Nonnull CompiledModelGetErrorMessages)(LiteRtCompiledModel compiled, char *_Nullable *_Nonnull text);
  int (*_Nonnull CompiledModelClearErrors)(LiteRtCompiledModel compiled);
  /// `call` is asked before each node of the graph, on the thread that runs.
  int (*_Nonnull SetCompiledModelCancellationFunction)(
      LiteRtCompiledModel compiled, void *_Nullable data, bool (*_Nullable call)(void *_Nullable data));
  int (*_Nonnull CompiledModelGetProfiler)(LiteRtCompiledModel compiled, LiteRtProfiler _Nullable *_Nonnull profiler);
  int (*_Nonnull StartProfiler)(LiteRtProfiler profiler);
  int (*_Nonnull StopProfiler)(LiteRtProfiler profiler);
  int (*_Nonnull GetNumProfilerEvents)(LiteRtProfiler profiler, int *count);
  int (*_Nonnull GetProfilerEvents)(LiteRtProfiler profiler, int count, LiteRtProfiledEvent *events);

  /// The memory is borrowed; it must be aligned to 64 bytes, hold `byte_count` bytes, and be readable some bytes beyond.
  int (*_Nonnull CreateTensorBufferFromHostMemory)(
      const LiteRtRankedTensorType *type, void *memory, size_t byte_count,
      void (*_Nullable release)(void *_Nullable), LiteRtTensorBuffer _Nullable *_Nonnull buffer);
  void (*_Nonnull DestroyTensorBuffer)(LiteRtTensorBuffer _Nullable buffer);
} LiteRtApi;

_Static_assert(sizeof(LiteRtEnvOption) == 24 && offsetof(LiteRtEnvOption, value_type) == 8, "LiteRtEnvOption");
_Static_assert(sizeof(LiteRtLayout) == 68 && offsetof(LiteRtLayout, strides) == 36, "LiteRtLayout");
_Static_assert(sizeof(LiteRtRankedTensorType) == 72, "LiteRtRankedTensorType");
_Static_assert(sizeof(LiteRtProfiledEvent) == 104 && offsetof(LiteRtProfiledEvent, source) == 96, "ProfiledEventData");
_Static_assert(offsetof(LiteRtAcceleratorDef, create_delegate) == 40, "LiteRtAcceleratorDef");

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
