# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Options of ingredients and adapters, as cards declare them."""

import inspect
import os
import pathlib
import re
import typing

MOST_INT, MOST_FLOAT = 2**53 - 1, 1.7976931348623157e308
_REQUIRED = object()


class Option:
    """One option: what it is when nobody says anything, what it accepts, and a sentence of help.

    `kind` is `int`, `float`, `bool`, `str`, `pathlib.Path` or a list of one of these, `[str]`; it is taken from the
    default if that says it. `optional` is the word that means nothing in recipes, such as "none"; the value is None
    then. Without a default the option must be said.
    """

    def __init__(self, default=_REQUIRED, help="", *, kind=None, minimum=None, maximum=None, choices=None,
                 optional=None, synonyms=(), suggestion=None):
        self.default, self.help, self.kind = default, help, kind
        self.minimum, self.maximum, self.choices = minimum, maximum, choices
        self.optional, self.synonyms, self.suggestion = optional, list(synonyms), suggestion
        if self.kind is None:
            self.kind = _kind_of(default)
        if default is None and optional is None:
            self.optional = "none"

    @property
    def has_default(self):
        """Whether the option may be left out."""
        return self.default is not _REQUIRED

    def value(self, given, folder=None):
        """A value of a message as the kind says: paths are `pathlib.Path`, and relative ones start at `folder`."""
        return _typed(given, self.kind, folder)

    def declaration(self, name):
        """The option as a card declares it."""
        declared = {"name": name, "kind": self._declared_kind(name), "help": self.help}
        if self.has_default:
            declared["default"] = _plain(self.default)
        if self.suggestion is not None:
            declared["suggestion"] = _plain(self.suggestion)
        if self.synonyms:
            declared["synonyms"] = self.synonyms
        return declared

    def _declared_kind(self, name):
        if self.choices is not None:
            choices = self.choices.items() if isinstance(self.choices, dict) else [(one, "") for one in self.choices]
            kind = {"choice": {"_0": [{"value": _plain(value), "artifacts": [], **({"help": text} if text else {})}
                                      for value, text in choices]}}
        else:
            kind = self._simple_kind(self.kind, name)
        return {"optional": {"_0": kind, "word": self.optional}} if self.optional else kind

    def _simple_kind(self, kind, name):
        if kind is bool:
            return {"bool": {}}
        if kind is int:
            lowest = -MOST_INT if self.minimum is None else int(self.minimum)
            return {"int": {"minimum": lowest, "maximum": MOST_INT if self.maximum is None else int(self.maximum)}}
        if kind is float:
            lowest = -MOST_FLOAT if self.minimum is None else float(self.minimum)
            highest = MOST_FLOAT if self.maximum is None else float(self.maximum)
            return {"float": {"minimum": lowest, "maximum": highest}}
        if kind is pathlib.Path:
            return {"path": {}}
        if kind is str:
            return {"string": {}}
        if isinstance(kind, (list, tuple)) and len(kind) == 1:
            return {"list": {"_0": self._simple_kind(kind[0], name)}}
        raise TypeError(
            f"option '{name}' has the kind {kind!r}; say int, float, bool, str, pathlib.Path or a list of one")


def _typed(value, kind, folder):
    if isinstance(kind, (list, tuple)) and isinstance(value, (list, tuple)):
        return [_typed(one, kind[0], folder) for one in value]
    # An address isn't a path: it would lose one of its two strokes.
    if kind is not pathlib.Path or not isinstance(value, (str, os.PathLike)) or "://" in os.fspath(value):
        return value
    return pathlib.Path(folder or "", value)


def _kind_of(default):
    if isinstance(default, (list, tuple)):
        return [_kind_of(default[0]) if default else str]
    for kind in (bool, int, float, str):
        if isinstance(default, kind):
            return kind
    return pathlib.Path if isinstance(default, os.PathLike) else str


def _plain(value):
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def camel(name):
    """A Python name as recipes write it: `batch_size` is `batchSize`."""
    head, *rest = [part for part in name.split("_") if part] or [name]
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def kebab(name):
    """A class's name as catalogues write it: `MyDigits` is `my-digits`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", "-", name)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "unnamed"


def summary(cls):
    """The first sentence of a class's own documentation."""
    own = cls.__dict__.get("__doc__")
    text = inspect.cleandoc(own).split("\n\n")[0] if own else ""
    return " ".join(text.split())


def declared(cls):
    """A class's options by their Python names: `options`, and annotated parameters of `__init__` with defaults."""
    found = {}
    for base in reversed(cls.__mro__):
        stated = base.__dict__.get("options")
        for name, option in stated.items() if isinstance(stated, dict) else ():
            found[name] = option if isinstance(option, Option) else Option(option)
    found.update({name: option for name, option in _parameters(cls).items() if name not in found})
    return found


def _parameters(cls):
    try:
        signature = inspect.signature(cls.__init__)
        hints = typing.get_type_hints(cls.__init__, include_extras=True)
    except (TypeError, ValueError, NameError):
        return {}
    options = {}
    for name, parameter in list(signature.parameters.items())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        default = _REQUIRED if parameter.default is parameter.empty else parameter.default
        options[name] = default if isinstance(default, Option) else _option(hints.get(name), default)
    return options


def _option(hint, default):
    """The option that an annotation declares: `int`, `Optional[str]`, `Annotated[int, Option(…)]`, `Literal[…]`."""
    details = [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Option)]
    if details:
        stated, kind = details[0], _kind_of_hint(hint.__origin__)
        return Option(
            default if default is not _REQUIRED else stated.default, stated.help, kind=kind or stated.kind,
            minimum=stated.minimum, maximum=stated.maximum, choices=stated.choices, optional=stated.optional,
            synonyms=stated.synonyms, suggestion=stated.suggestion)
    if typing.get_origin(hint) is typing.Literal:
        return Option(default, choices=list(typing.get_args(hint)))
    arguments = typing.get_args(hint)
    if type(None) in arguments and len(arguments) == 2:
        inner = next(one for one in arguments if one is not type(None))
        return Option(default, kind=_kind_of_hint(inner), optional="none")
    return Option(default, kind=_kind_of_hint(hint))


def _kind_of_hint(hint):
    if typing.get_origin(hint) in (list, tuple):
        return [_kind_of_hint((typing.get_args(hint) or (str,))[0])]
    return hint if hint in (int, float, bool, str, pathlib.Path) else None


def resolved(cls, given, folder=None):
    """Keyword arguments for a class from options as recipes name them; relative paths start at `folder`."""
    options = declared(cls)
    names = {camel(name): name for name in options}
    values = {name: option.default for name, option in options.items() if option.has_default}
    values.update({names.get(key, key): value for key, value in given.items()})
    return {
        name: options[name].value(value, folder) if name in options else value for name, value in values.items()}
