"""The sections of a report, one a module; page.py puts them in order."""
