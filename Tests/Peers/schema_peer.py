# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Judges a JSON Schema and documents by Python's jsonschema.

usage: schema_peer.py FILE

FILE holds {"schema": …, "documents": […]}. Prints {"schema": what is wrong with it or null, "complaints": [for each
document the messages, empty if it is accepted]}.
"""

import json
import sys

import jsonschema


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    schema = request["schema"]
    kind = jsonschema.Draft202012Validator
    try:
        kind.check_schema(schema)
        wrong = None
    except jsonschema.SchemaError as error:
        wrong = str(error)
    validator = kind(schema)
    complaints = [[error.message[:200] for error in validator.iter_errors(each)] for each in request["documents"]]
    json.dump({"schema": wrong, "complaints": complaints}, sys.stdout)


main()
