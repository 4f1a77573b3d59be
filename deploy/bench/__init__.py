"""Speed, measured on the running product: each figure is printed beside its target, and as one JSON line."""
