import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.files.paths import exists, join_path, lookup, split_path


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("levels.iop", ("levels", "iop")),
        ('evidence."levels.iop.next.0".low', ("evidence", "levels.iop.next.0", "low")),
        ("evidence.'a.b'", ("evidence", "a.b")),
        ("name", ("name",)),
    ],
)
def test_splitting_honours_quotes(path, segments):
    assert split_path(path) == segments


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a b", 'a."b', 'a"b"', "a.[0]"])
def test_malformed_paths_are_refused(path):
    with pytest.raises(ValueError, match="is not a dotted path"):
        split_path(path)


@given(st.lists(st.from_regex(r"[a-z0-9_.]{1,8}", fullmatch=True), min_size=1, max_size=5))
def test_splitting_undoes_joining(segments):
    assert split_path(join_path(segments)) == tuple(segments)


def test_lookup_counts_lists_and_refuses_what_is_not_there():
    data = {"a": [{"b": 1}], "none": None}
    assert lookup(data, ("a", "0", "b")) == 1
    for missing in (("a", "1"), ("a", "-1"), ("a", "9" * 5000), ("a", "b"), ("a", "0", "b", "c"), ("c",)):
        with pytest.raises(KeyError):
            lookup(data, missing)
    assert not exists(data, ("none",))
