"""Exports: one streamed zip of files in the asked formats, and a manifest that says what is in them."""
