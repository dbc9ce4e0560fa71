"""What the people of a scenario have, and the words that everybody who reads about them uses for its course."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated

from pydantic import Field

from sim.scenario.frozen import Frozen

Word = Annotated[str, Field(max_length=60, pattern=r"^[^{}\n]*$")]


class Condition(Frozen):
    """Words for people; keys, records and names of metrics are the same of every condition.

    What is absent is as built in for a condition of this name, and else in neutral words.
    """

    title: Word = Field("", description="what people have")
    well: Word = Field("", description='how they are when they are well: "abstinent", as in "days abstinent"')
    in_setback: Word = Field("", description='how they are in a setback: "in a lapse"')
    unwell: Word = Field("", description='how they are when they are not: "using"')
    in_response: Word = Field("", description='how they are in a partial response: "in partial response"')
    get_well: Word = Field("", description='what they do when they get well: "become abstinent"')
    setback: Word = Field("", description='a setback that need not be a relapse: "lapse"')
    setbacks: Word = Field("", description='several: "lapses"')
    any_setback: Word = Field("", description='any setback, whether or not a relapse: "any use"')
    days_unwell: Word = Field("", description='"days of use"')

    def named(self, name: str) -> "Condition":
        """With every word that is not stated, as a condition of this name has them."""
        own = {key: word for key, word in self if word}
        built_in = BUILT_IN.get(name, NEUTRAL)
        title = own.get("title") or built_in.title or name.replace("_", " ").capitalize()
        return built_in.model_copy(update={**own, "title": title})

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The words of the course, by the placeholder that stands for them in texts; `gets_well` is said of one."""
        verb, space, rest = self.get_well.partition(" ")
        return {**{key: word for key, word in self if key != "title"}, "gets_well": f"{_of_one(verb)}{space}{rest}"}


IRREGULAR: Mapping[str, str] = {"be": "is", "have": "has"}
"""Verbs of one person that no rule gives; "go" and "do" follow that of "o"."""


def _of_one(verb: str) -> str:
    """What one person does: "become" is "becomes"."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb.endswith("y") and verb[-2:-1] not in tuple("aeiou"):
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


NEUTRAL = Condition(
    well="well",
    in_setback="in a setback",
    unwell="unwell",
    in_response="in partial response",
    get_well="get well",
    setback="setback",
    setbacks="setbacks",
    any_setback="any setback",
    days_unwell="days unwell",
)

ADDICTION = "addiction"
"""The condition of a scenario that names none: before there were conditions, all were about it."""

BUILT_IN: Mapping[str, Condition] = {
    ADDICTION: Condition(
        title="Addiction",
        well="abstinent",
        in_setback="in a lapse",
        unwell="using",
        in_response="using less",
        get_well="become abstinent",
        setback="lapse",
        setbacks="lapses",
        any_setback="any use",
        days_unwell="days of use",
    ),
    "depression": Condition(
        title="Depression",
        well="in remission",
        in_setback="with some symptoms",
        unwell="symptomatic",
        in_response="in partial response",
        get_well="enter remission",
        setback="brief return of symptoms",
        setbacks="brief returns of symptoms",
        any_setback="any return of symptoms",
        days_unwell="days with symptoms",
    ),
}


def condition_of(conditions: Mapping[str, Condition]) -> Condition:
    """The condition of a scenario that states these, at most one, with all of its words."""
    for name, condition in conditions.items():
        return condition.named(name)
    return BUILT_IN[ADDICTION]
