"""What people look at: tables for the terminal, and the page of shipped scenarios."""
