"""Frozen dataclasses at the price of plain ones, for what a page has hundreds of.

`dataclass(frozen=True)` sets each field through `object.__setattr__`, which takes four times as long. That nobody changes one of
these is seen to by the type checker, which takes them for frozen, and not again at run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

__all__ = ["lightly"]

if TYPE_CHECKING:
    from dataclasses import dataclass as lightly
else:

    def lightly(**_: Any) -> Any:
        """A dataclass with slots, compared and hashed by its fields."""
        return dataclass(slots=True, unsafe_hash=True)
