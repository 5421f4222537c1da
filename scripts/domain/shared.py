"""What many trials have in common: kept once where what is taken of trials is kept."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value", covariant=True)


class Shared(Generic[Value]):
    """A value that many trials have in common.

    Args:
        value: frozen, and equal to that of every other trial that has it in common.
    """

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shared) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)
