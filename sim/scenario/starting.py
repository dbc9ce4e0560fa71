"""A first scenario file for a programme of one's own: commented, sound, and meant to be changed."""

from dataclasses import dataclass
from string import Template

from sim.files.formats import CURRENT

SPREAD, LONGEST = 0.4, 4.0
"""Standard deviation and longest planned stay, as multiples of its mean: an assumption, to be replaced by one's own."""

INTENSIVE, ONWARDS = 0.1, 0.5
"""Of those not placed in residential care, the share that starts in IOP; of those who complete residential care and do
not go on to IOP, the share that goes on to outpatient care. Assumptions as well."""

TEMPLATE = Template("""# $name. Change the numbers, then: stepdown validate $file
# Every key there is, for an editor: stepdown schema > stepdown.schema.json
format = $format
name = "$name"
question = "$question"
currency = "USD"
price_year = 2025
payers = { insurer = 0.7, state = 0.2, patient = 0.1 }     # who pays, as shares; replace them by yours

[conditions.addiction]      # what people have; the words for its course are built in, and may be stated

[time]
# The system fills: check it with stepdown warmup $file. Former patients gather for years, and ask again: stepdown rest
# $file writes those that you know by now into this file, so that few years are enough.
warm_up_days = 1095
recruitment_days = 365      # who asks for care now is the cohort ...
follow_up_days = 365        # ... and each is followed so long

[arrivals]
# All who ask for care, and the share of them whom you have treated before. Some former patients move away, or there
# would be ever more of them: stepdown rest $file solves for the rate at which this is the share, and writes it.
calls_per_month = $calls_per_month
known_share = $known_share

[population.severity]       # any attributes, with shares that sum to 1
moderate = 0.6
severe = 0.4

[effects.severity.severe]   # ratios against the first value
dropout = 1.3
relapse = 1.5

[[entry]]
to = { $entry }  # which level first; add `when = { severity = "severe" }` rules above

[places.beds]
capacity = $beds
fixed_cost_per_day = 120.0  # a bed, occupied or not: put in your own

${seats}[levels.residential]
title = "Residential"
places = ["beds"]
round_the_clock = true
length_of_stay = { distribution = "lognormal", mean = $stay, sd = $sd, max = $max }
dropout = { distribution = "weibull", shape = 0.6, scale = 1200 }
patience = { distribution = "weibull", shape = 0.6, scale = 20 }
days_to_remission = { distribution = "exponential", mean = 10 }
relapse_exposure = 0.05     # a twentieth of the risk of a setback of a day at home ...
relapse_clock = 0.02        # ... and the risk hardly falls meanwhile: it waits at the door
cost_per_day = 83.0

[levels.residential.risk_at_discharge]    # of a setback on the day of leaving for home, after a stay of no length
completed = 0.33
transferred = 0.33
dropped_out = 0.42
terminated = 0.42
halved_every_days = 45

${iop}[[levels.residential.next]]
after = ["completed"]
to = "outpatient"
probability = $onwards           # linked to outpatient care, of all who complete
delay_days = { distribution = "exponential", mean = 4 }

# Without places there is room for everyone. To limit it: a table [places.slots] with a capacity, and here
# `places = ["slots"]`, and a `patience` as in the levels above, without which nobody ever gives up waiting.
[levels.outpatient]
title = "Outpatient"
length_of_stay = { distribution = "lognormal", mean = 136, sd = 70, max = 365 }
dropout = { distribution = "weibull", shape = 0.66, scale = 1440 }
relapse_exposure = 0.92
relapse_clock = 1.0         # at home: a day is a day
lasting_benefit = { hazard_ratio = 0.93, at_days = 30, max_days = 180 }    # until a relapse
days_to_remission = { distribution = "exponential", mean = 24 }
on_relapse = { discharge = 0.15, continue = 0.85 }
cost_per_session = 105.0
sessions_per_week = 1
clinical_hours_per_week = 1.5

[relapse]                   # when any setback comes: log-logistic in days well at home
median_days = 150
shape = 1.15
share_of_setbacks = 0.42    # of setbacks, how many begin a relapse; the others (lapses) end by themselves
after_remission = 1.8       # hazard ratio where a spell began without care

[setback]
duration_days = { distribution = "exponential", mean = 2 }
into_relapse_days = { distribution = "exponential", mean = 8 }    # until it is a relapse

[return_to_care]
probability = 0.4
delay_days = { distribution = "exponential", mean = 150 }

[remission]
distribution = "exponential"
mean = 140

[death]                     # per 1,000 person-years
in_care = 0.5
well = 0.8
unwell = 2.6

[costs]                     # a day, by clinical state; who bears what: costs.payers
productivity = { unwell = 25.0 }

[utilities]                 # 1 is full health
well = 0.77
setback = 0.70
unwell = 0.57

[discounting]
costs = 0.03
effects = 0.03

# Where a number comes from stands beside it, and shows in reports. One for each number that you know:
[evidence."levels.residential.cost_per_day"]
low = 50.0
high = 150.0
unit = "USD per day"
grade = "assumption"        # published, estimated, assumption; or choice: decided, not known
source = "to be replaced by your own accounts"
""")


SEATS = Template("""[places.seats]
capacity = $seats
fixed_cost_per_day = 70.0

""")

IOP = Template("""[[levels.residential.next]]
after = ["completed"]
to = "iop"
probability = $linked           # linked to the next level
delay_days = { distribution = "exponential", mean = 4 }

[levels.iop]
title = "Intensive outpatient"
places = ["seats"]
length_of_stay = { distribution = "lognormal", mean = 60, sd = 35, max = 240 }
dropout = { distribution = "weibull", shape = 0.8, scale = 600 }
patience = { distribution = "weibull", shape = 0.6, scale = 6 }
relapse_exposure = 0.8
relapse_clock = 1.0
lasting_benefit = { hazard_ratio = 0.93, at_days = 30, max_days = 180 }
days_to_remission = { distribution = "exponential", mean = 24 }
on_relapse = { discharge = 0.25, continue = 0.75 }
cost_per_session = 110.0
sessions_per_week = 3
clinical_hours_per_week = 9

[[levels.iop.next]]
after = ["completed"]
to = "outpatient"
probability = 0.6
delay_days = { distribution = "exponential", mean = 4 }

""")


@dataclass(frozen=True)
class Programme:
    """What is asked about a programme before its first file is written."""

    name: str = "Our programme"
    question: str = "How does our programme run today?"
    calls_per_month: float = 60.0
    """People who ask for care, those who come back included."""
    known_share: float = 0.25
    """Of these, the share of people who have been there before."""
    beds: int = 30
    stay_days: float = 24.0
    """Planned residential stay, mean."""
    seats: int = 30
    """In groups of the intensive outpatient programme; with 0 there is none."""
    linked: float = 0.5
    """Share of those who complete residential care that go on to IOP."""
    residential: float = 0.5
    """Share of those who ask that is placed in residential care; the others start in IOP and outpatient care."""


def starting_scenario(programme: Programme, file: str) -> str:
    """The text of a scenario file, named `file`. Texts are written as TOML strings, whatever they hold.

    It is sound when the numbers of the programme are: a negative one is written as it is, for the reader to refuse.
    """
    stay = programme.stay_days
    has_iop = programme.seats != 0
    others = 1 - programme.residential
    iop = INTENSIVE * others if has_iop else 0.0
    entry = {"residential": programme.residential, "iop": iop, "outpatient": others - iop}
    return TEMPLATE.substitute(
        format=CURRENT["scenario"],
        name=_escaped(programme.name),
        question=_escaped(programme.question),
        file=_escaped(file),
        calls_per_month=_number(programme.calls_per_month),
        known_share=_number(programme.known_share),
        entry=", ".join(f"{level} = {_number(share)}" for level, share in entry.items() if share),
        onwards=_number(ONWARDS * (1 - programme.linked if has_iop else 1.0)),
        beds=programme.beds,
        stay=_number(stay),
        sd=_number(SPREAD * stay),
        max=_number(LONGEST * stay),
        seats=SEATS.substitute(seats=programme.seats) if has_iop else "",
        iop=IOP.substitute(linked=_number(programme.linked)) if has_iop else "",
    )


def _number(value: float) -> str:
    return f"{value:.10g}"


def _escaped(text: str) -> str:
    """A text inside a TOML basic string, or a comment: on one line."""
    one_line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return one_line.replace("\\", "\\\\").replace('"', '\\"')
