"""How documents become lines of an overview: freshness, condition, and the order in which people should look."""
