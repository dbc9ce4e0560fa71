"""Figures on disk."""

import resource
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from sim.report.pictures.figure_file import write_figure


def test_a_figure_that_cannot_be_written_whole_leaves_the_earlier_one_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    path.write_text("earlier")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large; nothing was written") as raised:
            write_figure(Figure(), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert raised.value.filename == str(path)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]
