"""Many replications of one or more scenarios, and their results on disk.

Nothing is re-exported: a worker, which needs `replications` alone, would load pandas with the rest.
"""
