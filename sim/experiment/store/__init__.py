"""Finished replications on disk: the store, the format of its files, and what is there."""
