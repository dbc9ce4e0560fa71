"""What cannot change, of which scenarios are built."""

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializerFunctionWrapHandler,
    WrapSerializer,
)

from sim.files.problems import Problem

K = TypeVar("K")
V = TypeVar("V")


class Frozen(BaseModel):
    """A part of a scenario: immutable, no unknown keys, no infinities, and no silent conversion of text to numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    def own_problems(self) -> Iterator[Problem]:
        """What is unsound, or hardly meant, in this part by itself, at paths within it; parts within it tell theirs."""
        return iter(())


class FrozenDict(Mapping[K, V]):
    """A mapping that cannot be changed, so that a validated scenario stays validated.

    Order counts in a comparison: the order of an attribute's values decides who has which.
    """

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[K, V]) -> None:
        self._items = dict(items)
        self._hash: int | None = None

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    # What `Mapping` would work out from the three above, ten times as slowly.

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def items(self) -> ItemsView[K, V]:
        """Keys and values, in order."""
        return self._items.items()

    def values(self) -> ValuesView[V]:
        """Values, in the order of the keys."""
        return self._items.values()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and list(self._items.items()) == list(other.items())

    def __hash__(self) -> int:
        # Once: every replication asks for what is known of its scenario.
        if self._hash is None:
            self._hash = hash(tuple(self._items.items()))
        return self._hash

    def __reduce__(self) -> tuple[type, tuple[dict[K, V]]]:
        # Without the hash: that of words is another one in each process.
        return type(self), (self._items,)

    def __repr__(self) -> str:
        return repr(self._items)


def _freeze(items: Mapping[Any, Any]) -> FrozenDict[Any, Any]:
    return FrozenDict(items)


def _thaw(items: Mapping[Any, Any], serialise: SerializerFunctionWrapHandler) -> Any:
    return serialise(dict(items))


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Behind the bounds of a whole number: takes 5.0, as many programs write 5; never 5.5, nor a truth value."""

FrozenTable = Annotated[Mapping[K, V], AfterValidator(_freeze), WrapSerializer(_thaw)]
"""A table of a scenario file: name to value, in the file's order."""
