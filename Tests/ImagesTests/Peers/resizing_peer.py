# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Resizes images with Pillow, and with torchvision if it is asked for, and writes what comes out.
#
#     resizing_peer.py FOLDER [torchvision]

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(sys.argv[1])
random = np.random.default_rng(7)
cases = []
kernels = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR,
           "bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS}
formats = {"gray": 1, "rgb": 3, "rgba": 4}


def source(width, height, channels, kind):
    if kind == "noise":
        return random.integers(0, 256, (height, width, channels), dtype=np.uint8)
    if kind == "edges":
        return np.where(random.random((height, width, channels)) < 0.5, 0, 255).astype(np.uint8)
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 100 * np.sin(x / (3 + channel)) * np.cos(y / (5 + channel)) for channel in range(channels)]
    return np.clip(np.stack(waves, axis=2) + random.normal(0, 5, (height, width, channels)), 0, 255).astype(np.uint8)


def note(pixels, result, target, format, kernel, antialias, bound, peer, box=None, arithmetic="pillow",
         depth=8):
    number = len(cases)
    (folder / f"{number}.in").write_bytes(np.ascontiguousarray(pixels).tobytes())
    (folder / f"{number}.out").write_bytes(np.ascontiguousarray(result).tobytes())
    cases.append({
        "width": pixels.shape[1], "height": pixels.shape[0], "format": format, "targetWidth": target[0],
        "targetHeight": target[1], "kernel": kernel, "antialias": antialias, "bound": bound, "peer": peer,
        "arithmetic": arithmetic, "depth": depth,
        "box": None if box is None else dict(zip(("left", "top", "right", "bottom"), box)),
    })


sizes = [((64, 48), (32, 24)), ((101, 67), (13, 9)), ((17, 23), (64, 80)), ((200, 31), (31, 200)), ((50, 40), (50, 13)),
         ((50, 40), (13, 40)), ((1, 1), (5, 7)), ((9, 1), (3, 3)), ((320, 240), (97, 97)), ((2, 300), (3, 4)),
         ((33, 33), (33, 33)), ((1023, 5), (1, 1))]
for (size, target) in sizes:
    for format, channels in formats.items():
        for kind in ("noise", "edges", "waves"):
            pixels = source(*size, channels, kind)
            image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
            for kernel, value in kernels.items():
                note(pixels, np.asarray(image.resize(target, value)), target, format, kernel, True, 0, "Pillow")
for index in range(60):
    width, height = random.integers(2, 90, 2)
    target = tuple(int(side) for side in random.integers(1, 70, 2))
    format = list(formats)[index % 3]
    pixels = source(width, height, formats[format], "noise")
    image = Image.fromarray(pixels[:, :, 0] if format == "gray" else pixels)
    left, right = sorted(float(np.float32(value)) for value in random.uniform(0, width, 2))
    top, bottom = sorted(float(np.float32(value)) for value in random.uniform(0, height, 2))
    if right - left < 0.1 or bottom - top < 0.1:
        continue
    box = (left, top, right, bottom)
    for kernel, value in kernels.items():
        note(pixels, np.asarray(image.resize(target, value, box=box)), target, format, kernel, True, 0,
             "Pillow, box", box)

# 16-bit samples: Pillow resizes them in its mode I;16. Values keep away from the ends, beyond which Pillow's bicubic wraps.
for (size, target) in sizes:
    pixels = random.integers(20_000, 40_000, (size[1], size[0], 1), dtype=np.uint16)
    for kernel, value in kernels.items():
        result = np.asarray(Image.fromarray(pixels[:, :, 0]).resize(target, value))
        assert result.dtype == np.uint16
        note(pixels, result, target, "gray", kernel, True, 0, "Pillow, 16 bits", depth=16)

if "torchvision" in sys.argv:
    import torch
    from transforms import functional, v2

    modes = {"bilinear": v2.InterpolationMode.BILINEAR, "bicubic": v2.InterpolationMode.BICUBIC}
    for (size, target) in sizes:
        for kind in ("noise", "edges", "waves"):
            pixels = source(*size, 3, kind)
            tensor = torch.from_numpy(pixels).permute(2, 0, 1)
            for kernel, mode in modes.items():
                for antialias in (True, False):
                    # Both memory layouts: torch has a kernel of its own for each.
                    for layout, given in (("strided", tensor.contiguous()), ("channels last", tensor)):
                        try:
                            result = functional.resize(given, [target[1], target[0]], mode, antialias=antialias)
                        except RuntimeError as error:
                            # PyTorch 2.13 fails an assertion of its own for some channels-last images of few pixels.
                            assert "INTERNAL ASSERT" in str(error)
                            continue
                        note(pixels, result.permute(1, 2, 0).numpy(), target, "rgb", kernel, antialias, 0,
                             f"torchvision, {'with' if antialias else 'without'} antialiasing, {layout}",
                             arithmetic="torch")
(folder / "cases.json").write_text(json.dumps(cases))
