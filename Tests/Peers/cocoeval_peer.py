# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""pycocotools' twelve figures for drawn objects.

    cocoeval_peer.py FILE   {"images", "annotations", "categories", "results", "type"} as COCO has them
"""

import contextlib
import json
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

document = json.load(open(sys.argv[1], encoding="utf-8"))
with contextlib.redirect_stdout(sys.stderr):
    truth = COCO()
    truth.dataset = {key: document[key] for key in ("images", "annotations", "categories")}
    truth.createIndex()
    judge = COCOeval(truth, truth.loadRes(document["results"]), document["type"])
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
print(json.dumps([float(value) for value in judge.stats]))
