"""Arms do what they say, checked on closed forms; predictions and verdicts; every target has its prediction."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support import fixed
from support import scenario as small_scenario

import sim
from sim.analysis.intervals import t_quantile
from sim.model import replicate
from sim.model.plan import plan_for
from sim.outcomes import Observed
from sim.scenario import Scenario
from sim.scenario.differences import differences
from sim.validation import depression, measurements, medication
from sim.validation.arms import ARMS, ROOM, attendance, cohort, continuing_care, deaths, linked_admission, opioid_detox
from sim.validation.estimates import CrossRatio, estimated
from sim.validation.predictions import Prediction, predicted, predictions
from sim.validation.targets import TARGETS, Target, binomial, of_ratio, poisson
from sim.vocabulary import DAYS_PER_YEAR

SEED = 5


NO_RISK = {f"levels.{level}.risk_at_discharge": None for level in ("detox", "residential")}
NO_SETBACK = {**NO_RISK, "relapse": None, "setback": None}
EVERY_USE_A_RELAPSE = {**NO_RISK, "relapse.share_of_setbacks": 1.0, "relapse.by": {}, "setback": None}
SHELTERED_AND_WELL = {
    f"levels.detox.{key}": value
    for key, value in {"relapse_exposure": 0.0, "relapse_clock": None, "days_to_remission": None}.items()
}


@pytest.fixture(scope="module")
def base() -> Scenario:
    return sim.load_scenario("base")


@pytest.fixture(scope="module")
def alike(base: Scenario) -> Scenario:
    """The shipped scenario with everyone alike: no effects of attributes, no frailty, nobody dies or comes back."""
    changes: dict[str, Any] = {
        "effects": {},
        "frailty": {"sd": 0.0},
        "death": {},
        "return_to_care": {"probability": 0.0},
        "remission": None,
    }
    return base.with_overrides(changes)


def read(arm: tuple[Scenario, ...], reader: Any, replications: int = 3) -> dict[str, tuple[float, float]]:
    """Estimate and standard error of each measurement over replications."""
    runs = [
        reader(*(Observed(replicate(scenario, SEED, number), scenario) for scenario in arm))
        for number in range(replications)
    ]
    found = {name: estimated([run[name] for run in runs]) for name in runs[0]}
    return {name: (each.mean, each.error) for name, each in found.items()}


def assert_share(found: float, expected: float, people: int) -> None:
    """Within 4 binomial standard errors."""
    assert abs(found - expected) < 4 * binomial(expected, people), (found, expected)


# --- closed forms ---


@pytest.mark.parametrize("level", ["outpatient", "residential"])
@pytest.mark.parametrize("days", [1, 3, 7])
def test_who_attends_after_a_fixed_delay_is_who_waited_and_came(base: Scenario, level: str, days: int) -> None:
    """(1 - no-show) S(delay), with the shipped Weibull patience."""
    shipped = base.levels[level]
    assert shipped.patience is not None
    assert shipped.patience.distribution == "weibull"
    waited = math.exp(-((days / shipped.patience.scale) ** shipped.patience.shape))
    found = read(attendance(level, days)(base), measurements.attended(level))
    assert_share(found["attended"][0], (1 - shipped.no_show) * waited, 6_000)


def test_an_ask_that_goes_through_steps_is_one() -> None:
    """One slot a day for five who ask on day 0 and stay in the step for 2.5 days: three are admitted."""
    step = {"name": "assessment", "slots_per_day": 1, "patience": fixed(2.5)}
    system = small_scenario(
        {"clinic": {"length_of_stay": fixed(1), "access": [step]}},
        arrivals={"closed_cohort": 5},
        time={"follow_up_days": 30},
    )
    observed = Observed(replicate(system, 1, 0), system)
    assert measurements.attended("clinic")(observed)["attended"] == 3 / 5


def test_who_is_linked_is_admitted_unless_they_do_not_show_up(alike: Scenario) -> None:
    """Without relapse: share contacted x (1 - no-show), by the shipped split of the links."""
    links = alike.levels["residential"].next
    total = sum(link.probability for link in links)
    shows = sum(link.probability / total * (1 - alike.levels[link.to].no_show) for link in links)
    arm = linked_admission(0.64, 1.0)(alike.with_overrides(NO_SETBACK))
    found = read(arm, measurements.linked_admissions)
    assert_share(found["admitted"][0], 0.64 * shows, 4_000)


def test_relapse_after_detoxification_is_the_shipped_curve(alike: Scenario) -> None:
    """Sheltered in care and everyone alike: any use is 1 - 1 / (1 + (t / median)^shape) from discharge, and of regular
    use, which begins at once here, 1 less that to the power of the share of uses that begin a relapse.
    """
    sheltered = alike.with_overrides(
        {**SHELTERED_AND_WELL, **NO_RISK, "setback.into_relapse_days": None, "relapse.by": {}}
    )
    relapse = sheltered.relapse
    assert relapse is not None
    found = read(opioid_detox(sheltered), measurements.use_after_discharge(regular=(7, 30), any_use=(7,)))
    for days in (7, 30):
        kept = 1 / (1 + (days / relapse.median_days) ** relapse.shape)
        assert_share(found[f"regular {days}"][0], 1 - kept**relapse.share_of_setbacks, 6_000)
    kept = 1 / (1 + (7 / relapse.median_days) ** relapse.shape)
    assert_share(found["any 7"][0], 1 - kept, 6_000)


def test_a_constant_death_rate_is_read_as_it_is(alike: Scenario) -> None:
    """Whatever the state and the window; and the tenfold rates of the arm are divided out."""
    rate = 4.0
    constant = alike.with_overrides({"death": {"in_care": rate, "well": rate, "unwell": rate}})
    arm = deaths(constant)
    assert arm[0].death.unwell == 10 * rate
    found = read(arm, measurements.death_rates(10), replications=4)
    for low, high in measurements.WINDOWS:
        # 20,000 people are followed; the rate is ten times as high in the run.
        events = 10 * rate / 1000 * 20_000 * (high - low) / 365.25
        assert abs(found[f"{low} to {high}"][0] - rate) < 4 * poisson(rate, round(events))


def test_being_well_is_sustained_as_the_curve_says(alike: Scenario) -> None:
    """Everyone abstinent from day 0, nobody anew: S(k + 1 years) / S(k years) of the shipped curve."""
    sheltered = alike.with_overrides({**SHELTERED_AND_WELL, **EVERY_USE_A_RELAPSE, "levels.detox.dropout": None})
    stay = 5.0  # days: mean of detoxification, in which the curve does not run

    def kept(years: int) -> float:
        assert alike.relapse is not None
        return 1 / (1 + ((years * 365.25 - stay) / alike.relapse.median_days) ** alike.relapse.shape)

    arm = cohort(sheltered, "detox", 3_000, 5 * 365.25, levels__detox__next=[])
    found = read((arm,), measurements.sustained_abstinence)
    # At the yearly looks people have been abstinent for 1, 2, 3 and 4 years to the day.
    for name, years in (("1 to 3 years", (1, 2)), ("3 years and over", (3, 4))):
        expected = sum(kept(year + 1) for year in years) / sum(kept(year) for year in years)
        # By the third look some 3,200 of 9,000 are left, more by each earlier one.
        assert_share(found[name][0], expected, 3_000)
    never = cohort(alike, "detox", 100, 5 * 365.25, levels__detox__next=[], **NO_SETBACK)
    assert read((never,), measurements.sustained_abstinence, 2)["3 years and over"] == (1.0, 0.0)


def test_continuing_care_without_effect_has_an_odds_ratio_of_one(alike: Scenario) -> None:
    """No shelter, withdrawal or benefit; relapses end a stay: the same people relapse on the same day in either arm."""
    changes: dict[str, Any] = {**EVERY_USE_A_RELAPSE}
    for level in ("residential", "iop", "outpatient"):
        changes[f"levels.{level}.relapse_exposure"] = 1.0
        changes[f"levels.{level}.relapse_clock"] = None
        changes[f"levels.{level}.days_to_remission"] = None
        changes[f"levels.{level}.lasting_benefit"] = None
        changes[f"levels.{level}.on_relapse"] = {"discharge": 1.0}
        changes[f"levels.{level}.step_up_to"] = None
    found = read(continuing_care(alike.with_overrides(changes)), measurements.odds_of_abstinence)
    assert found["odds ratio 90"] == found["odds ratio 180"] == (1.0, 0.0)


def test_a_log_logistic_curve_gives_back_its_shape_and_median() -> None:
    times = (1.0, 6.0, 12.0, 60.0)
    shares = [(t / 4.5) ** 0.43 / (1 + (t / 4.5) ** 0.43) for t in times]
    assert measurements.log_logistic(times, shares) == pytest.approx((0.43, 4.5))
    assert math.isnan(measurements.log_logistic(times, (0.1, 0.5, 1.0, 1.0))[0])


def test_further_care_counts_stays_or_episodes(alike: Scenario) -> None:
    """Everyone goes from detoxification to residential care at once, and from there nowhere."""
    everyone = {"after": ["completed"], "to": "residential", "probability": 1.0}
    changes = {
        "levels.detox.next": [everyone],
        "levels.residential.next": [],
        "levels.residential.no_show": 0.0,
        **NO_SETBACK,
        **{
            f"levels.{level}.{cause}": None
            for level in ("detox", "residential")
            for cause in ("dropout", "termination")
        },
        **{f"levels.{level}.transfer": None for level in ("detox", "residential")},
        "levels.residential.burnout": None,
    }
    scenario = cohort(alike.with_overrides(changes), "detox", 300, 200)
    observed = Observed(replicate(scenario, SEED, 0), scenario)
    assert measurements.further_care(observed, -1.0) == pytest.approx(0.5)
    assert measurements.further_care(observed, measurements.SAME_DAY) == 0.0


def test_who_neither_uses_nor_is_in_care_is_at_home(alike: Scenario) -> None:
    """People who never relapse leave care once and for all: one change of state, unless they never left use."""
    scenario = cohort(alike, "residential", 400, 800, levels__residential__next=[], **NO_SETBACK)
    found = read((scenario,), measurements.changes_of_state, 2)
    assert found["changed in a quarter"][0] < 0.01


def ward_and_after(**parts: Any) -> Scenario:
    """Five days in a ward, then a day programme of ten, as shipped in kind, for whoever is insured well."""
    levels = {
        "ward": {"length_of_stay": fixed(5), "round_the_clock": True, "days_to_remission": fixed(9_000)},
        "php": {"length_of_stay": fixed(10), "days_to_remission": fixed(9_000)},
    }
    levels["ward"]["next"] = [
        {"to": "php", "probability": 1.0, "delay_days": fixed(9), "when": {"insurance": "good"}},
    ]
    mix = {"insurance": {"good": 0.5, "bad": 0.5}}
    return small_scenario(
        levels, population=mix, arrivals={"closed_cohort": 2_000}, time={"follow_up_days": 90}, **parts
    )


def test_who_is_seen_after_the_ward_by_hand() -> None:
    """Nine days later, if at all; nobody is readmitted, and nobody drops out."""
    found = read((ward_and_after(),), depression.read_after_ward, 1)
    expected = {"seen 7 good": 0.0, "seen 30 good": 1.0, "seen 7 bad": 0.0, "seen 30 bad": 0.0}
    expected |= {"readmitted 30": 0.0, "dropped out of php": 0.0, "readmitted 30 from php": 0.0}
    assert {name: mean for name, (mean, _) in found.items()} == expected


def test_who_is_readmitted_is_not_missed_as_unseen() -> None:
    """At a rate of 8 a year of crises that all lead back from home: 1 - exp(-8 x 25 / 365.25) of those insured badly
    by day 30, and of the others those of the nine days before the day programme."""
    crisis = {"crisis": {"unwell": 8.0, "admitted": 1.0, "to": "ward"}}
    found = read((ward_and_after(emergencies=crisis),), depression.read_after_ward, 4)
    rate = 8 / DAYS_PER_YEAR
    expected = 0.5 * (1 - math.exp(-30 * rate)) + 0.5 * (1 - math.exp(-(30 - 10) * rate))
    assert_share(found["readmitted 30"][0], expected, 8_000)
    assert found["seen 30 good"][0] == 1.0
    assert_share(found["readmitted 30 from php"][0], 1 - math.exp(-30 * rate), 3_000)


# --- the arms ---


COHORT = ("arrivals", "known", "exits.moving_away_per_year", "time", "places", "entry")
PUT_IN = {
    **{name: ("return_to_care.probability",) for name in ARMS if " after " in name},
    **dict.fromkeys(("usual care", "client incentive", "staff incentive"), ("levels.residential.next",)),
    "opioid detox": ("population.substance", "levels.detox.next"),
    "opioid residential": ("population.substance",),
    "longer plans": (
        "population.substance",
        "effects.co_occurring.yes.dropout",
        *(
            f"levels.residential.{key}"
            for key in ("length_of_stay", "dropout", "termination", "transfer", "review_every_days", "next")
        ),
        "return_to_care.probability",
        "remission",
    ),
    "stimulants": ("population.substance", "return_to_care.probability"),
    "continuing care": ("levels.residential.next", "levels.iop.no_show"),
    "deaths": ("death",),
    "waits": (
        *(f"levels.{level}.patience" for level in ("detox", "residential", "iop", "outpatient")),
        *(f"levels.residential.{key}" for key in ("silent_share", "days_to_learn", "intake")),
        *(f"levels.{level}.access" for level in ("iop", "outpatient")),
        "levels.outpatient.intake",
    ),
    "medication in a trial": (
        "population.substance",
        "medications",
        "levels.detox.next",
        "return_to_care.probability",
    ),
    "medication as shipped": ("population.substance", "medications"),
    "medication and deaths": ("population.substance", "medications", "death"),
    "depression, suicides": ("death",),
    "depression, recurrence": ("death",),
}
"""By arm, what it puts in besides a cohort and room for it."""


def test_an_arm_leaves_everything_else_as_shipped() -> None:
    """What an arm does not put in is the shipped value, so the shipped parameters are what is tested."""
    for name, arm in ARMS.items():
        shipped = sim.load_scenario(arm.shipped)
        for scenario in arm.build(shipped):
            allowed = (*COHORT, *PUT_IN.get(name, ()))
            changed = [path for path, *_ in differences(shipped, scenario)]
            assert [path for path in changed if not path.startswith(allowed)] == [], name


def test_the_medication_is_the_shipped_one() -> None:
    """Laid over the base, in an arm that says nothing else of it."""
    (arm,) = ARMS["medication as shipped"].build(sim.load_scenario("base"))
    assert arm.medications == sim.load_scenario("medication").medications


def test_use_and_deaths_on_and_off_a_medication_are_read_as_they_are(alike: Scenario) -> None:
    """On it for 60 days, on which nobody uses, and half as many die; stopping brings use with half of them."""
    days = {"distribution": "fixed", "value": 60.0}
    pills = {
        "levels": ["outpatient"],
        "probability": 1.0,
        "ends_relapse": 1.0,
        "risk_at_stop": 0.5,
        "days_in_care": days,
        "days_at_home": days,
        "effects": {"relapse": 0.001, "death": 0.5},
    }
    death = {"in_care": 400.0, "well": 400.0, "unwell": 400.0}
    settings = {"medications": {"pills": pills}, "death": death, "levels.outpatient.no_show": 0.0}
    scenario = cohort(alike, "outpatient", 4_000, 160).with_overrides(settings)
    found = read((scenario,), medication.read_deaths(1.0))
    for name, rate in (("on", 200.0), ("off", 400.0), ("on against off", 0.5), ("off against on", 2.0)):
        mean, error = found[name]
        assert abs(mean - rate) < 4 * error, (name, mean, error)
    found = read((scenario,), medication.read_trial)
    assert found["retained 30"][0] == pytest.approx(math.exp(-0.2 * 30 / DAYS_PER_YEAR), abs=0.01)
    assert found["use on"][0] < 0.002
    assert 0.5 < found["use off"][0] < 0.6


def test_only_deaths_of_drugs_are_read_as_such(base: Scenario) -> None:
    for scenario in deaths(base):
        assert scenario.death is not None
        assert scenario.death.background is None
        assert scenario.death.windows == base.death.windows


def test_a_cohort_asks_on_day_0_and_finds_room(base: Scenario) -> None:
    arm = cohort(base, {"detox": 0.5, "iop": 0.5}, 50, 30)
    assert arm.arrivals.closed_cohort == 50
    assert {place.capacity for place in arm.places.values()} == {ROOM}
    plan = plan_for(arm)
    assert plan.moving_away == 0
    assert all(former.people == 0 for former in plan.known)
    assert dict(arm.entry[0].to) == {"detox": 0.5, "iop": 0.5}
    assert cohort(base, None, 50, 30).entry == base.entry


# --- targets and verdicts ---


def test_every_target_is_read_by_its_arm() -> None:
    """One replication of each arm, with few people, has what targets are about measured; and every arm has a target."""
    assert {target.arm for target in TARGETS} == set(ARMS)
    assert len({(target.arm, target.measurement, target.name) for target in TARGETS}) == len(TARGETS)
    for name, arm in ARMS.items():
        few: list[Scenario] = []
        for scenario in arm.build(sim.load_scenario(arm.shipped)):
            small = {"arrivals.closed_cohort": 100} if scenario.arrivals.closed_cohort else {"time.warm_up_days": 100.0}
            few.append(scenario.with_overrides(small))
        measured = arm.read(*(Observed(replicate(scenario, SEED, 0), scenario) for scenario in few))
        assert {target.measurement for target in TARGETS if target.arm == name} <= set(measured), name


def test_targets_are_sound() -> None:
    for target in TARGETS:
        assert target.source, target.name
        assert target.error is None or target.error > 0, target.name
        if target.unit == "share":
            assert 0 < target.value < 1, target.name
        if target.role in ("validation", "same study"):
            assert not target.used
            assert bool(target.related) == (target.role == "same study")


def test_no_study_of_a_validation_target_set_a_parameter() -> None:
    """By the name of the study: neither a target that was used nor an evidence card of a base scenario has it."""

    def study(target: Target) -> str:
        return target.source.removeprefix("log-logistic through ").split()[0].rstrip(",:;")

    bases = (sim.load_scenario(name) for name in ("base", "depression"))
    cards = " ".join(card.source for scenario in bases for card in scenario.evidence.values())
    used = {study(target) for target in TARGETS if target.used}
    for target in TARGETS:
        if target.role == "validation":
            assert study(target) not in used, target.name
            assert study(target) not in cards, target.name


def test_published_errors() -> None:
    assert binomial(0.5, 100) == pytest.approx(0.05)
    assert poisson(4.0, 100) == pytest.approx(0.4)
    assert of_ratio(1.0, math.exp(2 * 1.96 * 0.3)) == pytest.approx(0.3)


PUBLISHED = Target("a share", 0.40, "usual care", "admitted", "somebody", error=0.03)


@pytest.mark.parametrize(
    ("target", "mean", "expected"),
    [
        (PUBLISHED, 0.49, "agrees"),  # 0.09 is 1.8 combined errors of 0.05
        (PUBLISHED, 0.29, "misses"),
        (replace(PUBLISHED, value=0.60), 0.49, "misses"),  # 2.2 errors, and 28 % of those who do not
        (replace(PUBLISHED, value=0.50, error=0.01), 0.405, "near"),  # 2.3 errors, and 19 %
        (replace(PUBLISHED, value=0.05, error=0.001), 0.09, "agrees"),
        (replace(PUBLISHED, value=0.05, error=None), 0.09, "near"),  # within 5 points
        (replace(PUBLISHED, value=0.05, error=None), 0.11, "misses"),
        (replace(PUBLISHED, upto=0.60, error=None), 0.59, "agrees"),
        (replace(PUBLISHED, upto=0.60, error=None), 0.67, "near"),
        (replace(PUBLISHED, upto=0.60, error=None), 0.69, "misses"),
        (replace(PUBLISHED, value=2.0, unit="ratio", error=0.3), 1.2, "agrees"),
        (replace(PUBLISHED, value=2.0, unit="ratio", error=0.2), 1.2, "misses"),
        (replace(PUBLISHED, value=4.0, unit="per 1,000 person-years", error=None), 4.05, "near"),
        (replace(PUBLISHED, value=2.0, unit="ratio", error=0.3), 0.0, "misses"),
        (replace(PUBLISHED, value=2.0, unit="ratio", error=0.3), math.nan, "misses"),
        (PUBLISHED, math.nan, "misses"),
    ],
)
def test_verdicts(target: Target, mean: float, expected: str) -> None:
    assert Prediction(target, mean, 0.04, mean - 0.1, mean + 0.1).verdict == expected


@pytest.mark.parametrize("published", [0.05, 0.18, 0.33, 0.5, 0.67, 0.82, 0.95])
def test_a_share_and_its_complement_have_one_verdict(published: float) -> None:
    """82 % against 67 % is no nearer than 18 % against 33 %."""
    for predicted_share in np.arange(0.005, 1, 0.01):
        one, other = (
            Prediction(replace(PUBLISHED, value=value, error=0.01), mean, 0.001, mean, mean).verdict
            for value, mean in ((published, predicted_share), (1 - published, 1 - predicted_share))
        )
        assert one == other, predicted_share


def test_a_prediction_is_the_mean_over_replications() -> None:
    found = predicted(PUBLISHED, [{"admitted": 0.4}, {"admitted": 0.5}, {"admitted": 0.6}])
    assert found.mean == pytest.approx(0.5)
    assert found.error == pytest.approx(0.1 / math.sqrt(3))
    assert found.low < 0.4 < 0.6 < found.high


def test_replications_without_a_measurement_do_not_make_it_more_certain() -> None:
    found = predicted(PUBLISHED, [{"admitted": value} for value in (0.4, math.nan, 0.5, 0.6, math.nan)])
    assert found == predicted(PUBLISHED, [{"admitted": value} for value in (0.4, 0.5, 0.6)])
    assert predicted(PUBLISHED, [{"admitted": math.nan}]).verdict == "misses"


def test_a_ratio_is_one_of_sums_and_knows_its_error() -> None:
    """Few events to divide by: 9 a replication, against twice as many; the error is that of Poisson counts."""
    random, count, logs, covered, means = np.random.default_rng(1), 40, [], 0, []
    for _ in range(300):
        events, others = random.poisson(18, count), random.poisson(9, count)
        found = estimated([CrossRatio(a, 100.0, b, 100.0) for a, b in zip(events, others, strict=True)])
        logs.append((math.log(found.mean), found.error / found.mean))
        covered += found.low < 2 < found.high
        with np.errstate(divide="ignore"):
            means.append(np.mean(events / others))
    estimates, errors = np.array(logs).T
    theory = math.sqrt(1 / (18 * count) + 1 / (9 * count))
    assert abs(estimates.mean() - math.log(2)) < 4 * theory / math.sqrt(300)
    assert np.median(errors) == pytest.approx(theory, rel=0.05)
    assert estimates.std() == pytest.approx(theory, rel=0.2)
    assert covered / 300 == pytest.approx(0.95, abs=0.05)
    # What it is for: the mean of ratios is far from 2.
    assert np.mean(means) > 2.15


def test_a_ratio_by_hand() -> None:
    found = estimated([CrossRatio(2, 10, 1, 10), CrossRatio(4, 10, 1, 10)])
    # Without the first it is 4, without the second 2; their logs are ln 2 apart.
    assert found.mean == pytest.approx(3.0)
    assert found.error == pytest.approx(3 * math.log(2) / 2)
    assert found.high == pytest.approx(3 * math.exp(float(t_quantile(0.95, 1)) * math.log(2) / 2))


@pytest.mark.parametrize("none", [[CrossRatio(1, 10, 1, 10)], [CrossRatio(1, 10, 0, 10), CrossRatio(1, 10, 1, 10)]])
def test_a_ratio_without_an_error_says_so(none: list[CrossRatio]) -> None:
    assert math.isnan(estimated(none).error)


def test_workers_and_repetition_change_no_bit(base: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two arms, few replications; a worker would not see changed arms, so the arms themselves are used."""
    for name, arm in ARMS.items():
        monkeypatch.setitem(ARMS, name, replace(arm, replications=2 if arm.title == "Attendance by delay" else 1))
    monkeypatch.setattr(
        "sim.validation.predictions.TARGETS", tuple(t for t in TARGETS if t.arm.startswith("outpatient"))
    )
    for name in [name for name in ARMS if not name.startswith("outpatient")]:
        monkeypatch.delitem(ARMS, name)
    seen: list[tuple[int, int]] = []
    first = predictions(base, progress=lambda done, total: seen.append((done, total)))
    assert first == predictions(base, workers=2)
    assert first != predictions(base, seed=2)
    assert seen[-1] == (6, 6)
