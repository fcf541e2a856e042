# SPDX-License-Identifier: Apache-2.0
"""A dictionary becomes JSON as gen1 made it: by its printed form.

The original printed the dictionary, made double quotes of single ones, replaced None, True and False wherever they
stood, and read the outcome as JSON. So a text with a quote in it breaks, and one with any of the three words changes.
Scripts live with that; this module does too.
"""

import json
from math import isfinite
from typing import Any, NoReturn

import numpy as np


def printed(config: Any) -> str:
    """The text that the original would have read."""
    if not isinstance(config, dict):
        raise TypeError(f"create_pipeline wants a dict, not {type(config).__name__}")
    text = str(_plain(config)).replace("'", '"')
    return text.replace("None", "null").replace("True", "true").replace("False", "false")


def parse(text: str) -> Any:
    """Reads the text; RuntimeError if it is not JSON."""
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise RuntimeError(f"the configuration cannot be read as JSON: {error}") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def _plain(value: Any) -> Any:
    """NumPy numbers as Python ones: their printed form was a plain number when these scripts were written."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value
