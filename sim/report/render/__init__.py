"""Sheets and pages for the terminal, for browsers, and for machines."""
