#!/usr/bin/env bash
# An end of follow-up that lifelines cannot read as a date is an event, long before anybody began.
#
# Versions:  lifelines 0.30.3, pandas 2.3.3, numpy 2.4.6
# Expected:  an end that cannot be read is refused, as a start that cannot be read is, or counts as missing, which is
#            censored on the last day of observation
# Behaviour: datetimes_to_durations decides who is censored before it reads the dates, and turns what it cannot read into no
#            date afterwards: the person has had the event, after -9.2e18 days, and the only warning is that "some values
#            of start_times are after end_times". The Kaplan-Meier curve takes it without a word and falls at once, for
#            everybody. So it goes with 20/04/2026 in a column whose first dates are read as month/day
# Seen:      2026-11-29: ends after 10 and 30 days, "unknown" and none by day 60: survival at 0 is 0.75, the median 10 days
#            where it is 30 with the date left out
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'lifelines==0.30.3' 'pandas==2.3.3' 'numpy==2.4.6'
cd "$work"
cat >ends.py <<'PY'
import sys
import warnings

from lifelines import KaplanMeierFitter
from lifelines.utils import datetimes_to_durations


def read(starts, ends):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        days, events = datetimes_to_durations(starts, ends, fill_date="2026-03-02")
    return days.tolist(), events.tolist(), {str(each.message).strip() for each in told if each.category is UserWarning}


START = "2026-01-01"
unreadable = read([START] * 4, ["2026-01-11", "2026-01-31", "unknown", None])
missing = read([START] * 4, ["2026-01-11", "2026-01-31", None, None])
other_way = read(["01/02/2026"] * 2, ["02/03/2026", "20/02/2026"])
try:
    read(["unknown"], [START])
    start = "read"
except ValueError:
    start = "refused"
curve = [KaplanMeierFitter().fit(*each[:2]) for each in (unreadable, missing)]
at_start = [round(float(each.predict(0)), 2) for each in curve]
medians = [each.median_survival_time_ for each in curve]

print("expected:  the third is refused, or censored after 60 days")
print("behaviour: it is an event long before the start")
print("seen:      days", unreadable[0], "events", unreadable[1], *unreadable[2])
print("           survival at 0", *at_start, "and median", *medians, "with and without that word")
print("           01/02/2026 to 20/02/2026: days", other_way[0][1], "event", other_way[1][1])
held = (
    start == "refused"
    and unreadable[0][2] < -9e18
    and unreadable[1] == [True, True, True, False]
    and unreadable[2] == {"Warning: some values of start_times are after end_times."}
    and other_way[0][1] < -9e18
    and other_way[1][1]
    and missing[1] == [True, True, False, False]
    and at_start == [0.75, 1.0]
    and medians == [10.0, 30.0]
)
if not held:
    sys.exit("changed: such a date is read otherwise")
PY
"$work/venv/bin/python" ends.py
echo "holds: in lifelines 0.30.3 an end that cannot be read is an event before all others"
