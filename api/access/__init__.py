"""The record of who looked at what: written before content is answered, read by those who watch over it."""
