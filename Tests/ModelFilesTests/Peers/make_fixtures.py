# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Writes the files in ../Fixtures that peers make, and what the peers read in all of them.

Needs openvino 2026.4.1, openvino-model-api 0.4.7, onnx 1.23.2, onnxruntime, ai-edge-litert 2.3.0, tflite 2.18.0,
numpy 2.4.6, and tflite-support 0.4.4 (Python 3.11) on the module path. The folder tflite/ must hold the models.
"""

import glob
import json
import os
import shutil
import sys
import zipfile

import flatbuffers
import numpy as np
import onnx
import openvino as ov
import tflite
from ai_edge_litert import schema_py_generated as litert
from ai_edge_litert.interpreter import Interpreter
from model_api.adapters import ONNXRuntimeAdapter, OpenvinoAdapter, create_core
from model_api.adapters.utils import InputTransform
from model_api.models import ClassificationModel
from onnx import TensorProto, helper
from openvino import opset13 as op
from tensorflow_lite_support.metadata import metadata_schema_py_generated as schema
from tensorflow_lite_support.metadata.python import metadata

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures")
random = np.random.default_rng(20261125)


def weights(*shape):
    return random.normal(size=shape).astype(np.float32)


# TensorFlow Lite: metadata as tflite-support writes them, and as Ultralytics' exporter does.


def write_tflite_metadata():
    source = os.path.join(here, "tflite", "small_f32.tflite")
    target = os.path.join(here, "tflite", "with_metadata.tflite")
    shutil.copy(source, target)
    os.chmod(target, 0o644)
    model, image, options = schema.ModelMetadataT(), schema.ImagePropertiesT(), schema.NormalizationOptionsT()
    model.name, model.license, model.version = "small", "Apache License 2.0", "1"
    image.colorSpace = schema.ColorSpaceType.RGB
    options.mean, options.std = [127.5], [127.5]
    tensor, content, unit = schema.TensorMetadataT(), schema.ContentT(), schema.ProcessUnitT()
    tensor.name = "image"
    content.contentPropertiesType, content.contentProperties = schema.ContentProperties.ImageProperties, image
    unit.optionsType, unit.options = schema.ProcessUnitOptions.NormalizationOptions, options
    tensor.content, tensor.processUnits = content, [unit]
    output, file = schema.TensorMetadataT(), schema.AssociatedFileT()
    output.name = "score"
    file.name, file.type = "labels.txt", schema.AssociatedFileType.TENSOR_AXIS_LABELS
    output.associatedFiles = [file]
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata, graph.outputTensorMetadata = [tensor], [output]
    model.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), metadata.MetadataPopulator.METADATA_FILE_IDENTIFIER)
    reader = Interpreter(source)
    count = int(reader.get_output_details()[0]["shape"][-1])
    labels = os.path.join("/tmp", "labels.txt")
    with open(labels, "w") as stream:
        stream.write("\n".join(f"class {index}" for index in range(count)) + "\n")
    populator = metadata.MetadataPopulator.with_model_file(target)
    populator.load_metadata_buffer(bytes(builder.Output()))
    populator.load_associated_files([labels])
    populator.populate()
    target = os.path.join(here, "tflite", "ultralytics.tflite")
    shutil.copy(source, target)
    os.chmod(target, 0o644)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", json.dumps(ultralytics(count), indent=2))


def ultralytics(count):
    return {
        "description": "Ultralytics YOLO11n-cls model", "author": "Ultralytics",
        "date": "2026-11-25T12:00:00.000000+00:00", "version": "8.4.190",
        "license": "AGPL-3.0 License (https://ultralytics.com/license)", "docs": "https://docs.ultralytics.com",
        "stride": 1, "task": "classify", "head": "Classify", "batch": 1, "imgsz": [32, 32],
        "names": {index: f"it's class {index}" if index == 1 else f"class {index}" for index in range(count)},
        "args": {"batch": 1, "half": False, "nms": None}, "channels": 3, "end2end": False,
    }


def read_tflite(path):
    with open(path, "rb") as stream:
        data = stream.read()
    model = tflite.Model.GetRootAsModel(data, 0)
    graph = model.Subgraphs(0)
    # The package `tflite` looks only at the older of two fields for codes below 127; LiteRT takes the larger.
    kinds = litert.Model.GetRootAsModel(data, 0)
    names = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}

    def tensor(index):
        value = graph.Tensors(index)
        quantization = value.Quantization()
        return {
            "name": value.Name().decode(), "type": value.Type(),
            "shape": [int(extent) for extent in value.ShapeAsNumpy()] if value.ShapeLength() else [],
            "signature": [int(extent) for extent in value.ShapeSignatureAsNumpy()] if value.ShapeSignatureLength() else None,
            "buffer": value.Buffer(),
            "scales": [float(scale) for scale in quantization.ScaleAsNumpy()] if quantization and quantization.ScaleLength() else [],
            "zeros": [int(zero) for zero in quantization.ZeroPointAsNumpy()] if quantization and quantization.ZeroPointLength() else [],
            "bytes": model.Buffers(value.Buffer()).DataLength(),
        }

    operators = []
    for index in range(graph.OperatorsLength()):
        code = kinds.OperatorCodes(graph.Operators(index).OpcodeIndex())
        operators.append(names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())])
    result = {
        "tensors": [tensor(index) for index in range(graph.TensorsLength())],
        "inputs": [int(index) for index in graph.InputsAsNumpy()], "outputs": [int(index) for index in graph.OutputsAsNumpy()],
        "operators": operators, "version": model.Version(), "description": (model.Description() or b"").decode(),
        "signatures": None,
    }
    if "dupname" not in path and "badver" not in path:  # The library ends the process on the first of them.
        result["signatures"] = Interpreter(path).get_signature_list()
    return result


# OpenVINO.


def small_network(shape):
    x = op.parameter(shape, np.float32, name="x")
    x.output(0).set_names({"x"})
    node = op.relu(op.convolution(x, op.constant(weights(8, 3, 3, 3)), [1, 1], [1, 1], [1, 1], [1, 1]))
    node = op.group_convolution(node, op.constant(weights(8, 1, 1, 3, 3)), [1, 1], [0, 0], [0, 0], [1, 1])
    node = op.reduce_mean(node, op.constant(np.array([2, 3], np.int64)), False)
    node = op.matmul(node, op.constant(weights(10, 8)), False, True)
    node = op.softmax(node, 1)
    node.output(0).set_names({"scores", "a,b"})
    return ov.Model([op.result(node)], [x], "small & <simple>")


def looping_network():
    x, limit = op.parameter([2, 4], np.float32, name="x"), op.constant(np.int64(3))
    inner = op.parameter([2, 4], np.float32)
    added = op.add(inner, op.constant(weights(4)))
    goes_on = op.constant(np.bool_(True))
    body = ov.Model([op.result(goes_on), op.result(added)], [inner])
    loop = op.loop(limit, op.constant(np.bool_(True)))
    loop.set_function(body)
    loop.set_special_body_ports([-1, 0])
    loop.set_merged_input(inner, x.output(0), added.output(0))
    last = loop.get_iter_value(added.output(0), -1)
    return ov.Model([op.result(last)], [x], "loop")


def quantized_network():
    x = op.parameter([1, 3, 8, 8], np.float32, name="x")
    low, high = op.constant(np.float32(0)), op.constant(np.float32(1))
    node = op.fake_quantize(x, low, high, low, high, 256)
    raw = op.convert(op.constant(random.integers(-127, 127, (4, 3, 3, 3)).astype(np.int8)), "f32")
    scaled = op.multiply(raw, op.constant(np.abs(weights(4, 1, 1, 1))))
    node = op.convolution(node, scaled, [1, 1], [0, 0], [0, 0], [1, 1])
    return ov.Model([op.result(node)], [x], "quantized")


def write_ir():
    folder = os.path.join(here, "ir")
    os.makedirs(folder, exist_ok=True)
    ov.save_model(small_network([1, 3, 16, 16]), f"{folder}/small_f16.xml", compress_to_fp16=True)
    ov.save_model(small_network([-1, 3, -1, -1]), f"{folder}/small_open.xml", compress_to_fp16=False)
    ov.save_model(looping_network(), f"{folder}/loop.xml", compress_to_fp16=False)
    ov.save_model(quantized_network(), f"{folder}/quantized.xml", compress_to_fp16=False)
    # ModelAPI's own save: the preprocessing becomes a part of the graph.
    labels = [f"class_{index}" for index in range(10)]
    configuration = {
        "labels": labels, "mean_values": [123.675, 116.28, 103.53], "scale_values": [58.395, 57.12, 57.375],
        "resize_type": "crop", "reverse_input_channels": True, "output_raw_scores": True,
    }
    saved = f"{folder}/plain.xml"
    plain = small_network([1, 3, 16, 16])
    for key, value in configuration.items():
        plain.set_rt_info(value, ["model_info", key])
    plain.set_rt_info("Classification", ["model_info", "model_type"])
    ov.save_model(plain, saved, compress_to_fp16=False)
    adapter = OpenvinoAdapter(create_core(), saved, device="CPU")
    ClassificationModel(adapter, configuration).save(f"{folder}/model_api.xml")


def read_ir(path):
    model = ov.Core().read_model(path)

    def port(value):
        shape = value.get_partial_shape()
        return {
            "names": sorted(value.get_names()), "type": value.get_element_type().get_type_name(),
            "shape": [-1 if extent.is_dynamic else extent.get_length() for extent in shape],
        }

    constants = {}
    for node in model.get_ops():
        if node.get_type_name() == "Constant":
            name = node.get_element_type().get_type_name()
            constants[name] = constants.get(name, 0) + int(np.prod(node.get_output_shape(0), dtype=np.int64))
    counts = {}
    for node in model.get_ops():
        if node.get_type_name() not in ("Constant", "Parameter", "Result"):
            counts[node.get_type_name()] = counts.get(node.get_type_name(), 0) + 1
    information = {}
    if model.has_rt_info(["model_info"]):
        information = {key: value.astype(str) for key, value in model.get_rt_info()["model_info"].items()}
    return {
        "inputs": [port(value) for value in model.inputs], "outputs": [port(value) for value in model.outputs],
        "constants": constants, "operators": counts, "information": information, "name": model.get_friendly_name(),
    }


# ONNX.


def classifier(last):
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]), helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["g"]), helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("Gemm", ["f", "v"], ["scores" if last is None else "s"], transB=1),
    ]
    if last:
        nodes.append(helper.make_node(last, ["s"], ["scores"]))
    initializers = [onnx.numpy_helper.from_array(weights(8, 3, 3, 3), "w"), onnx.numpy_helper.from_array(weights(4, 8), "v")]
    graph = helper.make_graph(
        nodes, "classifier", [value("x", TensorProto.FLOAT, [1, 3, 32, 32])], [value("scores", TensorProto.FLOAT, [1, 4])],
        initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="onnx", producer_version="1.23.2")
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model


def write_onnx():
    folder = os.path.join(here, "onnx")
    os.makedirs(folder, exist_ok=True)
    onnx.save(classifier(None), f"{folder}/plain.onnx")
    onnx.save(classifier("Softmax"), f"{folder}/softmax.onnx")
    configuration = {
        "labels": ["ant", "big_bee", "cat", "dog"], "mean_values": [123.675, 116.28, 103.53],
        "scale_values": [58.395, 57.12, 57.375], "resize_type": "fit_to_window_letterbox", "pad_value": 114,
        "output_raw_scores": True,
    }
    adapter = ONNXRuntimeAdapter(f"{folder}/plain.onnx")
    ClassificationModel(adapter, configuration, preload=False).save(f"{folder}/model_api.onnx")
    model = classifier("Softmax")
    for key, value in ultralytics(4).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, str(value)
    onnx.save(model, f"{folder}/ultralytics.onnx")
    values = helper.make_tensor_sequence_value_info("seq", TensorProto.FLOAT, [None, 2])
    graph = helper.make_graph(
        [helper.make_node("SequenceAt", ["seq", "at"], ["y"]), helper.make_node("Identity", ["text"], ["same"])], "kinds",
        [values, helper.make_tensor_value_info("at", TensorProto.INT64, []),
         helper.make_tensor_value_info("text", TensorProto.STRING, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 2]),
         helper.make_tensor_value_info("same", TensorProto.STRING, ["n"])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, f"{folder}/kinds.onnx")


# What other programs write for ModelAPI.


def write_writers():
    model = classifier(None)
    names = ["ant", "big bee", "cat", "dog"]
    info = {"label_names": names, "label_ids": ["0", "1", "2", "3"], "label_groups": [names]}
    values = {
        "model_type": "Classification", "task_type": "classification", "multilabel": "False",
        "output_raw_scores": "True", "labels": " ".join(name.replace(" ", "_") for name in names), "label_ids": "0 1 2 3",
        "label_info": json.dumps(info), "getitune_version": "0.4.0", "mean_values": "0.0 0.0 0.0",
        "scale_values": "1.0 1.0 1.0", "intensity_mode": "scale_to_unit", "input_dtype": "u8",
        "resize_type": "standard", "pad_value": "0", "reverse_input_channels": "False", "optimization_config": "{}",
    }
    for key, value in values.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = f"model_info {key}", value
    onnx.save(model, f"{here}/onnx/geti.onnx")
    x = op.parameter([1, 3, 32, 32], np.float32, name="images")
    x.output(0).set_names({"images"})
    node = op.convolution(x, op.constant(weights(6, 3, 8, 8)), [8, 8], [0, 0], [0, 0], [1, 1])
    node = op.reshape(node, op.constant(np.array([1, 6, 16], np.int64)), False)
    node.output(0).set_names({"output0"})
    network = ov.Model([op.result(node)], [x], "yolo")
    for key, value in {
        "model_type": "YOLO", "reverse_input_channels": True, "pad_value": 114, "scale_values": [255.0],
        "iou_threshold": 0.7, "labels": ["traffic_light", "car"], "resize_type": "fit_to_window_letterbox",
    }.items():
        network.set_rt_info(value, ["model_info", key])
    ov.save_model(network, f"{here}/ir/ultralytics.xml", compress_to_fp16=False)


def transformed():
    """An image in the order bgr, and what ModelAPI makes of it for ir/plain.xml."""
    image = np.random.default_rng(5).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    result = InputTransform(True, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375])(image)
    return {"bgr": image.flatten().tolist(), "input": np.transpose(result, (2, 0, 1)).flatten().tolist()}


def write(name, value):
    with open(os.path.join(here, name), "w") as stream:
        json.dump(value, stream, indent=1)
        stream.write("\n")


if __name__ == "__main__":
    write_tflite_metadata()
    write_ir()
    write_onnx()
    write_writers()
    write("model_api.json", transformed())
    write("tflite.json", {os.path.basename(path): read_tflite(path) for path in sorted(glob.glob(f"{here}/tflite/*.tflite"))})
    write("ir.json", {os.path.basename(path): read_ir(path) for path in sorted(glob.glob(f"{here}/ir/*.xml"))})
