"""Files are whole or not there, and errors name them as they were asked for."""

from pathlib import Path

import pytest

from sim.files.whole_files import whole_file


@pytest.mark.parametrize("reason", [OSError(28, "No space left on device"), OSError("cannot write {part}")])
def test_no_error_names_the_unfinished_file(tmp_path: Path, reason: OSError) -> None:
    with pytest.raises(OSError, match="nothing was written") as raised, whole_file(tmp_path / "log.csv") as part:
        raise reason if reason.errno else OSError(f"cannot write {part}")
    assert ".part" not in str(raised.value)
    assert raised.value.filename == str(tmp_path / "log.csv")


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".csv")
    with whole_file(path) as part:
        part.write_text("whole")
    assert path.read_text() == "whole"
