"""Every table that people are shown, once, as data."""
