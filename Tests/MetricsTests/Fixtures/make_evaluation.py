# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes evaluation.json beside it: classifiers' scores drawn from a seed, and what scikit-learn, imbalanced-learn and
torchmetrics say of them (needs numpy, scikit-learn, imbalanced-learn and torchmetrics)."""

import json
import pathlib
import sys
import types
import warnings

import numpy as np
import torch
from imblearn.metrics import geometric_mean_score
from sklearn import metrics as sk
from sklearn.exceptions import UndefinedMetricWarning

# torchmetrics imports torchvision, whose operators don't load beside the CPU build of torch; none is needed here.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

warnings.simplefilter("ignore")
generator = np.random.default_rng(9)
DIVISIONS = {"zero": 0.0, "one": 1.0, "excluded": np.nan}


def number(value):
    value = float(value)
    return value if np.isfinite(value) else None


def averages(truth, answers, division):
    values = {}
    for average in ("macro", "micro", "weighted"):
        precision, recall, f1, _ = sk.precision_recall_fscore_support(
            truth, answers, average=average, zero_division=division)
        values |= {f"precision-{average}": precision, f"recall-{average}": recall, f"f1-{average}": f1}
    return values


def areas(flags, scores):
    """ROC AUC and average precision of each column; none without items or without others."""
    roc, precision = [], []
    for column in range(flags.shape[1]):
        total = flags[:, column].sum()
        mixed = 0 < total < len(flags)
        roc.append(sk.roc_auc_score(flags[:, column], scores[:, column]) if mixed else np.nan)
        precision.append(sk.average_precision_score(flags[:, column], scores[:, column]) if total else np.nan)
    return np.array(roc), np.array(precision)


def multi_class(name, truth, scores, division="zero"):
    classes = scores.shape[1]
    answers = scores.argmax(1)
    every = list(range(classes))
    values = averages(truth, answers, DIVISIONS[division])
    values |= {
        "accuracy": sk.accuracy_score(truth, answers), "balanced-accuracy": sk.balanced_accuracy_score(truth, answers),
        "g-mean": geometric_mean_score(truth, answers),
        "log-loss": sk.log_loss(truth, scores, labels=every),
        "brier": sk.brier_score_loss(truth, scores, labels=every) if classes > 2 else
                 sk.brier_score_loss(truth, scores[:, 1], pos_label=1) if len(set(truth)) == 2 else None,
        "calibration-error": multiclass_calibration_error(
            torch.tensor(scores), torch.tensor(truth), num_classes=classes, n_bins=15, norm="l1"),
    }
    for k in (2, 3, 5):
        if k < classes:
            values[f"top-{k}-accuracy"] = sk.top_k_accuracy_score(truth, scores, k=k, labels=every)
    flags = np.eye(classes, dtype=int)[truth]
    roc, precision = areas(flags, scores)
    if classes == 2:
        values["roc-auc"] = roc[1]
        values["average-precision"] = sk.average_precision_score(truth, scores[:, 1])
        if not flags[:, 1].any():
            values["average-precision"] = DIVISIONS[division]
    elif len(set(truth)) == classes:
        for average, key in (("macro", "roc-auc"), ("weighted", "roc-auc-weighted")):
            values[key] = sk.roc_auc_score(truth, scores, multi_class="ovr", average=average)
        values["average-precision"] = sk.average_precision_score(truth, scores)
    else:  # scikit-learn refuses; the classes that have both items and others are averaged.
        kept = [c for c in every if np.isfinite(roc[c])]
        if kept:
            for average, key in (("macro", "roc-auc"), ("weighted", "roc-auc-weighted")):
                values[key] = sk.roc_auc_score(flags[:, kept], scores[:, kept], average=average)
        else:
            values |= {"roc-auc": np.nan, "roc-auc-weighted": np.nan}
        present = [c for c in every if flags[:, c].any()]
        values["average-precision"] = sk.average_precision_score(flags[:, present], scores[:, present])
    return {
        "name": name, "task": "multi-class", "division": division, "classes": classes, "truth": truth.tolist(),
        "scores": scores.tolist(), "values": {k: number(v) for k, v in values.items() if v is not None},
        "roc": [number(v) for v in roc], "precision": [number(v) for v in precision],
        "confusion": sk.confusion_matrix(truth, answers, labels=every).tolist(),
    }


def multi_label(name, flags, scores, division="zero"):
    answers = (scores >= 0.5).astype(int)
    values = averages(flags, answers, DIVISIONS[division])
    roc, precision = areas(flags, scores)
    kept = np.isfinite(roc)
    filled = np.where(np.isnan(precision), DIVISIONS[division], precision)
    values |= {
        "accuracy": sk.accuracy_score(flags, answers), "hamming-loss": sk.hamming_loss(flags, answers),
        "log-loss": np.mean([sk.log_loss(flags[:, c], scores[:, c], labels=[0, 1]) for c in range(flags.shape[1])]),
        "brier": np.mean([((flags[:, c] - scores[:, c]) ** 2).mean() if len(set(flags[:, c])) < 2 else
                          sk.brier_score_loss(flags[:, c], scores[:, c]) for c in range(flags.shape[1])]),
        "calibration-error": binary_calibration_error(
            torch.tensor(scores.ravel()), torch.tensor(flags.ravel()), n_bins=15, norm="l1"),
        "roc-auc": sk.roc_auc_score(flags[:, kept], scores[:, kept]) if kept.any() else np.nan,
        "roc-auc-weighted":
            sk.roc_auc_score(flags[:, kept], scores[:, kept], average="weighted") if kept.any() else np.nan,
        "average-precision": np.nanmean(filled) if np.isfinite(filled).any() else np.nan,
    }
    if division == "zero":
        values["average-precision"] = sk.average_precision_score(flags, scores)
    return {
        "name": name, "task": "multi-label", "division": division, "classes": flags.shape[1],
        "labels": [np.flatnonzero(row).tolist() for row in flags], "scores": scores.tolist(),
        "values": {k: number(v) for k, v in values.items()}, "roc": [number(v) for v in roc],
        "precision": [number(v) for v in precision],
    }


def draw(count, classes, strength=2.0, decimals=None):
    truth = generator.integers(0, classes, count)
    logits = generator.normal(size=(count, classes)) + strength * np.eye(classes)[truth]
    if decimals is not None:
        logits = logits.round(decimals)  # Ties.
    scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return truth, scores


cases = []
cases.append(multi_class("ten classes", *draw(400, 10)))
cases.append(multi_class("three classes", *draw(200, 3, 1.0)))
cases.append(multi_class("two classes", *draw(150, 2, 1.0)))
cases.append(multi_class("ties", *draw(120, 4, 1.0, 0)))
cases.append(multi_class("two classes with ties", *draw(60, 2, 1.0, 0)))
truth, scores = draw(100, 5, 1.0)
truth[truth == 4] = 0  # Absent from the truth, but answered.
for division in DIVISIONS:
    cases.append(multi_class(f"a class without items, {division}", truth, scores, division))
truth, scores = draw(100, 5, 1.0)
scores[:, 3] = 0.0
scores /= scores.sum(1, keepdims=True)  # Never answered.
for division in DIVISIONS:
    cases.append(multi_class(f"a class never answered, {division}", truth, scores, division))
truth, scores = draw(80, 6, 1.0)
truth[truth == 5] = 1
scores[:, 5] = 0.0
scores /= scores.sum(1, keepdims=True)
cases.append(multi_class("a class in neither", truth, scores))
truth, scores = draw(20, 3)
cases.append(multi_class("a single class", np.zeros_like(truth), scores))
truth, scores = draw(20, 2)
cases.append(multi_class("two classes, the second absent", np.zeros_like(truth), scores))
cases.append(multi_class("one item", *draw(1, 4)))
truth, scores = draw(40, 3)
scores[:20] = np.eye(3)[(truth[:20] + 1) % 3] * 0.999999 + 0.0000005  # Sure and wrong.
scores /= scores.sum(1, keepdims=True)
cases.append(multi_class("sure and wrong", truth, scores))

flags = (generator.random((150, 6)) < 0.3).astype(int)
scores = 1 / (1 + np.exp(-(generator.normal(size=flags.shape) + 2 * flags - 1)))
cases.append(multi_label("six labels", flags, scores))
cases.append(multi_label("ties", flags, scores.round(1).clip(0.05, 0.95)))
flags, scores = flags[:40].copy(), scores[:40].copy()
flags[:, 2] = 0  # Never true.
scores[:, 4] *= 0.4  # Never answered.
scores[:, 2] *= 0.4
for division in DIVISIONS:
    cases.append(multi_label(f"labels without items or answers, {division}", flags, scores, division))
cases.append(multi_label("one item", flags[:1], scores[:1]))
cases.append(multi_label("no label at all", np.zeros((10, 3), int), scores[:10, :3] * 0.4))
pathlib.Path(__file__).with_name("evaluation.json").write_text(
    "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
