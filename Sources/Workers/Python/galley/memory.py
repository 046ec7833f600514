# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Blocks of shared memory: tensors that travel beside the messages."""

import array
import mmap
import os
import tempfile

from .errors import INVALID_PARAMETERS, RequestError

try:
    import numpy
except ImportError:
    numpy = None

ALIGNMENT = 64
# By the element type's name: bytes, and the letters of struct.
SIZES = {
    "bool": (1, "?"), "uint8": (1, "B"), "uint16": (2, "H"), "uint32": (4, "I"), "uint64": (8, "Q"),
    "int8": (1, "b"), "int16": (2, "h"), "int32": (4, "i"), "int64": (8, "q"),
    "float16": (2, "e"), "bfloat16": (2, "H"), "float32": (4, "f"), "float64": (8, "d"),
}


class Tensor:
    """A tensor where NumPy isn't there: bytes in row-major order, an element type and a shape."""

    def __init__(self, data, element_type, shape):
        self.data, self.element_type, self.shape = data, element_type, tuple(shape)

    def __len__(self):
        return self.shape[0] if self.shape else 0

    def __getitem__(self, index):
        """The part of the tensor at one place of its first dimension."""
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        length = self.nbytes // len(self)
        start = index % len(self) * length
        return Tensor(memoryview(self.data)[start:start + length], self.element_type, self.shape[1:])

    @property
    def nbytes(self):
        """Bytes of all elements."""
        return count(self.shape) * SIZES[self.element_type][0]

    def tobytes(self):
        """The elements' bytes."""
        return bytes(self.data)

    def tolist(self):
        """The elements as nested lists."""
        values = memoryview(self.tobytes()).cast("B").cast(SIZES[self.element_type][1])
        return values.tolist() if len(self.shape) == 1 else _nested(list(values), self.shape)


def _nested(values, shape):
    if not shape:
        return values[0]
    step = len(values) // shape[0] if shape[0] else 0
    return [_nested(values[index * step:(index + 1) * step], shape[1:]) for index in range(shape[0])]


def count(shape):
    """Elements of a shape."""
    product = 1
    for extent in shape:
        product *= extent
    return product


# MARK: Reading


class Reader:
    """Maps the client's blocks; memory that it uses again is mapped once."""

    def __init__(self):
        self._mapped = None

    def tensors(self, block):
        """The tensors of a block by name, as read-only views that are valid until the request is answered.

        Raises RequestError if the block is not what the protocol says.
        """
        try:
            path, length = block["memory"]["path"], block["memory"]["byteCount"]
            listed = [(one["name"], one["elementType"], one["shape"], one["offset"]) for one in block["tensors"]]
        except (KeyError, TypeError) as error:
            raise RequestError(INVALID_PARAMETERS, f"the parameters don't fit: a block lacks {error}") from None
        memory = self._map(path, length) if length else b""
        tensors = {}
        for name, element_type, shape, offset in listed:
            if element_type not in SIZES:
                raise RequestError(INVALID_PARAMETERS, f"tensor '{name}' has the element type '{element_type}'")
            if not all(isinstance(number, int) and number >= 0 for number in [offset, *shape]):
                raise RequestError(INVALID_PARAMETERS, f"tensor '{name}' has the shape {shape} at {offset}")
            end = offset + count(shape) * SIZES[element_type][0]
            if end > len(memory):
                raise RequestError(
                    INVALID_PARAMETERS, f"tensor '{name}' ends at byte {end} of a block of {len(memory)}")
            tensors[name] = _view(memory, element_type, shape, offset, end)
        return tensors

    def _map(self, path, length):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise RequestError(INVALID_PARAMETERS, f"the block at {path} can't be opened: {error.strerror}") from None
        try:
            status = os.fstat(descriptor)
            if not isinstance(length, int) or not 0 < length <= status.st_size:
                raise RequestError(
                    INVALID_PARAMETERS, f"the block at {path} has {status.st_size} bytes, and {length} were promised")
            key = (status.st_dev, status.st_ino, length)
            if self._mapped is None or self._mapped[0] != key:
                self._mapped = None
                flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
                self._mapped = key, mmap.mmap(descriptor, length, flags=flags, prot=mmap.PROT_READ)
            return self._mapped[1]
        finally:
            os.close(descriptor)


def _view(memory, element_type, shape, offset, end):
    if numpy is None or element_type == "bfloat16":
        return Tensor(memoryview(memory)[offset:end], element_type, shape)
    if end == offset:
        return numpy.empty(shape, element_type)
    return numpy.frombuffer(memory, element_type, count(shape), offset).reshape(shape)


# MARK: Writing


class Writer:
    """The block of the worker's answers; it is written anew for each."""

    def __init__(self):
        self._descriptor, self._capacity, self._path = None, 0, None

    def block(self, tensors):
        """A block of pairs of a name and an array; it is valid until the next call.

        Arrays are NumPy's or anything else with a buffer, or `Tensor`.
        """
        listed, parts, offset = [], [], 0
        for name, tensor in tensors:
            element_type, shape, data = _described(name, tensor)
            offset = -(-offset // ALIGNMENT) * ALIGNMENT
            listed.append({"name": name, "elementType": element_type, "shape": list(shape), "offset": offset})
            parts.append((offset, data))
            offset += len(data)
        if offset == 0:
            return {"memory": {"path": os.devnull, "byteCount": 0}, "tensors": listed}
        self._reserve(offset)
        for place, data in parts:
            _write(self._descriptor, data, place)
        return {"memory": {"path": self._path, "byteCount": offset}, "tensors": listed}

    def _reserve(self, length):
        # New memory for another size: a reader may still have mapped the former.
        if self._descriptor is not None and length == self._capacity:
            return
        self.close()
        if hasattr(os, "memfd_create"):
            self._descriptor = os.memfd_create("galley-block")
            self._path = f"/proc/{os.getpid()}/fd/{self._descriptor}"
        else:
            self._descriptor, self._path = tempfile.mkstemp(prefix="galley-block-")
        os.ftruncate(self._descriptor, length)
        self._capacity = length

    def close(self):
        """Frees the memory."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        if not self._path.startswith("/proc/"):
            os.unlink(self._path)
        self._descriptor, self._capacity = None, 0


def _write(descriptor, data, place):
    data = memoryview(data)
    while len(data):
        written = os.pwrite(descriptor, data, place)
        data, place = data[written:], place + written


def _described(name, tensor):
    """Element type, shape and bytes."""
    if isinstance(tensor, Tensor):
        return tensor.element_type, tensor.shape, memoryview(tensor.data).cast("B")
    tensor = detached(tensor)
    if numpy is not None:
        array_ = numpy.asarray(tensor)
        if array_.dtype.byteorder == ">":
            array_ = array_.astype(array_.dtype.newbyteorder("<"))
        if array_.dtype.name not in SIZES:
            raise TypeError(f"'{name}' is an array of {array_.dtype}, which has no element type in the protocol")
        data = numpy.ascontiguousarray(array_).reshape(-1).view(numpy.uint8)
        return array_.dtype.name, array_.shape, memoryview(data)
    view = memoryview(tensor)
    names = {letter: kind for kind, (_, letter) in SIZES.items() if kind != "bfloat16"}
    names.update({"l": "int64", "L": "uint64"} if array.array("l").itemsize == 8 else {})
    if view.format not in names:
        raise TypeError(f"'{name}' is a buffer of '{view.format}', which has no element type in the protocol")
    return names[view.format], view.shape, view.cast("B") if view.nbytes else b""


def detached(tensor):
    """A tensor of PyTorch's as an array; anything else as it is."""
    is_torch = hasattr(tensor, "detach") and hasattr(tensor, "cpu")
    return tensor.detach().cpu().numpy() if is_torch else tensor


def rows(vectors):
    """Vectors of equal length as a float32 tensor of two dimensions; None if their lengths differ."""
    if numpy is not None:
        try:
            matrix = numpy.asarray(vectors, dtype=numpy.float32)
        except (TypeError, ValueError):
            return None
        return matrix if matrix.ndim == 2 else None
    vectors = [list(one) for one in vectors]
    if len({len(one) for one in vectors}) > 1:
        return None
    flat = array.array("f", [number for one in vectors for number in one])
    return Tensor(flat.tobytes(), "float32", (len(vectors), len(vectors[0]) if vectors else 0))
