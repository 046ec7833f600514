# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Cards: what ingredients say of themselves before anything is built."""

from .options import camel, declared, kebab, summary


def card(cls, prefix):
    """A class's card. `taxonomy` is its place in the catalogue; without one it stands under `prefix` by its name."""
    own = {
        "taxonomy": getattr(cls, "taxonomy", None) or f"{prefix}.{kebab(cls.__name__)}",
        "version": version(getattr(cls, "version", None)),
        "summary": getattr(cls, "summary", None) or summary(cls) or f"{cls.__name__}, written in Python.",
        "options": [option.declaration(camel(name)) for name, option in declared(cls).items()],
    }
    for key, name in (("priority", "priority"), ("constraints", "constraints"), ("artifacts", "artifacts"),
                      ("peakMemoryBytes", "peak_memory_bytes"), ("formerNames", "former_names")):
        stated = getattr(cls, name, None)
        if stated:
            own[key] = stated
    return own


def version(text):
    """A version of three numbers: what is missing is 0, and what isn't a number is cut off."""
    numbers = []
    for part in str(text or "1.0.0").split(".")[:3]:
        digits = "".join(letter for letter in part if letter.isdigit())
        numbers.append(int(digits) if digits else 0)
    return ".".join(str(number) for number in (numbers + [0, 0, 0])[:3])
