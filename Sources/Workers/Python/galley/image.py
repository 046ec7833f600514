# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Images: decoded, upright, red, green and blue, eight bits each."""

import functools
import itertools
import os
import struct
import zlib

from .memory import numpy

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_PIXELS = 1 << 28
_ORIENTATION = 0x0112


class Image:
    """An image without NumPy: `data` holds `height` × `width` × `channels` bytes, row by row."""

    def __init__(self, data, height, width, channels=3):
        if len(data) != height * width * channels:
            raise ValueError(f"{len(data)} bytes are no image of {height} × {width} × {channels}")
        self.data, self.height, self.width, self.channels = data, height, width, channels

    @property
    def shape(self):
        """Height, width, channels, as NumPy has them."""
        return self.height, self.width, self.channels

    def pixel(self, x, y):
        """The channels of one pixel."""
        start = (y * self.width + x) * self.channels
        return tuple(self.data[start:start + self.channels])

    def array(self):
        """The image as a NumPy array; it may be written to if `data` may."""
        return numpy.frombuffer(self.data, numpy.uint8).reshape(self.shape)

    @staticmethod
    def open(file):
        """The image in a file, upright, as RGB. With Pillow it reads what Pillow reads, without it PNG."""
        try:
            import PIL.Image
            import PIL.ImageOps
        except ImportError:
            with open(file, "rb") as source:
                return _decode_rgb(source.read(), os.fspath(file))
        with PIL.Image.open(file) as picture:
            if picture.mode.startswith("I;16") or picture.mode == "I":
                # The upper eight bits: Pillow itself would cut at 255.
                picture = picture.point(lambda value: value / 256).convert("L")
            # Both make a copy, even of what is upright and RGB already.
            if picture.getexif().get(_ORIENTATION, 1) != 1:
                picture = PIL.ImageOps.exif_transpose(picture)
            if picture.mode != "RGB":
                picture = picture.convert("RGB")
            return Image(picture.tobytes(), picture.height, picture.width)


def read_image(file):
    """The image in a file as a NumPy array [height, width, 3] of uint8, or an `Image` if NumPy isn't there.

    The array is the caller's: it may be written to.
    """
    image = Image.open(file)
    if numpy is None:
        return image
    array = image.array()
    return array if array.flags.writeable else array.copy()


# MARK: PNG


def encode_png(data, width, height, channels):
    """A PNG file of eight-bit pixels."""
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    stride = width * channels
    lines = b"".join(b"\0" + data[row * stride:(row + 1) * stride] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 6)) + _chunk(b"IEND", b"")


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def decode_png(data, file):
    """Eight-bit samples, width, height and channels of a PNG file that isn't interlaced; a palette is looked up."""
    if not data.startswith(_PNG):
        raise ValueError(f"{file} is no PNG file, and other formats need Pillow: pip install pillow")
    header, palette, packed = _chunks(data, file)
    width, height, depth, color, _, _, interlaced = header
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(color)
    if channels is None or interlaced or depth not in (1, 2, 4, 8, 16) or not 0 < width * height <= _MOST_PIXELS:
        raise ValueError(f"{file} is a PNG file of a kind that needs Pillow: pip install pillow")
    stride = (width * channels * depth + 7) // 8
    expected = (stride + 1) * height
    try:
        lines = zlib.decompressobj().decompress(packed, expected)
    except zlib.error as error:
        raise ValueError(f"{file} is damaged: {error}") from None
    if len(lines) < expected:
        raise ValueError(f"{file} is cut off")
    rows = _unfiltered(lines, stride, height, max(1, channels * depth // 8))
    samples = bytearray().join(_eight_bits(row, width * channels, depth, color == 3) for row in rows)
    if color != 3:
        return samples, width, height, channels
    entries, colors = palette.ljust(768, b"\0"), bytearray(3 * len(samples))
    for channel in range(3):
        colors[channel::3] = samples.translate(entries[channel:768:3])
    return colors, width, height, 3


def _chunks(data, file):
    header, palette, packed, place = None, b"", [], len(_PNG)
    while place + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        content = data[place + 8:place + 8 + length]
        if len(content) < length:
            raise ValueError(f"{file} is cut off")
        if kind == b"IHDR" and length == 13:
            header = struct.unpack(">IIBBBBB", content)
        elif kind == b"PLTE":
            palette = content
        elif kind == b"IDAT":
            packed.append(content)
        elif kind == b"IEND":
            break
        place += length + 12
    if header is None:
        raise ValueError(f"{file} has no header")
    return header, palette, b"".join(packed)


def _unfiltered(lines, stride, height, step):
    """The rows without the filters of PNG; `step` is the distance of a byte to that of the pixel before."""
    above, rows = bytearray(stride), []
    for start in range(0, height * (stride + 1), stride + 1):
        kind, line = lines[start], bytearray(lines[start + 1:start + 1 + stride])
        if kind == 1:
            for channel in range(step):
                line[channel::step] = bytes(sum_ & 255 for sum_ in itertools.accumulate(line[channel::step]))
        elif kind == 2:
            line = bytearray((one + other) & 255 for one, other in zip(line, above))
        elif kind in (3, 4):
            # What a pixel becomes needs the one before; so bytes are gone through one by one.
            for channel in range(step):
                unfilter = _averaged if kind == 3 else _predicted
                line[channel::step] = bytes(unfilter(line[channel::step], above[channel::step]))
        elif kind:
            raise ValueError(f"a row has the filter {kind}, which PNG doesn't have")
        rows.append(line)
        above = line
    return rows


def _averaged(line, above):
    left = 0
    for value, up in zip(line, above):
        left = (value + (left + up) // 2) & 255
        yield left


def _predicted(line, above):
    """Paeth's filter: that of the three neighbours is added which is nearest to left + up - corner."""
    left = corner = 0
    for value, up in zip(line, above):
        to_left, to_up = abs(up - corner), abs(left - corner)
        to_corner = abs(left + up - 2 * corner)
        if to_left <= to_up and to_left <= to_corner:
            left = (value + left) & 255
        else:
            left = (value + (up if to_up <= to_corner else corner)) & 255
        corner = up
        yield left


def _eight_bits(line, count, depth, is_index):
    if depth == 8:
        return line
    if depth == 16:
        return line[::2]
    samples = bytearray(len(line) * 8 // depth)
    for place in range(8 // depth):
        samples[place::8 // depth] = line.translate(_samples(depth, place, is_index))
    return samples[:count]


@functools.lru_cache(maxsize=None)
def _samples(depth, place, is_index):
    """A table: the sample at a place of a byte that holds several."""
    most = (1 << depth) - 1
    shift, factor = 8 - depth * (place + 1), 1 if is_index else 255 // most
    return bytes((value >> shift & most) * factor for value in range(256))


def _decode_rgb(data, file):
    """An RGB image of a PNG file; transparency is dropped."""
    samples, width, height, channels = decode_png(data, file)
    if channels != 3:
        colors = bytearray(width * height * 3)
        for channel in range(3):
            colors[channel::3] = samples[channel if channels == 4 else 0::channels]
        samples = colors
    return Image(samples, height, width)
