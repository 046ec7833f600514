# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes rates.json beside it (needs numpy and scipy)."""

import json
import pathlib

import numpy as np
import scipy.stats as st


def least_below(above, percentile, confidence):
    below = 1
    # At most `above` of all values lie over the percentile's true value.
    while st.binom.cdf(above, below + above, 1 - percentile) >= 1 - confidence:
        below += 1
    return below


def early_stopping():
    return [
        {"percentile": p, "confidence": c, "above": a, "below": least_below(a, p, c)}
        for p in (0.5, 0.9, 0.99) for c in (0.9, 0.99) for a in (0, 1, 2, 7, 40)
    ]


def batch_means(generator):
    cases = []
    for count in (4, 7, 19, 45, 200):
        rates = 100 + np.cumsum(generator.normal(size=count)) * 0.1
        batches = count if count < 20 else min(20, count // 2)
        size = count // batches
        means = rates[count - batches * size:].reshape(batches, size).mean(axis=1)
        ends = st.t.interval(0.95, batches - 1, means.mean(), st.sem(means))
        cases.append({"rates": rates.tolist(), "ends": [float(end) for end in ends]})
    return cases


if __name__ == "__main__":
    content = {"earlyStopping": early_stopping(), "batchMeans": batch_means(np.random.default_rng(8))}
    pathlib.Path(__file__).with_name("rates.json").write_text(json.dumps(content) + "\n")
