"""The demonstration county: a deterministic school day that is sent to the product's public gateway."""
