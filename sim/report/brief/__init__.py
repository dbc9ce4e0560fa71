"""The two pages that decide: what a planner reads first, and may be all that is read."""

from sim.report.brief.facts import Brief
from sim.report.brief.gathering import brief_of
from sim.report.brief.rendering import brief_html

__all__ = ["Brief", "brief_html", "brief_of"]
