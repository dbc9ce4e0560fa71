"""A table has the same columns of the same types in every study, however empty: other programs put them together."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from experiment.systems import small
from support import cohort, exponential, scenario

import sim
from sim.experiment.tables import PRINTED, READINGS, RECORDS, TEXT, arrow_table, read_table, typed

FILES = {
    "by_group": READINGS["groups"],
    "by_month": READINGS["budget"],
    "daily": READINGS["daily"],
    "occupancy": READINGS["occupancy"],
    **RECORDS,
}
FULL = "full"


OTHER = scenario(
    {"detox": {"length_of_stay": exponential(4)}},
    population={"severity": {"mild": 1.0}},
    time={"recruitment_days": 60, "follow_up_days": 40},
)
ONE = scenario({"w": {"length_of_stay": exponential(3)}}, **cohort(1, 9.0), population={"severity": {"x": 1.0}})
STUDIES: dict[str, dict[str, Any]] = {
    FULL: {"a": small(), "b": small().with_overrides({"places.beds.capacity": 8})},
    "no prices, no attributes": {label: scenario({"w": {"length_of_stay": exponential(3)}}) for label in "ab"},
    "nobody comes": {label: small(arrivals={"per_day": 0.0}) for label in "ab"},
    "half a day": {label: small(time={"recruitment_days": 1, "follow_up_days": 0.5}) for label in "ab"},
    "other levels": {"a": small(), "b": OTHER},
    "one of a cohort": dict.fromkeys("ab", ONE),
}


@lru_cache
def study(name: str) -> sim.Study:
    return sim.compare(STUDIES[name], replications=2, seed=3, keep_records=True)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each study saved, and the first run of it: name -> folder with `run` and `comparison`."""
    found = {}
    for number, name in enumerate(STUDIES):
        found[name] = tmp_path_factory.mktemp("study") / str(number)
        study(name).save(found[name] / "comparison")
        next(iter(study(name).results.values())).save(found[name] / "run")
    return found


def attributes(name: str, kind: str) -> list[str]:
    scenarios = list(STUDIES[name].values())[: 1 if kind == "run" else 2]
    return list(dict.fromkeys(attribute for each in scenarios for attribute in each.population))


@pytest.mark.parametrize("kind", ["run", "comparison"])
@pytest.mark.parametrize("name", STUDIES)
def test_every_table_of_every_study_is_as_it_is_registered(folders: dict[str, Path], name: str, kind: str) -> None:
    folder = folders[name] / kind
    for file, table in FILES.items():
        expected = table.schema(kind == "comparison", attributes(name, kind))
        assert pq.read_schema(folder / f"{file}.parquet").equals(expected), file
    tables = {path.stem: path for path in folder.glob("*.csv")}
    assert {"metrics", "summary", "budget", "equity", "occupancy"} <= set(tables)
    for file, path in tables.items():
        assert list(pd.read_csv(path).columns) == PRINTED[file].schema(kind == "comparison").names, file
    assert {path.stem for path in folder.glob("*.parquet")} == set(FILES)


def test_some_of_these_tables_are_empty(folders: dict[str, Path]) -> None:
    """Otherwise the tests here would show little."""
    rows = {file: pq.read_metadata(folders["nobody comes"] / "run" / f"{file}.parquet").num_rows for file in FILES}
    assert {file for file, count in rows.items() if not count} == {"by_month", *RECORDS}
    assert pq.read_metadata(folders["no prices, no attributes"] / "run" / "by_group.parquet").num_rows == 0


@pytest.mark.parametrize("file", FILES)
def test_other_programs_put_the_tables_of_two_studies_together(folders: dict[str, Path], file: str) -> None:
    """In Arrow and polars under each other as they are, in DuckDB by UNION ALL; patients of like attributes."""
    with_severity = [name for name in STUDIES if attributes(name, "comparison") == ["severity"]]
    assert len(with_severity) >= 4
    paths = [folders[name] / "comparison" / f"{file}.parquet" for name in with_severity]
    rows = sum(pq.read_metadata(path).num_rows for path in paths)
    assert pa.concat_tables([pq.read_table(path) for path in paths]).num_rows == rows
    assert len(polars.concat([polars.read_parquet(path) for path in paths], how="vertical")) == rows
    union = " UNION ALL ".join(f"SELECT * FROM read_parquet('{path}')" for path in paths)
    assert duckdb.sql(f"SELECT count(*) FROM ({union})").fetchall() == [(rows,)]
    assert duckdb.sql(f"SELECT count(*) FROM read_parquet({[str(path) for path in paths]})").fetchall() == [(rows,)]


def test_other_programs_read_the_words_that_we_wrote(folders: dict[str, Path]) -> None:
    path = folders[FULL] / "run" / "stays.parquet"
    expected = study(FULL).results["a"].stays["reason"].astype(str).value_counts().to_dict()
    assert dict(polars.read_parquet(path)["reason"].cast(polars.String).value_counts().iter_rows()) == expected
    assert dict(duckdb.sql(f"SELECT reason, count(*) FROM read_parquet('{path}') GROUP BY ALL").fetchall()) == expected
    assert pd.read_parquet(path)["reason"].astype(str).value_counts().to_dict() == expected


@pytest.mark.parametrize("name", STUDIES)
def test_empty_tables_keep_their_types_and_categories(folders: dict[str, Path], name: str) -> None:
    """In memory as well as read back: a frame of nobody can be appended to, filtered and grouped like any other."""
    for loaded, original in zip(
        sim.load_study(folders[name] / "comparison").results.values(), study(name).results.values(), strict=True
    ):
        for readings in READINGS:
            pd.testing.assert_frame_equal(getattr(loaded, readings), getattr(original, readings), check_exact=True)
            assert list(original.groups.dtypes) == list(study(FULL).results["a"].groups.dtypes)
        for records in RECORDS:
            pd.testing.assert_frame_equal(getattr(loaded, records), getattr(original, records), check_exact=True)
        levels = list(original.scenario.levels)
        assert list(loaded.stays["level"].cat.categories) == list(loaded.stays["next_level"].cat.categories) == levels


def test_tables_that_earlier_versions_wrote_without_types_are_read(tmp_path: Path) -> None:
    """An empty frame used to be saved with columns of type null."""
    table = READINGS["budget"]
    empty = pd.DataFrame([], columns=list(table.columns))
    empty.to_parquet(tmp_path / "old.parquet", index=False)
    assert {str(kind) for kind in pq.read_schema(tmp_path / "old.parquet").types} == {"null"}
    read = read_table(tmp_path / "old.parquet", table, labelled=False)
    pd.testing.assert_frame_equal(read, typed(empty, table))
    assert read["amount"].dtype == float


def test_a_table_with_other_columns_than_registered_is_a_mistake() -> None:
    frame = pd.DataFrame({"one": ["a"], "two": ["b"]})
    with pytest.raises(ValueError, match="not as it is registered: three, two"):
        arrow_table(frame, pa.schema({"one": TEXT, "three": TEXT}))


def test_the_registry_names_what_the_model_leaves_and_a_result_holds() -> None:
    from sim.model.records import TABLES

    assert list(RECORDS) == list(TABLES)
    result = study(FULL).results["a"]
    for name, table in RECORDS.items():
        own = list(result.scenario.population) if table.attributes else []
        assert list(getattr(result, name).columns) == [*table.columns, *own]
    for name, table in READINGS.items():
        assert list(getattr(result, name).columns) == list(table.columns)
