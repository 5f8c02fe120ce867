"""As many at a time as one query takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

One = TypeVar("One")


def batched(things: Iterable[One], size: int) -> Iterator[list[One]]:
    """Yield things in lists of ``size``, the last of which may be shorter.

    It is ``itertools.batched`` of Python 3.12, but for the lists.
    """
    left = iter(things)
    while batch := list(islice(left, size)):
        yield batch
