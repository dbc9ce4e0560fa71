"""Where machine code is kept, so that it is made once: in a folder of the user, one for each version of its sources.

numba's own cache looks at the file of a function alone. Here one function calls all others, in many files; so the
folder is named after a digest of all of them, of the versions of the compiler and of the kind of processor.
"""

import hashlib
import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

SOURCES = (
    *("vocabulary", "scenario.laws", "model.formulas", "model.pace", "model.calendar", "model.course", "model.desk"),
    *("model.draws", "model.plan", "model.records"),
    *(f"model.compiled.{name}" for name in ("book", "bounds", "calendar", "course", "desk", "draws", "emergencies")),
    *(
        f"model.compiled.{name}"
        for name in ("building", "jit", "layout", "loop", "memory", "pathway", "regimen", "setbacks", "world")
    ),
    *("outcomes.discount", "outcomes.kernels"),
)
"""Modules of which machine code is made, or whose constants are in it."""

NAME = "stepdown"
MOST_VERSIONS = 8
"""That are kept beside each other, of a megabyte each."""


@cache
def digest() -> str:
    """What the machine code depends on, as a word."""
    import llvmlite
    import llvmlite.binding as llvm
    import numba
    import numpy as np

    parts = [sys.version, platform.machine(), numba.__version__, llvmlite.__version__, np.__version__]
    parts += [llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    home = Path(__file__).parents[2]
    texts = [home.joinpath(source.replace(".", "/") + ".py").read_bytes() for source in SOURCES]
    return hashlib.sha256(b"\0".join([*(part.encode() for part in parts), *texts])).hexdigest()[:24]


def folder() -> Path | None:
    """The folder of this version; None where no folder can be written."""
    for parent in _parents():
        place = parent / f"compiled-{digest()}"
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What is read from here is run: nobody else may have written it.
            if _ours(place) and _ours(parent):
                tempfile.TemporaryFile(dir=place).close()
                return place
        except OSError:
            continue
    return None


def is_filled() -> bool:
    """Whether the machine code of this version is there."""
    return any(any((parent / f"compiled-{digest()}").glob("*.nbi")) for parent in _parents())


def forget_old() -> None:
    """Remove what was kept for versions that have not been made lately."""
    place = folder()
    if place is not None:
        others = sorted(place.parent.glob("compiled-*"), key=lambda each: each.stat().st_mtime)
        for old in others[:-MOST_VERSIONS]:
            if old != place:
                shutil.rmtree(old, ignore_errors=True)


def _parents() -> Iterator[Path]:
    if sys.platform == "win32":
        if local := os.environ.get("LOCALAPPDATA"):
            yield Path(local) / NAME / "cache"
    else:
        stated = os.environ.get("XDG_CACHE_HOME", "")
        if os.path.isabs(stated):
            yield Path(stated) / NAME
        elif home := os.path.expanduser("~"):
            yield Path(home) / ".cache" / NAME
    yield (
        Path(tempfile.gettempdir())
        / f"{NAME}-{os.getuid() if hasattr(os, 'getuid') else os.environ.get('USERNAME', '')}"
    )


def _ours(place: Path) -> bool:
    """Whether a folder is ours alone to write."""
    if not hasattr(os, "getuid"):
        return True
    status = place.stat()
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def kept(dispatcher: Any) -> Any:
    """A compiled function whose machine code is kept in the folder; one without, where there is none."""
    place = folder()
    if place is not None:
        dispatcher._cache = _cache_in(place)(dispatcher.py_func)
    return dispatcher


def _cache_in(place: Path) -> Callable[[Any], Any]:
    from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

    class Locator(_CacheLocator):  # type: ignore[misc,unused-ignore]
        def get_cache_path(self) -> str:
            return str(place)

        def get_source_stamp(self) -> str:
            return digest()

        def get_disambiguator(self) -> str:
            return ""

        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> "Locator":
            return cls()

    class Implementation(CompileResultCacheImpl):  # type: ignore[misc]
        _locator_classes = (Locator,)

    class Cache(FunctionCache):  # type: ignore[misc]
        _impl_class = Implementation

        def load_overload(self, sig: Any, target_context: Any) -> Any:
            try:
                return super().load_overload(sig, target_context)
            except Exception:  # A damaged file is as good as none, whatever is wrong with it.
                return None

        def save_overload(self, sig: Any, data: Any) -> None:
            # On a full disk, say, the code is there all the same, until this process ends.
            with suppress(OSError):
                try:
                    super().save_overload(sig, data)
                except Exception:  # Beside a damaged file.
                    self.flush()
                    super().save_overload(sig, data)

    return Cache
