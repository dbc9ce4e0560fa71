"""Event logs on disk: as CSV or XES; `event_log_ocel` writes OCEL. Times are in UTC, to the millisecond.

Milliseconds, because some readers of XES take further digits for more of them; events of one millisecond are written in
the order in which they happened.
"""

import csv
import re
from collections.abc import Iterator
from itertools import pairwise
from os import PathLike
from typing import Any
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import numpy as np
import pandas as pd

from sim.files.whole_files import whole_text
from sim.report.exports.event_log import ATTRIBUTE, OF_THE_CASE
from sim.report.render.csv import harmless

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even as references."""

TIMES = ("start_timestamp", "timestamp")
NO_ATTRIBUTES: "AttributesImpl[str]" = AttributesImpl({})

XES_NAMESPACE = "http://www.xes-standard.org/"
EXTENSIONS = {"Concept": "concept", "Lifecycle": "lifecycle", "Time": "time", "Organizational": "org"}
CLASSIFIERS = {"Activity": "concept:name", "ActivityAndLifecycle": "concept:name lifecycle:transition"}
XES_KEYS = {
    "activity": "concept:name",
    "lifecycle": "lifecycle:transition",
    "timestamp": "time:timestamp",
    "stay": "concept:instance",
    "level": "org:group",
    "places": "org:resource",
}
"""What has a name of its own in the standard; the other columns keep theirs. A case is called by `concept:name`."""

DATES = {XES_KEYS.get(name, name) for name in TIMES}
EVENT_DEFAULTS = {
    "activity": "unknown",
    "kind": "unknown",
    "lifecycle": "complete",
    "start_timestamp": "1970-01-01T00:00:00.000+00:00",
    "timestamp": "1970-01-01T00:00:00.000+00:00",
    "day": 0.0,
}
TRACE_DEFAULTS = {"case": "unknown", "scenario": "unknown", "replication": 0, "patient": 0}


def write_csv(log: pd.DataFrame, path: str | PathLike[str]) -> None:
    """Write the log of `sim.report.exports.event_log` as CSV (RFC 4180, UTF-8), one row an event.

    Text that a spreadsheet would take for a formula is led in by an apostrophe; numbers stay numbers. Raises OSError;
    then nothing is left behind.
    """
    frame = log.assign(**{name: iso_times(log[name], "Z") for name in TIMES})
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name].dtype):
            frame[name] = [harmless(value) if isinstance(value, str) else value for value in frame[name]]
    frame.columns = pd.Index([harmless(str(name)) for name in frame.columns])
    with whole_text(path) as file:
        frame.to_csv(file, index=False, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)


def write_xes(log: pd.DataFrame, path: str | PathLike[str], name: str = "stepdown") -> None:
    """Write the log of `sim.report.exports.event_log` as XES, one trace a case; name: of the log.

    Source: IEEE Std 1849-2016. Raises OSError; then nothing is left behind.
    """
    with whole_text(path) as file:
        xml = XMLGenerator(file, encoding="UTF-8", short_empty_elements=True)
        xml.startDocument()
        about = {"xes.version": "1849.2016", "xes.features": "", "xmlns": XES_NAMESPACE}
        xml.startElement("log", AttributesImpl(about))
        for title, prefix in EXTENSIONS.items():
            _element(xml, "extension", name=title, prefix=prefix, uri=f"{XES_NAMESPACE}{prefix}.xesext")
        for scope, defaults in (("trace", TRACE_DEFAULTS), ("event", EVENT_DEFAULTS)):
            xml.startElement("global", AttributesImpl({"scope": scope}))
            for column, default in defaults.items():
                _attribute(xml, _key(column), default)
            xml.endElement("global")
        for title, keys in CLASSIFIERS.items():
            _element(xml, "classifier", name=title, scope="event", keys=keys)
        _attribute(xml, "concept:name", name)
        for case in cases(log):
            _trace(xml, case)
        xml.endElement("log")
        xml.endDocument()


def cases(log: pd.DataFrame) -> Iterator[list[dict[str, Any]]]:
    """The events of each case as plain values, case by case; what is missing is left out."""
    columns = [(str(name), python_values(values)) for name, values in log.items()]
    first = np.flatnonzero(log["case"].ne(log["case"].shift()))
    for start, end in pairwise([*first, len(log)]):
        yield [{name: values[row] for name, values in columns if values[row] is not None} for row in range(start, end)]


def python_values(values: pd.Series) -> list[Any]:
    """A column as values of Python, None for what is missing; instants as text."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return iso_times(values, "+00:00")
    return values.astype(object).where(values.notna(), None).tolist()


def iso_times(instants: pd.Series | pd.DatetimeIndex, zone: str) -> list[str]:
    """Instants in UTC as ISO 8601 to the millisecond, cut off, not rounded: nothing moves into another day."""
    utc = pd.DatetimeIndex(instants).tz_localize(None).to_numpy(dtype="datetime64[us]")
    return [f"{text}{zone}" for text in np.datetime_as_string(utc.astype("datetime64[ms]"))]


def _key(column: str) -> str:
    return "concept:name" if column == "case" else XES_KEYS.get(column, column.removeprefix(ATTRIBUTE))


def _trace(xml: XMLGenerator, events: list[dict[str, Any]]) -> None:
    xml.ignorableWhitespace("\n")
    xml.startElement("trace", NO_ATTRIBUTES)
    for column, value in events[0].items():
        if column in ("case", *OF_THE_CASE) or column.startswith(ATTRIBUTE):
            _attribute(xml, _key(column), value)
    for event in events:
        xml.startElement("event", NO_ATTRIBUTES)
        for column, value in event.items():
            if column not in ("case", *OF_THE_CASE) and not column.startswith(ATTRIBUTE):
                # The standard has instances of activities named by text.
                _attribute(xml, _key(column), str(value) if column == "stay" else value)
        xml.endElement("event")
    xml.endElement("trace")


def _attribute(xml: XMLGenerator, key: str, value: Any) -> None:
    kind, text = "string", str(value)
    if isinstance(value, bool):
        kind, text = "boolean", text.lower()
    elif isinstance(value, int):
        kind = "int"
    elif isinstance(value, float):
        kind, text = "float", repr(value)
    elif key in DATES:
        kind = "date"
    _element(xml, kind, key=key, value=NOT_IN_XML.sub("\ufffd", text))


def _element(xml: XMLGenerator, name: str, /, **attributes: str) -> None:
    xml.startElement(name, AttributesImpl(attributes))
    xml.endElement(name)
