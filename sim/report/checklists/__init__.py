"""Reporting checklists, filled in as far as a study knows."""
