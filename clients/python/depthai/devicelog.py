# SPDX-License-Identifier: Apache-2.0
"""Lines that the box writes into meta_d2h: the library prints them, as the original did."""

import json


def show(text: str) -> None:
    """Prints the "logs" of a packet; a packet that cannot be read has none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    lines = value.get("logs") if isinstance(value, dict) else None
    for line in lines if isinstance(lines, list) else []:
        print(f"DEVICE LOG: {line}", flush=True)
