"""Field types that many events share: instants, references and short names, each with its limits in one place."""

from typing import Annotated

from pydantic import Field, StringConstraints

EpochMs = Annotated[int, Field(ge=946_684_800_000, le=4_102_444_800_000)]
"""An instant in milliseconds since 1970-01-01T00:00:00Z, between the years 2000 and 2100: seconds are refused."""

Ref = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,95}$")]
"""A reference to a device, place, meal, paper or person; same alphabet as ``subject``. Never a name or a number of a
person: staff appear as opaque references that only their own school can resolve."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=40)]
"""A short name for people: a dish, a foodstuff. Never a person's."""

Count = Annotated[int, Field(ge=0, le=100_000)]
"""A number of persons, things or occurrences."""

Percent = Annotated[float, Field(ge=0, le=100)]
"""A share, 0 to 100."""

PupilToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
"""A pupil: a keyed hash that only the own campus can resolve, changed every school year. No other form is accepted."""
