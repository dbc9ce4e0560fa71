"""What is fitted of the clinical course: numbers of the base scenario, with their bounds."""

from sim.validation.fits.calibrator import Parameter

AROUND_THE_CLOCK = ("levels.detox", "levels.residential")

OUTPATIENT_IS_NEARER_HOME = 0.1
"""So much more than in intensive outpatient care is a day exposed in outpatient care; at most as at home."""


def in_24_hour_care(*fields: str) -> tuple[str, ...]:
    """Paths of fields that have one value in all 24-hour care."""
    return tuple(f"{level}.{field}" for field in fields for level in AROUND_THE_CLOCK)


def outpatient_exposure(iop: float) -> dict[str, float]:
    """The exposure in outpatient care that goes with one in intensive outpatient care."""
    return {"levels.outpatient.relapse_exposure": min(1.0, iop + OUTPATIENT_IS_NEARER_HOME)}


RISK = "risk_at_discharge"
PLANNED = tuple(f"{RISK}.{reason}" for reason in ("completed", "transferred"))
OTHERWISE = tuple(f"{RISK}.{reason}" for reason in ("dropped_out", "burned_out", "terminated"))
BENEFIT = tuple(f"levels.{level}.lasting_benefit.hazard_ratio" for level in ("residential", "iop", "outpatient"))
OPIOIDS, STIMULANTS = "effects.substance.opioids", "effects.substance.stimulants"

PARAMETERS = (
    # The clock of use.
    Parameter(60, 400, ("relapse.median_days",)),
    Parameter(0.7, 1.8, ("relapse.shape",)),
    Parameter(0.15, 0.8, ("frailty.sd",)),
    Parameter(0.8, 3.0, (f"{OPIOIDS}.relapse",)),
    Parameter(0.5, 1.4, (f"{STIMULANTS}.relapse",)),
    # Of uses, those that begin a relapse; the first of all but opioids.
    Parameter(0.3, 0.75, ("relapse.share_of_setbacks",)),
    Parameter(0.55, 0.92, ("relapse.by.substance.opioids.share_of_setbacks",)),
    Parameter(4, 10, ("setback.into_relapse_days.mean",)),
    # At the door.
    Parameter(0.02, 0.5, in_24_hour_care(*PLANNED)),
    Parameter(0.1, 0.7, in_24_hour_care(*OTHERWISE)),
    Parameter(15, 200, in_24_hour_care(f"{RISK}.halved_every_days")),
    Parameter(1, 6, (f"{OPIOIDS}.{RISK}",)),
    # Care.
    Parameter(0.02, 0.15, in_24_hour_care("relapse_exposure")),
    Parameter(0.4, 0.95, ("levels.iop.relapse_exposure",), outpatient_exposure),
    Parameter(0.9, 0.97, BENEFIT),
    Parameter(2, 15, ("levels.residential.days_to_remission.mean",)),
    # After a relapse.
    Parameter(0.2, 1.6, ("frailty.recovery_sd",)),
    Parameter(50, 300, ("remission.mean",)),
    Parameter(80, 600, ("return_to_care.delay_days.mean",)),
    Parameter(1, 3.5, ("relapse.after_remission",)),
)
"""Every one; those of 24-hour care have one value for detoxification and residential care, by stay and by reason."""
