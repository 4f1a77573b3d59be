"""What is said: identifiers, events, envelope, frames, topics, organisation facts, documents and alerts.

Every other room imports this one; it imports none of them, and of packages only pydantic and msgspec.
"""
