"""Figures on disk: whole or not at all, and the same figure as the same bytes."""

from os import PathLike
from pathlib import Path

from matplotlib.figure import Figure

from sim.files.whole_files import whole_file
from sim.report.pictures.style import drawing

KINDS = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""By suffix, what matplotlib would write of its own that differs from one time to the next."""


def write_figure(figure: Figure, path: str | PathLike[str]) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of `path`.

    Raises ValueError for another suffix, OSError when the file cannot be written; then nothing is left behind.
    """
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise ValueError(f"{path}: a figure is written as .png, .svg or .pdf")
    with whole_file(target) as part, drawing():
        figure.savefig(part, format=kind, metadata=KINDS[kind])
