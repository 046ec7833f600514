"""Writes arithmetic.json: random expressions and what Python's eval makes of them.

Run: python3 make_arithmetic.py > arithmetic.json
Rows are [text, kind, value]. Where Python raises, overflows 64 bits or leaves the finite numbers, kind is "failed".
Texts mean the same in both languages: no truth values beside numbers, no chained comparisons, no texts added.
"""
import ast
import json
import math
import random
from types import SimpleNamespace

ENVIRONMENT = {
    "a": 7, "b": -3, "c": 2.5, "d": 0, "n": 9007199254740993, "big": 9223372036854775807, "small": 1e-300,
    "s": "cat", "t": "dog", "l": [1, 2.5, "cat", -3], "m": SimpleNamespace(w=640, r=0.1),
}
NUMBERS = ["a", "b", "c", "d", "n", "big", "small", "m.w", "m.r", "1", "2", "3", "0", "10", "32", "0.5", "1e3", "2.25e-2",
           "1e308", "9007199254740992.0", "1000000007"]
TEXTS = ["s", "t", "'cat'", "'ca'", '"dog"', "''", "'do\\n'"]


def number(r, depth):
    if depth == 0 or r.random() < 0.25:
        return r.choice(NUMBERS)
    shape = r.random()
    if shape < 0.15:
        return "-" + ("" if r.random() < 0.5 else " ") + r.choice([r.choice(NUMBERS), f"({number(r, depth - 1)})"])
    if shape < 0.35:
        return f"({number(r, depth - 1)})"
    operator = r.choice(["+", "-", "*", "/", "%"])
    return f"{number(r, depth - 1)}{r.choice([' ', ''])}{operator}{r.choice([' ', ''])}{number(r, depth - 1)}"


def comparison(r, depth):
    operator = r.choice(["==", "!=", "<", "<=", ">", ">="])
    shape = r.random()
    if shape < 0.6:
        return f"{number(r, depth)} {operator} {number(r, depth)}"
    if shape < 0.75:
        return f"{r.choice(TEXTS)} {operator} {r.choice(TEXTS)}"
    word = r.choice(["in", "not in"])
    if shape < 0.85:
        return f"{r.choice(TEXTS)} {word} {r.choice(TEXTS)}"
    if shape < 0.9:
        return f"{r.choice([r.choice(TEXTS), number(r, 1)])} {word} l"
    return f"{number(r, 1)} {word} [{', '.join(number(r, 1) for _ in range(r.randrange(4)))}]"


def logic(r, depth):
    if depth == 0 or r.random() < 0.3:
        return comparison(r, 1)
    shape = r.random()
    if shape < 0.2:
        return f"not {logic(r, depth - 1)}"
    if shape < 0.4:
        return f"({logic(r, depth - 1)})"
    return f" {r.choice(['and', 'or'])} ".join(logic(r, depth - 1) for _ in range(r.randrange(2, 4)))


def fits(value):
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or isinstance(value, bool) or -(2 ** 63) <= value < 2 ** 63


def holds_throughout(text):
    """Whether every part of the expression has a value that 64 bits hold."""
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, ast.expr):
            if not fits(eval(compile(ast.Expression(node), "", "eval"), dict(ENVIRONMENT))):
                if isinstance(node, ast.Constant) and node.value == 2 ** 63:
                    continue
                return False
    return True


def loses_precision(text):
    """Whether Python divides whole numbers more exactly than floating point does."""
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left, right = (eval(compile(ast.Expression(n), "", "eval"), dict(ENVIRONMENT)) for n in (node.left, node.right))
            # Whole quotients stay whole here and become floating-point numbers there.
            if isinstance(left, int) and isinstance(right, int) and right != 0:
                if left % right == 0 and abs(left // right) > 2 ** 53 or left / right != float(left) / float(right):
                    return True
    return False


def row(text, is_logic):
    try:
        if loses_precision(text):
            return None
        if holds_throughout(text):
            value = eval(text, dict(ENVIRONMENT))
            return [text, type(value).__name__, value]
    except (ZeroDivisionError, OverflowError):
        pass
    return None if is_logic else [text, "failed", None]


def main():
    r = random.Random(20261123)
    rows = []
    while len(rows) < 1500:
        kind = r.choice(["number", "comparison", "logic"])
        text = {"number": lambda: number(r, 3), "comparison": lambda: comparison(r, 2), "logic": lambda: logic(r, 3)}[kind]()
        if text.isidentifier() or len(text) > 160:
            continue
        made = row(text, kind == "logic")
        if made:
            rows.append(made)
    print("[\n" + ",\n".join(json.dumps(one) for one in rows) + "\n]")


main()
