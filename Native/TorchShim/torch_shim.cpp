// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// Fills the table of torch_shim.h with LibTorch. Each function does one thing, inside the one exception boundary.

#include "../../Sources/CTorchShim/include/torch_shim.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/autocast_mode.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
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

at::DeviceType device_type(int32_t kind) {
  switch (kind) {
    case GALLEY_TORCH_CPU: return at::kCPU;
    case GALLEY_TORCH_CUDA: return at::kCUDA;
    default: throw InvalidArgument("unknown kind of device " + std::to_string(kind));
  }
}

at::Device device(galley_torch_device place) {
  const at::DeviceType type = device_type(place.kind);
  return type == at::kCPU ? at::Device(type) : at::Device(type, static_cast<c10::DeviceIndex>(place.index));
}

at::MemoryFormat memory_format(galley_torch_format format) {
  switch (format) {
    case GALLEY_TORCH_CONTIGUOUS: return at::MemoryFormat::Contiguous;
    case GALLEY_TORCH_CHANNELS_LAST: return at::MemoryFormat::ChannelsLast;
    default: throw InvalidArgument("unknown memory format " + std::to_string(format));
  }
}

int64_t reduction(galley_torch_reduced reduced) {
  switch (reduced) {
    case GALLEY_TORCH_REDUCED_NONE: return at::Reduction::None;
    case GALLEY_TORCH_REDUCED_MEAN: return at::Reduction::Mean;
    case GALLEY_TORCH_REDUCED_SUM: return at::Reduction::Sum;
    default: throw InvalidArgument("unknown reduction " + std::to_string(reduced));
  }
}

std::vector<at::Tensor> tensors(galley_torch_tensors list) {
  if (list.count < 0 || (list.count > 0 && list.values == nullptr)) throw InvalidArgument("a list without tensors");
  std::vector<at::Tensor> values;
  values.reserve(static_cast<size_t>(list.count));
  for (int64_t index = 0; index < list.count; index++) values.push_back(list.values[index]->value);
  return values;
}

/// The gradients of those tensors that have one.
std::vector<at::Tensor> gradients(galley_torch_tensors list) {
  std::vector<at::Tensor> found;
  for (const at::Tensor &tensor : tensors(list)) {
    if (tensor.grad().defined()) found.push_back(tensor.grad());
  }
  return found;
}

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

Status set_determinism(galley_torch_determinism mode) {
  return boundary([&] {
    if (mode < GALLEY_TORCH_DETERMINISM_OFF || mode > GALLEY_TORCH_DETERMINISM_ON) {
      throw InvalidArgument("unknown mode of determinism " + std::to_string(mode));
    }
    at::globalContext().setDeterministicAlgorithms(mode != GALLEY_TORCH_DETERMINISM_OFF,
                                                   mode == GALLEY_TORCH_DETERMINISM_WARN);
  });
}

Status determinism(galley_torch_determinism *out) {
  return boundary([&] {
    const at::Context &context = at::globalContext();
    *out = !context.deterministicAlgorithms()           ? GALLEY_TORCH_DETERMINISM_OFF
           : context.deterministicAlgorithmsWarnOnly() ? GALLEY_TORCH_DETERMINISM_WARN
                                                       : GALLEY_TORCH_DETERMINISM_ON;
  });
}

Status device_count(int32_t kind, int32_t *out) {
  return boundary([&] {
    *out = device_type(kind) == at::kCPU ? 1 : static_cast<int32_t>(torch::cuda::device_count());
  });
}

Status device_memory(galley_torch_device place, int64_t *current, int64_t *peak) {
  return boundary([&] {
    if (device(place).is_cpu()) {
      *current = *peak = -1;
      return;
    }
    const auto stats = at::accelerator::getDeviceStats(static_cast<c10::DeviceIndex>(place.index));
    // The first entry counts all pools together.
    *current = stats.allocated_bytes[0].current;
    *peak = stats.allocated_bytes[0].peak;
  });
}

Status manual_seed(uint64_t seed) {
  return boundary([&] { at::manual_seed(seed); });
}

Status generator_state(galley_torch_device place, Handle **out) {
  return produce(out, [&] {
    at::Generator generator = at::globalContext().defaultGenerator(device(place));
    const std::lock_guard<std::mutex> guard(generator.mutex());
    return generator.get_state();
  });
}

Status set_generator_state(galley_torch_device place, const Handle *state) {
  return boundary([&] {
    at::Generator generator = at::globalContext().defaultGenerator(device(place));
    const std::lock_guard<std::mutex> guard(generator.mutex());
    generator.set_state(state->value);
  });
}

Status set_autocast(int32_t kind, int32_t is_on, galley_torch_type type) {
  return boundary([&] {
    const at::DeviceType where = device_type(kind);
    if (is_on != 0) {
      const at::ScalarType precision = scalar_type(type);
      if (precision != at::kHalf && precision != at::kBFloat16) {
        throw InvalidArgument("mixed precision computes in float16 or bfloat16");
      }
      at::autocast::set_autocast_dtype(where, precision);
    } else {
      at::autocast::clear_cache();
    }
    at::autocast::set_autocast_enabled(where, is_on != 0);
  });
}

Status autocast(int32_t kind, int32_t *is_on, galley_torch_type *type) {
  return boundary([&] {
    const at::DeviceType where = device_type(kind);
    const galley_torch_type number = type_number(at::autocast::get_autocast_dtype(where));
    *is_on = at::autocast::is_autocast_enabled(where) ? 1 : 0;
    *type = number;
  });
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

Status tensor_borrow_bytes(void *bytes, size_t byte_count, galley_torch_type type, galley_torch_ints shape,
                           galley_torch_release release, void *context, Handle **out) {
  return boundary([&] {
    const at::IntArrayRef sizes = ints(shape);
    const at::ScalarType element = scalar_type(type);
    const size_t needed = static_cast<size_t>(c10::multiply_integers(sizes)) * c10::elementSize(element);
    if (needed != byte_count) {
      throw InvalidArgument("the shape needs " + std::to_string(needed) + " bytes, but " +
                            std::to_string(byte_count) + " were given");
    }
    // A failure here destroys the tensor, and must not give back what the caller keeps then.
    const std::shared_ptr<bool> is_owner = std::make_shared<bool>(false);
    Handle *handle = make_handle(at::from_blob(
        bytes, sizes,
        [release, context, is_owner](void *) {
          if (*is_owner) release(context);
        },
        at::TensorOptions(element)));
    *is_owner = true;
    *out = handle;
  });
}

Status tensor_full(double value, galley_torch_type type, galley_torch_ints shape, galley_torch_device place,
                   Handle **out) {
  return produce(out, [&] {
    return at::full(ints(shape), value, at::TensorOptions(scalar_type(type)).device(device(place)));
  });
}

void tensor_free(Handle *tensor) {
  if (tensor == nullptr) return;
  delete tensor;
  live_handles.fetch_sub(1, std::memory_order_relaxed);
}

Status tensor_copy_bytes(const Handle *tensor, void *bytes, size_t byte_count) {
  return boundary([&] {
    const at::Tensor contiguous = tensor->value.detach().cpu().contiguous();
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

Status tensor_device(const Handle *tensor, galley_torch_device *out) {
  return boundary([&] {
    const at::Device place = tensor->value.device();
    if (!place.is_cpu() && !place.is_cuda()) throw InvalidArgument("no number for the device " + place.str());
    *out = {place.is_cpu() ? GALLEY_TORCH_CPU : GALLEY_TORCH_CUDA, place.is_cpu() ? 0 : place.index()};
  });
}

Status tensor_to_device(const Handle *tensor, galley_torch_device place, Handle **out) {
  return produce(out, [&] { return tensor->value.to(device(place)); });
}

Status tensor_to_format(const Handle *tensor, galley_torch_format format, Handle **out) {
  return produce(out, [&] { return tensor->value.contiguous(memory_format(format)); });
}

Status tensor_has_format(const Handle *tensor, galley_torch_format format, int32_t *out) {
  return boundary([&] { *out = tensor->value.is_contiguous(memory_format(format)) ? 1 : 0; });
}

Status tensor_replace_memory(Handle *tensor, const Handle *source) {
  return boundary([&] {
    if (!tensor->value.sizes().equals(source->value.sizes())) throw InvalidArgument("the shapes differ");
    tensor->value.mutable_grad() = at::Tensor();
    tensor->value.set_data(source->value.detach());
  });
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

Status bernoulli_in_place(Handle *tensor, double probability) {
  return boundary([&] { tensor->value.bernoulli_(probability); });
}

Status add_number_in_place(Handle *tensor, double number) {
  return boundary([&] { tensor->value.add_(factor(number, tensor->value)); });
}

Status divide_in_place(Handle *tensor, double number) {
  return boundary([&] { tensor->value.div_(number); });
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

at::Tensor activated(const at::Tensor &x, galley_torch_activation function) {
  switch (function) {
    case GALLEY_TORCH_RELU: return at::relu(x);
    case GALLEY_TORCH_RELU6: return at::hardtanh(x, 0, 6);
    case GALLEY_TORCH_HARDSWISH: return at::hardswish(x);
    case GALLEY_TORCH_HARDSIGMOID: return at::hardsigmoid(x);
    case GALLEY_TORCH_SILU: return at::silu(x);
    case GALLEY_TORCH_GELU: return at::gelu(x, "none");
    case GALLEY_TORCH_GELU_TANH: return at::gelu(x, "tanh");
    case GALLEY_TORCH_SIGMOID: return at::sigmoid(x);
    case GALLEY_TORCH_TANH: return at::tanh(x);
    default: throw InvalidArgument("unknown activation function " + std::to_string(function));
  }
}

at::Tensor activated_in_place(at::Tensor x, galley_torch_activation function) {
  switch (function) {
    case GALLEY_TORCH_RELU: return at::relu_(x);
    case GALLEY_TORCH_RELU6: return at::hardtanh_(x, 0, 6);
    case GALLEY_TORCH_HARDSWISH: return at::hardswish_(x);
    case GALLEY_TORCH_HARDSIGMOID: return at::hardsigmoid_(x);
    case GALLEY_TORCH_SILU: return at::silu_(x);
    case GALLEY_TORCH_SIGMOID: return at::sigmoid_(x);
    case GALLEY_TORCH_TANH: return at::tanh_(x);
    default: throw InvalidArgument("no activation function " + std::to_string(function) + " in place");
  }
}

Status activate(const Handle *input, galley_torch_activation function, int32_t is_in_place, Handle **out) {
  return produce(out, [&] {
    return is_in_place != 0 ? activated_in_place(input->value, function) : activated(input->value, function);
  });
}

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
    if (inputs.count < 1) throw InvalidArgument("nothing to concatenate");
    return at::cat(tensors(inputs), dimension);
  });
}

Status pad(const Handle *input, galley_torch_ints amounts, double value, Handle **out) {
  return produce(out, [&] { return at::constant_pad_nd(input->value, ints(amounts), value); });
}

// Layers.

Status convolution(const Handle *input, const Handle *weight, const Handle *bias, galley_torch_convolution geometry,
                   Handle **out) {
  return produce(out, [&] {
    const at::IntArrayRef stride = ints(geometry.stride), padding = ints(geometry.padding),
                          dilation = ints(geometry.dilation);
    if (padding.size() != stride.size() || dilation.size() != stride.size()) {
      throw InvalidArgument("stride, padding and dilation are of different lengths");
    }
    const at::Tensor &x = input->value, &w = weight->value;
    switch (stride.size()) {
      case 1: return at::conv1d(x, w, optional(bias), stride, padding, dilation, geometry.groups);
      case 2: return at::conv2d(x, w, optional(bias), stride, padding, dilation, geometry.groups);
      case 3: return at::conv3d(x, w, optional(bias), stride, padding, dilation, geometry.groups);
      default: throw InvalidArgument("a convolution's window moves along 1 to 3 dimensions");
    }
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

Status maximum_pool(const Handle *input, galley_torch_pooling geometry, Handle **out) {
  return produce(out, [&] {
    const at::IntArrayRef kernel = ints(geometry.kernel), stride = ints(geometry.stride),
                          padding = ints(geometry.padding);
    const bool rounds_up = geometry.rounds_up != 0;
    switch (kernel.size()) {
      case 1: return at::max_pool1d(input->value, kernel, stride, padding, 1, rounds_up);
      case 2: return at::max_pool2d(input->value, kernel, stride, padding, 1, rounds_up);
      default: throw InvalidArgument("a pooling window moves along 1 or 2 dimensions");
    }
  });
}

Status average_pool(const Handle *input, galley_torch_pooling geometry, int32_t counts_padding, Handle **out) {
  return produce(out, [&] {
    const at::IntArrayRef kernel = ints(geometry.kernel), stride = ints(geometry.stride),
                          padding = ints(geometry.padding);
    const bool rounds_up = geometry.rounds_up != 0, counts = counts_padding != 0;
    switch (kernel.size()) {
      case 1: return at::avg_pool1d(input->value, kernel, stride, padding, rounds_up, counts);
      case 2: return at::avg_pool2d(input->value, kernel, stride, padding, rounds_up, counts);
      default: throw InvalidArgument("a pooling window moves along 1 or 2 dimensions");
    }
  });
}

Status adaptive_average_pool(const Handle *input, galley_torch_ints sizes, Handle **out) {
  return produce(out, [&] {
    switch (sizes.count) {
      case 1: return at::adaptive_avg_pool1d(input->value, ints(sizes));
      case 2: return at::adaptive_avg_pool2d(input->value, ints(sizes));
      case 3: return at::adaptive_avg_pool3d(input->value, ints(sizes));
      default: throw InvalidArgument("means are taken over 1 to 3 dimensions");
    }
  });
}

Status dropout(const Handle *input, double probability, int32_t is_training, Handle **out) {
  return produce(out, [&] { return at::dropout(input->value, probability, is_training != 0); });
}

// Losses.

Status cross_entropy(const Handle *logits, const Handle *targets, const Handle *class_weights, double label_smoothing,
                     galley_torch_reduced reduced, Handle **out) {
  return produce(out, [&] {
    return at::cross_entropy_loss(logits->value, targets->value, optional(class_weights), reduction(reduced), -100,
                                  label_smoothing);
  });
}

Status binary_cross_entropy(const Handle *logits, const Handle *targets, const Handle *weights,
                            const Handle *positive_weights, galley_torch_reduced reduced, Handle **out) {
  return produce(out, [&] {
    if (!logits->value.sizes().equals(targets->value.sizes())) throw InvalidArgument("the shapes differ");
    return at::binary_cross_entropy_with_logits(logits->value, targets->value, optional(weights),
                                                optional(positive_weights), reduction(reduced));
  });
}

Status mean_squared_error(const Handle *left, const Handle *right, galley_torch_reduced reduced, Handle **out) {
  return produce(out, [&] { return at::mse_loss(left->value, right->value, reduction(reduced)); });
}

// The gradients of many parameters.

Status gradients_exist(galley_torch_tensors list, int32_t *out) {
  return boundary([&] {
    const std::vector<at::Tensor> all = tensors(list);
    for (size_t index = 0; index < all.size(); index++) out[index] = all[index].grad().defined() ? 1 : 0;
  });
}

Status gradients_clear(galley_torch_tensors list) {
  return boundary([&] {
    for (at::Tensor &tensor : tensors(list)) tensor.mutable_grad() = at::Tensor();
  });
}

Status gradients_scale(galley_torch_tensors list, double factor) {
  return boundary([&] {
    const at::NoGradGuard guard;
    for (at::Tensor &gradient : gradients(list)) gradient.mul_(factor);
  });
}

Status gradients_unscale(galley_torch_tensors list, double factor, int32_t *found) {
  return boundary([&] {
    const at::NoGradGuard guard;
    int32_t is_found = 0;
    for (at::Tensor &gradient : gradients(list)) {
      at::Tensor flag = at::zeros({1}, gradient.options().dtype(at::kFloat));
      const at::Tensor scale = at::full({1}, factor, flag.options());
      at::_amp_foreach_non_finite_check_and_unscale_({gradient}, flag, scale);
      if (flag.item<float>() != 0) is_found = 1;
    }
    *found = is_found;
  });
}

/// As torch.nn.utils.get_total_norm computes it: the norm of the norms.
at::Tensor total_norm(const std::vector<at::Tensor> &values, double power) {
  std::vector<at::Tensor> norms;
  for (const at::Tensor &norm : at::_foreach_norm(values, power)) norms.push_back(norm.to(values[0].device()));
  return at::linalg_vector_norm(at::stack(norms), power);
}

Status gradients_norm(galley_torch_tensors list, double power, double *out) {
  return boundary([&] {
    const at::NoGradGuard guard;
    const std::vector<at::Tensor> values = gradients(list);
    *out = values.empty() ? 0 : total_norm(values, power).item().toDouble();
  });
}

Status gradients_clip_norm(galley_torch_tensors list, double largest, double power, double *out) {
  return boundary([&] {
    const at::NoGradGuard guard;
    const std::vector<at::Tensor> values = gradients(list);
    if (values.empty()) {
      *out = 0;
      return;
    }
    const at::Tensor total = total_norm(values, power);
    // As torch.nn.utils.clip_grad_norm_ does, with its constant. It multiplies by 1 where nothing is to be clipped;
    // that changes no bit, so it is left out.
    const at::Tensor scale = at::clamp_max(at::mul(at::reciprocal(total + 1e-6), largest), 1.0);
    const double norm = total.item().toDouble();
    if (scale.item().toDouble() != 1) {
      for (const at::Tensor &value : values) value.mul_(scale.to(value.device()));
    }
    *out = norm;
  });
}

Status gradients_clip_values(galley_torch_tensors list, double largest) {
  return boundary([&] {
    const at::NoGradGuard guard;
    for (at::Tensor &gradient : gradients(list)) gradient.clamp_(-largest, largest);
  });
}

// Steps of optimizers, operation by operation as torch.optim's plain implementations.

std::vector<at::Tensor> companions(galley_torch_tensors list, size_t count, bool is_needed) {
  std::vector<at::Tensor> values = tensors(list);
  if (values.size() != (is_needed ? count : 0)) throw InvalidArgument("the optimizer's lists are of different lengths");
  return values;
}

std::vector<at::Tensor> all_gradients(const std::vector<at::Tensor> &parameters) {
  std::vector<at::Tensor> values;
  for (const at::Tensor &parameter : parameters) {
    if (!parameter.grad().defined()) throw InvalidArgument("a parameter has no gradient");
    values.push_back(parameter.grad());
  }
  return values;
}

Status sgd_step(galley_torch_tensors list, galley_torch_tensors direction_list, galley_torch_sgd s) {
  return boundary([&] {
    const at::NoGradGuard guard;
    const std::vector<at::Tensor> parameters = tensors(list);
    const std::vector<at::Tensor> slopes = all_gradients(parameters);
    const bool has_momentum = s.momentum != 0;
    std::vector<at::Tensor> directions = companions(direction_list, parameters.size(), has_momentum);
    if (parameters.empty()) return;
    if (s.is_fused != 0) {
      at::_fused_sgd_(parameters, slopes, directions, s.weight_decay, s.momentum, s.learning_rate, s.dampening,
                      s.is_nesterov != 0, false, has_momentum && s.is_first != 0);
      return;
    }
    for (size_t index = 0; index < parameters.size(); index++) {
      at::Tensor slope = slopes[index];
      if (s.weight_decay != 0) slope = slope.add(parameters[index], s.weight_decay);
      if (has_momentum) {
        at::Tensor &direction = directions[index];
        if (s.is_first != 0) {
          direction.copy_(slope);
        } else {
          direction.mul_(s.momentum).add_(slope, 1 - s.dampening);
        }
        slope = s.is_nesterov != 0 ? slope.add(direction, s.momentum) : direction;
      }
      parameters[index].add_(slope, -s.learning_rate);
    }
  });
}

void fused_adam(const std::vector<at::Tensor> &parameters, const std::vector<at::Tensor> &slopes,
                const std::vector<at::Tensor> &first, const std::vector<at::Tensor> &second,
                const galley_torch_adam &s) {
  const at::Tensor step = at::full({}, static_cast<double>(s.step), parameters[0].options().dtype(at::kFloat));
  const std::vector<at::Tensor> steps(parameters.size(), step);
  const auto update = s.is_decoupled != 0 ? at::_ops::_fused_adamw_::call : at::_ops::_fused_adam_::call;
  update(parameters, slopes, first, second, {}, steps, s.learning_rate, s.first_decay, s.second_decay, s.weight_decay,
         s.epsilon, false, false, std::nullopt, std::nullopt);
}

Status adam_step(galley_torch_tensors list, galley_torch_tensors first_list, galley_torch_tensors second_list,
                 galley_torch_adam s) {
  return boundary([&] {
    const at::NoGradGuard guard;
    const std::vector<at::Tensor> parameters = tensors(list);
    const std::vector<at::Tensor> slopes = all_gradients(parameters);
    const std::vector<at::Tensor> first = companions(first_list, parameters.size(), true);
    const std::vector<at::Tensor> second = companions(second_list, parameters.size(), true);
    if (parameters.empty()) return;
    if (s.is_fused != 0) {
      fused_adam(parameters, slopes, first, second, s);
      return;
    }
    const double step_size = s.learning_rate / (1 - std::pow(s.first_decay, static_cast<double>(s.step)));
    const double root = std::pow(1 - std::pow(s.second_decay, static_cast<double>(s.step)), 0.5);
    for (size_t index = 0; index < parameters.size(); index++) {
      const at::Tensor &parameter = parameters[index];
      at::Tensor slope = slopes[index];
      if (s.weight_decay != 0 && s.is_decoupled != 0) parameter.mul_(1 - s.learning_rate * s.weight_decay);
      if (s.weight_decay != 0 && s.is_decoupled == 0) slope = slope.add(parameter, s.weight_decay);
      first[index].lerp_(slope, 1 - s.first_decay);
      second[index].mul_(s.second_decay).addcmul_(slope, slope, 1 - s.second_decay);
      const at::Tensor denominator = (second[index].sqrt() / root).add_(s.epsilon);
      parameter.addcdiv_(first[index], denominator, -step_size);
    }
  });
}

Status rmsprop_step(galley_torch_tensors list, galley_torch_tensors square_list, galley_torch_tensors mean_list,
                    galley_torch_tensors direction_list, galley_torch_rmsprop s) {
  return boundary([&] {
    const at::NoGradGuard guard;
    const std::vector<at::Tensor> parameters = tensors(list);
    const std::vector<at::Tensor> slopes = all_gradients(parameters);
    const std::vector<at::Tensor> squares = companions(square_list, parameters.size(), true);
    const std::vector<at::Tensor> means = companions(mean_list, parameters.size(), s.is_centered != 0);
    const std::vector<at::Tensor> directions = companions(direction_list, parameters.size(), s.momentum > 0);
    for (size_t index = 0; index < parameters.size(); index++) {
      const at::Tensor &parameter = parameters[index];
      at::Tensor slope = slopes[index];
      if (s.weight_decay != 0) slope = slope.add(parameter, s.weight_decay);
      squares[index].mul_(s.smoothing).addcmul_(slope, slope, 1 - s.smoothing);
      at::Tensor scale;
      if (s.is_centered != 0) {
        means[index].lerp_(slope, 1 - s.smoothing);
        scale = squares[index].addcmul(means[index], means[index], -1).sqrt_();
      } else {
        scale = squares[index].sqrt();
      }
      scale.add_(s.epsilon);
      if (s.momentum > 0) {
        directions[index].mul_(s.momentum).addcdiv_(slope, scale);
        parameter.add_(directions[index], -s.learning_rate);
      } else {
        parameter.addcdiv_(slope, scale, -s.learning_rate);
      }
    }
  });
}

const galley_torch_api table = {
    .byte_count = sizeof(galley_torch_api),
    .last_message = last_message,
    .version = version,
    .set_thread_count = set_thread_count,
    .thread_count = thread_count,
    .set_determinism = set_determinism,
    .determinism = determinism,
    .device_count = device_count,
    .device_memory = device_memory,
    .manual_seed = manual_seed,
    .generator_state = generator_state,
    .set_generator_state = set_generator_state,
    .set_autocast = set_autocast,
    .autocast = autocast,
    .set_records_gradients = set_records_gradients,
    .records_gradients = records_gradients,
    .live_tensor_count = live_tensor_count,
    .tensor_from_bytes = tensor_from_bytes,
    .tensor_borrow_bytes = tensor_borrow_bytes,
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
    .tensor_device = tensor_device,
    .tensor_to_device = tensor_to_device,
    .tensor_to_format = tensor_to_format,
    .tensor_has_format = tensor_has_format,
    .tensor_replace_memory = tensor_replace_memory,
    .tensor_to_type = tensor_to_type,
    .detach = detach,
    .clone = clone,
    .zeros_like = zeros_like,
    .fill_in_place = fill_in_place,
    .copy_in_place = copy_in_place,
    .uniform_in_place = uniform_in_place,
    .normal_in_place = normal_in_place,
    .bernoulli_in_place = bernoulli_in_place,
    .scale_in_place = scale_in_place,
    .add_in_place = add_in_place,
    .add_number_in_place = add_number_in_place,
    .divide_in_place = divide_in_place,
    .add_product_in_place = add_product_in_place,
    .add_quotient_in_place = add_quotient_in_place,
    .interpolate_in_place = interpolate_in_place,
    .negate = negate,
    .absolute = absolute,
    .exponential = exponential,
    .logarithm = logarithm,
    .square_root = square_root,
    .activate = activate,
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
    .convolution = convolution,
    .linear = linear,
    .batch_normalization = batch_normalization,
    .maximum_pool = maximum_pool,
    .average_pool = average_pool,
    .adaptive_average_pool = adaptive_average_pool,
    .dropout = dropout,
    .cross_entropy = cross_entropy,
    .binary_cross_entropy = binary_cross_entropy,
    .mean_squared_error = mean_squared_error,
    .gradients_exist = gradients_exist,
    .gradients_clear = gradients_clear,
    .gradients_scale = gradients_scale,
    .gradients_unscale = gradients_unscale,
    .gradients_norm = gradients_norm,
    .gradients_clip_norm = gradients_clip_norm,
    .gradients_clip_values = gradients_clip_values,
    .sgd_step = sgd_step,
    .adam_step = adam_step,
    .rmsprop_step = rmsprop_step,
};

}  // namespace

extern "C" __attribute__((visibility("default"))) galley_torch_status galley_torch_get_api(
    uint32_t abi_version, const galley_torch_api **out) {
  if (abi_version != GALLEY_TORCH_ABI_VERSION) return GALLEY_TORCH_WRONG_ABI;
  *out = &table;
  return GALLEY_TORCH_OK;
}
