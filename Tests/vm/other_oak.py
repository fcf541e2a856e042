# SPDX-License-Identifier: Apache-2.0
"""The rig's USB OAK with a number of its own, so that two can be plugged in: other_oak.py MXID ARGUMENTS-OF-oak2.py."""
import runpy
import sys

sys.path.insert(0, "/oak")
import camera  # noqa: E402 - the rig's

camera.MXID = sys.argv.pop(1)
runpy.run_path("/oak/oak2.py", run_name="__main__")
