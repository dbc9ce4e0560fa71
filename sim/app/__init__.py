"""The web page: choose a scenario, change it, compare it with alternatives, and read what comes out."""
