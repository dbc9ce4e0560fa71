"""Fits of shipped parameters to published numbers, each run as `python -m sim.validation.fits.NAME`."""
