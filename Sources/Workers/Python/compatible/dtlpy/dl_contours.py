# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Outlines of masks and masks of outlines, without OpenCV."""

import math

from galley.memory import numpy

# Clockwise on the screen, beginning with the east.
_STEPS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


class _Cells:
    """A mask with an empty margin, in one row: 0 is outside, 1 inside, 2 inside of a part that was seen."""

    def __init__(self, mask):
        rows, width = _inside(mask)
        self.width = width + 2
        self.cells = bytearray(self.width) + b"".join(b"\0" + row + b"\0" for row in rows) + bytes(self.width)

    def mark(self, place):
        """Marks the part to which a place belongs; by runs, which are inside or outside as a whole."""
        cells, width, waiting = self.cells, self.width, [place]
        while waiting:
            place = waiting.pop()
            if cells[place] != 1:
                continue
            start, end = cells.rfind(0, 0, place) + 1, cells.find(0, place)
            cells[start:end] = b"\2" * (end - start)
            for beside in (-width, width):
                # Parts touch at corners too.
                low, high = start + beside - 1, end + beside + 1
                found = cells.find(1, low, high)
                while found >= 0:
                    waiting.append(found)
                    after = cells.find(0, found, high)
                    found = cells.find(1, after, high) if after >= 0 else -1

    def border(self, place):
        """The places of the border that begins at a part's first place in reading order."""
        cells, steps = self.cells, [dx + dy * self.width for dx, dy in _STEPS]
        start, direction, places, first = place, 6, [place], None
        while True:
            for turn in range(8):
                step = (direction + 6 + turn) % 8
                if cells[place + steps[step]]:
                    break
            else:
                return places
            if place == start and first == step:
                return places[:-1] if len(places) > 1 else places
            if first is None:
                first = step
            place, direction = place + steps[step], step
            places.append(place)

    def point(self, place):
        """Column and row of a place."""
        return place % self.width - 1, place // self.width - 1


def _inside(mask):
    """For each row of a mask a byte 1 where it is more than half of its maximum; and the width."""
    if numpy is not None:
        array = numpy.asarray(mask, dtype=float)
        highest = array.max() if array.size else 0
        marked = array / highest > 0.5 if highest > 0 else numpy.zeros(array.shape, dtype=bool)
        return [row.tobytes() for row in marked], array.shape[1] if array.ndim > 1 else 0
    lines = mask.tolist() if hasattr(mask, "tolist") else [list(line) for line in mask]
    highest = max((max(line) for line in lines if line), default=0)
    rows = [bytes(highest > 0 and value / highest > 0.5 for value in line) for line in lines]
    return rows, len(rows[0]) if rows else 0


def outlines(mask, min_area=0):
    """The outer border of each part of a mask, through the centres of its border pixels; the largest area first.

    The borders are followed as G. Moore describes it, with J. Jacob's condition for the end.
    """
    cells, found = _Cells(mask), []
    place = cells.cells.find(1)
    while place >= 0:
        found.append([cells.point(one) for one in cells.border(place)])
        cells.mark(place)
        place = cells.cells.find(1, place)
    found = sorted(((area(points), points) for points in found), key=lambda one: -one[0])
    return [points for size, points in found if size > min_area or min_area == 0]


def area(points):
    """The area within an outline."""
    pairs = zip(points, [*points[1:], points[0]])
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2


def simplified(points, epsilon=None):
    """Fewer points, none of those left out further away than epsilon: Ramer, Douglas and Peucker."""
    if len(points) < 4:
        return points
    closed = [*points, points[0]]
    if epsilon is None:
        epsilon = 0.0005 * sum(math.dist(a, b) for a, b in zip(closed, closed[1:]))
    far = max(range(len(points)), key=lambda index: math.dist(points[0], points[index]))
    first, second = _line(closed[:far + 1], epsilon), _line(closed[far:], epsilon)
    return first[:-1] + second[:-1]


def _line(points, epsilon):
    kept, waiting = {0, len(points) - 1}, [(0, len(points) - 1)]
    while waiting:
        start, end = waiting.pop()
        (x, y), (u, v) = points[start], points[end]
        length = math.hypot(u - x, v - y)
        best, distance = None, epsilon
        for index in range(start + 1, end):
            a, b = points[index]
            off = abs((u - x) * (y - b) - (x - a) * (v - y)) / length if length else math.hypot(a - x, b - y)
            if off > distance:
                best, distance = index, off
        if best is not None:
            kept.add(best)
            waiting += [(start, best), (best, end)]
    return [points[index] for index in sorted(kept)]


def filled(points, height, width):
    """1 where a pixel's centre is within or on an outline; by the even-odd rule. A list of rows without NumPy."""
    points = [tuple(float(number) for number in list(point)[:2]) for point in points]
    edges = list(zip(points, [*points[1:], *points[:1]]))
    crossings, cells = [[] for _ in range(height)], bytearray(height * width)
    for (ax, ay), (bx, by) in edges:
        low, high = sorted((ay, by))
        for y in range(max(0, math.ceil(low)), min(height, math.ceil(high))):
            crossings[y].append(ax + (y - ay) * (bx - ax) / (by - ay))
    for y, places in enumerate(crossings):
        places.sort()
        for left, right in zip(places[::2], places[1::2]):
            start, end = max(0, math.ceil(left)), min(width, math.floor(right) + 1)
            if start < end:
                cells[y * width + start:y * width + end] = b"\1" * (end - start)
    for (ax, ay), (bx, by) in edges:
        steps = max(1, round(max(abs(bx - ax), abs(by - ay))))
        for step in range(steps + 1):
            x, y = round(ax + (bx - ax) * step / steps), round(ay + (by - ay) * step / steps)
            if 0 <= x < width and 0 <= y < height:
                cells[y * width + x] = 1
    if numpy is None:
        return [list(cells[y * width:(y + 1) * width]) for y in range(height)]
    return numpy.frombuffer(cells, dtype=numpy.uint8).reshape(height, width)
