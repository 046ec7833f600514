# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The digits as the fixtures' training saw them: 360 test images, and training images to calibrate with."""

import numpy as np
from sklearn.datasets import load_digits


def split(calibration_count=200):
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    images = (digits.images / 16).astype(np.float32)[:, None]
    test, train = order[:360], order[360:]
    return images[train[:calibration_count]], images[test], digits.target[test]
