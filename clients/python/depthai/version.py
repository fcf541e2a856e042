# SPDX-License-Identifier: Apache-2.0
"""Version numbers, as gen1 scripts look for them.

Scripts of the last gen1 release compare ``__version__`` with their requirements file, which says 1.0.0.0. Scripts of
the first API only print both.
"""

__version__ = "1.0.0.0"
__dev_version__ = "depthd"
