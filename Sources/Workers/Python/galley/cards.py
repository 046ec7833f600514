# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Cards: what ingredients say of themselves before anything is built."""

import re

from .options import camel, declared, kebab, summary


def card(cls, prefix):
    """A class's card. `taxonomy` is its place in the catalogue; without one it stands under `prefix` by its name."""
    own = {
        "taxonomy": getattr(cls, "taxonomy", None) or f"{prefix}.{kebab(cls.__name__)}",
        "version": version(getattr(cls, "version", None)),
        "summary": about(cls),
        "options": [option.declaration(camel(name)) for name, option in declared(cls).items()],
    }
    for key, name in (("priority", "priority"), ("constraints", "constraints"), ("artifacts", "artifacts"),
                      ("peakMemoryBytes", "peak_memory_bytes"), ("formerNames", "former_names")):
        stated = getattr(cls, name, None)
        if stated:
            own[key] = stated
    return own


def about(cls, *others):
    """What a class says of itself in a sentence, or else the first of others that isn't nothing."""
    stated = [getattr(cls, "summary", None), summary(cls), *others]
    return next((one for one in stated if one and isinstance(one, str)), f"{cls.__name__}, written in Python.")


def version(text):
    """A version of three numbers: what is missing is 0, and what isn't a number is cut off: "v2.1rc1" is 2.1.0."""
    parts = str(text or "1.0.0").strip().lstrip("vV").split(".")[:3]
    numbers = []
    for part in parts:
        digits = re.match(r"[0-9]{0,15}", part).group()
        numbers.append(int(digits or 0))
        if digits != part:
            break
    return ".".join(str(number) for number in (numbers + [0, 0, 0])[:3])
