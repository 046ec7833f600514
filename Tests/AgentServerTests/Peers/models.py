# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Small ONNX models, written from the format's definition (onnx.proto), whose outputs are known without a runtime."""

import struct

FLOAT, INT64, BOOL = 1, 7, 9
LEAST = -(1 << 63)


def varint(value):
    value &= (1 << 64) - 1
    written = b""
    while value > 127:
        written += bytes([value & 127 | 128])
        value >>= 7
    return written + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def part(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def node(operation, inputs, outputs, *attributes):
    return b"".join(
        [part(1, name) for name in inputs] + [part(2, name) for name in outputs] + [part(4, operation)]
        + [part(5, attribute) for attribute in attributes])


def constant(name, kind, shape, values):
    letter = {FLOAT: "f", INT64: "q", BOOL: "?"}[kind]
    content = struct.pack(f"<{len(values)}{letter}", *values)
    return b"".join([number(1, extent) for extent in shape] + [number(2, kind), part(8, name), part(9, content)])


def value(name, kind, shape):
    extents = b"".join(part(1, number(1, extent)) for extent in shape)
    return part(1, name) + part(2, part(1, number(1, kind) + part(2, extents)))


def graph(nodes, inputs, outputs, constants=()):
    return b"".join(
        [part(1, one) for one in nodes] + [part(2, "graph")] + [part(5, one) for one in constants]
        + [part(11, one) for one in inputs] + [part(12, one) for one in outputs])


def model(content, words=""):
    return number(1, 8) + part(2, "galley") + part(6, words) + part(7, content) + part(8, number(2, 17))


def scale(factor, width=4, words=""):
    """y = x · factor. `words` make it another file, as long as they are."""
    row = [1, width]
    return model(
        graph([node("Mul", ["x", "f"], ["y"])], [value("x", FLOAT, row)], [value("y", FLOAT, row)],
              [constant("f", FLOAT, [1], [factor])]), words)


def endless(width=4):
    """A loop of 2⁶² rounds."""
    row = [1, width]
    body = graph(
        [node("Identity", ["go"], ["goes"]), node("Add", ["v", "one"], ["w"])],
        [value("i", INT64, []), value("go", BOOL, []), value("v", FLOAT, row)],
        [value("goes", BOOL, []), value("w", FLOAT, row)], [constant("one", FLOAT, [1], [1.0])])
    attribute = part(1, "body") + part(6, body) + number(20, 5)
    return model(
        graph([node("Loop", ["rounds", "yes", "x"], ["y"], attribute)], [value("x", FLOAT, row)],
              [value("y", FLOAT, row)],
              [constant("rounds", INT64, [], [1 << 62]), constant("yes", BOOL, [], [True])]))


def quotient(dividend, width=4):
    """Divides a whole number by the input: a processor traps the least number's division by -1."""
    row = [1, width]
    to = lambda kind: part(1, "to") + number(3, kind) + number(20, 2)
    return model(
        graph(
            [node("Cast", ["x"], ["d"], to(INT64)), node("Div", ["n", "d"], ["q"]),
             node("Cast", ["q"], ["y"], to(FLOAT))],
            [value("x", FLOAT, row)], [value("y", FLOAT, row)], [constant("n", INT64, row, [dividend] * width)]))
