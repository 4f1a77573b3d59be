"""What was so, and what was known, at an instant."""
