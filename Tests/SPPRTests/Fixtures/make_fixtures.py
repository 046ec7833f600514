# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Writes pyyaml.json: seeded random documents as PyYAML and Python's json module print and read them.

make_fixtures.py            writes the file beside this script (needs PyYAML 6.0.3)
make_fixtures.py 5000 7     prints 5000 documents drawn from seed 7 to the standard output
"""

import base64
import hashlib
import json
import math
import pathlib
import random
import string
import struct
import sys
import zlib

import yaml

PIECES = [
    "a", "word", "two words", " ", "  ", "\n", "\n\n", ":", ": ", " #", "#", "- ", "-", "?", "? ", "[", "]", "{", "}",
    ",", "&", "*", "!", "|", ">", "'", '"', "%", "@", "`", "\\", "\t", "\r", "\x00", "\x07", "\x1b", "\x7f", "\x85",
    "\xa0", "\u2028", "\u2029", "\ufeff", "é", "e\u0301", "日本", "😀", "\ufffd", "\ue000", "---", "...", "~", "null",
    "yes", "No", "on", "0", "1", "12", "0x1F", "0o7", "017", "1_000", "1.5", "1e5", "1.0e+5", ".5", "-.5", ".inf",
    "-.INF", ".nan", "1:30", "190:20:30", "190:20:30.15", "2001-01-01", "2001-12-14 21:59:43.10 -5", "=", "<<",
    "${task.height}", "???", "x" * 40, "it's", "\x01", "\x9f", "\u200b", "/path/to/file.yaml", "http://host:80/a#b",
]
WORDS = ["alpha", "beta", "gamma", "delta", "a", "of", "in", "the", "${x}", "naïve", "don't", '"q"', "x:", "#c", "-"]
FLOATS = [
    0.0, -0.0, math.inf, -math.inf, math.nan, 1e16, 1e15, 9999999999999998.0, 1e-4, 1e-5, 0.00012345, 1e22, 1e23,
    5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 123456789012345680.0, 1 / 3, 0.1, 100.0, 1e17, 1.5e300,
]
DUMPS = [
    {"default_flow_style": True}, {"default_flow_style": None}, {"default_style": '"'}, {"default_style": "'"},
    {"default_style": "|"}, {"default_style": ">"}, {"width": 20}, {"width": 1000}, {"allow_unicode": True},
    {"indent": 4}, {"explicit_start": True, "explicit_end": True}, {"allow_unicode": True, "default_style": "|"},
    {"allow_unicode": True, "default_flow_style": True, "width": 30}, {"line_break": "\r\n"}, {"canonical": True},
]
SCALARS = """
~ null Null NULL nULL yes Yes YES yEs no No NO true True TRUE tRUE false False FALSE on On ON off Off OFF y n Y N
0 -0 +0 00 007 08 09 017 -017 0o17 1 -1 +1 12_345 1__2 _1 1_ 0b101 -0b1_1 0b102 0x1F 0X1F 0x_f 0xg 1:30 1:60 1:5 190:20:30
0:30 01:30 -1:30 1:2:3:4 1. 1.0 .5 +.5 -.5 -1.5 1.5e3 1.5e+3 1.5E-3 1e9 1e-9 1.e+3 1_0.5 1.5_0 .5e+2 1.5e+400 ._1 . .. - +
.inf .Inf .INF +.inf -.INF .iNF .nan .NaN .NAN -.nan 1:30.5 190:20:30.15 2001-01-01 2001-1-1 2001-12-14T21:59:43.10-05:00
= << ??? ${a.b} 16-mixed bf16 v1.0 1.0.0 a:b -a ?a :a a#b 340282366920938463463374607431768211456 0x1p3 1e 1e+ 1.2.3 é
""".split()
READINGS = [
    "a: b", "- a\n- b: c\n  d: e\n-\n  - f\n- - g\n  - h\n", "? a\n: b\n? - x\n", "a: [1, 2, {b: c, d: e}, f: g]",
    "a: |\n  text\n   more\n\n  end\nb: >-\n  folded\n  text\n\n  par\n", "a: &x [1, 2]\nb: *x\nc: &y {k: *x}\nd: *y",
    "<<: {a: 1}\nb: 2", "a: &m {x: 1, y: 2}\nb:\n  <<: *m\n  y: 3\nc:\n  <<: [*m, {z: 1}]", "--- text\n...\n",
    "%YAML 1.1\n---\na: 1\n", 'a: plain\n  goes on\n\n  more\nb: "quoted\n  text\\\n  x"\n', "# c\na: 1 # c\n# d\nb: 2\n",
    "a:\n- 1\n- 2\nb:\n  - 3\n", '{a: 1, b: [2, 3], "c": {d}}', "!!str 12", 'a: !!int "3"\nb: ! x\nc: !!float 3\n',
    "? |\n  key\n: - v\n", 'a: "x" \nb : c\n', "a: 'it''s'\n", "- |+\n  a\n\n- >2\n   b\n- x\n", "a:    # c\n  b\n",
    "k: {a: b,\n  c: d\n}\nl: [\n1,\n2]\n", "a: &b\n  c: 1\nd: *b", "- &a !!map\n  x: 1\n- *a", "&a b: c\nd: *a", "",
    "a: b: c", "a:\n  b\n c: d", "a\nb: c", "- a\nb", "a: [1, 2", "a: 'x", 'a: "\\q"', "a: *b", "a: &b *c", "\ta: 1",
    "a: @b", "a: %b", "a: `b", "a: !!python/object:os.system x", "a: !own x", "[a: b, c]: d", "{a: b: c}", "a: b\n---\nc",
    "- - a\n - b", "a: - b", "a: ? b", "a: |x\n  b", ": a", "[a b: c d]", "[,]", "[a,]", "{a}", "a: ]", "a: 'x' y",
    "&a &b c", "!!int x", "!!bool 1", "0b_", "a: >\n\n  b\n\n\n  c\n   d\n  e\n", "a: |1\n  b\n", "a: |-\n\n\nb: 1",
    "a: x #c\n  y", "a: x#c\n  y", "- ? a\n  : b\n- c", "a: \"1\n\n\n  2\"", "a: \"1 \\\n   2\"", "a: '1\n\n  2'",
]


def random_text(r):
    k = r.random()
    if k < 0.25:
        return "".join(r.choice(PIECES) for _ in range(r.randint(0, 4)))
    if k < 0.35:
        return r.choice(PIECES)
    if k < 0.55:
        return " ".join(r.choice(WORDS) for _ in range(r.randint(1, 40)))
    if k < 0.65:
        pieces = [" ", "  ", "\n", " a", "bb", "ccc ", "é", "word ", "\\", '"']
        return "".join(r.choice(pieces) for _ in range(r.randint(1, 60)))
    if k < 0.75:
        ranges = [(0, 0x7F), (0x80, 0xFF), (0x100, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
        return "".join(chr(r.randint(*r.choice(ranges))) for _ in range(r.randint(1, 12)))
    if k < 0.85:
        return "".join(r.choice(string.ascii_letters + "_-./") for _ in range(r.randint(1, 150)))
    if k < 0.9:
        lines = (" ".join(r.choice(WORDS) for _ in range(r.randint(0, 20))) for _ in range(r.randint(1, 5)))
        return "\n".join(lines)
    return "".join(r.choice("0123456789+-._:eExXbotTZ ,") for _ in range(r.randint(1, 12)))


def random_float(r):
    k = r.random()
    if k < 0.2:
        return r.choice(FLOATS)
    if k < 0.5:
        return round(r.uniform(-1000, 1000), r.randint(0, 6))
    if k < 0.8:
        return r.uniform(-1, 1) * 10 ** r.randint(-30, 30)
    return struct.unpack("<d", r.randbytes(8))[0]


def random_int(r):
    small = r.randint(-100, 100)
    return r.choice([0, 1, -1, small, r.randint(-(10**18), 10**18), r.randint(-(10**40), 10**40), 2**63, -(2**63)])


def random_scalar(r):
    k = r.random()
    if k < 0.6:
        return random_text(r)
    if k < 0.7:
        return random_int(r)
    if k < 0.85:
        return random_float(r)
    return r.choice([True, False, None])


def random_document(r, depth=0):
    k = r.random()
    if depth > 4 or (depth > 0 and k < 0.5):
        return random_scalar(r)
    count = r.choice([0, 1, 1, 2, 3, 4])
    if k < 0.72:
        return [random_document(r, depth + 1) for _ in range(count)]
    if r.random() < 0.1:
        key = r.choice([random_int, random_float, lambda r: r.random() < 0.5, lambda r: None])
        return {key(r): random_document(r, depth + 1) for _ in range(count)}
    if r.random() < 0.05:
        return {random_scalar(r): random_document(r, depth + 1) for _ in range(count)}
    return {random_text(r): random_document(r, depth + 1) for _ in range(count)}


def parts(value):
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def share(r, document):
    """Makes some of a document's lists and maps one and the same object, as Python programs easily do."""

    def collections(value):
        found = [value] if isinstance(value, (list, dict)) else []
        return found + [c for part in parts(value) for c in collections(part)]

    def holds(value, other):
        return value is other or any(holds(part, other) for part in parts(value))

    for number in range(r.randint(1, 4)):
        pool = collections(document)
        one, other = r.choice(pool), r.choice(pool)
        if holds(one, other) or len(pool) > 30:
            continue
        if isinstance(other, list):
            other.append(one)
        else:
            other[f"shared{number}"] = one
    return document


def tagged(value):
    """A value in JSON with its type beside it, so that no other reader's opinion of YAML comes in."""
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["float", struct.pack(">d", value).hex()]
    if isinstance(value, str):
        return ["text", value]
    if isinstance(value, list):
        return ["list", [tagged(v) for v in value]]
    return ["map", [[tagged(k), tagged(v)] for k, v in value.items()]]


def canonical(value):
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    except TypeError:
        return None


def without_timestamps():
    class Loader(yaml.SafeLoader):
        pass

    stamp = "tag:yaml.org,2002:timestamp"
    Loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0] != stamp] for first, pairs in Loader.yaml_implicit_resolvers.items()
    }
    for name in ["value", "merge"]:
        Loader.add_constructor(f"tag:yaml.org,2002:{name}", lambda loader, node: loader.construct_scalar(node))
    return Loader


def read(text):
    """What PyYAML reads, with timestamps left as text; None where it refuses."""
    try:
        value = yaml.load(text, without_timestamps())
        json.dumps(value)
    except (yaml.YAMLError, ValueError, KeyError):
        return {"text": text}
    return {"text": text, "value": tagged(value), "yaml": yaml.dump(value, sort_keys=True)}


def documents(count, seed):
    for number in range(count):
        value = random_document(random.Random(seed * 1_000_003 + number))
        yield {"value": tagged(value), "yaml": yaml.dump(value, sort_keys=True), "json": canonical(value)}


def dumps(count, seed):
    for number in range(count):
        r = random.Random(seed * 1_000_003 + number)
        value = random_document(r)
        if number % 3 == 0:
            value = share(r, value)
        text = yaml.dump(value, Dumper=yaml.SafeDumper, **DUMPS[number % len(DUMPS)])
        yield read(text)


def changes(folder):
    """The recipe with one value changed, as Python would write it."""
    text = (folder / "detection-recipe.sppr").read_text()
    for name, node, slot, value in [
        ("train.num_epochs", "7", "max_epochs", 50),
        ("experiment.name", "2", "moniker", "naïve: a name — “quoted”, and long enough that YAML folds it " * 2),
        ("trainer.precision", "7", "precision", "bf16"),
        ("optimization.learning_rate", "8", "actual.lr", 1e-05),
        ("model.checkpoint", "2", "checkpoint", "${paths.work_dir}/best.ckpt"),
        ("data_subset", "4", "subset", ["val"]),
    ]:
        document = yaml.safe_load(zlib.decompress(base64.b64decode(text)))
        document["portable"][node].setdefault("value_slots", {})[slot] = {"actual": value}
        written = base64.b64encode(zlib.compress(yaml.dump(document, sort_keys=True).encode()))
        yield {"name": name, "value": tagged(value), "digest": hashlib.sha256(written).hexdigest()}


def fixture(folder):
    return {
        "documents": list(documents(250, 1)),
        "dumps": list(dumps(105, 2)),
        "scalars": [read(text) for text in SCALARS],
        "readings": [read(text) for text in READINGS],
        "floats": [[struct.pack(">d", x).hex(), repr(x)] for x in FLOATS + [random_float(random.Random(i)) for i in range(300)]],
        "changes": list(changes(folder)),
    }


if __name__ == "__main__":
    here = pathlib.Path(__file__).parent
    if len(sys.argv) == 3:
        json.dump({"documents": list(documents(int(sys.argv[1]), int(sys.argv[2])))}, sys.stdout)
    else:
        (here / "pyyaml.json").write_text(json.dumps(fixture(here), separators=(",", ":")) + "\n")
