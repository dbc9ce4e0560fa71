"""Regression checks: suites, their baselines, and the file that holds them."""
