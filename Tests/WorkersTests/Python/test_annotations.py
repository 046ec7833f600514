# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Annotations: as adapters answer with them, and as they are read again."""

import unittest

from support import NUMPY_IS_NEEDED, AdapterTest, labels


@NUMPY_IS_NEEDED
class Annotations(AdapterTest):
    def test_every_kind_of_annotation(self):
        client = self.loaded("""
            import galley
            import numpy

            class All(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    mask = numpy.zeros((4, 6), dtype=bool)
                    mask[1:3, 2:5] = True
                    return [[
                        galley.Box(1, 2, 3.5, 4, "käse 🧀", numpy.float32(0.5)),
                        galley.RotatedBox(5, 6, 4, 2, 30, "turned"),
                        galley.Polygon([(0, 0), (5, 0), (5, 3)], "area", holes=[[(1, 1), (2, 1), (2, 2)]]),
                        galley.Polyline([(0, 0), (5, 0)], "line"),
                        galley.Point(1.5, 2.5, "spot", attributes={"a": [1]}),
                        galley.Ellipse(3, 2, 2, 1, "egg", angle=10),
                        galley.Mask(mask, "mask", 1),
                        galley.Keypoints({"nose": (1, 2), "eye": (3, 4, 1)}, "person", 0.25),
                        galley.Classification(numpy.int64(7), float("nan")),
                        "plain",
                    ]]
        """)
        found = client.call("adapter.predict", self.batch(1))["predictions"][0]["annotations"]
        kinds = [one["type"] for one in found]
        self.assertEqual(kinds, [
            "box", "box", "segment", "polyline", "point", "ellipse", "binary", "pose", "point", "point", "class", "class"])
        self.assertEqual(found[0]["label"], "käse 🧀")
        self.assertEqual(found[0]["coordinates"], [{"x": 1.0, "y": 2.0, "z": 0}, {"x": 3.5, "y": 4.0, "z": 0}])
        self.assertEqual(found[1]["coordinates"], [{"x": 3.0, "y": 5.0, "z": 0}, {"x": 7.0, "y": 7.0, "z": 0}, 30.0])
        self.assertEqual([len(ring) for ring in found[2]["coordinates"]], [3, 3])
        self.assertTrue(found[6]["coordinates"].startswith("data:image/png;base64,"))
        self.assertEqual(found[8]["metadata"]["system"]["parentId"], found[7]["id"])
        self.assertEqual(found[9]["metadata"]["user"]["galley"], {"visibility": 1})
        self.assertEqual((found[10]["label"], found[10]["metadata"]["user"]["model"]["confidence"]), ("7", "NaN"))
        self.assertEqual(found[11]["label"], "plain")

        from galley import parse

        again = parse(found)
        self.assertEqual(again[7].points, {"nose": (1.0, 2.0, 2), "eye": (3.0, 4.0, 1)})
        self.assertEqual(int(again[6].mask.sum()), 6)
        self.assertEqual([one.type for one in again], kinds[:8] + kinds[10:])

    def test_points_before_their_pose_and_points_of_none(self):
        import galley

        pose, *points = galley.Keypoints({"nose": (1, 2), "eye": (3, 4, 1)}, "person").documents()
        alone = galley.Point(5, 6, "alone").documents()[0]
        nameless = {**galley.Keypoints({}, "nobody").documents()[0], "id": None}
        orphan = {**points[0], "metadata": {"system": {"parentId": "elsewhere"}}}
        for documents in ([*points, pose], [points[0], pose, points[1]], [pose, *points]):
            found = galley.parse([nameless, *documents, alone, orphan])
            person = next(one for one in found if one.label == "person")
            self.assertEqual(person.points, {"nose": (1.0, 2.0, 2), "eye": (3.0, 4.0, 1)})
            self.assertEqual([one.label for one in found], ["nobody", "person", "alone", "nose"])
            self.assertEqual(found[0].points, {})

    def test_annotations_show_themselves(self):
        import galley
        import numpy

        self.assertEqual(repr(galley.Box(1, 2, 3, 4, "a")), "Box(label='a', left=1.0, top=2.0, right=3.0, bottom=4.0)")
        mask = galley.Mask(numpy.eye(3), "m", 0.5, {"a": 1})
        self.assertEqual(repr(mask), "Mask(label='m', confidence=0.5, attributes={'a': 1}, mask=<3 × 3>)")
        self.assertEqual(repr(galley.parse(mask.documents())[0]), repr(mask))
        self.assertEqual(repr(galley.Mask([[0, 1]], "m")), "Mask(label='m', mask=[[0, 1]])")

    def test_masks_of_every_size_are_read_as_they_were_written(self):
        import galley
        import numpy
        from galley.annotations import mask_extent

        generator = numpy.random.default_rng(3)
        for height, width in ((1, 1), (1, 9), (7, 1), (13, 17)):
            for share in (0, 0.1, 0.9, 1):
                array = (generator.random((height, width)) < share) * 7
                mask = galley.parse(galley.Mask(array, "m").documents())[0].mask
                numpy.testing.assert_array_equal(mask, array != 0)
                mask[0, 0] = 1
                rows, columns = numpy.nonzero(array)
                expected = (columns.min(), rows.min(), columns.max(), rows.max()) if len(rows) else None
                self.assertEqual(mask_extent(array), expected)

    def test_labels_of_any_text(self):
        text = "a\u0000b\n\u2028\"\\ \U0001F9C0 \u202e"
        client = self.loaded(f"""
            import galley

            class Labels(galley.ModelAdapter):
                def load(self, folder):
                    self.labels = [{text!r}]

                def predict(self, batch):
                    return [galley.Classification({text!r}), galley.Classification("\\ud800")]
        """)
        self.assertEqual(labels(client.call("adapter.predict", self.batch(1, 1))), [text, "?"])


if __name__ == "__main__":
    unittest.main()
