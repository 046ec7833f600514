# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Applies torchvision's functional transforms to an image with given parameters and writes what comes out.
#
#     augmenting_peer.py FOLDER

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from transforms import functional as F
from transforms import v2

from torchvision import tv_tensors

folder = Path(sys.argv[1])
width, height = 61, 43
y, x = np.mgrid[0:height, 0:width]
random = np.random.default_rng(11)
waves = [128 + 90 * np.sin(x / (4 + c)) * np.cos(y / (6 + c)) + 30 * c for c in range(3)]
pixels = np.clip(np.stack(waves, axis=2) + random.normal(0, 9, (height, width, 3)), 0, 255).astype(np.uint8)
pixels[5:9, 5:12] = [255, 0, 7]
pixels[20:24, 30:41] = [9, 9, 9]
(folder / "image.raw").write_bytes(pixels.tobytes())
image = torch.from_numpy(pixels).permute(2, 0, 1).contiguous()
cases = []


def note(operation, parameters, result, bound=0, share=0.0):
    """`share` of the samples may differ by more than `bound`: pixels on which a rounding falls."""
    result = result.permute(1, 2, 0).contiguous().numpy()
    (folder / f"{len(cases)}.out").write_bytes(result.tobytes())
    cases.append({"operation": operation, "parameters": parameters, "bound": bound, "share": share})


note("horizontalFlip", [], F.horizontal_flip(image))
note("verticalFlip", [], F.vertical_flip(image))
for factor in (0, 0.3, 0.77, 1, 1.4, 1.9):
    note("brightness", [factor], F.adjust_brightness(image, factor))
    note("contrast", [factor], F.adjust_contrast(image, factor), 1)
    note("saturation", [factor], F.adjust_saturation(image, factor), 1)
    note("sharpness", [factor], F.adjust_sharpness(image, factor), 1)
for turn in (-0.5, -0.2, 0.03, 0.1, 0.31, 0.5):
    note("hue", [turn], F.adjust_hue(image, turn), 1)
for bits in range(1, 9):
    note("posterize", [bits], F.posterize(image, bits))
for threshold in (0, 17, 128, 255):
    note("solarize", [threshold], F.solarize(image, threshold))
note("autocontrast", [], F.autocontrast(image), 1)
note("equalize", [], F.equalize(image))
note("invert", [], F.invert(image))
for size, sigma in ((3, 0.5), (5, 1.1), (9, 2.0), (21, 4.0)):
    note("blur", [size, sigma], F.gaussian_blur(image, [size, size], [sigma, sigma]), 1)
for angle, shift, scale, shear in (
    (0, (0, 0), 1, (0, 0)), (30, (0, 0), 1, (0, 0)), (-77, (5, -3), 1.3, (0, 0)), (10, (0, 4), 0.6, (12, 0)),
    (200, (1, 1), 1, (5, -9)), (0, (7, -2), 1, (0, 0)),
):
    for smooth in (0, 1):
        mode = v2.InterpolationMode.BILINEAR if smooth else v2.InterpolationMode.NEAREST
        result = F.affine(image, angle, list(shift), scale, list(shear), mode)
        # torchvision computes places in single precision: a few samples fall on the other side of a rounding.
        note("affine", [angle, *shift, scale, *shear, smooth], result, 1 if smooth else 0, 0.003 if smooth else 0.01)
note("erase", [5, 9, 11, 20, 77], F.erase(image, 9, 5, 20, 11, torch.tensor([[[77]]] * 3, dtype=torch.uint8)))
for area in ((3, 4, 40, 31), (0, 0, 61, 43), (10, 2, 7, 30)):
    left, top, w, h = area
    note("resizedCrop", list(area), F.resized_crop(image, top, left, h, w, [32, 32], antialias=True), 1)

chosen = v2.RandAugment()
space = chosen._AUGMENTATION_SPACE
names = {"ShearX": "shearX", "ShearY": "shearY", "TranslateX": "translateX", "TranslateY": "translateY",
         "Rotate": "rotate", "Brightness": "brightness", "Color": "color", "Contrast": "contrast",
         "Sharpness": "sharpness", "Posterize": "posterize", "Solarize": "solarize", "AutoContrast": "autocontrast",
         "Equalize": "equalize", "Identity": "identity"}
assert set(names) == set(space), set(names) ^ set(space)
for name, (magnitudes, signed) in space.items():
    for level in (0, 9, 22, 30):
        for sign in (1, -1) if signed else (1,):
            values = magnitudes(31, height, width)
            magnitude = float(values[level]) * sign if values is not None else 0.0
            result = chosen._apply_image_or_video_transform(
                image, name, magnitude, interpolation=v2.InterpolationMode.NEAREST, fill={torch.Tensor: 0})
            moves = name in ("ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate")
            note("randAugment " + names[name], [level, sign], result, 0 if moves else 1, 0.01 if moves else 0.0)
(folder / "cases.json").write_text(json.dumps(cases))

boxes = tv_tensors.BoundingBoxes([[3.0, 4.0, 20.0, 30.0], [40.0, 1.0, 60.0, 10.0]], format="XYXY", canvas_size=(height, width))
marks = []
for operation, parameters, moved in (
    ("horizontalFlip", [], F.horizontal_flip(boxes)), ("verticalFlip", [], F.vertical_flip(boxes)),
    ("affine", [30, 0, 0, 1, 0, 0, 1], F.affine(boxes, 30, [0, 0], 1, [0, 0])),
    ("affine", [-10, 5, -3, 1.3, 8, 0, 1], F.affine(boxes, -10, [5, -3], 1.3, [8, 0])),
    ("resizedCrop", [3, 4, 40, 31], F.resized_crop(boxes, 4, 3, 31, 40, [32, 32])),
):
    canvas = moved.canvas_size
    clamped = F.clamp_bounding_boxes(moved)
    marks.append({"operation": operation, "parameters": parameters, "boxes": clamped.tolist()})
(folder / "marks.json").write_text(json.dumps(marks))
