"""What the schema allows at each place of a scenario: one tree of shapes, read off the pydantic models once.

Whatever asks what may stand where reads this tree: `nodes` walks it together with a scenario.
"""

import operator
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sim.files.paths import Segments, child_of, has_child, is_index, is_list
from sim.scenario.frozen import Frozen
from sim.scenario.schema import Mark, Scenario

Bound = tuple[str, float]

OF_PLAN = "planned stays"
"""The unit of durations that are shares of the planned stay."""

_BOUNDS = {Ge: ("at least", "ge"), Gt: ("above", "gt"), Le: ("at most", "le"), Lt: ("below", "lt")}
_HOLDS = {"at least": operator.ge, "above": operator.gt, "at most": operator.le, "below": operator.lt}


@dataclass(frozen=True)
class Shape:
    """One place: a table of fixed keys (`fields`; `variants` by `distribution`) or of names, an array, or a leaf.

    default: as plain data. model: the part of the schema that a table of fixed keys is. key_refers: what the name
    under which this stands must be one of.
    """

    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    variants: Mapping[str, "Shape"] = field(default_factory=dict)
    entries: "Shape | None" = None
    items: "Shape | None" = None
    leaf: Any = None
    unit: str | None = None
    bounds: tuple[Bound, ...] = ()
    default: Any = PydanticUndefined
    model: type[Frozen] | None = None
    mark: Mark = field(default_factory=Mark)
    key_refers: str | None = None

    @property
    def required(self) -> bool:
        """Whether a scenario must state it."""
        return self.default is PydanticUndefined

    @property
    def is_number(self) -> bool:
        """Whether a number stands here."""
        return self.leaf in (int, float)

    @cached_property
    def has_rules(self) -> bool:
        """Whether a `Mark`, a reference or `Frozen.own_problems` says something of this place or of one below."""
        own = self.model is not None and self.model.own_problems is not Frozen.own_problems
        below = [*self.fields.values(), *self.variants.values(), *filter(None, (self.entries, self.items))]
        marked = self.mark != Mark() or self.key_refers is not None
        return own or marked or any(shape.has_rules for shape in below)

    def keys(self, value: Any = None) -> tuple[str, ...]:
        """The fixed keys at this place, of the distribution that `value` states or else of all."""
        if not self.variants:
            return tuple(self.fields)
        if (variant := self._variant(value)) is not None:
            return tuple(variant.fields)
        return tuple(dict.fromkeys(key for variant in self.variants.values() for key in variant.fields))

    def child(self, segment: str, value: Any = None) -> "Shape | None":
        """The shape one segment further; `value`, the data at this place, tells distributions apart."""
        if self.variants:
            if segment not in self.keys(value):
                return None
            stated = self._variant(value)
            options = self.variants.values() if stated is None else (stated,)
            return next(option.fields[segment] for option in options if segment in option.fields)
        if self.fields:
            return self.fields.get(segment)
        return self.entries or (self.items if is_index(segment) else None)

    def _variant(self, value: Any) -> "Shape | None":
        """The shape of the distribution that a value, plain or of the schema, states."""

        def stated(key: str) -> Any:
            return value.get(key) if isinstance(value, (dict, Mapping)) else getattr(value, key, None)

        kind = stated("distribution")
        variant = self.variants.get(kind) if isinstance(kind, str) else None
        if variant is None or stated("of") != "plan":
            return variant
        durations = {key: replace(below, unit=OF_PLAN) for key, below in variant.fields.items() if below.unit == "days"}
        return replace(variant, fields={**variant.fields, **durations})

    def children(self, value: Any) -> Iterator[tuple[str, "Shape", Any]]:
        """Key, shape and value of all that is set one segment further, in a part of the schema or in plain data."""
        pairs: Iterable[tuple[Any, Any]] = ()
        if isinstance(value, Frozen):
            pairs = [(key, getattr(value, name)) for name, key in _keys(type(value))]
        elif isinstance(value, (dict, Mapping)):
            pairs = value.items()
        elif is_list(value):
            pairs = enumerate(value)
        stated = self._variant(value) if self.variants else self
        fields = stated.fields if stated is not None else {}
        for key, item in pairs:
            segment = str(key)
            below = fields.get(segment) if fields else self.child(segment, value)
            if below is not None:
                yield segment, below, item

    def allowed(self) -> str:
        """The values this leaf allows, in words; "" where words would add nothing."""
        if self.is_number:
            words = "a whole number" if self.leaf is int else "a number"
            limits = " and ".join(f"{word} {limit:g}" for word, limit in self.bounds)
            return words + (f", {limits}" if limits else "") + (f" (unit: {self.unit})" if self.unit else "")
        if get_origin(self.leaf) is Literal:
            return "one of " + ", ".join(f'"{choice}"' for choice in get_args(self.leaf))
        return {bool: "true or false", str: "text"}.get(self.leaf, "")

    def admits(self, number: float) -> bool:
        """Whether a number keeps this leaf's bounds."""
        return all(_HOLDS[word](number, limit) for word, limit in self.bounds)


def _shape(annotation: Any, metadata: tuple[Any, ...] = (), unit: str | None = None, default: Any = None) -> Shape:
    if get_origin(annotation) is Annotated:
        annotation, *extras = get_args(annotation)
        for extra in extras:
            if isinstance(extra, FieldInfo):
                metadata += tuple(extra.metadata)
                unit = unit or _unit(extra)
            else:
                metadata += (extra,)
        return _shape(annotation, metadata, unit, default)
    origin, arguments = get_origin(annotation), get_args(annotation)
    mark = next((item for item in metadata if isinstance(item, Mark)), Mark())
    if origin in (Union, types.UnionType):
        options = [option for option in arguments if option is not type(None)]
        if len(options) == 1:
            return _shape(options[0], metadata, unit, default)
        variants = {get_args(o.model_fields["distribution"].annotation)[0]: _shape(o) for o in options}
        return Shape(variants=variants, default=default)
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        fields = {_key(name, info): _field(info) for name, info in annotation.model_fields.items()}
        return Shape(fields=fields, default=default, model=annotation, mark=mark)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        entries = replace(_shape(arguments[1], default=PydanticUndefined), key_refers=_shape(arguments[0]).mark.refers)
        return Shape(entries=entries, default=default, mark=mark)
    if origin is tuple:
        return Shape(items=_shape(arguments[0], default=PydanticUndefined), default=default, mark=mark)
    return Shape(leaf=annotation, unit=unit, bounds=tuple(_bounds(metadata)), default=default, mark=mark)


def _bounds(metadata: tuple[Any, ...]) -> Iterator[Bound]:
    for item in metadata:
        for kind, (word, attribute) in _BOUNDS.items():
            if isinstance(item, kind):
                yield word, getattr(item, attribute)


def _field(info: FieldInfo) -> Shape:
    default = info.default
    if isinstance(default, Frozen):
        default = default.model_dump(by_alias=True)
    elif isinstance(default, tuple):
        default = [item.model_dump(by_alias=True) if isinstance(item, Frozen) else item for item in default]
    return _shape(info.annotation, tuple(info.metadata), _unit(info), default)


def _unit(info: FieldInfo) -> str | None:
    extra = info.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else None
    return unit if isinstance(unit, str) else None


def _key(name: str, info: FieldInfo) -> str:
    return info.alias or name


@cache
def _keys(model: type[Frozen]) -> tuple[tuple[str, str], ...]:
    """The fields of a part of the schema: name, and key in a file."""
    return tuple((name, _key(name, info)) for name, info in model.model_fields.items())


@cache
def scenario_shape() -> Shape:
    """The shape of a whole scenario."""
    return _shape(Scenario)


def shape_at(segments: Segments, data: Any = None) -> Shape | None:
    """The shape at a path, or None where the schema has no such place; `data` tells distributions apart."""
    shape: Shape | None = scenario_shape()
    for segment in segments:
        if shape is None:
            return None
        shape, data = shape.child(segment, data), _below(data, segment)
    return shape


class Node(NamedTuple):
    """One place of a scenario at hand. default: what would stand there unstated, if anything."""

    path: Segments
    shape: Shape
    value: Any
    default: Any


def nodes(
    value: Any, shape: Shape, path: Segments = (), default: Any = PydanticUndefined, with_rules: bool = False
) -> Iterator[Node]:
    """The node of a value at a path and all nodes below, in their order; a whole table's default goes before its keys'.

    value: a part of the schema, or plain data. with_rules: only nodes that rules speak of, and those above them.
    """
    # A stack of its own: through generators within generators, each node would be handed on as often as it is deep.
    waiting = [Node(path, shape, value, default)]
    while waiting:
        node = waiting.pop()
        yield node
        if node.shape.leaf is None:
            whole = node.default if isinstance(node.default, dict) else {}
            waiting += [
                Node((*node.path, key), below, item, whole.get(key, below.default))
                for key, below, item in node.shape.children(node.value)
                if not with_rules or below.has_rules
            ][::-1]


def _below(data: Any, segment: str) -> Any:
    return child_of(data, segment) if has_child(data, segment) else None
