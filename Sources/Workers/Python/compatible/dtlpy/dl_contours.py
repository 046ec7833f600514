# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Outlines of masks and masks of outlines, without OpenCV."""

import math

from galley.memory import numpy

# Clockwise on the screen, beginning with the east.
_STEPS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


def _rows(mask):
    lines = mask.tolist() if hasattr(mask, "tolist") else [list(line) for line in mask]
    highest = max((float(value) for line in lines for value in line), default=0)
    return [[highest > 0 and float(value) / highest > 0.5 for value in line] for line in lines]


def outlines(mask, min_area=0):
    """The outer border of each part of a mask, through the centres of its border pixels; the largest area first.

    Parts touch at corners too. The borders are followed as G. Moore describes it, with J. Jacob's condition for the
    end.
    """
    rows = _rows(mask)
    height, width = len(rows), len(rows[0]) if rows else 0
    seen = [[False] * width for _ in range(height)]
    found = []
    for y in range(height):
        for x in range(width):
            if rows[y][x] and not seen[y][x]:
                _mark(rows, seen, x, y)
                found.append(_followed(rows, x, y))
    found = sorted(((area(points), points) for points in found), key=lambda one: -one[0])
    return [points for size, points in found if size > min_area or min_area == 0]


def _mark(rows, seen, x, y):
    waiting = [(x, y)]
    seen[y][x] = True
    while waiting:
        x, y = waiting.pop()
        for dx, dy in _STEPS:
            column, row = x + dx, y + dy
            if 0 <= row < len(rows) and 0 <= column < len(rows[0]) and rows[row][column] and not seen[row][column]:
                seen[row][column] = True
                waiting.append((column, row))


def _followed(rows, x, y):
    """The border that begins at a part's first pixel in reading order."""
    def is_inside(column, row):
        return 0 <= row < len(rows) and 0 <= column < len(rows[0]) and rows[row][column]

    start, place, direction = (x, y), (x, y), 6
    points, first = [start], None
    while True:
        for turn in range(8):
            step = (direction + 6 + turn) % 8
            column, row = place[0] + _STEPS[step][0], place[1] + _STEPS[step][1]
            if is_inside(column, row):
                break
        else:
            return points
        if place == start and first == step:
            return points[:-1] if len(points) > 1 else points
        if first is None:
            first = step
        place, direction = (column, row), step
        points.append(place)


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
    """1 where a pixel's centre is within or on an outline; by the even-odd rule."""
    points = [tuple(float(number) for number in list(point)[:2]) for point in points]
    rows = [[0] * width for _ in range(height)]
    for y in range(height):
        crossings = []
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]]):
            if (ay <= y < by) or (by <= y < ay):
                crossings.append(ax + (y - ay) * (bx - ax) / (by - ay))
        crossings.sort()
        for left, right in zip(crossings[::2], crossings[1::2]):
            for x in range(max(0, math.ceil(left)), min(width - 1, math.floor(right)) + 1):
                rows[y][x] = 1
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]]):
        steps = max(1, round(max(abs(bx - ax), abs(by - ay))))
        for step in range(steps + 1):
            x, y = round(ax + (bx - ax) * step / steps), round(ay + (by - ay) * step / steps)
            if 0 <= x < width and 0 <= y < height:
                rows[y][x] = 1
    return rows if numpy is None else numpy.asarray(rows, dtype=numpy.uint8)
