"""The pictures of reports, one kind a module."""
