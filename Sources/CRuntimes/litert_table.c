// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "litert_table.h"

#include <string.h>

// The name that the library exports, and where the function's address goes.
typedef struct Row {
  const char *name;
  size_t offset;
} Row;

#define GALLEY_LITERT_ROW(name) {"LiteRt" #name, offsetof(LiteRtApi, name)}

static const Row rows[] = {
    GALLEY_LITERT_ROW(CreateEnvironment),
    GALLEY_LITERT_ROW(DestroyEnvironment),
    GALLEY_LITERT_ROW(GetNumAccelerators),
    GALLEY_LITERT_ROW(GetAccelerator),
    GALLEY_LITERT_ROW(GetAcceleratorName),
    GALLEY_LITERT_ROW(GetAcceleratorHardwareSupport),
    GALLEY_LITERT_ROW(CreateAccelerator),
    GALLEY_LITERT_ROW(DestroyAccelerator),
    GALLEY_LITERT_ROW(SetAcceleratorGetName),
    GALLEY_LITERT_ROW(SetAcceleratorGetVersion),
    GALLEY_LITERT_ROW(SetAcceleratorGetHardwareSupport),
    GALLEY_LITERT_ROW(SetIsAcceleratorDelegateResponsibleForJitCompilation),
    GALLEY_LITERT_ROW(SetDelegateFunction),
    GALLEY_LITERT_ROW(RegisterAccelerator),
    GALLEY_LITERT_ROW(WrapDelegate),
    GALLEY_LITERT_ROW(CreateModelFromBuffer),
    GALLEY_LITERT_ROW(DestroyModel),
    GALLEY_LITERT_ROW(GetNumModelSignatures),
    GALLEY_LITERT_ROW(GetModelSignature),
    GALLEY_LITERT_ROW(GetNumSignatureInputs),
    GALLEY_LITERT_ROW(GetNumSignatureOutputs),
    GALLEY_LITERT_ROW(GetSignatureInputTensorByIndex),
    GALLEY_LITERT_ROW(GetSignatureOutputTensorByIndex),
    GALLEY_LITERT_ROW(GetTensorIndex),
    GALLEY_LITERT_ROW(CreateOptions),
    GALLEY_LITERT_ROW(DestroyOptions),
    GALLEY_LITERT_ROW(SetOptionsHardwareAccelerators),
    GALLEY_LITERT_ROW(CreateOpaqueOptions),
    GALLEY_LITERT_ROW(DestroyOpaqueOptions),
    GALLEY_LITERT_ROW(AddOpaqueOptions),
    GALLEY_LITERT_ROW(CreateCompiledModel),
    GALLEY_LITERT_ROW(DestroyCompiledModel),
    GALLEY_LITERT_ROW(GetCompiledModelInputBufferRequirements),
    GALLEY_LITERT_ROW(GetCompiledModelOutputBufferRequirements),
    GALLEY_LITERT_ROW(GetTensorBufferRequirementsBufferSize),
    GALLEY_LITERT_ROW(GetCompiledModelOutputTensorLayouts),
    GALLEY_LITERT_ROW(CompiledModelResizeInputTensor),
    GALLEY_LITERT_ROW(RunCompiledModel),
    GALLEY_LITERT_ROW(CompiledModelIsFullyAccelerated),
    GALLEY_LITERT_ROW(CompiledModelIsNonCpuFullyAccelerated),
    GALLEY_LITERT_ROW(CompiledModelGetErrorMessages),
    GALLEY_LITERT_ROW(CompiledModelClearErrors),
    GALLEY_LITERT_ROW(SetCompiledModelCancellationFunction),
    GALLEY_LITERT_ROW(CompiledModelGetProfiler),
    GALLEY_LITERT_ROW(StartProfiler),
    GALLEY_LITERT_ROW(StopProfiler),
    GALLEY_LITERT_ROW(GetNumProfilerEvents),
    GALLEY_LITERT_ROW(GetProfilerEvents),
    GALLEY_LITERT_ROW(CreateTensorBufferFromHostMemory),
    GALLEY_LITERT_ROW(DestroyTensorBuffer),
};

_Static_assert(sizeof(LiteRtApi) == sizeof rows / sizeof rows[0] * sizeof(void *), "every function has its row");

const char *galley_litert_fill(
    LiteRtApi *api, void *(*look_up)(void *context, const char *name), void *context) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    void *address = look_up(context, rows[i].name);
    if (address == NULL) return rows[i].name;
    // A data pointer from dlsym becomes a function pointer by copying its bits, as POSIX allows.
    memcpy((char *)api + rows[i].offset, &address, sizeof address);
  }
  return NULL;
}
