"""How well it went and what it cost: the quality metrics of sessions, each beside what it was counted over."""

from scoring.metrics.breakdown import Breakdown, GameReport, by_game, game_report
from scoring.metrics.figures import Metrics, metrics_of
from scoring.metrics.filters import ScoreFilter
from scoring.metrics.recorded import MeasuredSession, Measurement, StepFacts, measure
from scoring.metrics.values import Distinct, Mean, Rate, Share

__all__ = [
    "Breakdown",
    "Distinct",
    "GameReport",
    "Mean",
    "MeasuredSession",
    "Measurement",
    "Metrics",
    "Rate",
    "ScoreFilter",
    "Share",
    "StepFacts",
    "by_game",
    "game_report",
    "measure",
    "metrics_of",
]
