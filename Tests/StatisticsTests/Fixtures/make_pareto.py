# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes pareto.json beside it (needs numpy, scipy, moocore 0.3.2, paretoset 1.2.5).

Clouds, and what the peers say of them: the front of paretoset and moocore (which have to agree here), with and without
duplicates, the layers and the hypervolume of moocore. And the probabilities of a probabilistic skyline, summed pair by
pair with SciPy's normal distribution.
"""

import json
import pathlib

import moocore
import numpy as np
import scipy.stats as st
from paretoset import paretorank, paretoset

HERE = pathlib.Path(__file__).parent


def clouds(random):
    for d in (1, 2, 3, 4, 5):
        count = 120 if d < 4 else 60
        sphere = np.abs(random.normal(size=(count, d)))
        yield f"uniform {d}", random.random((count, d)).round(6)
        yield f"tied {d}", np.floor(random.random((count, d)) * 4)
        yield f"strict {d}", (1 - sphere / np.linalg.norm(sphere, axis=1)[:, None]).round(9)
        yield f"equal {d}", np.ones((7, d))
        yield f"one {d}", random.random((1, d)).round(6)
        yield f"line {d}", np.repeat(random.random((40, 1)), d, axis=1).round(3)
    x = random.random(400)
    yield "anti 2", np.stack([x, 1 - x + 0.02 * random.normal(size=400)], 1).round(5)
    # Enough to be sampled first, written as a seed would be: whole numbers.
    yield "many tied 2", np.floor(random.random((6000, 2)) * 60)
    yield "outliers 2", np.concatenate([np.floor(random.random((5000, 2)) * 900), [[1e300, -1e300], [-1e300, 1e300]]])
    yield "many tied 3", np.floor(random.random((4500, 3)) * 40)


def cloud(name, points, random):
    d = points.shape[1]
    maximise = [bool(v) for v in random.integers(0, 2, d)]
    senses = ["max" if m else "min" for m in maximise]
    front = paretoset(points, sense=senses, distinct=False, use_numba=False)
    assert (front == moocore.is_nondominated(points, maximise=maximise, keep_weakly=True)).all(), name
    first = paretoset(points, sense=senses, distinct=True, use_numba=False)
    assert (first == moocore.is_nondominated(points, maximise=maximise, keep_weakly=False)).all(), name
    entry = {
        "name": name, "senses": senses, "points": points.T.tolist(), "front": np.flatnonzero(front).tolist(),
        "distinct": np.flatnonzero(first).tolist()}
    layers = paretorank(points, sense=senses, distinct=False, use_numba=False) - 1
    if d > 1:
        assert (layers == moocore.pareto_rank(points, maximise=maximise)).all(), name
        reference = np.where(maximise, points.min(0) - 0.25, points.max(0) + 0.25)
        if np.abs(points).max() < 1e9:
            entry["reference"] = reference.tolist()
            entry["volume"] = float(moocore.hypervolume(points, ref=reference, maximise=maximise))
    entry["layers"] = layers.astype(int).tolist()
    return entry


def skyline(random, count, d, groups, weighted):
    """Rows in d metrics of merit, larger being better; the first shares its measurement within groups."""
    merits = random.normal(size=(count, d)) * 0.3
    deviations = random.random((count, d)) * 0.2
    tolerance = [0.05, 0.0, 0.1][:d]
    shared = random.integers(0, groups, count) if groups else np.arange(count)
    for group in set(shared):
        rows = shared == group
        merits[rows, 0] = merits[rows, 0][0]
    weights = random.choice([0.25, 0.5, 1.0], count) if weighted else np.ones(count)
    pi, lam, log = [], [], []
    for i in range(count):
        # The probability that each beats row i, and 1 minus it, which keeps its digits where p is almost 1.
        p, q = np.ones(count), np.zeros(count)
        for k in range(d):
            s = np.sqrt(deviations[i, k] ** 2 + deviations[:, k] ** 2 + 2 * tolerance[k] ** 2)
            z = (merits[:, k] - merits[i, k]) / s
            f, g = st.norm.cdf(z), st.norm.sf(z)
            if k == 0:
                same = shared == shared[i]
                f = np.where(same, merits[:, 0] >= merits[i, 0], f)
                g = np.where(same, merits[:, 0] < merits[i, 0], g)
            q += p * g
            p *= f
        p[i], q[i] = 0, 1
        log.append(float((weights * np.log(np.maximum(q, 2.0 ** -53))).sum()))
        pi.append(float(np.exp(log[-1])))
        lam.append(float((weights * p).sum()))
    return {
        "merits": merits.T.tolist(), "deviations": deviations.T.tolist(), "tolerance": tolerance,
        "shared": shared.tolist(), "weights": weights.tolist(), "probability": pi, "logarithm": log, "expected": lam}


def main():
    random = np.random.default_rng(20261125)
    document = {
        "clouds": [cloud(name, points, random) for name, points in clouds(random)],
        "skylines": [
            skyline(random, 60, 2, 0, False), skyline(random, 50, 2, 12, True), skyline(random, 40, 3, 9, True),
            skyline(random, 600, 2, 200, False)],
        "tails": [[z, float(st.norm.sf(z))] for z in np.linspace(0, 7.99, 400).tolist()]}
    (HERE / "pareto.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


main()
