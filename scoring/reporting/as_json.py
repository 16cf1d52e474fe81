"""The report as JSON: a figure is its value, what it was counted over, and a reason if it has none."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from scoring.metrics import Distinct, Mean, Rate, Share
from scoring.metrics.definitions import DEFINITIONS
from scoring.reporting.content import GamePart, Report
from scoring.statistics import wilson


def report_json(report: Report) -> dict[str, Any]:
    """The report as plain JSON; a share also has Wilson's interval."""
    return {
        "filter": {
            "min_score": report.accepted.min_score,
            "score_source": str(report.accepted.source),
            "exclude_policies": sorted(report.accepted.exclude_policies),
        },
        "gold": report.gold,
        "games": [_game(part) for part in report.games],
    }


def _game(part: GamePart) -> dict[str, Any]:
    return {**_plain(part.figures), "agreement": _plain(part.agreement)}


def _plain(value: Any, name: str = "") -> Any:
    """The value as JSON takes it; `name` is the metric it belongs to."""
    if isinstance(value, Share | Mean | Distinct | Rate):
        return _figure(value, name)
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name), field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(inner, name if name in DEFINITIONS else key) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value


def _figure(figure: Share | Mean | Distinct | Rate, name: str) -> dict[str, Any]:
    plain = {"value": figure.value, **dataclasses.asdict(figure)}
    if isinstance(figure, Share):
        plain["interval"] = dataclasses.asdict(wilson(figure.part, figure.of))
    if figure.value is None:
        plain["reason"] = DEFINITIONS[name].missing if name in DEFINITIONS else "nothing to count"
    return plain
