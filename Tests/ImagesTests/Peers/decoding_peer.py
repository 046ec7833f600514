# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Writes image files of every kind that Galley reads, and beside each the pixels that Pillow decodes from it.
#
#     decoding_peer.py FOLDER

import io
import json
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

folder = Path(sys.argv[1])
cases = []


def scene(width, height, seed):
    """Smooth gradients, edges and texture, as photographs have."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    layers = []
    for channel in range(3):
        a, b, c = random.uniform(0.01, 0.12, 3)
        layer = 128 + 60 * np.sin(a * x + b * y + channel) + 40 * np.cos(c * x * y / max(width, height))
        layer[(x - width / 2) ** 2 + (y - height / 3) ** 2 < (min(width, height) / 5) ** 2] = random.uniform(0, 255)
        layers.append(layer + random.normal(0, 6, layer.shape))
    return np.clip(np.stack(layers, axis=2), 0, 255).astype(np.uint8)


def expected(name, image, bound=0, mean=0.0, options=None, kind=""):
    """Notes what Galley must decode from the file `name`, and how far it may be from it."""
    pixels = np.asarray(image)
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * 255
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    (folder / f"{len(cases)}.raw").write_bytes(np.ascontiguousarray(pixels).tobytes())
    cases.append({
        "file": name, "kind": kind or name.rsplit(".", 1)[0], "height": pixels.shape[0], "width": pixels.shape[1],
        "channels": pixels.shape[2], "depth": pixels.dtype.itemsize * 8, "bound": bound, "mean": mean,
        "options": options or {},
    })


def saved(name, image, **options):
    image.save(folder / name, **options)
    return Image.open(folder / name)


rgb = Image.fromarray(scene(203, 151, 1))
gray = rgb.convert("L")
alpha = rgb.copy()
alpha.putalpha(Image.fromarray(scene(203, 151, 2)[:, :, 0]))

for quality in (30, 75, 95):
    for label, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        name = f"baseline-{label}-q{quality}.jpg"
        expected(name, saved(name, rgb, quality=quality, subsampling=subsampling), kind="JPEG baseline")
expected("gray.jpg", saved("gray.jpg", gray, quality=80), kind="JPEG baseline gray")
expected("optimized.jpg", saved("optimized.jpg", rgb, quality=80, optimize=True), kind="JPEG baseline")
expected("restarts.jpg", saved("restarts.jpg", rgb, quality=80, restart_marker_blocks=3), kind="JPEG restart markers")
expected("progressive.jpg", saved("progressive.jpg", rgb, quality=80, progressive=True), kind="JPEG progressive")
for side in (1, 2, 7, 8, 9, 15, 16, 17):
    name = f"small-{side}.jpg"
    expected(name, saved(name, rgb.crop((0, 0, side, 17 - side + 1)), quality=85), kind="JPEG of few pixels")
inks = rgb.convert("CMYK")
inks = Image.merge("CMYK", inks.split()[:3] + (Image.fromarray(scene(203, 151, 3)[:, :, 1] // 3),))
expected("cmyk.jpg", saved("cmyk.jpg", inks, quality=90).convert("RGB"), kind="JPEG CMYK as RGB")

for mode, image in (("L", gray), ("RGB", rgb), ("RGBA", alpha)):
    name = f"{mode}.png"
    expected(name, saved(name, image), kind="PNG 8 bits")
expected("LA.png", saved("LA.png", alpha.convert("LA")).convert("RGBA"), kind="PNG gray with opacity as RGBA")
for bits in (1, 2, 4, 8):
    name = f"palette-{bits}.png"
    image = saved(name, rgb.quantize(1 << bits), bits=bits)
    expected(name, image.convert("RGB"), kind="PNG palette as RGB")
expected("bilevel.png", saved("bilevel.png", gray.convert("1")), kind="PNG 1 bit")
seen = rgb.quantize(16)
seen.info["transparency"] = bytes([0, 128] + [255] * 14)
expected("palette-alpha.png", saved("palette-alpha.png", seen, transparency=seen.info["transparency"]).convert("RGBA"),
         kind="PNG palette with opacity as RGBA")
deep = (scene(203, 151, 4)[:, :, 0].astype(np.uint16) * 257) ^ 0x5a
image = saved("gray16.png", Image.fromarray(deep))
expected("gray16.png", image, kind="PNG 16 bits kept", options={"keepsSixteenBits": True})
image.close()
(folder / "gray16-high.png").write_bytes((folder / "gray16.png").read_bytes())
expected("gray16-high.png", Image.fromarray((deep >> 8).astype(np.uint8)), kind="PNG 16 bits, upper 8")


def png(pixels, color, bits, interlaced=False):
    """A PNG written by hand, for what Pillow doesn't write."""
    import zlib
    height, width = pixels.shape[:2]

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def rows(part):
        return b"".join(b"\0" + row.astype(">u2" if bits == 16 else "u1").tobytes() for row in part)

    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b"".join(rows(pixels[y::v, x::h]) for x, y, h, v in passes) if interlaced else rows(pixels)
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


deep = (scene(61, 47, 5).astype(np.uint16) << 8) | scene(61, 47, 6)
(folder / "rgb16.png").write_bytes(png(deep, 2, 16))
expected("rgb16.png", Image.open(folder / "rgb16.png"), kind="PNG RGB 16 bits, upper 8")
(folder / "rgb16-kept.png").write_bytes(png(deep, 2, 16))
expected("rgb16-kept.png", deep, kind="PNG RGB 16 bits kept", options={"keepsSixteenBits": True})
(folder / "interlaced.png").write_bytes(png(scene(61, 47, 7), 2, 8, interlaced=True))
expected("interlaced.png", Image.open(folder / "interlaced.png"), kind="PNG interlaced")

expected("lossless.webp", saved("lossless.webp", rgb, lossless=True), kind="WebP lossless")
expected("lossless-alpha.webp", saved("lossless-alpha.webp", alpha, lossless=True, exact=True),
         kind="WebP lossless with opacity")
for quality in (40, 90):
    name = f"lossy-{quality}.webp"
    expected(name, saved(name, rgb, quality=quality).convert("RGB"), kind="WebP lossy")
expected("lossy-alpha.webp", saved("lossy-alpha.webp", alpha, quality=80, exact=True), kind="WebP lossy with opacity")

for compression in (None, "tiff_lzw", "tiff_deflate", "packbits"):
    for mode, image in (("L", gray), ("RGB", rgb), ("RGBA", alpha)):
        name = f"{compression}-{mode}.tif"
        expected(name, saved(name, image, compression=compression), kind="TIFF 8 bits")
image = saved("sixteen.tif", Image.fromarray(deep[:, :, 0].copy()))
expected("sixteen.tif", image, kind="TIFF 16 bits kept", options={"keepsSixteenBits": True})
expected("cmyk.tif", saved("cmyk.tif", inks).convert("RGB"), kind="TIFF CMYK as RGB")
expected("palette.tif", saved("palette.tif", rgb.quantize(64)).convert("RGB"), kind="TIFF palette as RGB")
expected("bilevel.tif", saved("bilevel.tif", gray.convert("1"), compression="group4"), kind="TIFF 1 bit, fax")
expected("jpeg.tif", saved("jpeg.tif", rgb, compression="jpeg", quality=90), bound=0, kind="TIFF with JPEG inside")

expected("rgb.bmp", saved("rgb.bmp", rgb), kind="BMP 24 bits")
expected("gray.bmp", saved("gray.bmp", gray), kind="BMP gray palette")
expected("palette.bmp", saved("palette.bmp", rgb.quantize(200)).convert("RGB"), kind="BMP palette")
expected("bilevel.bmp", saved("bilevel.bmp", gray.convert("1")), kind="BMP 1 bit")
expected("alpha.bmp", saved("alpha.bmp", alpha), kind="BMP 32 bits with opacity")

for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for suffix in ("jpg", "png", "webp"):
        name = f"turned-{orientation}.{suffix}"
        options = {"lossless": True} if suffix == "webp" else {}
        image = ImageOps.exif_transpose(saved(name, rgb, exif=exif, **options))
        expected(name, image, kind=f"EXIF rotation in {suffix}")
expected("turned-6.jpg", Image.open(folder / "turned-6.jpg"), kind="EXIF rotation ignored",
         options={"appliesOrientation": False})

# Conversions of what was decoded.
expected("baseline-420-q75.jpg", Image.open(folder / "baseline-420-q75.jpg").convert("L"), kind="JPEG as gray",
         options={"format": "gray"})
expected("gray.jpg", Image.open(folder / "gray.jpg").convert("RGB"), kind="gray as RGB", options={"format": "rgb"})
expected("RGBA.png", Image.open(folder / "RGBA.png").convert("RGB"), kind="opacity dropped", options={"format": "rgb"})

# A JPEG at reduced size, beside the average of the pixels that it stands for.
large = Image.fromarray(scene(1600, 1200, 9))
large.save(folder / "large.jpg", quality=92)
full = Image.open(folder / "large.jpg")
full.load()
for reduction, side in ((2, 600), (4, 300), (8, 150)):
    expected("large.jpg", full.resize((1600 // reduction, 1200 // reduction), Image.Resampling.BOX), bound=48,
             mean=1.5, kind=f"JPEG reduced to 1/{reduction}, beside averaged pixels", options={"reducedSide": side})
    reduced = Image.open(folder / "large.jpg")
    reduced.draft("RGB", (1600 // reduction, 1200 // reduction))
    expected("large.jpg", reduced, kind=f"JPEG reduced to 1/{reduction}, beside Pillow's draft",
             options={"reducedSide": side})

(folder / "cases.json").write_text(json.dumps(cases))
print(json.dumps({"cases": len(cases), "pillow": Image.__version__}))
