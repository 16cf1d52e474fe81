"""examples/finetune holds programs beside each other, which find each other by their folder."""

import sys

from tests.playing import ROOT

sys.path.insert(0, str(ROOT / "examples" / "finetune"))
