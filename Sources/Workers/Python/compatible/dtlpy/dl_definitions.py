# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Definitions of annotations by geometry, with dtlpy's names and order of arguments."""

from galley.annotations import box_extent, mask_extent, mask_of, mask_picture, placed, rings
from galley.memory import numpy


class Definition:
    """The base: a label, attributes, and where."""

    type = ""

    def __init__(self, label, attributes=None, description=None):
        self.label, self.description = label, description
        self.attributes = {} if attributes is None else attributes

    def to_coordinates(self, color=None):
        """The `coordinates` of Dataloop's JSON; None for the whole item."""
        return None

    #: Points (x, y) by which the extent is known.
    geo = None

    def _extent(self, axis, choose, default):
        points = self.geo
        if points is None or len(points) == 0:
            return default
        return float(choose(float(point[axis]) for point in points))

    @property
    def left(self):
        return self._extent(0, min, 0)

    @property
    def top(self):
        return self._extent(1, min, 0)

    @property
    def right(self):
        return self._extent(0, max, 0)

    @property
    def bottom(self):
        return self._extent(1, max, 0)

    @property
    def x(self):
        return [point[0] for point in self.geo or []]

    @property
    def y(self):
        return [point[1] for point in self.geo or []]


def _points(geo):
    points = [tuple(float(number) for number in list(point)[:2]) for point in geo]
    return points if numpy is None else numpy.asarray(points, dtype=float).reshape(-1, 2)


class Classification(Definition):
    type = "class"


class Box(Definition):
    type = "box"

    def __init__(self, left=None, top=None, right=None, bottom=None, label=None, attributes=None, description=None,
                 angle=None):
        super().__init__(label, attributes, description)
        self.angle = 0 if angle is None else angle
        self.geo = _points([(left, top), (right, bottom)])

    @property
    def is_rotated(self):
        return bool(self.angle)

    def to_coordinates(self, color=None):
        corners = [placed(*point) for point in self.geo]
        return corners + [float(self.angle)] if self.angle else corners

    @classmethod
    def from_segmentation(cls, mask, label, attributes=None):
        """A box around each connected part of a mask."""
        from dtlpy.dl_contours import outlines

        found = [Polygon(points, label) for points in outlines(mask)]
        return [cls(one.left, one.top, one.right, one.bottom, label, attributes) for one in found]


class Polygon(Definition):
    type = "segment"

    def __init__(self, geo, label, attributes=None, description=None):
        super().__init__(label, attributes, description)
        is_nested = len(geo) > 0 and hasattr(geo[0], "__len__") and len(geo[0]) > 0 and hasattr(geo[0][0], "__len__")
        outline, *holes = geo if is_nested else [geo]
        self.geo, self._holes = _points(outline), [_points(hole) for hole in holes]

    def to_coordinates(self, color=None):
        return [[placed(*point, None) for point in ring] for ring in [self.geo, *self._holes]]

    @classmethod
    def from_segmentation(cls, mask, label, attributes=None, epsilon=None, max_instances=1, min_area=0):
        """The outlines of a mask's connected parts, the largest first; a single one if only one is wanted."""
        from dtlpy.dl_contours import outlines, simplified

        found = outlines(mask, min_area)[:max_instances]
        polygons = [cls(simplified(points, epsilon), label, attributes) for points in found]
        return polygons[0] if len(polygons) == 1 else polygons


class Polyline(Definition):
    type = "polyline"

    def __init__(self, geo, label, attributes=None, description=None):
        super().__init__(label, attributes, description)
        self.geo = _points(geo)

    def to_coordinates(self, color=None):
        return [[placed(*point, None) for point in self.geo]]


class Point(Definition):
    type = "point"

    def __init__(self, x, y, label, attributes=None, description=None):
        super().__init__(label, attributes, description)
        self.geo = _points([(x, y)])

    @property
    def x(self):
        return float(self.geo[0][0])

    @property
    def y(self):
        return float(self.geo[0][1])

    def to_coordinates(self, color=None):
        return placed(self.x, self.y)


class Pose(Definition):
    type = "pose"

    def __init__(self, label, template_id, instance_id=None, attributes=None, points=None, description=None):
        super().__init__(label, attributes, description)
        self.template_id, self.instance_id, self.points = template_id, instance_id, points

    def to_coordinates(self, color=None):
        return {"instanceId": self.instance_id or "", "templateId": self.template_id or ""}


class Ellipse(Definition):
    type = "ellipse"

    def __init__(self, x, y, rx, ry, angle, label, attributes=None, description=None):
        super().__init__(label, attributes, description)
        self._center = (float(x), float(y))
        self.rx, self.ry, self.angle = float(rx), float(ry), float(angle or 0)
        self.geo = _points([(x - rx, y - ry), (x + rx, y + ry)])

    @property
    def x(self):
        return self._center[0]

    @property
    def y(self):
        return self._center[1]

    def to_coordinates(self, color=None):
        return {"angle": self.angle, "center": placed(self.x, self.y), "rx": self.rx, "ry": self.ry}


class Segmentation(Definition):
    type = "binary"

    def __init__(self, geo, label, attributes=None, description=None, color=None):
        super().__init__(label, attributes, description)
        self.geo, self.color = geo, color

    def _extent(self, axis, choose, default):
        extent = mask_extent(self.geo)
        return default if extent is None else float(extent[axis if choose is min else axis + 2])

    def to_coordinates(self, color=None):
        return mask_picture(self.geo)

    @classmethod
    def from_polygon(cls, geo, label, shape, attributes=None):
        """The pixels within an outline, of an image [height, width]."""
        from dtlpy.dl_contours import filled

        return cls(filled(geo, shape[0], shape[1]), label, attributes)


class _Placed(Definition):
    """A definition whose coordinates are what it was given."""

    def __init__(self, coordinates, label, attributes=None, description=None):
        super().__init__(label, attributes, description)
        self.coordinates = coordinates

    def to_coordinates(self, color=None):
        return self.coordinates


class FreeText(_Placed):
    type = "text"

    def __init__(self, text, label="free-text", attributes=None, description=None):
        super().__init__(text, label, attributes, description)
        self.text = text


class Text(_Placed):
    type = "text_mark"

    def __init__(self, text_type, start, end, label, top=None, left=None, attributes=None, description=None):
        super().__init__({"type": text_type, "start": start, "end": end}, label, attributes, description)
        self.text_type, self.start, self.end = text_type, start, end


class Subtitle(_Placed):
    type = "subtitle"

    def __init__(self, text, label, attributes=None, description=None):
        super().__init__({"text": text}, label, attributes, description)
        self.text = text


class RefImage(_Placed):
    type = "ref_image"

    def __init__(self, ref, ref_type=None, mimetype=None, label="ref-image", attributes=None, description=None):
        super().__init__(
            {"ref": ref, "refType": ref_type, "mimetype": mimetype}, label, attributes, description)


class Note(Box):
    type = "note"

    def __init__(self, left, top, right, bottom, label, attributes=None, messages=None, status="issue", assignee=None,
                 create_time=None, creator=None, description=None):
        super().__init__(left, top, right, bottom, label, attributes, description)
        self.messages, self.status = messages or [], status

    def to_coordinates(self, color=None):
        return {"box": super().to_coordinates(), "note": {"messages": list(self.messages), "status": self.status}}


class Cube(_Placed):
    type = "cube"

    def __init__(self, label, front_tl, front_tr, front_br, front_bl, back_tl, back_tr, back_br, back_bl, angle=None,
                 attributes=None, description=None):
        corners = zip(
            ("frontTl", "frontTr", "frontBr", "frontBl", "backTl", "backTr", "backBr", "backBl"),
            (front_tl, front_tr, front_br, front_bl, back_tl, back_tr, back_br, back_bl))
        super().__init__({name: placed(*list(corner)[:2]) for name, corner in corners}, label, attributes, description)


class Description(Definition):
    type = "item_description"

    def __init__(self, text, description=None):
        super().__init__("", None, description or text)


def definition(document):
    """The definition that an annotation's JSON has."""
    kind, place = document.get("type"), document.get("coordinates")
    label, attributes = document.get("label"), document.get("attributes")
    if kind == "class":
        return Classification(label, attributes)
    if kind == "box":
        left, top, right, bottom, angle = box_extent(place)
        return Box(left, top, right, bottom, label, attributes, angle=angle or None)
    if kind == "polyline":
        return Polyline(rings(place)[0], label, attributes)
    if kind == "segment":
        outlines = rings(place)
        return Polygon(outlines if len(outlines) > 1 else outlines[0], label, attributes)
    if kind == "point":
        return Point(place["x"], place["y"], label, attributes)
    if kind == "ellipse":
        center = place["center"]
        return Ellipse(center["x"], center["y"], place["rx"], place["ry"], place.get("angle", 0), label, attributes)
    if kind == "pose":
        return Pose(label, place.get("templateId"), place.get("instanceId"), attributes)
    if kind == "binary":
        return Segmentation(mask_of(place), label, attributes)
    placed = _Placed(place, label, attributes)
    placed.type = kind
    return placed
