"""Records become columns here alone: field types to features and Arrow types, fields to rows, docstrings to docs."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import inspect
import json
import operator
import textwrap
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from collector.records import Png

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features


class _Layout(NamedTuple):
    """How a record becomes a row."""

    names: tuple[str, ...]
    values_of: Callable[[Any], tuple[Any, ...]]
    special: tuple[tuple[str, Any], ...]
    """Fields whose cells differ from their values (pictures, tuples, nested records) and their types."""


class _Shape(NamedTuple):
    """What a record is read from."""

    kinds: Mapping[str, Any]
    """The type of each field."""
    needed: frozenset[str]
    """Fields without a default."""
    as_they_are: Mapping[str, tuple[type[Any], ...]]
    """The types of which a value is taken for each field as it is; others are looked at one by one."""


def features_of(record: type[Any]) -> Features:
    """The columns of a record class: str, int, float, bool, Png, tuples of these, nested records, each or None."""
    from datasets import Features

    return Features.from_dict(_feature(record))


def schema_of(record: type[Any]) -> pa.Schema:
    """The Arrow schema of a record class: `features_of(record).arrow_schema`, and the features in its metadata.

    Made without `datasets`, whose import would be a quarter of a short session's time.
    """
    import pyarrow as pa

    info = {"features": _feature(record)}
    return pa.schema(list(_arrow_type(record))).with_metadata({"huggingface": json.dumps({"info": info})})


def row_of(record: Any) -> dict[str, Any]:
    """The record as a row that its features take: pictures as `{"bytes", "path": None}`, tuples as lists."""
    names, values_of, special = _layout(type(record))
    row = dict(zip(names, values_of(record), strict=True))
    for name, kind in special:
        row[name] = _cell(row[name], kind)
    return row


def record_of(record: type[Any], raw: object) -> Any:
    """The record that a mapping of plain values describes; ValueError says which field is missing, odd or too much.

    Numbers may be whole where the field is a float; lists become tuples, mappings nested records.
    """
    if not isinstance(raw, Mapping):
        raise ValueError(f"expected a mapping with the fields of {record.__name__}, got {raw!r}")
    shape = _shape(record)
    if unknown := raw.keys() - shape.kinds.keys():
        raise ValueError(f"unknown fields {sorted(map(str, unknown))}; there are {', '.join(shape.kinds)}")
    if missing := shape.needed - raw.keys():
        raise ValueError(f"fields are missing: {', '.join(sorted(missing))}")
    return record(
        **{
            name: value if type(value) in shape.as_they_are[name] else _value_of(name, shape.kinds[name], value)
            for name, value in raw.items()
        }
    )


def _value_of(name: str, kind: Any, value: Any) -> Any:
    plain = _without_none(kind)
    if value is None and plain is not kind:
        return None
    if _is_record(plain):
        return record_of(plain, value)
    if get_origin(plain) is tuple and isinstance(value, list):
        return tuple(_value_of(name, get_args(plain)[0], item) for item in value)
    if plain is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(plain, type) or not isinstance(value, plain) or (plain is int and isinstance(value, bool)):
        raise ValueError(f"{name} is {value!r}, expected {getattr(plain, '__name__', plain)}")
    return value


def row_digest(row: Mapping[str, Any]) -> str:
    """Hex digest over a row's columns but `row_hash`: the values as JSON, then the bytes of the pictures."""
    plain, pictures = {}, []
    for name, value in row.items():
        if type(value) is dict:
            pictures.append(value["bytes"])
        elif name != "row_hash":
            plain[name] = value
    digest = hashlib.sha256(_AS_JSON.encode(plain).encode("utf-8", "replace"))
    for picture in pictures:
        digest.update(picture)
    return digest.hexdigest()[:32]


_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def field_docs(record: type[Any]) -> dict[str, str]:
    """The line under each field of a record class, by field name."""
    [class_node] = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(class_node, ast.ClassDef)
    docs: dict[str, str] = {}
    for node, after in zip(class_node.body, class_node.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(after, ast.Expr):
            docs[node.target.id] = str(ast.literal_eval(after.value))
    return docs


_FIELD_TYPES: dict[type[Any], Mapping[str, Any]] = {}
_LAYOUTS: dict[type[Any], _Layout] = {}
_SHAPES: dict[type[Any], _Shape] = {}


def _field_types(record: type[Any]) -> Mapping[str, Any]:
    if record not in _FIELD_TYPES:
        hints = get_type_hints(record)
        _FIELD_TYPES[record] = {field.name: _without_none(hints[field.name]) for field in dataclasses.fields(record)}
    return _FIELD_TYPES[record]


def _shape(record: type[Any]) -> _Shape:
    if record not in _SHAPES:
        hints, fields = get_type_hints(record), dataclasses.fields(record)
        kinds = {field.name: hints[field.name] for field in fields}
        _SHAPES[record] = _Shape(
            kinds,
            frozenset(field.name for field in fields if field.default is field.default_factory is dataclasses.MISSING),
            {name: _taken_as_they_are(kind) for name, kind in kinds.items()},
        )
    return _SHAPES[record]


def _taken_as_they_are(kind: Any) -> tuple[type[Any], ...]:
    plain = _without_none(kind)
    exact = (plain,) if plain in (str, int, float, bool) else ()
    return exact if plain is kind else (*exact, types.NoneType)


def _layout(record: type[Any]) -> _Layout:
    if record not in _LAYOUTS:
        kinds = _field_types(record)
        special = tuple((name, kind) for name, kind in kinds.items() if kind not in (str, int, float, bool))
        _LAYOUTS[record] = _Layout(tuple(kinds), _values_of(tuple(kinds)), special)
    return _LAYOUTS[record]


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the named values off a record; attrgetter gives a tuple only for two names or more."""
    if len(names) == 1:
        return lambda record: (getattr(record, names[0]),)
    return operator.attrgetter(*names)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        [kind] = [part for part in get_args(kind) if part is not types.NoneType]
    return kind


def _feature(kind: Any) -> dict[str, Any]:
    """A feature as `Features.to_dict` of datasets 5.2 writes it."""
    if kind is Png:
        return {"_type": "Image"}
    if get_origin(kind) is tuple:
        return {"feature": _feature(get_args(kind)[0]), "_type": "List"}
    if _is_record(kind):
        return {name: _feature(inner) for name, inner in _field_types(kind).items()}
    return {"dtype": _value_type(kind), "_type": "Value"}


def _arrow_type(kind: Any) -> pa.DataType:
    import pyarrow as pa

    if kind is Png:
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    if get_origin(kind) is tuple:
        return pa.list_(_arrow_type(get_args(kind)[0]))
    if _is_record(kind):
        return pa.struct([(name, _arrow_type(inner)) for name, inner in _field_types(kind).items()])
    return pa.type_for_alias(_value_type(kind))


def _value_type(kind: Any) -> str:
    names = {str: "string", int: "int64", float: "float64", bool: "bool"}
    if kind not in names:
        raise TypeError(f"no column type for {kind!r}; records use str, int, float, bool, Png, tuples and records")
    return names[kind]


def _is_record(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind) and isinstance(kind, type)


def _cell(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if kind is Png:
        return {"bytes": value, "path": None}
    if get_origin(kind) is tuple:
        [inner, *_] = get_args(kind)
        return [_cell(item, inner) for item in value]
    if _is_record(kind):
        return row_of(value)
    return value
