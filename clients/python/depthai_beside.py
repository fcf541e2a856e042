# SPDX-License-Identifier: Apache-2.0
"""Lets a script that is itself called depthai.py import the installed package.

Python looks into the script's own folder first, so that such a script would import itself; the first gen1 demo is one.
`depthai_beside.pth` loads this file at the start of Python. It acts in that one case and in no other.
"""

import os
import sys


class Beside:
    """Finds the installed package where the usual search finds the running script."""

    @staticmethod
    def find_spec(name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name != "depthai":
            return None
        from importlib.machinery import PathFinder

        usual = PathFinder.find_spec(name)
        script = getattr(sys.modules.get("__main__"), "__file__", None)
        if usual is None or not usual.origin or not script:
            return None
        if os.path.realpath(usual.origin) != os.path.realpath(script):
            return None
        return PathFinder.find_spec(name, [os.path.dirname(os.path.abspath(__file__))])


sys.meta_path.insert(0, Beside)  # type: ignore[arg-type]
