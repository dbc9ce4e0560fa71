"""One reader for every file of a user's: what is no file, no text or no TOML gets one plain line, wherever it stood."""

import os
from pathlib import Path

import pytest

from sim.experiment.regression.suite import load_suite
from sim.files.problems import ScenarioError
from sim.files.toml import LARGEST_FILE, read_toml
from sim.scenario import load_scenario

WRONG = {
    "a key twice": (b"name = 'x'\nname = 'y'\n", "is not valid TOML: .*line 2"),
    "no UTF-8": (b"a = 1\nname = '\xff'", r"is not UTF-8 text \(line 2\)\. Save it as UTF-8"),
    "too large": (b"#" * (LARGEST_FILE + 1), "is larger than 1,000,000 bytes"),
    "nested": (b"x = " + b"[" * 100_000, "is nested too deeply"),
    "endless key": (b"a" + b".a" * 300_000 + b" = 1", "has a key of more than 50 dotted parts"),
    "endless number": (b"a = " + b"1" * 5_000, "has a number with too many digits"),
}


def wrong(path: Path, name: str) -> None:
    path.write_bytes(WRONG[name][0])


@pytest.mark.parametrize("read", [read_toml, load_scenario, load_suite])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_in_the_same_words_of_any_file(tmp_path: Path, read: object, name: str) -> None:
    wrong(tmp_path / "bad.toml", name)
    with pytest.raises(ScenarioError, match=f"^bad.toml: {WRONG[name][1]}") as found:
        read(tmp_path / "bad.toml")  # type: ignore[operator]
    assert len(found.value.problems) == 1
    assert "\n" not in str(found.value)


def test_only_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    for name, words in {"folder": "Is a directory", "pipe": "not a file but a pipe", "none": "No such file"}.items():
        with pytest.raises(ScenarioError, match=rf"^{name}\.toml: cannot be read: .*{words}"):
            read_toml(tmp_path / f"{name}.toml")


def test_the_mark_of_the_byte_order_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfname = 'x'\r\n")
    assert read_toml(tmp_path / "a.toml") == {"name": "x"}
