// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#include "openvino_table.h"

#include <string.h>

typedef struct Function {
  const char *name;
  size_t offset;
} Function;

#define FUNCTION(name) {#name, offsetof(OvApi, name)}

static const Function functions[] = {
    FUNCTION(ov_get_last_err_msg),
    FUNCTION(ov_get_error_info),
    FUNCTION(ov_free),
    FUNCTION(ov_get_openvino_version),
    FUNCTION(ov_version_free),
    FUNCTION(ov_core_create),
    FUNCTION(ov_core_free),
    FUNCTION(ov_core_get_available_devices),
    FUNCTION(ov_available_devices_free),
    FUNCTION(ov_core_get_property),
    FUNCTION(ov_core_read_model),
    FUNCTION(ov_core_compile_model_props),
    FUNCTION(ov_model_free),
    FUNCTION(ov_model_inputs_size),
    FUNCTION(ov_model_outputs_size),
    FUNCTION(ov_model_const_input_by_index),
    FUNCTION(ov_model_const_output_by_index),
    FUNCTION(ov_model_reshape_by_port_indexes),
    FUNCTION(ov_output_const_port_free),
    FUNCTION(ov_port_get_any_name),
    FUNCTION(ov_port_get_partial_shape),
    FUNCTION(ov_port_get_element_type),
    FUNCTION(ov_partial_shape_free),
    FUNCTION(ov_compiled_model_free),
    FUNCTION(ov_compiled_model_get_property),
    FUNCTION(ov_compiled_model_create_infer_request),
    FUNCTION(ov_infer_request_free),
    FUNCTION(ov_infer_request_set_input_tensor_by_index),
    FUNCTION(ov_infer_request_get_output_tensor_by_index),
    FUNCTION(ov_infer_request_infer),
    FUNCTION(ov_infer_request_start_async),
    FUNCTION(ov_infer_request_wait),
    FUNCTION(ov_infer_request_cancel),
    FUNCTION(ov_infer_request_get_profiling_info),
    FUNCTION(ov_profiling_info_list_free),
    FUNCTION(ov_tensor_create_from_host_ptr),
    FUNCTION(ov_tensor_get_shape),
    FUNCTION(ov_shape_free),
    FUNCTION(ov_tensor_get_byte_size),
    FUNCTION(ov_tensor_data),
    FUNCTION(ov_tensor_free),
};

static const size_t count = sizeof functions / sizeof functions[0];

_Static_assert(sizeof functions / sizeof functions[0] * sizeof(void *) == sizeof(OvApi), "every function is listed");

size_t galley_ov_function_count(void) { return count; }

const char *galley_ov_function_name(size_t index) { return index < count ? functions[index].name : NULL; }

void galley_ov_set_function(OvApi *api, size_t index, void *address) {
  // A data pointer from dlsym becomes a function pointer by copying its bits, as POSIX allows.
  if (index < count) memcpy((char *)api + functions[index].offset, &address, sizeof address);
}
