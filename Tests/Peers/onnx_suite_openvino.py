# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Why OpenVINO doesn't pass some of the ONNX backend tests.

Each rule: what it says, what the test is called, the explanation. The first that fits counts.
"""

RULES = [
    (r"preview\.training", r"", "Operators of training, which the library leaves out"),
    (r"it is text", r"", "Text, which Galley refuses: the library frees it twice"),
    (r"No conversion rule found for operations: .*(Sequence|Optional)", r"",
     "The library has no sequences and optionals beside those that it can turn into tensors"),
    (r"(SequenceInsert|SplitToSequence|Parameter operation with dynamic rank)", r"sequence",
     "The library has no sequences and optionals beside those that it can turn into tensors"),
    (r"", r"^test_identity_opt$",
     "The library has no sequences and optionals beside those that it can turn into tensors"),
    (r"No conversion rule found for operations: (?:ai\.onnx\.ml\.)?(\w+)", r"", r"The library has no \1"),
    (r"Unsupported type", r"", "The reader doesn't know one of the eight-bit floating-point types"),
    (r"number 24 of OpenVINO|QuantizeLinear", r"(?i)float4", "Galley has no four-bit floating-point numbers"),
    (r"get_attribute is not implemented", r"", "The library doesn't read the attribute ignore_index"),
    (r"doesn't support \w+ operation with dynamic rank", r"",
     "The rank depends on the data: the plugin for the processor doesn't run that"),
    (r"type of coordinate transformation mode is not supported", r"",
     "The library has neither half_pixel_symmetric nor tf_crop_and_resize"),
    (r"Non-constant training_mode", r"", "The library's dropout is for inference only"),
    (r"only supported for 4D input", r"", "The library's grid sampling is for images only"),
    (r"frame_step input must be", r"", "The library wants the step of the transform as a constant"),
    (r"Unsupported padding mode", r"", "The library doesn't pad by wrapping around"),
    (r"Col2Im", r"", "The library's Col2Im is for images only"),
    (r"split number is invalid|VariadicSplit", r"affine_grid",
     "The library refuses what stands in a branch that isn't taken"),
    (r"RandomUniformLike", r"", "The library wants the bounds of random numbers in their own type"),
    (r"", r"quantizelinear_blocked", "The library doesn't quantize in blocks without zero points"),
    (r"", r"split_zero_size", "The library drops an input that has no elements, so that the others change places"),
    (r"", r"training_dropout|bernoulli", "The test expects NumPy's random numbers"),
    (r"", r"_(dft|stft)|^test_(dft|stft)", "The test allows a difference of 1e-7 from values that should be zero; the "
     "library's float32 arithmetic is 1e-4 to 1e-6 away"),
    (r"3\.4028234663852886e\+38", r"", "float64 becomes float32 in the plugin for the processor, and infinity its "
     "largest number"),
    (r"", r"cast.*_(FLOAT8|BFLOAT16|INT4|UINT4)",
     "Rounding, saturation or NaN of the narrow type are the library's own"),
    (r"", r"qlinearmatmul.*int8", "The library saturates at -128, as ONNX demands; the test's values wrap around"),
    (r"", r"dynamicquantizelinear", "The library is one step away from the test"),
    (r"", r"(rnn|gru|lstm)_batchwise", "Other values for layout 1"),
    (r"", r"lstm_with_peepholes", "The library ignores the peepholes"),
    (r"", r"resize.*(antialias|exclude_outside)", "Other values with antialias and exclude_outside"),
    (r"", r"resize.*not_(larger|smaller)", "The library ignores keep_aspect_ratio_policy"),
    (r"", r"resize.*align_corners", "The library aligns the corners of the output as it is, the test those of the "
     "input's size times the scale before rounding"),
    (r"", r"maxpool_2d_ceil", "The library keeps a window that begins in the padding"),
    (r"", r"top_k_same_values", "Among equal values the library takes others first"),
    (r"", r"roialign_mode_max", "Other values in the mode max"),
    (r"", r"attention_.*bias",
     "The library gives the intermediate product before the mask is added, the test after it"),
    (r"", r"attention_.*softcap", "Softcap together with the intermediate output: other values"),
    (r"", r"attention_.*gqa", "Other values for groups of queries"),
    (r"", r"^test_tile$", "The library leaves the output unwritten"),
    (r"", r"^test_squeezenet$",
     "All scores are equal and nearly 1e10; a rounding difference of 3e-7 among them gives one class all"),
]
