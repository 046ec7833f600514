# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes quality.json beside it (needs numpy and scikit-learn)."""

import json
import pathlib

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

generator = np.random.default_rng(6)
cases = []
for count, classes in ((1, 2), (10, 3), (500, 10), (300, 4)):
    truth = generator.integers(0, classes, count)
    wrong = generator.random(count) < 0.2
    answers = np.where(wrong, generator.integers(0, classes, count), truth)
    if classes == 4:  # One class is never answered, one never occurs.
        truth[truth == 3] = 0
        answers[answers == 2] = 1
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, answers, labels=range(classes), zero_division=np.nan)
    nullable = lambda values: [None if np.isnan(v) else float(v) for v in values]
    cases.append({
        "truth": truth.tolist(), "answers": answers.tolist(), "classes": classes,
        "accuracy": float(accuracy_score(truth, answers)), "precision": nullable(precision),
        "recall": nullable(recall), "f1": nullable(f1), "support": support.tolist(),
        "confusion": confusion_matrix(truth, answers, labels=range(classes)).tolist(),
    })
pathlib.Path(__file__).with_name("quality.json").write_text(json.dumps(cases) + "\n")
