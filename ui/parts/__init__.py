"""Draw one thing each."""
