"""Who may ask, and the answer: policy, live view, routes."""
