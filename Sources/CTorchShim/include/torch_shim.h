// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The contract between Galley and LibTorch: a table of functions that a small library of our own fills.
///
/// Why a shim: Swift's C++ interoperability can't import torch/torch.h, a C++ exception through it ends the process,
/// and LibTorch's own C interface can't train. The library, built from Native/TorchShim/torch_shim.cpp, exports one
/// symbol, `galley_torch_get_api`, and is opened with dlopen.
///
/// Rules for every function of the table:
/// - It returns a status; `GALLEY_TORCH_OK` is 0. Results are written to the out-parameters, which come last and are
///   left untouched on failure. After a failure `last_message` gives LibTorch's own words.
/// - `galley_tensor` is an opaque handle. A handle written to an out-parameter belongs to the caller, who releases it
///   with `tensor_free`; handles passed in stay the caller's. Nothing else is handed over: arrays and strings passed
///   in are read before the function returns.
/// - Several handles may share memory with one another (`detach`, `reshape` and the like), as LibTorch's tensors do.
/// - A function whose name ends in `_in_place` changes the tensor that is its first argument.
/// - A function on a list of tensors does for each of them what its comment says, in the list's order, in one call.
/// - Sizes and indices are int64_t. Dimensions may be negative, counted from the end, as in LibTorch.
/// - Functions may be called from any thread; one tensor must not be used by two threads at once. `last_message` and
///   whether gradients are recorded belong to the thread.

#ifndef GALLEY_TORCH_SHIM_H
#define GALLEY_TORCH_SHIM_H

#include <stddef.h>
#include <stdint.h>

// GCC, which may build the shim library, doesn't know Clang's nullability qualifiers.
#ifndef __clang__
#define _Nonnull
#define _Nullable
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// The version of this contract; changes whenever the table below does.
#define GALLEY_TORCH_ABI_VERSION 2u

/// A tensor with or without gradient; owned by whoever received it from an out-parameter.
typedef struct galley_tensor galley_tensor;

/// What became of a call.
typedef int32_t galley_torch_status;
enum {
  GALLEY_TORCH_OK = 0,
  /// An argument is outside what the shim accepts (unknown element type, size mismatch); nothing was done.
  GALLEY_TORCH_INVALID_ARGUMENT = 1,
  /// LibTorch refused or failed.
  GALLEY_TORCH_FAILED = 2,
  /// Memory ran out.
  GALLEY_TORCH_OUT_OF_MEMORY = 3,
  /// The caller's version of the contract isn't this library's.
  GALLEY_TORCH_WRONG_ABI = 4
};

/// Element types; the numbers are part of the contract.
typedef int32_t galley_torch_type;
enum {
  GALLEY_TORCH_BOOL = 0,
  GALLEY_TORCH_UINT8 = 1,
  GALLEY_TORCH_INT8 = 2,
  GALLEY_TORCH_INT16 = 3,
  GALLEY_TORCH_INT32 = 4,
  GALLEY_TORCH_INT64 = 5,
  GALLEY_TORCH_FLOAT16 = 6,
  GALLEY_TORCH_BFLOAT16 = 7,
  GALLEY_TORCH_FLOAT32 = 8,
  GALLEY_TORCH_FLOAT64 = 9
};

/// A list of dimensions, sizes or indices; `values` may be NULL when `count` is 0.
typedef struct {
  const int64_t *_Nullable values;
  int64_t count;
} galley_torch_ints;

/// A list of tensors, borrowed for the call.
typedef struct {
  const galley_tensor *_Nonnull const *_Nullable values;
  int64_t count;
} galley_torch_tensors;

/// Where a tensor's memory lies.
typedef struct {
  /// One of the kinds below.
  int32_t kind;
  /// Which of several; 0 for the processor.
  int32_t index;
} galley_torch_device;
enum { GALLEY_TORCH_CPU = 0, GALLEY_TORCH_CUDA = 1 };

/// The order of elements in memory; the shape stays the same.
typedef int32_t galley_torch_format;
enum {
  /// Row-major.
  GALLEY_TORCH_CONTIGUOUS = 0,
  /// The channels of a pixel beside one another; for tensors of rank 4.
  GALLEY_TORCH_CHANNELS_LAST = 1
};

/// What happens to an operation that has no deterministic implementation.
typedef int32_t galley_torch_determinism;
enum { GALLEY_TORCH_DETERMINISM_OFF = 0, GALLEY_TORCH_DETERMINISM_WARN = 1, GALLEY_TORCH_DETERMINISM_ON = 2 };

/// What a loss over a batch becomes.
typedef int32_t galley_torch_reduced;
enum { GALLEY_TORCH_REDUCED_NONE = 0, GALLEY_TORCH_REDUCED_MEAN = 1, GALLEY_TORCH_REDUCED_SUM = 2 };

/// A function that is applied element by element after a layer.
typedef int32_t galley_torch_activation;
enum {
  GALLEY_TORCH_RELU = 0,
  /// min(max(x, 0), 6)
  GALLEY_TORCH_RELU6 = 1,
  /// x * relu6(x + 3) / 6
  GALLEY_TORCH_HARDSWISH = 2,
  /// relu6(x + 3) / 6
  GALLEY_TORCH_HARDSIGMOID = 3,
  /// x * sigmoid(x)
  GALLEY_TORCH_SILU = 4,
  /// x * Phi(x), with the error function
  GALLEY_TORCH_GELU = 5,
  /// GELU's approximation with the hyperbolic tangent
  GALLEY_TORCH_GELU_TANH = 6,
  GALLEY_TORCH_SIGMOID = 7,
  GALLEY_TORCH_TANH = 8
};

/// The geometry of a convolution; each list has as many numbers as there are dimensions that the window moves along
/// (1 to 3).
typedef struct {
  galley_torch_ints stride;
  galley_torch_ints padding;
  galley_torch_ints dilation;
  int64_t groups;
} galley_torch_convolution;

/// The geometry of a pooling window; the lists are as long as there are dimensions that it moves along (1 or 2).
typedef struct {
  galley_torch_ints kernel;
  galley_torch_ints stride;
  galley_torch_ints padding;
  /// Whether a last window that is only partly filled counts.
  int32_t rounds_up;
} galley_torch_pooling;

/// How to normalise a batch.
typedef struct {
  /// 1: statistics of the batch, the running ones are updated; 0: the running statistics.
  int32_t is_training;
  double momentum;
  double epsilon;
} galley_torch_normalization;

/// Settings of one step of stochastic gradient descent, torch.optim.SGD's.
typedef struct {
  double learning_rate;
  double momentum;
  double dampening;
  double weight_decay;
  int32_t is_nesterov;
  /// 1: the directions hold nothing yet and become the gradients.
  int32_t is_first;
  /// 1: LibTorch's fused kernel, which reads and writes memory once; rounds in another order.
  int32_t is_fused;
} galley_torch_sgd;

/// Settings of one step of torch.optim.Adam or AdamW.
typedef struct {
  double learning_rate;
  double first_decay;
  double second_decay;
  double epsilon;
  double weight_decay;
  /// Number of this step, from 1.
  int64_t step;
  /// 1: AdamW, which draws parameters towards 0 directly; 0: Adam, which adds the decay to the gradient.
  int32_t is_decoupled;
  int32_t is_fused;
} galley_torch_adam;

/// Settings of one step of torch.optim.RMSprop.
typedef struct {
  double learning_rate;
  double smoothing;
  double epsilon;
  double weight_decay;
  double momentum;
  int32_t is_centered;
} galley_torch_rmsprop;

/// Gives memory back that a tensor borrowed; called once, from any thread.
typedef void (*galley_torch_release)(void *_Nullable context);

/// One tensor in, one out.
typedef galley_torch_status (*_Nonnull galley_torch_unary)(const galley_tensor *_Nonnull input,
                                                          galley_tensor *_Nullable *_Nonnull out);
/// Two tensors in, one out; shapes are broadcast where LibTorch does.
typedef galley_torch_status (*_Nonnull galley_torch_binary)(const galley_tensor *_Nonnull left,
                                                           const galley_tensor *_Nonnull right,
                                                           galley_tensor *_Nullable *_Nonnull out);
/// A tensor and a number in, one tensor out.
typedef galley_torch_status (*_Nonnull galley_torch_scalar)(const galley_tensor *_Nonnull input, double scalar,
                                                           galley_tensor *_Nullable *_Nonnull out);
/// A tensor reduced over `dimensions`; all of them when the list is empty.
typedef galley_torch_status (*_Nonnull galley_torch_reduction)(const galley_tensor *_Nonnull input,
                                                              galley_torch_ints dimensions, int32_t keep_dimensions,
                                                              galley_tensor *_Nullable *_Nonnull out);
/// A tensor worked on along one dimension.
typedef galley_torch_status (*_Nonnull galley_torch_along)(const galley_tensor *_Nonnull input, int64_t dimension,
                                                          galley_tensor *_Nullable *_Nonnull out);
/// A tensor and a list of sizes or dimensions in, one tensor out.
typedef galley_torch_status (*_Nonnull galley_torch_shaping)(const galley_tensor *_Nonnull input,
                                                            galley_torch_ints sizes,
                                                            galley_tensor *_Nullable *_Nonnull out);

/// The functions. Every slot is filled; `galley_torch_copy_api` refuses a table with a hole.
typedef struct {
  /// sizeof(galley_torch_api) as the library was built.
  size_t byte_count;

  // The library as a whole.

  /// What the last failure on this thread was; valid until the next call on this thread. Never NULL.
  const char *_Nonnull (*_Nonnull last_message)(void);
  /// LibTorch's version, such as "2.13.0"; a constant.
  const char *_Nonnull (*_Nonnull version)(void);
  /// Threads that one operation may use; at least 1.
  galley_torch_status (*_Nonnull set_thread_count)(int32_t count);
  galley_torch_status (*_Nonnull thread_count)(int32_t *_Nonnull out);
  galley_torch_status (*_Nonnull set_determinism)(galley_torch_determinism mode);
  galley_torch_status (*_Nonnull determinism)(galley_torch_determinism *_Nonnull out);
  /// Number of devices of a kind; 1 processor, 0 for what LibTorch lacks.
  galley_torch_status (*_Nonnull device_count)(int32_t kind, int32_t *_Nonnull out);
  /// Bytes of tensors on a device, now and at most so far; both -1 where LibTorch doesn't count them (the processor).
  galley_torch_status (*_Nonnull device_memory)(galley_torch_device device, int64_t *_Nonnull current,
                                               int64_t *_Nonnull peak);
  /// Seeds the generators, of all devices, that initialisation and dropout draw from.
  galley_torch_status (*_Nonnull manual_seed)(uint64_t seed);
  /// A copy of a device's generator's state, uint8 on the processor.
  galley_torch_status (*_Nonnull generator_state)(galley_torch_device device, galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull set_generator_state)(galley_torch_device device, const galley_tensor *_Nonnull state);
  /// Whether this thread computes the operations that bear it in `type` (float16 or bfloat16) on devices of a kind;
  /// switching it off forgets the converted weights. `type` is not read then.
  galley_torch_status (*_Nonnull set_autocast)(int32_t device_kind, int32_t is_on, galley_torch_type type);
  galley_torch_status (*_Nonnull autocast)(int32_t device_kind, int32_t *_Nonnull is_on,
                                          galley_torch_type *_Nonnull type);
  /// Whether this thread records operations for gradients.
  galley_torch_status (*_Nonnull set_records_gradients)(int32_t records);
  galley_torch_status (*_Nonnull records_gradients)(int32_t *_Nonnull out);
  /// Handles that exist at the moment, over all threads; for tests of leaks.
  galley_torch_status (*_Nonnull live_tensor_count)(int64_t *_Nonnull out);

  // Tensors: life, facts, gradients.

  /// Copies `byte_count` bytes, row-major and without gaps.
  galley_torch_status (*_Nonnull tensor_from_bytes)(const void *_Nullable bytes, size_t byte_count,
                                                   galley_torch_type type, galley_torch_ints shape,
                                                   galley_tensor *_Nullable *_Nonnull out);
  /// Uses `bytes` without copying them; they stay the caller's and must stay in place until `release` is called with
  /// `context`, which happens when the last tensor on this memory is gone. On failure `release` is not called.
  galley_torch_status (*_Nonnull tensor_borrow_bytes)(void *_Nonnull bytes, size_t byte_count, galley_torch_type type,
                                                     galley_torch_ints shape, galley_torch_release _Nonnull release,
                                                     void *_Nullable context, galley_tensor *_Nullable *_Nonnull out);
  /// Every element is `value`.
  galley_torch_status (*_Nonnull tensor_full)(double value, galley_torch_type type, galley_torch_ints shape,
                                             galley_torch_device device, galley_tensor *_Nullable *_Nonnull out);
  /// Accepts NULL.
  void (*_Nonnull tensor_free)(galley_tensor *_Nullable tensor);
  /// Copies the elements, row-major; `byte_count` must be exactly what they occupy.
  galley_torch_status (*_Nonnull tensor_copy_bytes)(const galley_tensor *_Nonnull tensor, void *_Nullable bytes,
                                                   size_t byte_count);
  galley_torch_status (*_Nonnull tensor_type)(const galley_tensor *_Nonnull tensor, galley_torch_type *_Nonnull out);
  galley_torch_status (*_Nonnull tensor_rank)(const galley_tensor *_Nonnull tensor, int64_t *_Nonnull out);
  /// Writes `rank` extents; `capacity` is the room at `out`, at least the rank.
  galley_torch_status (*_Nonnull tensor_shape)(const galley_tensor *_Nonnull tensor, int64_t capacity,
                                              int64_t *_Nullable out);
  /// The one element, as a double; fails for a tensor of another count.
  galley_torch_status (*_Nonnull tensor_item)(const galley_tensor *_Nonnull tensor, double *_Nonnull out);
  galley_torch_status (*_Nonnull tensor_requires_gradient)(const galley_tensor *_Nonnull tensor, int32_t *_Nonnull out);
  galley_torch_status (*_Nonnull tensor_set_requires_gradient)(galley_tensor *_Nonnull tensor, int32_t is_required);
  /// The gradient, or NULL when there is none; the handle shares memory with it.
  galley_torch_status (*_Nonnull tensor_gradient)(const galley_tensor *_Nonnull tensor,
                                                 galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull tensor_clear_gradient)(galley_tensor *_Nonnull tensor);
  /// Accumulates gradients of this one-element tensor in the leaves.
  galley_torch_status (*_Nonnull tensor_backward)(const galley_tensor *_Nonnull tensor);
  galley_torch_status (*_Nonnull tensor_device)(const galley_tensor *_Nonnull tensor,
                                               galley_torch_device *_Nonnull out);
  /// On another device; the same memory if it is there already.
  galley_torch_status (*_Nonnull tensor_to_device)(const galley_tensor *_Nonnull tensor, galley_torch_device device,
                                                  galley_tensor *_Nullable *_Nonnull out);
  /// In another order of memory; the same memory if it has that order already.
  galley_torch_status (*_Nonnull tensor_to_format)(const galley_tensor *_Nonnull tensor, galley_torch_format format,
                                                  galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull tensor_has_format)(const galley_tensor *_Nonnull tensor, galley_torch_format format,
                                                   int32_t *_Nonnull out);
  /// Puts another tensor's memory in the place of this one's: whoever holds this tensor sees it, and whether it
  /// requires a gradient stays as it is. The gradient is forgotten.
  galley_torch_status (*_Nonnull tensor_replace_memory)(galley_tensor *_Nonnull tensor,
                                                       const galley_tensor *_Nonnull source);
  galley_torch_status (*_Nonnull tensor_to_type)(const galley_tensor *_Nonnull tensor, galley_torch_type type,
                                                galley_tensor *_Nullable *_Nonnull out);
  galley_torch_unary detach;
  galley_torch_unary clone;
  galley_torch_unary zeros_like;

  // Changes in place. On a leaf that requires a gradient they fail unless gradients are not being recorded.

  galley_torch_status (*_Nonnull fill_in_place)(galley_tensor *_Nonnull tensor, double value);
  galley_torch_status (*_Nonnull copy_in_place)(galley_tensor *_Nonnull tensor, const galley_tensor *_Nonnull source);
  /// Draws from the uniform distribution over [low, high).
  galley_torch_status (*_Nonnull uniform_in_place)(galley_tensor *_Nonnull tensor, double low, double high);
  /// Draws from the normal distribution.
  galley_torch_status (*_Nonnull normal_in_place)(galley_tensor *_Nonnull tensor, double mean, double deviation);
  /// Draws 1 with the probability, else 0.
  galley_torch_status (*_Nonnull bernoulli_in_place)(galley_tensor *_Nonnull tensor, double probability);
  /// tensor *= factor
  galley_torch_status (*_Nonnull scale_in_place)(galley_tensor *_Nonnull tensor, double factor);
  /// tensor += scale * other
  galley_torch_status (*_Nonnull add_in_place)(galley_tensor *_Nonnull tensor, const galley_tensor *_Nonnull other,
                                              double scale);
  /// tensor += number
  galley_torch_status (*_Nonnull add_number_in_place)(galley_tensor *_Nonnull tensor, double number);
  /// tensor /= number
  galley_torch_status (*_Nonnull divide_in_place)(galley_tensor *_Nonnull tensor, double number);
  /// tensor += scale * left * right
  galley_torch_status (*_Nonnull add_product_in_place)(galley_tensor *_Nonnull tensor,
                                                      const galley_tensor *_Nonnull left,
                                                      const galley_tensor *_Nonnull right, double scale);
  /// tensor += scale * left / right
  galley_torch_status (*_Nonnull add_quotient_in_place)(galley_tensor *_Nonnull tensor,
                                                       const galley_tensor *_Nonnull left,
                                                       const galley_tensor *_Nonnull right, double scale);
  /// tensor += weight * (end - tensor)
  galley_torch_status (*_Nonnull interpolate_in_place)(galley_tensor *_Nonnull tensor,
                                                      const galley_tensor *_Nonnull end, double weight);

  // Element by element.

  galley_torch_unary negate;
  galley_torch_unary absolute;
  galley_torch_unary exponential;
  galley_torch_unary logarithm;
  galley_torch_unary square_root;
  /// With `is_in_place` the input is overwritten and `out` is a further handle to it; GELU has no such form.
  galley_torch_status (*_Nonnull activate)(const galley_tensor *_Nonnull input, galley_torch_activation function,
                                          int32_t is_in_place, galley_tensor *_Nullable *_Nonnull out);
  /// Bool: whether each element is neither infinite nor NaN.
  galley_torch_unary is_finite;
  galley_torch_binary add;
  galley_torch_binary subtract;
  galley_torch_binary multiply;
  galley_torch_binary divide;
  galley_torch_binary maximum;
  galley_torch_binary minimum;
  /// Bool: whether elements are equal.
  galley_torch_binary equal;
  galley_torch_scalar add_scalar;
  galley_torch_scalar multiply_scalar;
  galley_torch_scalar power;
  galley_torch_status (*_Nonnull clamp)(const galley_tensor *_Nonnull input, double low, double high,
                                       galley_tensor *_Nullable *_Nonnull out);

  // Linear algebra and reductions.

  galley_torch_binary matrix_product;
  galley_torch_reduction sum;
  galley_torch_reduction mean;
  galley_torch_reduction largest;
  /// Int64: where the largest element lies along the dimension, which disappears.
  galley_torch_along argument_of_largest;
  galley_torch_along softmax;
  galley_torch_along log_softmax;

  // Shape.

  galley_torch_shaping reshape;
  galley_torch_shaping permute;
  galley_torch_shaping broadcast;
  galley_torch_status (*_Nonnull flatten)(const galley_tensor *_Nonnull input, int64_t first, int64_t last,
                                         galley_tensor *_Nullable *_Nonnull out);
  /// The elements at `indices` (int64, one dimension) along a dimension; a copy.
  galley_torch_status (*_Nonnull select)(const galley_tensor *_Nonnull input, int64_t dimension,
                                        const galley_tensor *_Nonnull indices,
                                        galley_tensor *_Nullable *_Nonnull out);
  /// `length` elements from `start` along a dimension; shares memory.
  galley_torch_status (*_Nonnull slice)(const galley_tensor *_Nonnull input, int64_t dimension, int64_t start,
                                       int64_t length, galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull concatenate)(galley_torch_tensors inputs, int64_t dimension,
                                             galley_tensor *_Nullable *_Nonnull out);
  /// Adds constant borders; `amounts` is LibTorch's: before and after, last dimension first.
  galley_torch_status (*_Nonnull pad)(const galley_tensor *_Nonnull input, galley_torch_ints amounts, double value,
                                     galley_tensor *_Nullable *_Nonnull out);

  // Layers. Images are batch × channels × height × width, series batch × channels × length.

  galley_torch_status (*_Nonnull convolution)(const galley_tensor *_Nonnull input, const galley_tensor *_Nonnull weight,
                                             const galley_tensor *_Nullable bias, galley_torch_convolution geometry,
                                             galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull linear)(const galley_tensor *_Nonnull input, const galley_tensor *_Nonnull weight,
                                        const galley_tensor *_Nullable bias, galley_tensor *_Nullable *_Nonnull out);
  /// For any rank from 2; channels are the second dimension. In training the running statistics are changed in place.
  galley_torch_status (*_Nonnull batch_normalization)(const galley_tensor *_Nonnull input,
                                                     const galley_tensor *_Nullable weight,
                                                     const galley_tensor *_Nullable bias,
                                                     galley_tensor *_Nullable running_mean,
                                                     galley_tensor *_Nullable running_variance,
                                                     galley_torch_normalization settings,
                                                     galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull maximum_pool)(const galley_tensor *_Nonnull input, galley_torch_pooling geometry,
                                              galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull average_pool)(const galley_tensor *_Nonnull input, galley_torch_pooling geometry,
                                              int32_t counts_padding, galley_tensor *_Nullable *_Nonnull out);
  /// Means over windows that divide the last dimensions into `sizes` (1 to 3 numbers).
  galley_torch_shaping adaptive_average_pool;
  galley_torch_status (*_Nonnull dropout)(const galley_tensor *_Nonnull input, double probability, int32_t is_training,
                                         galley_tensor *_Nullable *_Nonnull out);

  // Losses. `reduced` says whether they are one number for each element, the mean or the sum.

  /// `logits` is batch × classes; `targets` is int64 of the batch, or the classes' probabilities in the shape of
  /// `logits`; `class_weights`, one per class, may be NULL.
  galley_torch_status (*_Nonnull cross_entropy)(const galley_tensor *_Nonnull logits,
                                               const galley_tensor *_Nonnull targets,
                                               const galley_tensor *_Nullable class_weights, double label_smoothing,
                                               galley_torch_reduced reduced, galley_tensor *_Nullable *_Nonnull out);
  /// `targets` are probabilities in the shape of `logits`; `weights` of the elements and `positive_weights` of their
  /// positive terms are broadcast to it.
  galley_torch_status (*_Nonnull binary_cross_entropy)(const galley_tensor *_Nonnull logits,
                                                      const galley_tensor *_Nonnull targets,
                                                      const galley_tensor *_Nullable weights,
                                                      const galley_tensor *_Nullable positive_weights,
                                                      galley_torch_reduced reduced,
                                                      galley_tensor *_Nullable *_Nonnull out);
  galley_torch_status (*_Nonnull mean_squared_error)(const galley_tensor *_Nonnull left,
                                                    const galley_tensor *_Nonnull right, galley_torch_reduced reduced,
                                                    galley_tensor *_Nullable *_Nonnull out);

  // The gradients of many parameters in one call; those without a gradient are passed over.

  /// Writes, for each tensor, 1 if it has a gradient, else 0.
  galley_torch_status (*_Nonnull gradients_exist)(galley_torch_tensors tensors, int32_t *_Nullable out);
  galley_torch_status (*_Nonnull gradients_clear)(galley_torch_tensors tensors);
  /// Multiplies the gradients.
  galley_torch_status (*_Nonnull gradients_scale)(galley_torch_tensors tensors, double factor);
  /// Multiplies the gradients, and writes 1 if any of their elements is infinite or NaN, else 0.
  galley_torch_status (*_Nonnull gradients_unscale)(galley_torch_tensors tensors, double factor,
                                                   int32_t *_Nonnull found);
  /// The norm of all gradients as one vector; `power` is the norm's, which may be infinite. 0 if there are none.
  galley_torch_status (*_Nonnull gradients_norm)(galley_torch_tensors tensors, double power, double *_Nonnull out);
  /// Scales the gradients so that their norm is at most `largest`, as torch.nn.utils.clip_grad_norm_ does; writes the
  /// norm before.
  galley_torch_status (*_Nonnull gradients_clip_norm)(galley_torch_tensors tensors, double largest, double power,
                                                     double *_Nonnull out);
  /// Brings every element of the gradients into [-largest, largest].
  galley_torch_status (*_Nonnull gradients_clip_values)(galley_torch_tensors tensors, double largest);

  // One step of an optimizer for many parameters. Every parameter has a gradient; the other lists are as long as the
  // first, or empty where the settings need no such memory. Gradients are not recorded meanwhile.

  galley_torch_status (*_Nonnull sgd_step)(galley_torch_tensors parameters, galley_torch_tensors directions,
                                          galley_torch_sgd settings);
  galley_torch_status (*_Nonnull adam_step)(galley_torch_tensors parameters, galley_torch_tensors first_moments,
                                           galley_torch_tensors second_moments, galley_torch_adam settings);
  galley_torch_status (*_Nonnull rmsprop_step)(galley_torch_tensors parameters, galley_torch_tensors square_means,
                                              galley_torch_tensors gradient_means, galley_torch_tensors directions,
                                              galley_torch_rmsprop settings);
} galley_torch_api;

/// The one symbol of the shim library: the table for a version of the contract.
///
/// `out` receives a pointer to a constant table; nothing is written unless `abi_version` is the library's own.
typedef galley_torch_status (*galley_torch_get_api_function)(uint32_t abi_version,
                                                             const galley_torch_api *_Nullable *_Nonnull out);

/// The name of that symbol.
#define GALLEY_TORCH_ENTRY_POINT "galley_torch_get_api"

/// Asks the shim library for its table through `entry_point`, the symbol's address, and copies it to `out`.
///
/// Refuses (`GALLEY_TORCH_WRONG_ABI`) a library of another version of the contract, and a table of another size or with
/// an empty slot: Swift imports the slots as functions that are always there.
galley_torch_status galley_torch_copy_api(void *_Nonnull entry_point, galley_torch_api *_Nonnull out);

#ifdef __cplusplus
}
#endif

#endif
