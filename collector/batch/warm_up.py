"""Imported by the server that worker processes are forked from: everything heavy, once for all of them."""

import warnings

import pyarrow

from collector.features import schema_of
from collector.games.thistledown import Thistledown
from collector.records import Step

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pysdl2 announces its bundled library
    import pyboy

pyarrow.array([], type=pyarrow.struct(list(schema_of(Step))))  # loads pandas, as the first row would
Thistledown()

__all__ = ["pyarrow", "pyboy"]
