// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// Fills the table of torch_shim.h with LibTorch. Each function does one thing, inside the one exception boundary.

#include "../../Sources/CTorchShim/include/torch_shim.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

struct galley_tensor {
  at::Tensor value;
};

namespace {

using Status = galley_torch_status;
using Handle = galley_tensor;

std::atomic<int64_t> live_handles{0};
thread_local std::string message;

/// The caller's mistake, as against LibTorch's refusal.
struct InvalidArgument : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Status fail(Status status, const char *text) {
  try {
    message = text;
  } catch (...) {
    message.clear();
  }
  return status;
}

/// The only place where C++ exceptions become statuses; none may leave the library.
template <typename Body>
Status boundary(Body &&body) {
  try {
    body();
    return GALLEY_TORCH_OK;
  } catch (const InvalidArgument &error) {
    return fail(GALLEY_TORCH_INVALID_ARGUMENT, error.what());
  } catch (const c10::OutOfMemoryError &error) {
    return fail(GALLEY_TORCH_OUT_OF_MEMORY, error.what_without_backtrace());
  } catch (const c10::Error &error) {
    const char *text = error.what_without_backtrace();
    // LibTorch's processor allocator reports exhausted memory as a plain error.
    const bool is_memory = std::string(text).find("can't allocate memory") != std::string::npos;
    return fail(is_memory ? GALLEY_TORCH_OUT_OF_MEMORY : GALLEY_TORCH_FAILED, text);
  } catch (const std::bad_alloc &) {
    return fail(GALLEY_TORCH_OUT_OF_MEMORY, "memory ran out");
  } catch (const std::exception &error) {
    return fail(GALLEY_TORCH_FAILED, error.what());
  } catch (...) {
    return fail(GALLEY_TORCH_FAILED, "an exception of unknown kind");
  }
}

/// A handle that the caller will own.
Handle *make_handle(at::Tensor tensor) {
  Handle *handle = new Handle{std::move(tensor)};
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

/// Runs `body`, which gives a tensor, and hands the caller a handle to it.
template <typename Body>
Status produce(Handle **out, Body &&body) {
  return boundary([&] { *out = make_handle(body()); });
}

at::ScalarType scalar_type(galley_torch_type type) {
  switch (type) {
    case GALLEY_TORCH_BOOL: return at::kBool;
    case GALLEY_TORCH_UINT8: return at::kByte;
    case GALLEY_TORCH_INT8: return at::kChar;
    case GALLEY_TORCH_INT16: return at::kShort;
    case GALLEY_TORCH_INT32: return at::kInt;
    case GALLEY_TORCH_INT64: return at::kLong;
    case GALLEY_TORCH_FLOAT16: return at::kHalf;
    case GALLEY_TORCH_BFLOAT16: return at::kBFloat16;
    case GALLEY_TORCH_FLOAT32: return at::kFloat;
    case GALLEY_TORCH_FLOAT64: return at::kDouble;
    default: throw InvalidArgument("unknown element type " + std::to_string(type));
  }
}

galley_torch_type type_number(at::ScalarType type) {
  switch (type) {
    case at::kBool: return GALLEY_TORCH_BOOL;
    case at::kByte: return GALLEY_TORCH_UINT8;
    case at::kChar: return GALLEY_TORCH_INT8;
    case at::kShort: return GALLEY_TORCH_INT16;
    case at::kInt: return GALLEY_TORCH_INT32;
    case at::kLong: return GALLEY_TORCH_INT64;
    case at::kHalf: return GALLEY_TORCH_FLOAT16;
    case at::kBFloat16: return GALLEY_TORCH_BFLOAT16;
    case at::kFloat: return GALLEY_TORCH_FLOAT32;
    case at::kDouble: return GALLEY_TORCH_FLOAT64;
    default: throw InvalidArgument(std::string("no number for the element type ") + c10::toString(type));
  }
}

at::IntArrayRef ints(galley_torch_ints list) {
  if (list.count < 0 || (list.count > 0 && list.values == nullptr)) throw InvalidArgument("a list without values");
  return {list.values, static_cast<size_t>(list.count)};
}

std::vector<int64_t> pair(galley_torch_size2 size) { return {size.height, size.width}; }

std::optional<at::Tensor> optional(const Handle *handle) {
  if (handle == nullptr) return std::nullopt;
  return handle->value;
}

/// A factor as LibTorch wants it: tensors of whole numbers refuse any other kind.
at::Scalar factor(double value, const at::Tensor &tensor) {
  const auto whole = static_cast<int64_t>(value);
  if (at::isIntegralType(tensor.scalar_type(), false) && static_cast<double>(whole) == value) return whole;
  return value;
}

// The library as a whole.

const char *last_message() { return message.c_str(); }

const char *version() { return TORCH_VERSION; }

Status set_thread_count(int32_t count) {
  return boundary([&] {
    if (count < 1) throw InvalidArgument("the number of threads must be at least 1, not " + std::to_string(count));
    at::set_num_threads(count);
  });
}

Status thread_count(int32_t *out) {
  return boundary([&] { *out = at::get_num_threads(); });
}

Status set_deterministic(int32_t is_deterministic) {
  return boundary([&] { at::globalContext().setDeterministicAlgorithms(is_deterministic != 0, false); });
}

Status manual_seed(uint64_t seed) {
  return boundary([&] { at::manual_seed(seed); });
}

Status set_records_gradients(int32_t records) {
  return boundary([&] { at::GradMode::set_enabled(records != 0); });
}

Status records_gradients(int32_t *out) {
  return boundary([&] { *out = at::GradMode::is_enabled() ? 1 : 0; });
}

Status live_tensor_count(int64_t *out) {
  return boundary([&] { *out = live_handles.load(std::memory_order_relaxed); });
}

// Tensors: life, facts, gradients.

Status tensor_from_bytes(const void *bytes, size_t byte_count, galley_torch_type type, galley_torch_ints shape,
                         Handle **out) {
  return produce(out, [&] {
    at::Tensor tensor = at::empty(ints(shape), scalar_type(type));
    if (tensor.nbytes() != byte_count) {
      throw InvalidArgument("the shape needs " + std::to_string(tensor.nbytes()) + " bytes, but " +
                            std::to_string(byte_count) + " were given");
    }
    if (byte_count > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, byte_count);
    return tensor;
  });
}

Status tensor_full(double value, galley_torch_type type, galley_torch_ints shape, Handle **out) {
  return produce(out, [&] { return at::full(ints(shape), value, at::TensorOptions(scalar_type(type))); });
}

void tensor_free(Handle *tensor) {
  if (tensor == nullptr) return;
  delete tensor;
  live_handles.fetch_sub(1, std::memory_order_relaxed);
}

Status tensor_copy_bytes(const Handle *tensor, void *bytes, size_t byte_count) {
  return boundary([&] {
    const at::Tensor contiguous = tensor->value.detach().contiguous();
    if (contiguous.nbytes() != byte_count) {
      throw InvalidArgument("the tensor occupies " + std::to_string(contiguous.nbytes()) +
                            " bytes, but there is room for " + std::to_string(byte_count));
    }
    if (byte_count > 0) std::memcpy(bytes, contiguous.const_data_ptr(), byte_count);
  });
}

Status tensor_type(const Handle *tensor, galley_torch_type *out) {
  return boundary([&] { *out = type_number(tensor->value.scalar_type()); });
}

Status tensor_rank(const Handle *tensor, int64_t *out) {
  return boundary([&] { *out = tensor->value.dim(); });
}

Status tensor_shape(const Handle *tensor, int64_t capacity, int64_t *out) {
  return boundary([&] {
    const at::IntArrayRef sizes = tensor->value.sizes();
    if (capacity < static_cast<int64_t>(sizes.size())) throw InvalidArgument("too little room for the shape");
    std::copy(sizes.begin(), sizes.end(), out);
  });
}

Status tensor_item(const Handle *tensor, double *out) {
  return boundary([&] { *out = tensor->value.item().toDouble(); });
}

Status tensor_requires_gradient(const Handle *tensor, int32_t *out) {
  return boundary([&] { *out = tensor->value.requires_grad() ? 1 : 0; });
}

Status tensor_set_requires_gradient(Handle *tensor, int32_t is_required) {
  return boundary([&] { tensor->value.set_requires_grad(is_required != 0); });
}

Status tensor_gradient(const Handle *tensor, Handle **out) {
  return boundary([&] {
    const at::Tensor &gradient = tensor->value.grad();
    *out = gradient.defined() ? make_handle(gradient) : nullptr;
  });
}

Status tensor_clear_gradient(Handle *tensor) {
  return boundary([&] { tensor->value.mutable_grad() = at::Tensor(); });
}

Status tensor_backward(const Handle *tensor) {
  return boundary([&] { tensor->value.backward(); });
}

Status tensor_to_type(const Handle *tensor, galley_torch_type type, Handle **out) {
  return produce(out, [&] { return tensor->value.to(scalar_type(type)); });
}

// Changes in place.

Status fill_in_place(Handle *tensor, double value) {
  return boundary([&] { tensor->value.fill_(value); });
}

Status copy_in_place(Handle *tensor, const Handle *source) {
  return boundary([&] {
    if (!tensor->value.sizes().equals(source->value.sizes())) throw InvalidArgument("the shapes differ");
    tensor->value.copy_(source->value);
  });
}

Status uniform_in_place(Handle *tensor, double low, double high) {
  return boundary([&] { tensor->value.uniform_(low, high); });
}

Status normal_in_place(Handle *tensor, double mean, double deviation) {
  return boundary([&] { tensor->value.normal_(mean, deviation); });
}

Status scale_in_place(Handle *tensor, double factor) {
  return boundary([&] { tensor->value.mul_(factor); });
}

Status add_in_place(Handle *tensor, const Handle *other, double scale) {
  return boundary([&] { tensor->value.add_(other->value, factor(scale, tensor->value)); });
}

Status add_product_in_place(Handle *tensor, const Handle *left, const Handle *right, double scale) {
  return boundary([&] { tensor->value.addcmul_(left->value, right->value, factor(scale, tensor->value)); });
}

Status add_quotient_in_place(Handle *tensor, const Handle *left, const Handle *right, double scale) {
  return boundary([&] { tensor->value.addcdiv_(left->value, right->value, scale); });
}

Status interpolate_in_place(Handle *tensor, const Handle *end, double weight) {
  return boundary([&] { tensor->value.lerp_(end->value, weight); });
}

// Element by element. The macros name a slot, its parameters and LibTorch's expression.

#define UNARY(name, expression) \
  Status name(const Handle *input, Handle **out) { \
    return produce(out, [&] { const at::Tensor &x = input->value; return expression; }); \
  }

#define BINARY(name, expression) \
  Status name(const Handle *left, const Handle *right, Handle **out) { \
    return produce(out, [&] { const at::Tensor &a = left->value; const at::Tensor &b = right->value; \
                              return expression; }); \
  }

#define SCALAR(name, expression) \
  Status name(const Handle *input, double s, Handle **out) { \
    return produce(out, [&] { const at::Tensor &x = input->value; return expression; }); \
  }

UNARY(detach, x.detach())
UNARY(clone, x.clone())
UNARY(zeros_like, at::zeros_like(x))
UNARY(negate, -x)
UNARY(absolute, x.abs())
UNARY(exponential, x.exp())
UNARY(logarithm, x.log())
UNARY(square_root, x.sqrt())
UNARY(relu, x.relu())
UNARY(sigmoid, x.sigmoid())
UNARY(hyperbolic_tangent, x.tanh())
UNARY(is_finite, x.isfinite())
BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a *b)
BINARY(divide, a / b)
BINARY(maximum, at::maximum(a, b))
BINARY(minimum, at::minimum(a, b))
BINARY(equal, a.eq(b))
SCALAR(add_scalar, x + s)
SCALAR(multiply_scalar, x *s)
SCALAR(power, x.pow(s))

Status clamp(const Handle *input, double low, double high, Handle **out) {
  return produce(out, [&] { return input->value.clamp(low, high); });
}

// Linear algebra and reductions.

BINARY(matrix_product, a.matmul(b))

Status sum(const Handle *input, galley_torch_ints dimensions, int32_t keep, Handle **out) {
  return produce(out, [&] { return input->value.sum(ints(dimensions), keep != 0); });
}

Status mean(const Handle *input, galley_torch_ints dimensions, int32_t keep, Handle **out) {
  return produce(out, [&] { return input->value.mean(ints(dimensions), keep != 0); });
}

Status largest(const Handle *input, galley_torch_ints dimensions, int32_t keep, Handle **out) {
  return produce(out, [&] { return input->value.amax(ints(dimensions), keep != 0); });
}

Status argument_of_largest(const Handle *input, int64_t dimension, Handle **out) {
  return produce(out, [&] { return input->value.argmax(dimension); });
}

Status softmax(const Handle *input, int64_t dimension, Handle **out) {
  return produce(out, [&] { return input->value.softmax(dimension); });
}

Status log_softmax(const Handle *input, int64_t dimension, Handle **out) {
  return produce(out, [&] { return input->value.log_softmax(dimension); });
}

// Shape.

Status reshape(const Handle *input, galley_torch_ints sizes, Handle **out) {
  return produce(out, [&] { return input->value.reshape(ints(sizes)); });
}

Status permute(const Handle *input, galley_torch_ints dimensions, Handle **out) {
  return produce(out, [&] { return input->value.permute(ints(dimensions)); });
}

Status broadcast(const Handle *input, galley_torch_ints sizes, Handle **out) {
  return produce(out, [&] { return input->value.expand(ints(sizes)); });
}

Status flatten(const Handle *input, int64_t first, int64_t last, Handle **out) {
  return produce(out, [&] { return input->value.flatten(first, last); });
}

Status select(const Handle *input, int64_t dimension, const Handle *indices, Handle **out) {
  return produce(out, [&] { return input->value.index_select(dimension, indices->value); });
}

Status slice(const Handle *input, int64_t dimension, int64_t start, int64_t length, Handle **out) {
  return produce(out, [&] { return input->value.narrow(dimension, start, length); });
}

Status concatenate(galley_torch_tensors inputs, int64_t dimension, Handle **out) {
  return produce(out, [&] {
    if (inputs.count < 1 || inputs.values == nullptr) throw InvalidArgument("nothing to concatenate");
    std::vector<at::Tensor> tensors;
    for (int64_t index = 0; index < inputs.count; index++) tensors.push_back(inputs.values[index]->value);
    return at::cat(tensors, dimension);
  });
}

Status pad(const Handle *input, galley_torch_ints amounts, double value, Handle **out) {
  return produce(out, [&] { return at::constant_pad_nd(input->value, ints(amounts), value); });
}

// Layers.

Status convolution2d(const Handle *input, const Handle *weight, const Handle *bias, galley_torch_convolution geometry,
                     Handle **out) {
  return produce(out, [&] {
    return at::conv2d(input->value, weight->value, optional(bias), pair(geometry.stride), pair(geometry.padding),
                      pair(geometry.dilation), geometry.groups);
  });
}

Status linear(const Handle *input, const Handle *weight, const Handle *bias, Handle **out) {
  return produce(out, [&] { return at::linear(input->value, weight->value, optional(bias)); });
}

Status batch_normalization(const Handle *input, const Handle *weight, const Handle *bias, Handle *running_mean,
                           Handle *running_variance, galley_torch_normalization settings, Handle **out) {
  return produce(out, [&] {
    const at::Tensor &x = input->value;
    // PyTorch's modules make this check; the operator alone would give NaN.
    if (settings.is_training != 0 && x.dim() > 1 && x.numel() / std::max<int64_t>(1, x.size(1)) <= 1) {
      throw InvalidArgument("batch normalisation in training needs more than one value per channel");
    }
    return at::batch_norm(x, optional(weight), optional(bias), optional(running_mean), optional(running_variance),
                          settings.is_training != 0, settings.momentum, settings.epsilon, false);
  });
}

Status maximum_pool2d(const Handle *input, galley_torch_pooling geometry, Handle **out) {
  return produce(out, [&] {
    return at::max_pool2d(input->value, pair(geometry.kernel), pair(geometry.stride), pair(geometry.padding));
  });
}

Status average_pool2d(const Handle *input, galley_torch_pooling geometry, Handle **out) {
  return produce(out, [&] {
    return at::avg_pool2d(input->value, pair(geometry.kernel), pair(geometry.stride), pair(geometry.padding));
  });
}

UNARY(global_average_pool2d, at::adaptive_avg_pool2d(x, {1, 1}))

Status dropout(const Handle *input, double probability, int32_t is_training, Handle **out) {
  return produce(out, [&] { return at::dropout(input->value, probability, is_training != 0); });
}

// Losses.

Status cross_entropy(const Handle *logits, const Handle *targets, const Handle *class_weights, double label_smoothing,
                     Handle **out) {
  return produce(out, [&] {
    return at::cross_entropy_loss(logits->value, targets->value, optional(class_weights), at::Reduction::Mean, -100,
                                  label_smoothing);
  });
}

BINARY(mean_squared_error, at::mse_loss(a, b))

const galley_torch_api table = {
    .byte_count = sizeof(galley_torch_api),
    .last_message = last_message,
    .version = version,
    .set_thread_count = set_thread_count,
    .thread_count = thread_count,
    .set_deterministic = set_deterministic,
    .manual_seed = manual_seed,
    .set_records_gradients = set_records_gradients,
    .records_gradients = records_gradients,
    .live_tensor_count = live_tensor_count,
    .tensor_from_bytes = tensor_from_bytes,
    .tensor_full = tensor_full,
    .tensor_free = tensor_free,
    .tensor_copy_bytes = tensor_copy_bytes,
    .tensor_type = tensor_type,
    .tensor_rank = tensor_rank,
    .tensor_shape = tensor_shape,
    .tensor_item = tensor_item,
    .tensor_requires_gradient = tensor_requires_gradient,
    .tensor_set_requires_gradient = tensor_set_requires_gradient,
    .tensor_gradient = tensor_gradient,
    .tensor_clear_gradient = tensor_clear_gradient,
    .tensor_backward = tensor_backward,
    .tensor_to_type = tensor_to_type,
    .detach = detach,
    .clone = clone,
    .zeros_like = zeros_like,
    .fill_in_place = fill_in_place,
    .copy_in_place = copy_in_place,
    .uniform_in_place = uniform_in_place,
    .normal_in_place = normal_in_place,
    .scale_in_place = scale_in_place,
    .add_in_place = add_in_place,
    .add_product_in_place = add_product_in_place,
    .add_quotient_in_place = add_quotient_in_place,
    .interpolate_in_place = interpolate_in_place,
    .negate = negate,
    .absolute = absolute,
    .exponential = exponential,
    .logarithm = logarithm,
    .square_root = square_root,
    .relu = relu,
    .sigmoid = sigmoid,
    .hyperbolic_tangent = hyperbolic_tangent,
    .is_finite = is_finite,
    .add = add,
    .subtract = subtract,
    .multiply = multiply,
    .divide = divide,
    .maximum = maximum,
    .minimum = minimum,
    .equal = equal,
    .add_scalar = add_scalar,
    .multiply_scalar = multiply_scalar,
    .power = power,
    .clamp = clamp,
    .matrix_product = matrix_product,
    .sum = sum,
    .mean = mean,
    .largest = largest,
    .argument_of_largest = argument_of_largest,
    .softmax = softmax,
    .log_softmax = log_softmax,
    .reshape = reshape,
    .permute = permute,
    .broadcast = broadcast,
    .flatten = flatten,
    .select = select,
    .slice = slice,
    .concatenate = concatenate,
    .pad = pad,
    .convolution2d = convolution2d,
    .linear = linear,
    .batch_normalization = batch_normalization,
    .maximum_pool2d = maximum_pool2d,
    .average_pool2d = average_pool2d,
    .global_average_pool2d = global_average_pool2d,
    .dropout = dropout,
    .cross_entropy = cross_entropy,
    .mean_squared_error = mean_squared_error,
};

}  // namespace

extern "C" __attribute__((visibility("default"))) galley_torch_status galley_torch_get_api(
    uint32_t abi_version, const galley_torch_api **out) {
  if (abi_version != GALLEY_TORCH_ABI_VERSION) return GALLEY_TORCH_WRONG_ABI;
  *out = &table;
  return GALLEY_TORCH_OK;
}
