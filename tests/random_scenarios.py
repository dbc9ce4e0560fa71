"""Random sound scenarios, for invariants that must hold in all of them."""

import json
from random import Random
from typing import Any

from hypothesis import strategies as st

import sim
from sim.scenario import Scenario

whole = st.integers(1, 12).map(float)
moderate = st.floats(0.5, 40, allow_nan=False)
share = st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0])
ratio = st.sampled_from([0.5, 0.8, 1.0, 1.5, 3.0])


@st.composite
def durations(draw: st.DrawFn, least: float = 0.5) -> dict[str, Any]:
    """Any distribution; whole days often, so that events coincide."""
    days = st.floats(least, 40, allow_nan=False)
    kind = draw(st.sampled_from(["fixed", "discrete", "exponential", "weibull", "lognormal", "loglogistic", "uniform"]))
    if kind == "fixed":
        return {"distribution": kind, "value": draw(whole)}
    if kind == "discrete":
        values = sorted(draw(st.sets(whole, min_size=2, max_size=2)))
        return {"distribution": kind, "values": values, "shares": [0.5, 0.5]}
    if kind == "uniform":
        low = draw(days)
        return {"distribution": kind, "low": low, "high": low + draw(days)}
    if kind == "exponential":
        return {"distribution": kind, "mean": draw(days)}
    if kind == "lognormal":
        return {"distribution": kind, "mean": draw(days), "sd": draw(days)}
    scale = "scale" if kind == "weibull" else "median"
    return {"distribution": kind, "shape": draw(st.sampled_from([0.5, 1.0, 2.5])), scale: draw(days)}


@st.composite
def effects(draw: st.DrawFn, levels: list[str]) -> dict[str, Any]:
    """Ratios of one attribute value."""
    causes = ["dropout", "relapse", "renege", "linkage", "length_of_stay"]
    return {
        **draw(
            st.dictionaries(
                st.sampled_from([*causes, "death", "return_to_care", "risk_at_discharge", "remission"]), ratio
            )
        ),
        "levels": draw(st.dictionaries(st.sampled_from(levels), st.dictionaries(st.sampled_from(causes), ratio))),
    }


@st.composite
def level(draw: st.DrawFn, name: str, levels: list[str], places: list[str]) -> dict[str, Any]:
    """One level with any mix of mechanisms; links lead to later levels only."""
    described: dict[str, Any] = {
        "length_of_stay": draw(durations()),
        "places": draw(st.lists(st.sampled_from(places), unique=True, max_size=2)),
        "round_the_clock": draw(st.booleans()),
        "relapse_exposure": draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])),
        "no_show": draw(st.sampled_from([0.0, 0.0, 0.3])),
        "cost_per_day": draw(st.sampled_from([0.0, 100.0])),
        "cost_per_admission": draw(st.sampled_from([0.0, 50.0])),
        "hand_over": draw(st.sampled_from(["hold", "release"])),
    }
    for cause in ("dropout", "burnout", "termination", "transfer", "patience", "days_to_remission"):
        if draw(st.booleans()):
            described[cause] = draw(durations(least=0.1))
    if draw(st.booleans()):
        described["review_every_days"] = draw(st.sampled_from([1.0, 3.0, 7.0]))
        if draw(st.booleans()):
            described["early_step_down"] = {"from_day": draw(whole), "probability": draw(share)}
    if draw(st.booleans()):
        described["authorised_days"] = draw(whole)
    if draw(st.booleans()):
        described["lasting_benefit"] = {"hazard_ratio": draw(ratio), "at_days": 20.0, "max_days": 30.0}
    later = levels[levels.index(name) + 1 :]
    if later:
        described["next"] = [
            {
                "after": draw(st.sampled_from([["completed"], ["completed", "transferred", "terminated"]])),
                "to": draw(st.sampled_from(later)),
                "probability": draw(share),
                **({"delay_days": draw(durations())} if draw(st.booleans()) else {}),
            }
        ]
        if draw(st.booleans()):
            described["on_relapse"] = {"discharge": 0.2, "continue": 0.4, "step_up": 0.4}
            described["step_up_to"] = draw(st.sampled_from(later))
    elif draw(st.booleans()):
        described["on_relapse"] = {"discharge": 0.5, "continue": 0.5}
    if draw(st.booleans()):
        described["priority"] = [{"coming_from": ["return", "step_down"], "rank": 1}]
    if draw(st.booleans()):
        described["group"] = {
            "size": 4,
            "groups": 2,
            "sessions_per_week": 3,
            "hours_per_session": 3,
            "dropout_ratio_when_full": draw(ratio),
        }
    return described


@st.composite
def descriptions(draw: st.DrawFn) -> dict[str, Any]:
    """A sound scenario of up to three levels, as the dictionary that a file would hold."""
    levels = ["alpha", "beta", "gamma"][: draw(st.integers(1, 3))]
    places = ["beds", "seats"]
    described: dict[str, Any] = {
        "name": "random",
        "time": {"warm_up_days": draw(st.sampled_from([0, 20])), "recruitment_days": 40, "follow_up_days": 60},
        "arrivals": {"per_day": draw(st.sampled_from([0.3, 1.0, 2.0]))},
        "population": {"severity": {"low": 0.5, "high": 0.5}, "work": {"no": 0.4, "yes": 0.6}},
        "effects": {"severity": {"high": draw(effects(levels))}, "work": {"yes": draw(effects(levels))}},
        "frailty": {"sd": draw(st.sampled_from([0.0, 0.7]))},
        "entry": [
            {"when": {"severity": "high"}, "to": {levels[0]: 1.0}},
            {
                "to": {name: 1 / len(levels) for name in levels}
                if len(levels) != 3
                else {levels[0]: 0.5, levels[2]: 0.5}
            },
        ],
        "levels": {name: draw(level(name, levels, places)) for name in levels},
        "places": {
            "beds": {"capacity": draw(st.integers(0, 12)), "fixed_cost_per_day": 10.0},
            "seats": {"capacity": draw(st.integers(1, 12))},
        },
        "costs": {"per_relapse": draw(st.sampled_from([0.0, 100.0]))},
        "utilities": {"well": 0.8, "setback": 0.7, "unwell": 0.5},
        "death": {},
        "discounting": {"costs": draw(st.sampled_from([0.0, 0.03])), "effects": 0.03},
    }
    if draw(st.booleans()):
        described["relapse"] = {"median_days": draw(moderate), "shape": draw(st.sampled_from([0.5, 1.0, 2.0]))}
    if draw(st.booleans()):
        described["levels"]["interim"] = {
            "length_of_stay": {"distribution": "fixed", "value": 1000.0},
            "relapse_exposure": 0.7,
            "on_relapse": {"discharge": 0.5, "continue": 0.5},
        }
        described["levels"]["alpha"].update(hand_over="bridge", bridge="interim")
    if draw(st.booleans()):
        described["setback"] = {"duration_days": draw(durations())}
    if draw(st.booleans()):
        described["return_to_care"] = {"probability": draw(share), "delay_days": draw(durations())}
    if draw(st.booleans()):
        described["remission"] = draw(durations())
    if draw(st.booleans()):
        windows = draw(st.sampled_from([[], [{"until_day": 10, "ratio": 3.0}, {"until_day": 30, "ratio": 2.0}]]))
        described["death"] = {"in_care": 300.0, "well": 500.0, "unwell": 2000.0, "windows": windows}
    if draw(st.booleans()):
        described["places"]["seats"]["changes"] = [{"from_day": 15, "capacity": 1}, {"from_day": 70, "capacity": 9}]
    if draw(st.booleans()):
        del described["arrivals"]["per_day"]
        described["arrivals"]["closed_cohort"] = draw(st.integers(0, 60))
        described["time"] = {"follow_up_days": 80}
    elif described["time"]["warm_up_days"] == 0 and draw(st.booleans()):
        full = min(
            (described["places"][place]["capacity"] for place in described["levels"]["alpha"]["places"]), default=3
        )
        described["initial"] = {"alpha": {"in_care": min(full, 3), "waiting": 2}}
    _of_plan(draw, described)
    _setbacks(described, Random(json.dumps(described, sort_keys=True)))
    _access(described, Random(f"access {json.dumps(described, sort_keys=True)}"))
    _medications(described, Random(json.dumps(described, sort_keys=True) + "medications"))
    looked_up = _checkups(Random(f"check-ups {json.dumps(described, sort_keys=True)}"))
    described = {**described, **draw(rests(described))}
    _prices(described, Random("prices" + json.dumps(described, sort_keys=True)))
    described = {**described, **looked_up}
    _pools(described, Random("pools" + json.dumps(described, sort_keys=True)))
    _payers(described, Random("payers" + json.dumps(described, sort_keys=True)))
    _emergencies(described, Random("emergencies" + json.dumps(described, sort_keys=True)))
    _responses(described, Random("responses" + json.dumps(described, sort_keys=True)))
    return described


def _responses(described: dict[str, Any], luck: Random) -> None:
    """Partial responses, now and then: by luck of its own, so that the rest stays as it was."""
    if luck.random() < 0.5:
        return
    laws = [
        {"distribution": "fixed", "value": 3},
        {"distribution": "exponential", "mean": 5},
        {"distribution": "weibull", "shape": 0.7, "scale": 9},
        {"distribution": "discrete", "values": [2, 15], "shares": [0.5, 0.5]},
    ]
    for where in (described, *described["levels"].values()):
        if luck.random() < 0.6:
            keys = ("days", "days_to_remission", "days_to_return")
            where["response"] = {key: luck.choice(laws) for key in keys if luck.random() < 0.8}
            if luck.random() < 0.3:
                where.pop("days_to_remission", None)
    if "utilities" in described and luck.random() < 0.7:
        described["utilities"]["response"] = 0.6


def _payers(described: dict[str, Any], luck: Random) -> None:
    """Patients' own payers, now and then: by luck of its own, so that the rest stays as it was."""
    if luck.random() < 0.6:
        return
    described["population"]["payer"] = {"medicaid": 0.5, "county": 0.2, "patient": 0.2, "grant": 0.1}
    described["reimbursement"] = {"attribute": "payer", "residual_payer": luck.choice(["county", "state"])}
    for level in described["levels"].values():
        for payer in ("medicaid", "county", "patient"):
            if luck.random() < 0.6:
                prices = {key: luck.choice([0.0, 70.0]) for key in ("per_day", "per_session", "per_admission")}
                shares = {key: luck.choice([0.0, 0.25, 1.0]) for key in ("denied_share", "collected_share")}
                rate: dict[str, Any] = {**prices, **shares}
                if luck.random() < 0.4:
                    rate["authorised_days"] = luck.choice([2.0, 10.0])
                    if luck.random() < 0.6:
                        rate["extension"] = _extension(luck)
                level.setdefault("rates", {})[payer] = rate
        if "authorised_days" in level and luck.random() < 0.5:
            level["extension"] = _extension(luck)


def _extension(luck: Random) -> dict[str, Any]:
    at_most = {"at_most": 2} if luck.random() < 0.5 else {}
    return {"days": luck.choice([1.0, 5.0]), "probability": luck.choice([0.0, 0.5, 1.0]), **at_most}


def _emergencies(described: dict[str, Any], luck: Random) -> None:
    """One or two kinds of visits to an emergency department, now and then: by luck of its own, after all else."""
    if luck.random() < 0.6:
        return
    for name in ("crisis", "fall")[: luck.choice([1, 2])]:
        emergency: dict[str, Any] = {
            "when": luck.choice([{}, {"work": "yes"}]),
            **{state: luck.choice([0.0, 3.0, 12.0]) for state in ("in_care", "well", "unwell")},
            "windows": luck.choice([[], [{"until_day": 7, "ratio": 4.0}, {"until_day": 20, "ratio": 0.5}]]),
            "cost_per_visit": luck.choice([0.0, 800.0]),
            "qaly_loss": luck.choice([0.0, 0.02]),
        }
        if luck.random() < 0.7:
            levels = [level for level in described["levels"] if level != "interim"]
            emergency |= {"admitted": luck.choice([0.3, 1.0]), "to": luck.choice(levels)}
        described.setdefault("emergencies", {})[name] = emergency
        if luck.random() < 0.3:
            level = described["levels"][luck.choice([*described["levels"]])]
            level["priority"] = [{"coming_from": ["emergency"], "rank": 0}, *level.get("priority", [])]


def _checkups(random: Random) -> dict[str, Any]:
    """Check-ups, now and then. Of a source of their own, so that all else stays as it was."""
    if random.random() < 0.7:
        return {}
    chances = {key: random.choice([0.0, 0.3, 1.0]) for key in ("found_share", "linked_share")}
    costs = {key: random.choice([0.0, 20.0]) for key in ("cost_per_checkup", "cost_per_linkage")}
    ends = {"for_days": 25.0} if random.random() < 0.3 else {}
    return {"checkups": {"every_days": random.choice([1.0, 7.0, 12.5]), **ends, **chances, **costs}}


@st.composite
def rests(draw: st.DrawFn, described: dict[str, Any]) -> dict[str, Any]:
    """What lets a system come to rest: people who age, leave for good, and are known already. Drawn last of all."""
    parts: dict[str, Any] = {}
    if draw(st.booleans()):
        parts["exits"] = {
            "moving_away_per_year": draw(st.sampled_from([0.0, 1.0, 20.0])),
            "recovery_per_year": draw(st.sampled_from([0.0, 2.0])),
            "recovery_after_days": draw(st.sampled_from([0.0, 10.0])),
        }
    if draw(st.booleans()):
        mix = {"severity": {"low": 0.1, "high": 0.9}}
        parts["known"] = {
            "well": {"people": draw(st.integers(0, 20)), "days": draw(durations()), "frailty": -0.2},
            "unwell": {"people": draw(st.integers(0, 20)), "population": draw(st.sampled_from([{}, mix]))},
        }
    if draw(st.booleans()):
        ages = {"young": {"youngest": 18, "oldest": 40}, "old": {"youngest": 70, "oldest": 95}}
        parts["age"] = ages
        parts["population"] = {**described["population"], "age": {"young": 0.5, "old": 0.5}}
        parts["death"] = {**described["death"], "background": {"ratio": draw(ratio)}}
    return parts


def _of_plan(draw: st.DrawFn, described: dict[str, Any]) -> None:
    """Some causes of leaving as shares of the plan, up to twice of it. Drawn last, so that all else stays as it was."""
    for item in described["levels"].values():
        for cause in ("dropout", "burnout", "termination", "transfer"):
            if cause in item and draw(st.integers(0, 3)) == 3:
                times = {"value", "values", "mean", "sd", "scale", "median", "low", "high"}
                of_plan = {
                    key: [day / 20 for day in value] if isinstance(value, list) else value / 20
                    for key, value in item[cause].items()
                    if key in times
                }
                item[cause] = {**item[cause], **of_plan, "of": "plan"}


def _setbacks(described: dict[str, Any], luck: Random) -> None:
    """What else there is to use and relapse, now and then: by luck of its own, so that the rest stays as it was."""
    if "relapse" not in described:
        return
    relapse, setback = described["relapse"], described.setdefault("setback", {})
    if "duration_days" in setback:
        relapse["share_of_setbacks"] = luck.choice([0.2, 0.6, 1.0])
    if luck.random() < 0.3:
        relapse["after_remission"] = 2.3
    if luck.random() < 0.3:
        relapse["by"] = {"work": {"yes": {"median_days": 15.0}, "no": {"shape": 1.3}}}
    if luck.random() < 0.3:
        described["frailty"]["recovery_sd"] = 1.2
    for level in described["levels"].values():
        if luck.random() < 0.3:
            level["relapse_clock"] = luck.choice([0.0, 0.02, 1.0])
    if luck.random() < 0.4:
        setback["into_relapse_days"] = luck.choice(
            [{"distribution": "fixed", "value": 3}, {"distribution": "exponential", "mean": 7}]
        )
        for level in described["levels"].values():
            if level.get("round_the_clock") and luck.random() < 0.6:
                halved = {"halved_every_days": 20.0} if luck.random() < 0.5 else {}
                level["risk_at_discharge"] = {"completed": 0.3, "dropped_out": 0.6, "terminated": 1.0, **halved}


def _prices(described: dict[str, Any], luck: Random) -> None:
    """Prices that change within a stay, of a death, and rates that change with the years, now and then."""
    for level in described["levels"].values():
        if luck.random() < 0.2:
            first = [{"until_day": 2.5, "cost_per_day": 300.0}, {"until_day": 9.0, "cost_per_day": 0.0}]
            level["first_days"] = first[: luck.choice([1, 2])]
    if luck.random() < 0.3:
        described["costs"]["per_death"] = 5_000.0
    if luck.random() < 0.3:
        described["discounting"]["later"] = [{"from_year": 0.05, "costs": 0.01}, {"from_year": 0.1, "effects": 0.0}]


def _medications(described: dict[str, Any], luck: Random) -> None:
    """One or two medications, now and then: by luck of its own, so that the rest stays as it was."""
    if luck.random() < 0.6:
        return
    laws = [
        {"distribution": "fixed", "value": 9},
        {"distribution": "weibull", "shape": 0.6, "scale": 20},
        {"distribution": "discrete", "values": [4, 20], "shares": [0.5, 0.5]},
        {"distribution": "loglogistic", "median": 12, "shape": 1.2, "max": 40},
    ]
    for name in ("pills", "depot")[: luck.choice([1, 2])]:
        medication: dict[str, Any] = {
            "probability": luck.choice([0.3, 0.8, 1.0]),
            "levels": [level for level in described["levels"] if luck.random() < 0.6],
            "at_home": luck.random() < 0.5,
            "when": luck.choice([{}, {"work": "yes"}]),
            "goes_on": luck.choice([0.0, 0.5, 1.0]),
            "ended_by_relapse": luck.choice([0.0, 0.5]),
            "ends_relapse": luck.choice([0.0, 0.7, 1.0]),
            "risk_at_stop": luck.choice([0.0, 0.4]) if "relapse" in described else 0.0,
            "effects": {
                key: luck.choice([0.3, 1.0, 2.0]) for key in ("relapse", "risk_at_discharge", "dropout", "death")
            },
            "cost_per_start": luck.choice([0.0, 20.0]),
            "cost_per_day": luck.choice([0.0, 5.0]),
        }
        for key in ("delay_days", "days_in_care", "days_at_home"):
            if luck.random() < 0.7:
                medication[key] = luck.choice(laws)
        for key in ("death_after_start", "death_after_stop"):
            if luck.random() < 0.5:
                medication[key] = [{"until_day": 5, "ratio": 2.0}, {"until_day": 15, "ratio": 0.5}]
        described.setdefault("medications", {})[name] = medication


def _pools(described: dict[str, Any], luck: Random) -> None:
    """A kind of place that accepts only some, which may stand in for another; stays that hold several of a kind."""
    if luck.random() < 0.7:
        return
    accepts = luck.choice([{}, {"severity": ["high"]}, {"severity": ["low", "high"], "work": ["yes"]}])
    annex = {"capacity": luck.choice([0, 1, 3, 9]), "fixed_cost_per_day": 4.0, "accepts": accepts}
    described["places"]["annex"] = annex
    for name, level in described["levels"].items():
        if level.get("places") and luck.random() < 0.7:
            level["any_place_of"] = [level["places"].pop(), "annex"]
            luck.shuffle(level["any_place_of"])
            if name not in described.get("initial", {}) and luck.random() < 0.4:
                level["places_each"] = {luck.choice([*level["places"], *level["any_place_of"]]): 2}


EXPONENTIAL = {"distribution": "exponential", "mean": 1.5}


def _access(described: dict[str, Any], luck: Random) -> None:
    """What else there is to lists, now and then: by luck of its own, so that the rest stays as it was."""
    for name, level in described["levels"].items():
        if level.get("places") and luck.random() < 0.2:
            level["priority"] = [*level.get("priority", []), {"when": {"work": "yes"}, "head_start_days": 3.0}]
        if level.get("places") and luck.random() < 0.2:
            level["list_cap"] = luck.choice([0, 1, 4])
        if "patience" in level and luck.random() < 0.4:
            level["silent_share"] = luck.choice([0.3, 1.0])
            if luck.random() < 0.7:
                level["days_to_learn"] = luck.choice([{"distribution": "fixed", "value": 2}, EXPONENTIAL])
        if luck.random() < 0.4:
            level["on_giving_up"] = "stay"
        if luck.random() < 0.2 and name != "interim":
            level["intake"] = {
                "days": luck.choice([["mon", "thu"], ["mon", "tue", "wed", "thu", "fri"]]),
                **luck.choice([{}, {"from_hour": 9, "to_hour": 17.5}, {"most_per_day": 2}]),
            }
        if luck.random() < 0.2:
            assessed = {"name": "assessment", "slots_per_day": luck.choice([1, 3]), "days": ["mon", "wed", "fri"]}
            level["access"] = [
                {"name": "call", "delay_days": luck.choice([{"distribution": "fixed", "value": 1}, EXPONENTIAL])},
                {**assessed, **luck.choice([{}, {"lost_at_once": 0.3, "patience": EXPONENTIAL}])},
            ]
    for place in described["places"].values():
        if luck.random() < 0.3:
            place["turnover_days"] = luck.choice([0.25, 1.0])
    if luck.random() < 0.3:
        nights = [{"from_hour": 20, "capacity": 1}, {"to_hour": 6.5, "capacity": 1}]
        described["places"]["seats"]["weekly"] = luck.choice([[{"days": ["sat", "sun"], "capacity": 0}], nights])
        if any("seats" in described["levels"][name].get("places", []) for name in described.get("initial", {})):
            del described["places"]["seats"]["weekly"]
    for name, there in described.get("initial", {}).items():
        if described["levels"][name].get("list_cap") is not None:
            described["levels"][name]["list_cap"] = max(described["levels"][name]["list_cap"], there["waiting"])


def build(description: dict[str, Any]) -> Scenario:
    """The scenario of a description."""
    return sim.load_scenario(description)
