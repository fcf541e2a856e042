# SPDX-License-Identifier: Apache-2.0
"""What is printed: what goes well on standard output, what does not on standard error."""

import sys


def say(text: str) -> None:
    print(f"depthai: {text}", flush=True)


def warn(text: str) -> None:
    print(f"depthai: {text}", file=sys.stderr, flush=True)
