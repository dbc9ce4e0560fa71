"""The command line: thin commands over the public names. Heavy things are imported by the command that needs them."""

from sim.cli.main import app, main

__all__ = ["app", "main"]
