"""Files on disk, whole or not at all: one, and several together."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all, whatever happens and whoever else writes it."""
    try:
        _write(path, content)
    except FileNotFoundError:
        # Another process has just removed the folder, which was empty yet.
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def move_all(moves: Sequence[tuple[Path, Path]]) -> None:
    """Move files, from and to, one after the other; if that fails or is stopped half-way, all of them back again."""
    try:
        for source, target in moves:
            os.replace(source, target)
    except BaseException:
        for source, target in reversed(moves):
            if target.exists() and not source.exists():
                os.replace(target, source)
        raise
