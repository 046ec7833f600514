# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Images: decoded, upright, red, green and blue, eight bits each."""

import os
import struct
import zlib

from .memory import numpy

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_PIXELS = 1 << 28


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
        """The image as a NumPy array."""
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
            picture = PIL.ImageOps.exif_transpose(picture).convert("RGB")
            return Image(picture.tobytes(), picture.height, picture.width)


def read_image(file):
    """The image in a file as a NumPy array [height, width, 3] of uint8, or an `Image` if NumPy isn't there."""
    image = Image.open(file)
    return image if numpy is None else image.array()


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
    samples = b"".join(_eight_bits(row, width * channels, depth, color == 3) for row in rows)
    if color != 3:
        return samples, width, height, channels
    entries = [palette[index:index + 3] for index in range(0, len(palette) - 2, 3)]
    entries += [b"\0\0\0"] * (256 - len(entries))
    return b"".join(entries[sample] for sample in samples), width, height, 3


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
    above, rows = bytearray(stride), []
    for row in range(height):
        start = row * (stride + 1)
        kind, line = lines[start], bytearray(lines[start + 1:start + 1 + stride])
        for index in range(stride) if kind else ():
            left = line[index - step] if index >= step else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = above[index]
            elif kind == 3:
                guess = (left + above[index]) // 2
            else:
                guess = _paeth(left, above[index], above[index - step] if index >= step else 0)
            line[index] = (line[index] + guess) & 255
        rows.append(line)
        above = line
    return rows


def _paeth(left, above, corner):
    guess = left + above - corner
    distances = abs(guess - left), abs(guess - above), abs(guess - corner)
    return (left, above, corner)[distances.index(min(distances))]


def _eight_bits(line, count, depth, is_index):
    if depth == 8:
        return bytes(line)
    if depth == 16:
        return bytes(line[::2])
    mask, factor = (1 << depth) - 1, 1 if is_index else 255 // ((1 << depth) - 1)
    per_byte = 8 // depth
    return bytes(
        ((line[index // per_byte] >> (8 - depth * (index % per_byte + 1))) & mask) * factor for index in range(count))


def _decode_rgb(data, file):
    """An RGB image of a PNG file; transparency is dropped."""
    samples, width, height, channels = decode_png(data, file)
    if channels != 3:
        colors = bytearray(width * height * 3)
        for channel in range(3):
            colors[channel::3] = samples[channel if channels == 4 else 0::channels]
        samples = bytes(colors)
    return Image(samples, height, width)
