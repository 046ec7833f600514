# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Annotations: what a model says of an item, and how that is written for Galley.

Coordinates are pixels of the upright image from its top-left corner. A confidence is a number from 0 to 1.
"""

import base64
import uuid

from .image import decode_png, encode_png
from .memory import Tensor, numpy

_MASKS = "data:image/png;base64,"
# Tables for `translate`: what isn't 0 is opaque; what is opaque by more than half is 1.
_OPAQUE, _HALF = b"\0" + b"\xff" * 255, b"\0" * 128 + b"\1" * 128


class Annotation:
    """A label, and what else is known; the base of all kinds."""

    type = ""

    def __init__(self, label, confidence=None, attributes=None):
        self.label, self.confidence, self.attributes = label, confidence, dict(attributes or {})

    def coordinates(self):
        """The place in Dataloop's words; None if the annotation is about the whole item."""
        return None

    def documents(self):
        """The annotation as objects of Dataloop's JSON."""
        model = {} if self.confidence is None else {"confidence": float(self.confidence)}
        document = {
            "type": self.type, "label": text(self.label), "attributes": self.attributes,
            "metadata": {"user": {"model": model}},
        }
        coordinates = self.coordinates()
        if coordinates is not None:
            document["coordinates"] = coordinates
        return [document]

    def __repr__(self):
        # What was read is in the fields already.
        known = {name: value for name, value in vars(self).items() if name != "document"}
        fields = [f"{name}={self._shown(value)}" for name, value in known.items() if value is not None]
        return f"{type(self).__name__}({', '.join(one for one in fields if one != 'attributes={}')})"

    @staticmethod
    def _shown(value):
        return repr(value)


class Classification(Annotation):
    """The whole item belongs to a class."""

    type = "class"


class Box(Annotation):
    """An upright rectangle."""

    type = "box"

    def __init__(self, left, top, right, bottom, label, confidence=None, attributes=None):
        super().__init__(label, confidence, attributes)
        self.left, self.top, self.right, self.bottom = float(left), float(top), float(right), float(bottom)

    def coordinates(self):
        return [placed(self.left, self.top), placed(self.right, self.bottom)]


class RotatedBox(Annotation):
    """A rectangle about a centre, turned clockwise by an angle in degrees."""

    type = "box"

    def __init__(self, x, y, width, height, angle, label, confidence=None, attributes=None):
        super().__init__(label, confidence, attributes)
        self.x, self.y, self.width, self.height = float(x), float(y), float(width), float(height)
        self.angle = float(angle)

    def coordinates(self):
        left, top = self.x - self.width / 2, self.y - self.height / 2
        corners = [placed(left, top), placed(left + self.width, top + self.height)]
        return corners + [self.angle] if self.angle else corners


class Polygon(Annotation):
    """An area within an outline of (x, y), without its holes."""

    type = "segment"

    def __init__(self, points, label, confidence=None, attributes=None, holes=()):
        super().__init__(label, confidence, attributes)
        self.points = [(float(x), float(y)) for x, y in points]
        self.holes = [[(float(x), float(y)) for x, y in hole] for hole in holes]

    def coordinates(self):
        return [[placed(x, y, None) for x, y in ring] for ring in [self.points, *self.holes]]


class Polyline(Annotation):
    """A line through points (x, y)."""

    type = "polyline"

    def __init__(self, points, label, confidence=None, attributes=None):
        super().__init__(label, confidence, attributes)
        self.points = [(float(x), float(y)) for x, y in points]

    def coordinates(self):
        return [[placed(x, y, None) for x, y in self.points]]


class Point(Annotation):
    """One place."""

    type = "point"

    def __init__(self, x, y, label, confidence=None, attributes=None):
        super().__init__(label, confidence, attributes)
        self.x, self.y = float(x), float(y)

    def coordinates(self):
        return placed(self.x, self.y)


class Ellipse(Annotation):
    """An ellipse about a centre, turned clockwise by an angle in degrees."""

    type = "ellipse"

    def __init__(self, x, y, rx, ry, label, angle=0, confidence=None, attributes=None):
        super().__init__(label, confidence, attributes)
        self.x, self.y, self.rx, self.ry, self.angle = float(x), float(y), float(rx), float(ry), float(angle)

    def coordinates(self):
        return {"center": placed(self.x, self.y), "rx": self.rx, "ry": self.ry, "angle": self.angle}


class Mask(Annotation):
    """The pixels of an object: an array [height, width] in which everything but 0 belongs to it."""

    type = "binary"

    def __init__(self, mask, label, confidence=None, attributes=None):
        super().__init__(label, confidence, attributes)
        self.mask = mask

    def coordinates(self):
        return mask_picture(self.mask)

    @staticmethod
    def _shown(value):
        size = getattr(value, "shape", None)
        return repr(value) if size is None else f"<{' × '.join(str(extent) for extent in size)}>"


class Keypoints(Annotation):
    """Named points of one object: {name: (x, y)} or {name: (x, y, visibility)}, 0 unknown, 1 hidden, 2 visible."""

    type = "pose"

    def __init__(self, points, label, confidence=None, attributes=None):
        super().__init__(label, confidence, attributes)
        self.points = {name: tuple(place) for name, place in dict(points).items()}

    def documents(self):
        pose = super().documents()[0]
        pose["id"] = uuid.uuid4().hex[:24]
        pose["coordinates"] = {"templateId": "", "instanceId": ""}
        return [pose] + [self._point(name, place, pose["id"]) for name, place in self.points.items()]

    @staticmethod
    def _point(name, place, parent):
        document = Point(place[0], place[1], name).documents()[0]
        document["metadata"]["system"] = {"parentId": parent}
        if len(place) > 2 and place[2] != 2:
            document["metadata"]["user"]["galley"] = {"visibility": int(place[2])}
        return document


def text(label):
    """A label as text. Raises TypeError if it is neither text nor a number."""
    if isinstance(label, str):
        return str(label)
    if isinstance(label, bytes) or hasattr(label, "__len__"):
        raise TypeError(f"a label must be text, and {label!r} is a {type(label).__name__}")
    return str(label)


def placed(x, y, z=0):
    """A place in Dataloop's words; with `z` None it has none."""
    return {"x": float(x), "y": float(y)} if z is None else {"x": float(x), "y": float(y), "z": z}


def mask_picture(mask):
    """The coordinates of a mask: a picture that is white and opaque where the object is, and nothing elsewhere."""
    pixels, width, height = mask_bytes(mask)
    levels, picture = pixels.translate(_OPAQUE), bytearray(4 * len(pixels))
    for channel in range(4):
        picture[channel::4] = levels
    return _MASKS + base64.b64encode(encode_png(bytes(picture), width, height, 4)).decode("ascii")


def mask_bytes(mask):
    """1 for each pixel of a mask that isn't 0, row by row, and the mask's width and height."""
    if numpy is not None:
        array = numpy.asarray(mask)
        if array.ndim != 2:
            raise ValueError(f"a mask must be an array [height, width], and this one has the shape {array.shape}")
        return (array != 0).tobytes(), array.shape[1], array.shape[0]
    lines = mask.tolist() if isinstance(mask, Tensor) else [list(line) for line in mask]
    width = len(lines[0]) if lines else 0
    if any(len(line) != width for line in lines):
        raise ValueError("a mask's rows must have one length")
    return b"".join(bytes(map(bool, line)) for line in lines), width, len(lines)


def mask_extent(mask):
    """The first and last column and row of a mask's pixels: left, top, right, bottom; None if it has none."""
    pixels, width, height = mask_bytes(mask)
    first, last = pixels.find(1), pixels.rfind(1)
    if first < 0:
        return None
    rows = [pixels[start:start + width] for start in range(first - first % width, last + 1, width)]
    rows = [row for row in rows if 1 in row]
    left, right = min(row.find(1) for row in rows), max(row.rfind(1) for row in rows)
    return left, first // width, right, last // width


# MARK: Reading


def parse(documents):
    """Annotations of objects of Dataloop's JSON, such as a training item's; points of a pose come with the pose.

    What has no class here is an `Annotation` with the members `type` and `document`.
    """
    documents = list(documents)
    # Points may stand before their pose.
    ids = {_id(document) for document in documents if document.get("type") == "pose"} - {None}
    points, annotations = {}, []
    for document in documents:
        parent = _inside(document, "system").get("parentId")
        if document.get("type") == "point" and parent in ids:
            points.setdefault(parent, []).append(document)
            continue
        annotation = _annotation(document)
        annotation.document = document
        annotations.append(annotation)
    for annotation in annotations:
        if annotation.type == "pose":
            annotation.points = dict(_named_point(one) for one in points.get(_id(annotation.document), ()))
    return annotations


def _id(document):
    return document.get("id") or document.get("_id")


def _named_point(document):
    place, visibility = document["coordinates"], _inside(document, "user", "galley").get("visibility", 2)
    return document.get("label", ""), (place["x"], place["y"], visibility)


def _inside(document, *keys):
    found = document.get("metadata") or {}
    for key in keys:
        found = found.get(key) or {}
    return found


def _annotation(document):
    kind, place, label = document.get("type"), document.get("coordinates"), document.get("label") or ""
    confidence = _inside(document, "user", "model").get("confidence")
    known = {
        "label": label, "confidence": confidence,
        "attributes": document.get("attributes") or _inside(document, "system", "attributes"),
    }
    if kind == "class":
        return Classification(**known)
    if kind == "box":
        return _box(place, known)
    if kind == "segment":
        outline, *holes = rings(place)
        return Polygon(outline, holes=holes, **known)
    if kind == "polyline":
        return Polyline(rings(place)[0], **known)
    if kind == "point":
        return Point(place["x"], place["y"], **known)
    if kind == "ellipse":
        center = place["center"]
        return Ellipse(center["x"], center["y"], place["rx"], place["ry"], angle=place.get("angle", 0), **known)
    if kind == "pose":
        return Keypoints({}, **known)
    if kind == "binary":
        return Mask(mask_of(place), **known)
    annotation = Annotation(**known)
    annotation.type = kind
    return annotation


def rings(place):
    """Outlines of (x, y) of an area's or a line's coordinates; there is always a first one."""
    outlines = place if place and isinstance(place[0], list) else [place]
    return [[(point["x"], point["y"]) for point in outline] for outline in outlines]


def box_extent(place):
    """Left, top, right, bottom and angle of a box's coordinates."""
    corners = [corner for corner in place if isinstance(corner, dict)]
    xs, ys = [corner["x"] for corner in corners], [corner["y"] for corner in corners]
    return min(xs), min(ys), max(xs), max(ys), place[-1] if isinstance(place[-1], (int, float)) else 0


def _box(place, known):
    left, top, right, bottom, angle = box_extent(place)
    if angle:
        return RotatedBox((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, angle, **known)
    return Box(left, top, right, bottom, **known)


def mask_of(place):
    """The pixels as an array [height, width] of 0 and 1, which may be written to; a `Tensor` without NumPy."""
    data = place["data"] if isinstance(place, dict) else place
    levels, width, height = read_opacity(base64.b64decode(data[len(_MASKS):]))
    pixels = levels.translate(_HALF)
    if numpy is None:
        return Tensor(pixels, "uint8", (height, width))
    return numpy.frombuffer(pixels, numpy.uint8).reshape(height, width)


def read_opacity(png):
    """The opacity of each pixel of a PNG file, its width and its height."""
    samples, width, height, channels = decode_png(png, "a mask")
    if channels not in (2, 4):
        raise ValueError("the mask's picture has no opacity")
    return samples[channels - 1::channels], width, height
