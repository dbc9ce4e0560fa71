"""From which day on the scenarios of a comparison are themselves, in a sentence."""

from sim.scenario.change import DatedChange

AS_THEMSELVES = (
    "Every scenario runs as itself from day 0, its warm-up too: what is compared are systems that have always been so."
)


def change_line(baseline: str, change: DatedChange | None) -> str:
    """What is compared: a change of the system that is there, or systems that have always been what they are.

    baseline: its label, whole where there is room for it. change: to any of the others.
    """
    if change is None:
        return AS_THEMSELVES
    name, day, start = " ".join(baseline.split()), change.day, change.baseline.window[0]
    if day == start:
        where = "the end of the warm-up"
    elif day < start:
        where = f"{start - day:g} days before the window of measurement begins"
    else:
        where = f"{day - start:g} days into the window of measurement, which are so the same in all"
    carry_over = change.lists == "carry_over"
    lists = "those who wait then wait on" if carry_over else "those who then wait outside care are placed anew"
    return (
        f"Every other scenario runs as {name} until day {day:g}, {where}, and from then on as itself ({lists}): "
        f"what is seen is the change from {name}, its transition included."
    )
