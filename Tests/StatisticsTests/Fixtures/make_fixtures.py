# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes statistics.json beside it (needs numpy, scipy, statsmodels, pymannkendall, paretoset)."""

import json
import pathlib

import numpy as np
import pandas
import pymannkendall
import scipy.stats as st
from paretoset import paretoset
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

FRACTIONS = [0, 0.01, 0.1, 0.25, 0.5, 0.9, 0.95, 0.99, 1]


def summaries(generator):
    lists = [[3.0], [1.0, 2.0], list(generator.lognormal(size=7)), list(generator.normal(size=200)), [5.0, 5.0, 5.0]]
    return [
        {
            "values": values, "percentiles": [float(np.quantile(values, f)) for f in FRACTIONS],
            "mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1)) if len(values) > 1 else 0,
            "mad": float(st.median_abs_deviation(values)),
        }
        for values in lists
    ]


def distributions():
    probabilities = [1e-12, 1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]
    degrees = [1, 2, 2.5, 4, 9, 30, 1000]
    return {
        "normal": [{"p": p, "quantile": float(st.norm.ppf(p))} for p in probabilities],
        "student": [
            {"p": p, "degrees": d, "quantile": float(st.t.ppf(p, d)), "cumulative": float(st.t.cdf(2.5 * p - 1, d))}
            for p in probabilities for d in degrees
        ],
    }


def wilson():
    cases = [(0, 1), (1, 1), (0, 10), (10, 10), (353, 360), (97, 100), (1, 1797), (900, 1797)]
    return [
        {"successes": k, "trials": n, "level": level, "ends": list(proportion_confint(k, n, 1 - level, "wilson"))}
        for k, n in cases for level in (0.9, 0.95, 0.99)
    ]


def mcnemars():
    pairs = [(0, 0), (1, 0), (0, 5), (3, 3), (10, 2), (2, 10), (40, 60), (500, 580)]
    return [{"b": b, "c": c, "p": float(mcnemar([[9, b], [c, 9]], exact=True).pvalue)} for b, c in pairs]


def drifts(generator):
    noise = generator.normal(size=(5, 40))
    walk = np.zeros(60)
    for i in range(1, 60):
        walk[i] = 0.8 * walk[i - 1] + generator.normal()
    series = [
        noise[0], noise[1] + 0.1 * np.arange(40), noise[2] - 0.05 * np.arange(40), np.round(noise[3]), walk,
        100 + walk + 0.1 * np.arange(60), noise[4][:4],
    ]
    results = []
    for values in series:
        result = pymannkendall.hamed_rao_modification_test(values)
        results.append({"values": [float(v) for v in values], "p": float(result.p), "slope": float(result.slope)})
    return results


def intervals(generator):
    medians = list(1 + 0.01 * generator.normal(size=5))
    others = list(2 + 0.03 * generator.normal(size=5))
    t = lambda values: list(st.t.interval(0.95, len(values) - 1, np.mean(values), st.sem(values)))
    ratio = np.log(np.array(medians) / np.array(others))
    return {
        "a": medians, "b": others, "ofA": t(medians), "ratio": float(np.exp(ratio.mean())),
        "ratioEnds": [float(np.exp(end)) for end in t(ratio)],
    }


def fronts(generator):
    results = []
    for senses in (["min"], ["min", "max"], ["max", "max"], ["min", "min", "max"], ["min"] * 4):
        for points in (
            generator.normal(size=(60, len(senses))), generator.integers(0, 4, size=(60, len(senses))).astype(float)):
            mask = paretoset(pandas.DataFrame(points), sense=senses, distinct=False)
            results.append({
                "senses": senses, "points": points.tolist(), "front": [int(i) for i in np.flatnonzero(mask)]})
    return results


if __name__ == "__main__":
    generator = np.random.default_rng(5)
    content = {
        "fractions": FRACTIONS, "summaries": summaries(generator), "distributions": distributions(), "wilson": wilson(),
        "mcnemar": mcnemars(), "drift": drifts(generator), "intervals": intervals(generator), "fronts": fronts(generator),
    }
    pathlib.Path(__file__).with_name("statistics.json").write_text(json.dumps(content) + "\n")
