"""Sites that nobody has described: where their reports are listed, and what the addresses of reports look like."""
