"""Event logs on disk: as the standards have them, whole or not at all, and harmless in a spreadsheet."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import jsonschema
import pandas as pd
import pytest
from support import exponential, fixed, scenario

import sim
from sim.experiment.result import Study
from sim.report.exports.event_log import study_log
from sim.report.exports.event_log_files import write_csv, write_xes
from sim.report.exports.event_log_ocel import write_ocel

HOSTILE = "=1+1\t<&>\"'\x01]]>"
XES = "{http://www.xes-standard.org/}"
ATTRIBUTES = {"string", "date", "int", "float", "boolean", "id", "list"}

OBJECT = {"type": "object", "additionalProperties": False}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
VALUE = {"type": ["string", "number", "boolean"]}


def many(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {**OBJECT, "required": required, "properties": properties}}


TEXT = {"type": "string", "minLength": 1}
TYPES = many(
    ["name", "attributes"],
    {
        "name": TEXT,
        "attributes": many(
            ["name", "type"], {"name": TEXT, "type": {"enum": ["string", "time", "integer", "float", "boolean"]}}
        ),
    },
)
RELATED = many(["objectId", "qualifier"], {"objectId": TEXT, "qualifier": TEXT})
OCEL = {
    **OBJECT,
    "required": ["objectTypes", "eventTypes", "objects", "events"],
    "properties": {
        "objectTypes": TYPES,
        "eventTypes": TYPES,
        "objects": many(
            ["id", "type"],
            {
                "id": TEXT,
                "type": TEXT,
                "relationships": RELATED,
                "attributes": many(["name", "value", "time"], {"name": TEXT, "value": VALUE, "time": TIME}),
            },
        ),
        "events": many(
            ["id", "type", "time"],
            {
                "id": TEXT,
                "type": TEXT,
                "time": TIME,
                "relationships": RELATED,
                "attributes": many(["name", "value"], {"name": TEXT, "value": VALUE}),
            },
        ),
    },
}
"""The JSON format of the specification of OCEL 2.0 (arXiv:2403.01975, and ocel-standard.org), as a schema."""


@pytest.fixture(scope="module")
def study() -> Study:
    ward = {"places": ["bed"], "length_of_stay": exponential(6), "patience": exponential(9), "title": "<b>Ward"}
    described = scenario(
        {"ward": ward, "home": {"length_of_stay": exponential(20)}},
        {"bed": 4},
        population={"severity": {"mild": 0.5, "severe": 0.5}, "number": {"one": 0.5, "two": 0.5}},
        relapse={"median_days": 20.0, "shape": 1.0},
    )
    closing = {"places.bed.changes": [{"from_day": 30, "capacity": 2}]}
    return sim.compare({"today": described, HOSTILE: described.with_overrides(closing)}, 2, seed=1, keep_records=True)


@pytest.fixture(scope="module")
def log(study: Study) -> pd.DataFrame:
    return study_log(study)


@pytest.fixture(scope="module")
def empty() -> pd.DataFrame:
    described = scenario(
        {"ward": {"length_of_stay": exponential(6)}}, arrivals={"closed_cohort": 0}, time={"follow_up_days": 9}
    )
    return study_log(Study({"": sim.run(described, 1, keep_records=True)}))


def test_csv_is_one_row_an_event_and_holds_no_formula(log: pd.DataFrame, tmp_path: Path) -> None:
    write_csv(log, tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert len(rows) == len(log)
    cells = {cell for row in [head, *rows] for cell in row}
    numbers = {cell for cell in cells if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)}
    assert not [cell for cell in cells - numbers if cell[:1] in tuple("=+-@\t\r\n")]
    assert rows[-1][head.index("scenario")].startswith("'=1+1\t")
    assert [float(row[head.index("day")]) for row in rows] == log["day"].tolist()
    times = pd.to_datetime([row[head.index("timestamp")] for row in rows])
    assert (abs(times - pd.DatetimeIndex(log["timestamp"])) < pd.Timedelta(milliseconds=1)).all()
    assert rows[0][head.index("timestamp")].endswith("Z")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "  @"])
def test_csv_leads_in_whatever_begins_like_a_formula(log: pd.DataFrame, begin: str, tmp_path: Path) -> None:
    write_csv(log.head(3).assign(scenario=f"{begin}cmd|' /C calc'!A0", case="a", day=-1.5), tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["scenario"] == f"'{begin}cmd|' /C calc'!A0"
    assert row["day"] == "-1.5"


def test_xes_has_the_structure_of_the_standard(log: pd.DataFrame, tmp_path: Path) -> None:
    write_xes(log, tmp_path / "log.xes", HOSTILE)
    root = ElementTree.parse(tmp_path / "log.xes").getroot()
    assert root.tag == f"{XES}log"
    assert root.get("xes.version") == "1849.2016"
    # In this order, says the schema: extensions, globals, classifiers, attributes, traces.
    names = [child.tag.removeprefix(XES) for child in root]
    kinds = ["attribute" if name in ATTRIBUTES else name for name in names]
    assert list(dict.fromkeys(kinds)) == ["extension", "global", "classifier", "attribute", "trace"]
    assert kinds == sorted(kinds, key=["extension", "global", "classifier", "attribute", "trace"].index)

    prefixes = {extension.get("prefix") for extension in root.iter(f"{XES}extension")}
    for extension in root.iter(f"{XES}extension"):
        assert set(extension.attrib) == {"name", "prefix", "uri"}
    attributes = [each for each in root.iter() if each.tag.removeprefix(XES) in ATTRIBUTES]
    for attribute in attributes:
        key = attribute.attrib["key"]
        assert set(attribute.attrib) == {"key", "value"}
        assert re.fullmatch(r"[A-Za-z_:][\w:.-]*", key), key
        assert ":" not in key or key.split(":")[0] in prefixes
        check_value(attribute.tag.removeprefix(XES), attribute.attrib["value"])
    for scope, element in (("trace", "trace"), ("event", "event")):
        declared = next(each for each in root.iter(f"{XES}global") if each.get("scope") == scope)
        wanted = {(each.tag, each.get("key")) for each in declared}
        for each in root.iter(f"{XES}{element}"):
            here = [(child.tag, child.get("key")) for child in each if child.tag != f"{XES}event"]
            assert wanted <= set(here)
            assert max(Counter(key for _, key in here).values()) == 1
    global_event = {each.get("key") for each in root.findall(f"{XES}global[@scope='event']/*")}
    for classifier in root.iter(f"{XES}classifier"):
        assert re.fullmatch(r"[A-Za-z_][\w.-]*", classifier.attrib["name"])
        assert set(classifier.attrib["keys"].split()) <= global_event

    traces = root.findall(f"{XES}trace")
    assert len(traces) == log["case"].nunique() == len({value(trace, "concept:name") for trace in traces})
    written = [value(event, "concept:name") for event in root.iter(f"{XES}event")]
    assert written == log["activity"].tolist()
    assert value(traces[-1], "scenario") == "=1+1\t<&>\"'�]]>"


def value(element: ElementTree.Element, key: str) -> str | None:
    return next((child.get("value") for child in element if child.get("key") == key), None)


def check_value(kind: str, text: str) -> None:
    if kind == "date":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", text)
    elif kind == "int":
        int(text)
    elif kind == "float":
        float(text)
    elif kind == "boolean":
        assert text in ("true", "false")


def test_ocel_fits_the_schema_and_refers_to_what_is_there(study: Study, log: pd.DataFrame, tmp_path: Path) -> None:
    write_ocel(log, tmp_path / "log.json", {label: result.scenario for label, result in study.results.items()})
    ocel = json.loads((tmp_path / "log.json").read_text(encoding="utf-8"))
    jsonschema.validate(ocel, OCEL)
    kinds: dict[str, Any] = {"string": str, "integer": int, "float": (int, float), "boolean": bool}
    for of_types, items in (("objectTypes", "objects"), ("eventTypes", "events")):
        types = {each["name"]: {a["name"]: a["type"] for a in each["attributes"]} for each in ocel[of_types]}
        assert len(types) == len(ocel[of_types])
        assert {item["type"] for item in ocel[items]} == set(types)
        assert len({item["id"] for item in ocel[items]}) == len(ocel[items])
        for item in ocel[items]:
            for attribute in item["attributes"]:
                assert isinstance(attribute["value"], kinds[types[item["type"]][attribute["name"]]])
    objects = {each["id"]: each for each in ocel["objects"]}
    for item in [*ocel["objects"], *ocel["events"]]:
        assert {each["objectId"] for each in item["relationships"]} <= set(objects)

    of_stays = {"admit": "admit to ", "discharge": "discharge from "}
    types = [
        f"{of_stays[kind]}{level}" if kind in of_stays else activity
        for activity, kind, level in zip(log["activity"], log["kind"], log["level"], strict=True)
    ]
    assert [event["type"] for event in ocel["events"]] == types
    count = Counter(each["type"] for each in ocel["objects"])
    assert count["patient"] == log["case"].nunique()
    assert count["stay"] == sum(len(result.stays) for result in study.results.values())
    assert (count["level"], count["place"]) == (2 * 2 * 2, 2 * 2)
    bed = objects[f"place:{HOSTILE}/1/bed"]
    capacity = [(each["time"][:10], each["value"]) for each in bed["attributes"] if each["name"] == "capacity"]
    assert capacity == [("2025-01-06", 4), ("2025-02-05", 2)]
    admission = next(event for event in ocel["events"] if event["type"] == "admit to ward")
    world = {each["qualifier"]: objects[each["objectId"]]["type"] for each in admission["relationships"]}
    assert world == {"about": "patient", "begins": "stay", "enters": "level", "takes": "place"}


def test_places_of_people_in_care_on_day_0_are_there_when_they_take_them(tmp_path: Path) -> None:
    ward = {"places": ["bed"], "length_of_stay": fixed(30)}
    described = scenario({"ward": ward}, {"bed": 9}, initial={"ward": {"in_care": 5}})
    study = Study({"": sim.run(described, 2, keep_records=True)})
    log = study_log(study)
    write_ocel(log, tmp_path / "log.json", {"": described})
    ocel = json.loads((tmp_path / "log.json").read_text(encoding="utf-8"))
    for world in (0, 1):
        bed = next(each for each in ocel["objects"] if each["id"] == f"place:{world}/bed")
        (opened,) = [each["time"] for each in bed["attributes"] if each["name"] == "capacity"]
        taken = [
            event["time"]
            for event in ocel["events"]
            if {"objectId": bed["id"], "qualifier": "takes"} in event["relationships"]
        ]
        assert opened <= min(taken) < "2025-01-06"
    assert (log["day"] >= log["case:arrived"]).all()


# --- read back by programs that know nothing of ours ---


@pytest.fixture(scope="module")
def running() -> Study:
    """A ward that is full on day 0, with people waiting for it and others at home; from it into day care."""
    ward = {"places": ["bed"], "length_of_stay": exponential(6), "patience": exponential(20)}
    described = scenario(
        {
            "ward": {**ward, "next": [{"to": "day", "probability": 0.5}]},
            "day": {"places": ["seat"], "length_of_stay": exponential(20)},
        },
        {"bed": 6, "seat": 4},
        initial={"ward": {"in_care": 6, "waiting": 3}, "day": {"in_care": 4, "waiting": 0}},
        known={"well": {"people": 5, "days": exponential(100)}},
    )
    return sim.compare(
        {"a": described, "b": described.with_overrides({"places.bed.capacity": 7})}, 2, keep_records=True
    )


@pytest.fixture(scope="module")
def expected(running: Study) -> dict[str, float]:
    """Mean length of the stays in a level that have ended, of all scenarios and replications together."""
    stays = pd.concat([result.stays.astype({"level": str, "reason": str}) for result in running.results.values()])
    ended = stays[stays["reason"] != "end_of_follow_up"]
    return dict((ended["discharged"] - ended["admitted"]).groupby(ended["level"]).mean().items())


def test_duckdb_pairs_the_start_and_the_end_of_each_stay(running: Study, expected: Any, tmp_path: Path) -> None:
    write_csv(study_log(running), tmp_path / "log.csv")
    log = f"read_csv('{tmp_path / 'log.csv'}')"
    rows = duckdb.sql(f"""
        select level, avg(epoch(e."timestamp") - epoch(s."timestamp")) / 86400,
            bool_and(e.start_timestamp = s."timestamp")
        from {log} s join {log} e using ("case", activity, stay, level)
        where s.lifecycle = 'start' and e.lifecycle = 'complete' group by level""").fetchall()
    assert {level: days for level, days, _ in rows} == pytest.approx(expected, abs=1e-6)
    assert all(same for *_, same in rows)
    # Who takes a place and who frees it, one after the other, before day 0 as well: never more than there are.
    rows = duckdb.sql(f"""
        select scenario, min(day), max(used) from (
            select scenario, day, sum(if(lifecycle = 'start', 1, -1)) over (
                partition by scenario, replication order by day, lifecycle rows unbounded preceding) used
            from {log} where level = 'ward' and activity = 'stay in ward')
        group by scenario order by scenario""").fetchall()
    assert [most for *_, most in rows] == [6, 7]
    assert all(first < 0 for _, first, *_ in rows)


def test_duckdb_finds_stays_of_ocel_by_their_relations(running: Study, expected: Any, tmp_path: Path) -> None:
    write_ocel(
        study_log(running), tmp_path / "log.json", {label: each.as_run for label, each in running.results.items()}
    )
    duckdb.sql(
        f"create or replace table ocel as from read_json('{tmp_path / 'log.json'}', maximum_object_size=99999999)"
    )
    rows = duckdb.sql("""
        with happened as (
            select e."type" as kind, e."time"::timestamp as moment, unnest(e.relationships) as relation
            from (select unnest(events) as e from ocel)),
        ends as (select relation.objectId as stay, kind, moment from happened
            where relation.qualifier in ('begins', 'ends'))
        select replace(b.kind, 'admit to ', ''), avg(epoch(f.moment) - epoch(b.moment)) / 86400
        from ends b join ends f using (stay)
        where b.kind like 'admit to %' and f.kind like 'discharge from %' group by 1""").fetchall()
    assert dict(rows) == pytest.approx(expected, abs=1e-6)
    days = duckdb.sql("""
        select avg(a."value"::double) from (
            select unnest(o.attributes) as a from (select unnest(objects) as o from ocel) where o."type" = 'stay')
        where a."name" = 'days'""").fetchall()
    stays = pd.concat([result.stays for result in running.results.values()])
    ended = stays[stays["reason"] != "end_of_follow_up"]
    assert days[0] == pytest.approx(((ended["discharged"] - ended["admitted"]).mean(),))
    # What some readers lose (findings/pm4py_ocel_losses.sh) carries nothing: no object is named twice by one event.
    twice = duckdb.sql("""
        select count(*) from (select e.id as event, unnest(e.relationships).objectId as thing
            from (select unnest(events) as e from ocel)) group by event, thing having count(*) > 1""").fetchall()
    assert twice == []


def test_a_reader_of_xml_pairs_the_start_and_the_end_of_each_stay(
    running: Study, expected: Any, tmp_path: Path
) -> None:
    write_xes(study_log(running), tmp_path / "log.xes")
    lasted: dict[str, list[float]] = {}
    for trace in ElementTree.parse(tmp_path / "log.xes").iter(f"{XES}trace"):
        begun: dict[tuple[str | None, ...], pd.Timestamp] = {}
        for event in trace.iter(f"{XES}event"):
            instance = value(event, "concept:name"), value(event, "concept:instance")
            moment = pd.Timestamp(value(event, "time:timestamp") or "")
            if value(event, "lifecycle:transition") == "start":
                begun[instance] = moment
            elif instance in begun:
                level = value(event, "org:group") or ""
                lasted.setdefault(level, []).append((moment - begun.pop(instance)) / pd.Timedelta(days=1))
    assert {level: sum(days) / len(days) for level, days in lasted.items()} == pytest.approx(expected, abs=1e-6)


def test_pm4py_computes_service_times(running: Study, expected: Any, tmp_path: Path) -> None:
    """Where it is installed, which nothing of ours asks for."""
    pm4py = pytest.importorskip("pm4py")
    log = study_log(running)
    write_xes(log, tmp_path / "log.xes")
    read = pm4py.read_xes(str(tmp_path / "log.xes"))
    assert read["case:concept:name"].nunique() == log["case"].nunique()
    intervals = read[read["lifecycle:transition"] == "complete"]
    service = pm4py.get_service_time(intervals, start_timestamp_key="start_timestamp", aggregation_measure="mean")
    days = {f"stay in {level}": each * 86400 for level, each in expected.items()}
    assert {name: each for name, each in service.items() if name in days} == pytest.approx(days, rel=1e-3)
    scenarios = {label: each.as_run for label, each in running.results.items()}
    write_ocel(log, tmp_path / "log.json", scenarios)
    ocel = pm4py.read_ocel2(str(tmp_path / "log.json"))
    kinds = ocel.objects["ocel:type"].value_counts()
    stays = sum(len(result.stays) for result in running.results.values())
    assert (kinds["patient"], kinds["stay"]) == (log["case"].nunique(), stays)


def test_nobody_at_all_is_a_log_as_well(empty: pd.DataFrame, tmp_path: Path) -> None:
    assert len(empty) == 0
    write_csv(empty, tmp_path / "log.csv")
    write_xes(empty, tmp_path / "log.xes")
    write_ocel(empty, tmp_path / "log.json", {})
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1
    assert not list(ElementTree.parse(tmp_path / "log.xes").iter(f"{XES}trace"))
    jsonschema.validate(json.loads((tmp_path / "log.json").read_text()), OCEL)


@pytest.mark.parametrize("write", [write_csv, write_xes])
def test_a_file_appears_whole_or_not_at_all(write: Any, log: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("earlier")
    broken = log.head(5).assign(activity=[*log["activity"].head(4), Broken()])
    with pytest.raises(RuntimeError):
        write(broken, path)
    assert path.read_text() == "earlier"
    assert [each.name for each in tmp_path.iterdir()] == ["log"]
    with pytest.raises(OSError, match="No such file"):
        write(log.head(5), tmp_path / "nowhere" / "log")


class Broken:
    """Something that cannot be written."""

    def __str__(self) -> str:
        raise RuntimeError
