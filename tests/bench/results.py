"""Figures, and what is said about them."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """`compares`: its ratio to the baseline means something."""

    name: str
    title: str
    unit: str
    compares: bool = False
    more_is_better: bool = False


@dataclass(frozen=True)
class Target:
    """A promise about `contender` in a scenario: its median, or with `against` its ratio to that contender's."""

    scenario: str
    contender: str
    relation: str  # "<=" or ">="
    bound: float
    against: str | None = None
    inverse: bool = False  # the ratio is of the other to ours

    def value(self, results):
        """None where something was not measured."""
        ours = results.median_of(self.scenario, self.contender)
        if not self.against or ours is None:
            return ours
        other = results.median_of(self.scenario, self.against)
        if other is None:
            return None
        return other / ours if self.inverse else ours / other

    def met(self, value):
        return value <= self.bound if self.relation == "<=" else value >= self.bound


class Results:
    """Samples by scenario and contender, in the order in which they first came."""

    def __init__(self):
        self.samples = {}

    def add(self, scenario, contender, value):
        self.samples.setdefault(scenario, {}).setdefault(contender, []).append(value)

    def median(self, scenario, contender):
        return statistics.median(self.samples[scenario][contender])

    def median_of(self, name, contender):
        """The same by the scenario's name; None where it was not measured."""
        for scenario, by_contender in self.samples.items():
            if scenario.name == name and contender in by_contender:
                return self.median(scenario, contender)
        return None

    def ratio(self, scenario, contender, baseline):
        base = self.median_of(scenario.name, baseline) if scenario.compares else None
        return self.median(scenario, contender) / base if base else None

    def to_json(self, baseline, targets):
        return {
            "scenarios": [
                {"name": scenario.name, "title": scenario.title, "unit": scenario.unit,
                 "contenders": [
                     {"name": contender, "median": self.median(scenario, contender), "low": min(values), "high": max(values),
                      "ratio": self.ratio(scenario, contender, baseline), "samples": values}
                     for contender, values in by_contender.items()]}
                for scenario, by_contender in self.samples.items()],
            "targets": [
                {"scenario": target.scenario, "contender": target.contender, "relation": target.relation, "bound": target.bound,
                 "against": target.against, "value": value, "met": None if value is None else target.met(value)}
                for target in targets for value in (target.value(self),)],
        }
