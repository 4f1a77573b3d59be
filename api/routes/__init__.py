"""Thin routes: parse, ask the authority, call, render."""
