"""Predicates from YAML: what can't be read is named by its place in the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from collector.errors import TaskError
from collector.games.predicates import (
    CHANGES,
    COMPARISONS,
    All,
    AnyOf,
    Compare,
    Ever,
    Not,
    Predicate,
    Reports,
    Then,
)


def parse_predicate(raw: object, where: str = "success") -> Predicate:
    """The predicate that a YAML tree describes; TaskError names the place in the tree that can't be read."""
    if not isinstance(raw, Mapping):
        raise TaskError(f"{where}: expected a mapping such as {{field, op, value}}, got {raw!r}")
    if "field" in raw:
        return _parse_compare(raw, where)
    if len(raw) != 1:
        raise TaskError(f"{where}: expected one of {', '.join(_COMBINERS)} or {{field, op, value}}, got {sorted(raw)}")
    [(name, body)] = raw.items()
    if name not in _COMBINERS:
        raise TaskError(
            f"{where}: {name!r} is no predicate; there are {', '.join(_COMBINERS)} and {{field, op, value}}"
        )
    return _COMBINERS[name](body, f"{where}.{name}")


def _parse_compare(raw: Mapping[object, object], where: str) -> Compare:
    unknown = set(raw) - {"field", "op", "value"}
    if unknown:
        raise TaskError(f"{where}: unknown keys {sorted(map(str, unknown))}; a comparison has field, op, value")
    field, op, value = raw["field"], raw.get("op"), raw.get("value")
    if not isinstance(field, str) or not isinstance(op, str) or op not in {*COMPARISONS, *CHANGES}:
        known = ", ".join((*COMPARISONS, *CHANGES))
        raise TaskError(f"{where}: field {field!r}, op {op!r}: the field is a name and the op one of {known}")
    if op in CHANGES and "value" in raw:
        raise TaskError(f"{where}: {op} compares with the first state and takes no value")
    if op in COMPARISONS and ("value" not in raw or not isinstance(value, int | str | bool)):
        raise TaskError(f"{where}: {op} needs a value that is a number, a text or true/false, got {value!r}")
    return Compare(field, op, value)  # type: ignore[arg-type]


def _parse_parts(raw: object, where: str) -> tuple[Predicate, ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise TaskError(f"{where}: expected a list of predicates, got {raw!r}")
    return tuple(parse_predicate(part, f"{where}[{index}]") for index, part in enumerate(raw))


def _parse_reports(raw: object, where: str) -> Reports:
    if not isinstance(raw, Mapping) or not raw:
        raise TaskError(f"{where}: expected {{field: [words for it]}}, got {raw!r}")
    for field, words in raw.items():
        if not isinstance(words, Sequence) or isinstance(words, str):
            raise TaskError(f"{where}.{field}: expected a list of words that may stand beside the value, got {words!r}")
    return Reports(tuple((str(field), tuple(map(str, words))) for field, words in raw.items()))


_COMBINERS: Final[Mapping[str, Callable[[object, str], Predicate]]] = {
    "all": lambda raw, where: All(_parse_parts(raw, where)),
    "any": lambda raw, where: AnyOf(_parse_parts(raw, where)),
    "not": lambda raw, where: Not(parse_predicate(raw, where)),
    "ever": lambda raw, where: Ever(parse_predicate(raw, where)),
    "then": lambda raw, where: Then(_parse_parts(raw, where)),
    "reports": _parse_reports,
}
