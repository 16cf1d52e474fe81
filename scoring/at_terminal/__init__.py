"""Rating by keys in a terminal: what is shown (`look`, `layout`), how pictures get there (`graphics`), what keys do."""
