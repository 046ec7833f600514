# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Runs the ONNX backend tests through a Python runtime, as onnx's own runner does.

usage: onnx_suite_peer.py onnxruntime|openvino DATA [NAME …]

DATA is onnx/backend/test/data of the package onnx. Prints what onnx-suite-fixture prints. A test that crashes costs a
child process, not the run.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
from onnx import numpy_helper

KINDS = ["node", "pytorch-converted", "pytorch-operator", "real", "simple"]


class OnnxRuntime:
    """Python's onnxruntime on the processor. Types that NumPy lacks go through its OrtValue."""

    def __init__(self):
        import onnxruntime

        self.module = onnxruntime
        self.version = onnxruntime.__version__
        onnxruntime.set_default_logger_severity(4)

    def prepare(self, path):
        options = self.module.SessionOptions()
        options.intra_op_num_threads = 1
        session = self.module.InferenceSession(path, options, providers=["CPUExecutionProvider"])

        def run(inputs):
            feeds = {}
            for each, (array, number) in zip(session.get_inputs(), inputs):
                if number in SPECIAL:
                    array = self.module.OrtValue.ortvalue_from_numpy_with_onnx_type(bits(array), number)
                feeds[each.name] = array
            if any(number in SPECIAL for _, number in inputs):
                names = [each.name for each in session.get_outputs()]
                feeds = {
                    name: value
                    if isinstance(value, self.module.OrtValue)
                    else self.module.OrtValue.ortvalue_from_numpy(value)
                    for name, value in feeds.items()
                }
                return [value.numpy() for value in session.run_with_ort_values(names, feeds)]
            return session.run(None, feeds)

        return run


class OpenVINO:
    """Python's openvino on the processor, in full precision."""

    def __init__(self):
        import openvino

        self.module = openvino
        self.core = openvino.Core()
        self.version = openvino.__version__

    def prepare(self, path):
        model = self.core.read_model(path)
        settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        compiled = self.core.compile_model(model, "CPU", settings)

        def run(inputs):
            request = compiled.create_infer_request()
            outputs = request.infer([array for array, _ in inputs], share_inputs=False, share_outputs=False)
            return [outputs[index] for index in range(len(compiled.outputs))]

        return run


PEERS = {"onnxruntime": OnnxRuntime, "openvino": OpenVINO}

# ONNX's numbers of the element types that NumPy lacks: bfloat16, eight-bit floats, four-bit integers.
SPECIAL = {16, 17, 18, 19, 20, 21, 22, 23}


def bits(array):
    return array.view(np.uint16 if array.dtype.itemsize == 2 else np.uint8)


def cases(data):
    for kind in KINDS:
        for folder in sorted((data / kind).iterdir()):
            settings = {}
            if (folder / "data.json").exists():
                settings = json.loads((folder / "data.json").read_text())
            path = folder / "model.onnx"
            if "url" in settings:
                path = data / "light" / settings["url"].split("/")[-1]
            if path.exists():
                yield kind, folder, path, settings.get("rtol", 1e-3), settings.get("atol", 1e-7)


def read(path, kind):
    """A value of a file and ONNX's number of its element type, 0 if it is no tensor."""
    content = path.read_bytes()
    if kind.HasField("sequence_type"):
        return numpy_helper.to_list(onnx.SequenceProto.FromString(content)), 0
    if kind.HasField("optional_type"):
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(content)), 0
    tensor = onnx.TensorProto.FromString(content)
    expected = kind.tensor_type.elem_type
    array = numpy_helper.to_array(tensor)
    # The suite keeps the bits of bfloat16 as uint16.
    if expected == onnx.TensorProto.BFLOAT16 and tensor.data_type == onnx.TensorProto.UINT16:
        array = array.view(onnx.helper.tensor_dtype_to_np_dtype(expected))
    return array, expected


def compare(found, expected, relative, absolute):
    """As onnx.backend.test.runner.Runner.assert_similar_outputs."""
    assert len(found) == len(expected), f"{len(found)} values, not {len(expected)}"
    for a, b in zip(found, expected):
        if isinstance(a, (list, tuple)):
            compare(a, b, relative, absolute)
        elif b is None or a is None:
            assert a is None and b is None, "a value where none is expected, or the reverse"
        elif not np.issubdtype(b.dtype, np.number):
            assert a.shape == b.shape, f"shape {a.shape}, not {b.shape}"
            assert a.dtype.kind in "OUSTb" or a.dtype == b.dtype, f"type {a.dtype}, not {b.dtype}"
            assert a.tolist() == b.tolist(), "other values"
        else:
            assert a.dtype == b.dtype, f"type {a.dtype}, not {b.dtype}"
            assert a.shape == b.shape, f"shape {a.shape}, not {b.shape}"
            np.testing.assert_allclose(a, b, rtol=relative, atol=absolute)


def content(value):
    """The bytes of all elements, one after the other; each text ends with a zero."""
    if value is None:
        return b""
    if isinstance(value, (list, tuple)):
        return b"".join(content(each) for each in value)
    if value.dtype.kind in "OUST":
        return b"".join(text.encode() + b"\0" for text in value.ravel().tolist())
    return np.ascontiguousarray(value).tobytes()


def check(peer, folder, path, relative, absolute):
    run = peer.prepare(str(path))
    graph = onnx.load(str(path), load_external_data=False).graph
    initializers = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in initializers]
    digest = hashlib.sha256()
    if path.parent.name == "light":
        shape = [each.dim_value or 1 for each in inputs[0].type.tensor_type.shape.dim]
        count = int(np.prod(shape))
        output = numpy_helper.to_array(onnx.load_tensor(str(path)[: -len(".onnx")] + "_output_0.pb"))
        found = run([((np.arange(count).reshape(shape) / count).astype(np.float32), 1)])
        compare(list(found), [output], relative, absolute)
        digest.update(content(found))
    for values in sorted(folder.glob("test_data_set*")):
        given = [read(values / f"input_{i}.pb", each.type) for i, each in enumerate(inputs)
                 if (values / f"input_{i}.pb").exists()]
        expected = [read(values / f"output_{i}.pb", each.type)[0] for i, each in enumerate(graph.output)
                    if (values / f"output_{i}.pb").exists()]
        found = list(run(given))
        compare(found, expected, relative, absolute)
        digest.update(content(found))
    return digest.hexdigest()


def outcome(peer, case):
    kind, folder, path, relative, absolute = case
    result = {"kind": kind, "name": folder.name, "outcome": "passed", "reason": "", "digest": ""}
    try:
        result["digest"] = check(peer, folder, path, relative, absolute)
    except AssertionError as error:
        result.update(outcome="failed", reason=" ".join(str(error).split())[:300])
    except Exception as error:  # noqa: BLE001
        result.update(outcome="refused", reason=" ".join(str(error).split())[:300])
    return result


def main():
    name, data, *rest = sys.argv[1:]
    every = list(cases(pathlib.Path(data)))
    if rest[:1] == ["--from"]:
        peer = PEERS[name]()
        for index, case in list(enumerate(every))[int(rest[1]):]:
            print(index, flush=True)
            print(json.dumps(outcome(peer, case)), flush=True)
        return
    peer = PEERS[name]()
    if rest:
        tests = [outcome(peer, case) for case in every if case[1].name in rest]
    else:
        tests = []
        while len(tests) < len(every):
            child = subprocess.run(
                [sys.executable, __file__, name, data, "--from", str(len(tests))],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            lines = child.stdout.decode().splitlines()
            tests += [json.loads(line) for line in lines if line.startswith("{")]
            if len(tests) < len(every):
                kind, folder = every[len(tests)][:2]
                reason = f"the process ended with {child.returncode}"
                tests.append(
                    {"kind": kind, "name": folder.name, "outcome": "crashed", "reason": reason, "digest": ""})
    json.dump({"runtime": f"{name} from Python", "version": peer.version, "tests": tests}, sys.stdout, indent=1)


main()
