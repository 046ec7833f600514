# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Draws the small images that the fuzzing damages. Needs Pillow and NumPy.
#
#     make_fixtures.py

from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(__file__).parent
y, x = np.mgrid[0:24, 0:33]
pixels = np.stack([x * 7 % 256, y * 10 % 256, (x * y) % 256], axis=2).astype(np.uint8)
rgb = Image.fromarray(pixels)
alpha = rgb.copy()
alpha.putalpha(Image.fromarray(pixels[:, :, 2]))

rgb.save(folder / "baseline.jpg", quality=85)
rgb.save(folder / "progressive.jpg", quality=85, progressive=True)
rgb.convert("CMYK").save(folder / "cmyk.jpg", quality=85)
rgb.save(folder / "rgb.png")
rgb.quantize(16).save(folder / "palette.png", bits=4)
Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257).save(folder / "sixteen.png")
alpha.save(folder / "lossless.webp", lossless=True)
rgb.save(folder / "lossy.webp", quality=80)
rgb.save(folder / "plain.tif")
rgb.save(folder / "lzw.tif", compression="tiff_lzw")
rgb.save(folder / "jpeg.tif", compression="jpeg")
rgb.save(folder / "rgb.bmp")
rgb.quantize(200).save(folder / "palette.bmp")


def run_length(image):
    """A bitmap with runs, which Pillow reads but doesn't write."""
    import struct
    indices = np.asarray(image)
    data = bytearray()
    for row in indices[::-1]:
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end] == row[start] and end - start < 255:
                end += 1
            data += bytes((end - start, row[start]))
            start = end
        data += b"\0\0"
    data += b"\0\1"
    palette = image.getpalette("RGB")[:768]
    palette += [0] * (768 - len(palette))
    table = b"".join(bytes((palette[i + 2], palette[i + 1], palette[i], 0)) for i in range(0, 768, 3))
    offset = 54 + 1024
    head = struct.pack("<2sIHHI", b"BM", offset + len(data), 0, 0, offset)
    return head + struct.pack("<IiiHHIIiiII", 40, *image.size, 1, 8, 1, len(data), 0, 0, 256, 0) + table + bytes(data)


runs = run_length(rgb.quantize(6))
(folder / "runs.bmp").write_bytes(runs)
(folder / "runs.raw").write_bytes(Image.open(folder / "runs.bmp").convert("RGB").tobytes())
