# SPDX-License-Identifier: Apache-2.0
"""Names of array types, for hints."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
AnyArray = NDArray[Any]
