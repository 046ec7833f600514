# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Outlines and masks of the compatibility module for dtlpy."""

import os
import sys
import unittest

from support import NUMPY_IS_NEEDED, PACKAGE


class Contours(unittest.TestCase):
    def setUp(self):
        sys.path.insert(0, os.path.join(PACKAGE, "compatible"))
        self.addCleanup(sys.path.remove, os.path.join(PACKAGE, "compatible"))

    @NUMPY_IS_NEEDED
    def test_masks_know_their_extent_and_may_be_written_to(self):
        import numpy

        from dtlpy import Annotation, Box, Segmentation

        mask = numpy.zeros((9, 12))
        mask[2:5, 3:8] = 0.5
        made = Segmentation(mask, "m")
        self.assertEqual((made.left, made.top, made.right, made.bottom), (3.0, 2.0, 7.0, 4.0))
        rows = Segmentation(mask.tolist(), "m")
        self.assertEqual((rows.left, rows.top, rows.right, rows.bottom), (3.0, 2.0, 7.0, 4.0))
        self.assertEqual(Segmentation(mask * 0, "m").right, 0)
        read = Annotation.from_json({"type": "binary", "label": "m", "coordinates": made.to_coordinates()})
        numpy.testing.assert_array_equal(read.geo, mask != 0)
        read.geo[0, 0] = 1
        # Whichever corners are given.
        box = Annotation.from_json({
            "type": "box", "label": "b", "coordinates": [{"x": 5, "y": 1}, {"x": 2, "y": 7}]}).annotation_definition
        self.assertIsInstance(box, Box)
        self.assertEqual((box.left, box.top, box.right, box.bottom), (2, 1, 5, 7))

    @NUMPY_IS_NEEDED
    def test_outlines_are_those_of_opencv(self):
        import random

        try:
            import cv2
        except ImportError:
            self.skipTest("OpenCV isn't installed")
        import numpy

        from dtlpy.dl_contours import outlines

        generator = numpy.random.default_rng(random.Random(4).randrange(1000))
        for share in (0.3, 0.5, 0.7, 0.9):
            mask = (generator.random((40, 50)) < share).astype(numpy.uint8)
            found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            # OpenCV leaves out parts that lie within a hole of another one; the border's places are the same.
            own = [{tuple(point) for point in points} for points in outlines(mask)]
            for one in found:
                self.assertIn({tuple(point) for point in one[:, 0].tolist()}, own)

    def test_outlines_and_what_they_fill(self):
        from dtlpy.dl_contours import area, filled, outlines, simplified

        mask = [[0] * 12 for _ in range(9)]
        for y in range(2, 7):
            for x in range(3, 10):
                mask[y][x] = 1
        mask[0][0] = 1
        found = outlines(mask)
        self.assertEqual(len(found), 2)
        self.assertEqual(area(found[0]), 24)
        self.assertEqual(sorted(simplified(found[0])), [(3, 2), (3, 6), (9, 2), (9, 6)])
        self.assertEqual(found[1], [(0, 0)])
        self.assertEqual([list(row) for row in filled(found[0], 9, 12)], [
            [0 if (x, y) == (0, 0) else mask[y][x] for x in range(12)] for y in range(9)])

    def test_random_parts_without_holes_are_filled_again(self):
        import random

        from dtlpy.dl_contours import filled, outlines

        generator = random.Random(7)
        for _ in range(50):
            mask = [[0] * 16 for _ in range(16)]
            top, previous = generator.randint(0, 5), None
            for y in range(top, 16 - generator.randint(0, 5)):
                left, right = sorted(generator.sample(range(16), 2))
                if previous:
                    left, right = min(left, previous[1]), max(right, previous[0])
                mask[y][left:right + 1] = [1] * (right + 1 - left)
                previous = left, right
            found = outlines(mask)
            again = [list(row) for row in filled(found[0], 16, 16)]
            self.assertEqual(len(found), 1)
            # Bays that open to one side only are kept; what a border surrounds is filled.
            self.assertTrue(all(again[y][x] for y in range(16) for x in range(16) if mask[y][x]))
            self.assertTrue(set(found[0]) <= {(x, y) for y in range(16) for x in range(16) if mask[y][x]})


if __name__ == "__main__":
    unittest.main()
