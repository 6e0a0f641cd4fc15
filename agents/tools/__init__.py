"""Tools without a network: plain typed functions, whose names and docstrings are all the model sees.

A tool that cannot do what it is asked raises `ValueError` with words that help the model to ask better.
"""

from agents.tools.calculator import calculate
from agents.tools.clock import current_time
from agents.tools.files import list_files, read_file, write_file
from agents.tools.handbook import search_handbook
from agents.tools.units import convert

__all__ = [
    "calculate",
    "convert",
    "current_time",
    "list_files",
    "read_file",
    "search_handbook",
    "write_file",
]
