"""The nearest right name for a misspelt one."""

from collections.abc import Iterable
from difflib import SequenceMatcher

CLOSE = 0.6
"""Names less alike than this are not offered."""

MOST_NAMES = 300
"""So many names are compared for a hint at most, so that a hostile file cannot keep the reader busy."""


def likeness(a: str, b: str, least: float = CLOSE) -> float:
    """From 0 to 1: how alike two names are, letter case aside; 0 if that is less than `least`, which is told sooner."""
    matcher = SequenceMatcher(None, a.lower()[:60], b.lower()[:60], autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


def nearest(name: str, names: Iterable[str], most: int = 1) -> list[str]:
    """Up to `most` names that are close to `name`, the closest first."""
    scored = [(likeness(name, other), other) for other, _ in zip(names, range(MOST_NAMES), strict=False)]
    close = sorted((pair for pair in scored if pair[0] >= CLOSE), key=lambda pair: -pair[0])
    return [other for _, other in close[:most]]


def did_you_mean(names: Iterable[str]) -> str:
    """The hint that offers these names; "" if there are none."""
    offered = list(names)
    return f"Did you mean {' or '.join(offered)}?" if offered else ""


def name_hint(name: str, names: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest one, or else all there are."""
    known = list(names)
    if close := nearest(name, known):
        return did_you_mean(close)
    if not known:
        return "There is none"
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"There is only {shown}" if len(known) == 1 else f"There are {shown}"
