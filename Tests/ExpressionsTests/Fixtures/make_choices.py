"""Writes choices.json: constraint problems, the fewest changes that heal them, their smallest contradictions.

Run: pip install python-sat==1.9.dev22 python-constraint2==2.9.0; python3 make_choices.py > choices.json
The fewest changes are MaxSAT optima (RC2), the smallest contradictions smallest unsatisfiable subsets (OptUx), both of
python-sat; whether a problem can be healed at all is confirmed by python-constraint.
"""
import itertools
import json
import random
import re
import sys

from constraint import Problem
from pysat.examples.optux import OptUx
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF


def draw_constraint(r, names, domains):
    x, y, z = r.sample(names, 3)
    a, b, c = (r.choice(domains[v]) for v in (x, y, z))
    return r.choice([
        f"{x} != {y}", f"{x} < {y}", f"{x} <= {y} + 1", f"{x} + {y} != {a + b}", f"{x} + {y} + {z} < {a + b + c + 1}",
        f"{x} * {y} % 3 != {r.randrange(3)}", f"{x} == {y} or {z} in [{c}, {c + 1}]", f"not ({x} == {a} and {y} == {b})",
        f"{x} != {a} or {y} == {b}", f"{x} > {z} or {y} - {x} >= {b - a}", f"{x} == {a} or {y} == {b} or {z} == {c}",
        f"{x} % 2 == {y} % 2", f"{x} >= {a}", f"{x} == {y} + {z}",
    ])


def names_in(text):
    return sorted(set(re.findall(r"v\d+", text)))


def forbidden(text, domains):
    names = names_in(text)
    for values in itertools.product(*(domains[v] for v in names)):
        if not eval(text, dict(zip(names, values))):
            yield dict(zip(names, values))


def draw(r):
    count = r.randrange(5, 13)
    names = [f"v{i}" for i in range(count)]
    domains = {v: r.sample(range(6), r.randrange(2, 5)) for v in names}
    constraints = [draw_constraint(r, names, domains) for _ in range(r.randrange(count // 2, 2 * count))]
    fixed = [v for v in names if r.random() < r.choice([0.2, 0.5, 0.8])]
    user = {v: r.choice(domains[v]) for v in fixed}
    return {"names": names, "domains": domains, "constraints": constraints, "user": user}


def hard_clauses(problem):
    number = {}
    for v in problem["names"]:
        for value in problem["domains"][v]:
            number[v, value] = len(number) + 1
    clauses = []
    for v in problem["names"]:
        literals = [number[v, value] for value in problem["domains"][v]]
        clauses.append(literals)
        clauses += [[-a, -b] for a, b in itertools.combinations(literals, 2)]
    for text in problem["constraints"]:
        for row in forbidden(text, problem["domains"]):
            clauses.append([-number[v, value] for v, value in row.items()])
    return number, clauses


def fewest_changes(problem):
    number, clauses = hard_clauses(problem)
    formula = WCNF()
    for clause in clauses:
        formula.append(clause)
    for v in problem["names"]:
        if v in problem["user"]:
            formula.append([number[v, problem["user"][v]]])
        else:
            formula.append([number[v, problem["domains"][v][0]]], weight=1)
    with RC2(formula) as solver:
        return solver.cost if solver.compute() is not None else None


def smallest_contradiction(problem):
    number, clauses = hard_clauses(problem)
    formula = WCNF()
    for clause in clauses:
        formula.append(clause)
    with RC2(formula) as solver:
        if solver.compute() is None:
            return 0
    for v, value in problem["user"].items():
        formula.append([number[v, value]], weight=1)
    with OptUx(formula) as solver:
        return len(solver.compute())


def can_be_healed(problem):
    peer = Problem()
    for v in problem["names"]:
        peer.addVariable(v, [problem["user"][v]] if v in problem["user"] else problem["domains"][v])
    for text in problem["constraints"]:
        names = names_in(text)
        peer.addConstraint(lambda *values, t=text, n=names: eval(t, dict(zip(n, values))), names)
    return peer.getSolution() is not None


def main():
    r = random.Random(3)
    problems = []
    quota = {"small": 20, "changes": 90, "pairs": 60, "larger": 30}
    while any(quota.values()):
        problem = draw(r)
        problem["changes"] = fewest_changes(problem)
        assert can_be_healed(problem) == (problem["changes"] is not None)
        problem["conflict"] = smallest_contradiction(problem) if problem["changes"] is None else None
        if problem["changes"] is None:
            kind = "larger" if problem["conflict"] >= 3 else "pairs" if problem["conflict"] == 2 else "small"
        else:
            kind = "changes" if problem["changes"] >= 2 else "small"
        if quota[kind]:
            quota[kind] -= 1
            problems.append(problem)
    print("[\n" + ",\n".join(json.dumps(p) for p in problems) + "\n]")
    for key in ("changes", "conflict"):
        counts = {}
        for p in problems:
            counts[str(p[key])] = counts.get(str(p[key]), 0) + 1
        print(key, sorted(counts.items()), file=sys.stderr)


main()
