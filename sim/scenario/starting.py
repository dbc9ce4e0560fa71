"""A first scenario file for a programme of one's own: commented, sound, and meant to be changed."""

from string import Template

TEMPLATE = Template("""# $title. Change the numbers, then: stepdown validate $file
# Every key there is, for an editor: stepdown schema > stepdown.schema.json
name = "$title"
question = "$question"
currency = "USD"
price_year = 2025

[time]
warm_up_days = 1095         # the system fills: check it with stepdown warmup $file
recruitment_days = 365      # who asks for care now is the cohort ...
follow_up_days = 365        # ... and each is followed so long

[arrivals]
per_day = $per_day             # people who ask for the first time; those who come back are extra

[population.severity]       # any attributes, with shares that sum to 1
moderate = 0.6
severe = 0.4

[effects.severity.severe]   # ratios against the first value
dropout = 1.3
relapse = 1.5

[[entry]]
to = { residential = 1.0 }  # which level first; add `when = { severity = "severe" }` rules above

[places.beds]
capacity = $beds
fixed_cost_per_day = 120.0  # a bed, occupied or not

[places.seats]
capacity = $seats
fixed_cost_per_day = 70.0

[levels.residential]
title = "Residential"
places = ["beds"]
round_the_clock = true
length_of_stay = { distribution = "lognormal", mean = 24, sd = 10, max = 90 }
dropout = { distribution = "weibull", shape = 0.6, scale = 1200 }
patience = { distribution = "weibull", shape = 0.6, scale = 20 }
relapse_exposure = 0.02     # a day here uses up a fiftieth of a day's risk
cost_per_day = 83.0

[[levels.residential.next]]
after = ["completed"]
to = "iop"
probability = 0.5           # linked to the next level
delay_days = { distribution = "exponential", mean = 4 }

[levels.iop]
title = "Intensive outpatient"
places = ["seats"]
length_of_stay = { distribution = "lognormal", mean = 60, sd = 35, max = 240 }
dropout = { distribution = "weibull", shape = 0.8, scale = 600 }
patience = { distribution = "weibull", shape = 0.6, scale = 6 }
relapse_exposure = 0.8
on_relapse = { discharge = 0.25, continue = 0.75 }
cost_per_session = 110.0
sessions_per_week = 3
clinical_hours_per_week = 9

[relapse]                   # log-logistic in days of exposure
median_days = 340
shape = 0.5

[return_to_care]
probability = 0.4
delay_days = { distribution = "weibull", shape = 0.8, scale = 150 }

[remission]
distribution = "exponential"
mean = 365

[utilities]
abstinent = 0.77
lapse = 0.70
using = 0.57

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


def starting_scenario(title: str, question: str, file: str, per_day: float, beds: int, seats: int) -> str:
    """The text of a sound scenario file. Titles and questions are written as TOML strings, whatever they hold."""
    return TEMPLATE.substitute(
        title=_escaped(title),
        question=_escaped(question),
        file=_escaped(file),
        per_day=f"{per_day:g}" if per_day % 1 else f"{per_day:.1f}",
        beds=beds,
        seats=seats,
    )


def _escaped(text: str) -> str:
    """A text inside a TOML basic string, or a comment: on one line."""
    one_line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return one_line.replace("\\", "\\\\").replace('"', '\\"')
