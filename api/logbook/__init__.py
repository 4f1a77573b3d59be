"""The logbook: what happened at a place, as sentences, with the causes of alerts."""
