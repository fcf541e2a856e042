# SPDX-License-Identifier: Apache-2.0
"""The geometry of a stereo pair, as the box gives it for 1280x800, turned to the resolution that runs."""

from typing import Any, Dict, List, Optional

import numpy as np

from .arrays import AnyArray
from .files import DEFAULT_HOMOGRAPHY

Matrix = List[List[float]]
_KEYS = ("left_intrinsic", "right_intrinsic", "left_homography", "right_homography", "rotation")


class Geometry:
    """Matrices of the stereo pair; every one is missing while the box knows nothing of it."""

    def __init__(self, description: Any, eeprom: Any) -> None:
        self._matrices: Dict[str, AnyArray] = {}
        self._translation: Optional[List[float]] = None
        self._version = eeprom.get("version", -1) if isinstance(eeprom, dict) else -1
        self._old = _numbers(eeprom.get("calib_old_H", eeprom.get("calib")), 9) if isinstance(eeprom, dict) else None
        if isinstance(description, dict):
            for key in _KEYS:
                numbers = _numbers(description.get(key), 9)
                if numbers is not None:
                    self._matrices[key] = np.array(numbers).reshape(3, 3)
            self._translation = _numbers(description.get("translation"), 3)

    def at(self, height: int) -> "Geometry":
        """The same for pictures of this height: 800, 720 (40 rows cut off the top), 400 (half the size)."""
        turned = Geometry(None, None)
        turned.__dict__.update(self.__dict__)
        move = {720: np.array([[1.0, 0, 0], [0, 1, -40], [0, 0, 1]]), 400: np.diag([0.5, 0.5, 1.0])}.get(height)
        if move is None:
            return turned
        back = np.linalg.inv(move)
        turned._matrices = {
            key: matrix if key == "rotation" else move @ matrix @ back if "homography" in key else move @ matrix
            for key, matrix in self._matrices.items()
        }
        return turned

    def matrix(self, key: str) -> Matrix:
        """A matrix by rows; RuntimeError if the box does not know it."""
        if key in self._matrices:
            return [[float(value) for value in row] for row in self._matrices[key]]
        if key == "right_homography":
            numbers = self._old or DEFAULT_HOMOGRAPHY
            return [list(map(float, numbers[row * 3 : row * 3 + 3])) for row in range(3)]
        raise RuntimeError(self._missing(key))

    def translation(self) -> List[float]:
        if self._translation is None:
            raise RuntimeError(self._missing("translation"))
        return list(self._translation)

    def _missing(self, key: str) -> str:
        return f"{key} is not known of this camera (EEPROM version {self._version}): calibrate it first"


def _numbers(value: Any, count: int) -> Optional[List[float]]:
    if not isinstance(value, list) or len(value) != count:
        return None
    if not all(isinstance(number, (int, float)) and np.isfinite(number) for number in value):
        return None
    return [float(number) for number in value]
