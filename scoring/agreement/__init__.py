"""How far ratings can be trusted: people among themselves, each rater over time, and people beside rule and judge.

Only ratings that count are looked at: each rater's latest that was not taken back.
"""

from scoring.agreement.among import Agreement, agreement_among
from scoring.agreement.between import Confusion, Disagreement, confusion_between, disagreements
from scoring.agreement.gold import gold_rater
from scoring.agreement.raters import RaterReport, rater_reports
from scoring.agreement.report import AgreementReport, agreement_report

__all__ = [
    "Agreement",
    "AgreementReport",
    "Confusion",
    "Disagreement",
    "RaterReport",
    "agreement_among",
    "agreement_report",
    "confusion_between",
    "disagreements",
    "gold_rater",
    "rater_reports",
]
