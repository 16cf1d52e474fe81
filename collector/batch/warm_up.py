"""Imported by the server that worker processes are forked from: everything heavy, once for all of them."""

import warnings

import datasets
import pyarrow

from collector.features import features_of
from collector.games.thistledown import Thistledown
from collector.records import Step

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pysdl2 announces its bundled library
    import pyboy

features_of(Step)
Thistledown()

__all__ = ["datasets", "pyarrow", "pyboy"]
