"""What other programs read: event logs, and a film of people that a browser plays."""
