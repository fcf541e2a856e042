# SPDX-License-Identifier: Apache-2.0
"""Reading JSON as the original's library did: numbers and booleans mix, nothing else does."""

from typing import Any, Dict, List


class OutOfRange(Exception):
    """A value that makes create_pipeline return None. The text says which."""


class UnknownStream(OutOfRange):
    """Streams that the camera does not offer; the text is the original's, a line for each."""


class Section:
    """An object of the configuration, or of a file. Anything that is not an object has no keys."""

    def __init__(self, value: Any, path: str = "") -> None:
        self._keys: Dict[str, Any] = value if isinstance(value, dict) else {}
        self._path = path

    def has(self, key: str) -> bool:
        return key in self._keys

    def values(self) -> Dict[str, Any]:
        return self._keys

    def raw(self, key: str) -> Any:
        """The value of a key that must be there."""
        if key not in self._keys:
            raise RuntimeError(f"key '{self._name(key)}' not found")
        return self._keys[key]

    def section(self, key: str) -> "Section":
        return Section(self._keys.get(key), self._name(key))

    def number(self, key: str) -> float:
        value = self.raw(key)
        if not isinstance(value, (bool, int, float)):
            raise self._wrong(key, "a number")
        return float(value)

    def integer(self, key: str) -> int:
        return int(self.number(key))

    def boolean(self, key: str) -> bool:
        value = self.raw(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "a boolean")
        return value

    def text(self, key: str) -> str:
        value = self.raw(key)
        if not isinstance(value, str):
            raise self._wrong(key, "a string")
        return value

    def items(self, key: str) -> List[Any]:
        """The elements of a list; of anything else what a loop over it would give."""
        value = self.raw(key)
        if isinstance(value, list):
            return value
        if isinstance(value, dict):
            return list(value.values())
        return [] if value is None else [value]

    def number_in(self, key: str, low: float, high: float, default: float) -> float:
        if not self.has(key):
            return default
        value = self.number(key)
        if not low <= value <= high:
            raise OutOfRange(f"{self._name(key)} should be in the range [{low:g} .. {high:g}]")
        return value

    def integer_in(self, key: str, low: int, high: int, default: int) -> int:
        if not self.has(key):
            return default
        value = self.integer(key)
        if not low <= value <= high:
            raise OutOfRange(f"{self._name(key)} should be in the range [{low} .. {high}]")
        return value

    def integer_of(self, key: str, allowed: List[int]) -> int:
        value = self.integer(key)
        if value not in allowed:
            raise OutOfRange(f"{self._name(key)} should be one of {allowed}")
        return value

    def number_or(self, key: str, default: float) -> float:
        return self.number(key) if self.has(key) else default

    def boolean_or(self, key: str, default: bool) -> bool:
        return self.boolean(key) if self.has(key) else default

    def text_or(self, key: str, default: str) -> str:
        return self.text(key) if self.has(key) else default

    def _name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _wrong(self, key: str, wanted: str) -> RuntimeError:
        return RuntimeError(f"type of '{self._name(key)}' must be {wanted}, but is {type(self.raw(key)).__name__}")
