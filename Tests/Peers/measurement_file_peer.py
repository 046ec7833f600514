# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Reads measurement files as others do: measurement_file_peer.py SCHEMA FORMATS_PAGE FILE…

Prints a JSON list with, for each file, what jsonschema says against the schema, and the first durations as the Python
code on the page decodes them.
"""

import base64
import json
import re
import sys

import jsonschema
import numpy as np

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
code = re.search(r"```python\n(.+?)```", open(sys.argv[2]).read(), re.DOTALL).group(1)

reports = []
for path in sys.argv[3:]:
    file = json.load(open(path))
    complaints = [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(file)]
    names = {"file": file, "np": np, "base64": base64}
    durations = None
    if not complaints and file["measurements"] and file["measurements"][0]["durations"]:
        exec(code, names)
        durations = names["ns"].tolist()
    reports.append({"complaints": complaints, "durations": durations})
print(json.dumps(reports))
