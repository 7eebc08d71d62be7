"""Columns of numbers that grow together, for things that are numbered 0, 1, 2 ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Rows that columns have room for at first.
_FIRST = 1024


class Columns:
    """Numpy columns under names; ``columns["seen"][rows]`` reads and writes."""

    def __init__(self, kinds: Mapping[str, str | tuple[str, int]]) -> None:
        """Begin without rows; a kind is a numpy type ("u4"), or (type, values in a row)."""
        self._held: dict[str, NDArray[Any]] = {}
        for name, kind in kinds.items():
            one, *more = kind if isinstance(kind, tuple) else (kind,)
            self._held[name] = np.zeros((_FIRST, *more), dtype=one)
        self._rows = 0

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one column; what is written into it stays."""
        return self._held[name][: self._rows]

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    @property
    def octets(self) -> int:
        """Return the memory of all columns in bytes."""
        return sum(column.nbytes for column in self._held.values())

    def grow(self, rows: int) -> None:
        """Add *rows*, all of zeros."""
        self._rows += rows
        for name, column in self._held.items():
            if self._rows > len(column):
                room = max(self._rows, len(column) + len(column) // 2)
                larger = np.zeros((room, *column.shape[1:]), dtype=column.dtype)
                larger[: len(column)] = column
                self._held[name] = larger

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Keep these *rows* in this order and drop the others."""
        for name, column in self._held.items():
            kept = column[: self._rows][rows]
            smaller = np.zeros((max(_FIRST, len(rows)), *column.shape[1:]), dtype=column.dtype)
            smaller[: len(rows)] = kept
            self._held[name] = smaller
        self._rows = len(rows)
