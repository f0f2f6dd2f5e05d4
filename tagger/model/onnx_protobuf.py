"""ONNX models as bytes, without the package `onnx`, which is larger than all of this one's code.

An ONNX file is a message of Protocol Buffers. Each function here makes one message of
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; the numbers are those of its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy

IR_VERSION = 9
OPSETS = {"": 17, "com.microsoft": 1}

FLOAT, INT32, INT64 = 1, 6, 7  # of TensorProto.DataType
_DATA_TYPES = {"f4": FLOAT, "i1": 3, "u1": 2, "i4": INT32, "i8": INT64, "f2": 10}

_INT, _STRING, _INTS = 2, 3, 7  # of AttributeProto.AttributeType
_EXTERNAL = 1  # of TensorProto.DataLocation

Field = tuple[int, int | str | bytes]


def model(
    nodes: Iterable[bytes],
    initializers: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
) -> bytes:
    """A ModelProto with one graph, from the messages below."""
    graph = _message(
        *((1, node) for node in nodes),
        (2, "tagger"),
        *((5, initializer) for initializer in initializers),
        *((11, value) for value in inputs),
        *((12, value) for value in outputs),
    )
    opsets = [_message((1, domain), (2, version)) for domain, version in OPSETS.items()]
    return _message((1, IR_VERSION), (7, graph), *((8, opset) for opset in opsets))


def node(
    operator: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    domain: str = "",
    **attributes: int | str | Sequence[int],
) -> bytes:
    """A NodeProto: an operator of the domain, the names of its inputs and outputs."""
    return _message(
        *((1, name) for name in inputs),
        *((2, name) for name in outputs),
        (4, operator),
        *((5, _attribute(name, value)) for name, value in sorted(attributes.items())),
        *([(7, domain)] if domain else ()),
    )


def _attribute(name: str, value: int | str | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _message((1, name), (3, value), (20, _INT))
    if isinstance(value, str):
        return _message((1, name), (4, value), (20, _STRING))
    return _message((1, name), *((8, item) for item in value), (20, _INTS))


def tensor(name: str, array: numpy.ndarray, external: bool) -> bytes:
    """A TensorProto with the numbers of an array, or one whose numbers are given beside the
    model, under its name."""
    dims = [(1, size) for size in array.shape]
    kind = array.dtype.str.lstrip("<|")
    if external:
        location = _message((1, "location"), (2, name))
        values: list[Field] = [(8, name), (13, location), (14, _EXTERNAL)]
    else:
        values = [(8, name), (9, array.astype(array.dtype.newbyteorder("<")).tobytes())]
    return _message(*dims, (2, _DATA_TYPES[kind]), *values)


def value(name: str, data_type: int, rank: int) -> bytes:
    """A ValueInfoProto: an input or an output with so many dimensions of any size."""
    shape = _message(*[(1, b"")] * rank)
    return _message((1, name), (2, _message((1, _message((1, data_type), (2, shape))))))


def _message(*fields: Field) -> bytes:
    """The fields in Protocol Buffers' wire format: varints, and bytes after their length."""
    parts = []
    for number, content in fields:
        if isinstance(content, int):
            parts += [_varint(number << 3), _varint(content)]
        else:
            content = content.encode() if isinstance(content, str) else content
            parts += [_varint(number << 3 | 2), _varint(len(content)), content]
    return b"".join(parts)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; negative numbers in 64 bits.

    >>> _varint(300).hex()
    'ac02'
    """
    number &= (1 << 64) - 1
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
