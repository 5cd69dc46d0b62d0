"""What the operator API answers, as values. Names are those of the wire in Python's spelling: ``trackId`` is ``track_id``.

``raw`` has the whole JSON object. What an object does not have is ``None``.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any, Mapping, Optional, TypeVar

from .api import DaricError, camel_case

_Record = TypeVar("_Record")


def read(kind: type[_Record], row: Mapping[str, Any]) -> _Record:
    """The value of a JSON object."""
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: row if name == "raw" else row.get(camel_case(name)) for name in names})


def instant(text: str) -> datetime:
    """The instant of an RFC 3339 text, as of its field ``at``."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@dataclasses.dataclass(frozen=True)
class Sms:
    """An SMS that the server has sent."""

    id: int
    to: str
    text: Optional[str]
    state: str
    at: str
    raw: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def otp(self) -> str:
        """The digits of the code that the text carries; raises ``DaricError`` if it carries none."""
        otp = self.raw.get("otp")
        if not isinstance(otp, str):
            raise DaricError(f"the SMS {self.id} to {self.to} carries no code: {self.text!r}")
        return otp


@dataclasses.dataclass(frozen=True)
class Struck:
    """What changed the outcome of a request: a ``fault``, a ``magic`` value or a rule of the ``strict`` mode."""

    kind: str
    name: str
    rule: Optional[int]


@dataclasses.dataclass(frozen=True)
class RecordedRequest:
    """A request that the server has answered."""

    id: int
    at: str
    dialect: str
    service: str
    method: str
    target: str
    route: str
    status: int
    duration_ms: float
    client: Optional[str]
    track_id: Optional[str]
    order_id: Optional[str]
    invoice: Optional[str]
    body: Optional[str]
    reply: Optional[str]
    raw: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def struck(self) -> Optional[Struck]:
        """What changed its outcome, if anything did."""
        row = self.raw.get("struck")
        return read(Struck, row) if row else None


@dataclasses.dataclass(frozen=True)
class Attempt:
    """An attempt to deliver a webhook."""

    at: str
    status: Optional[int]
    error: Optional[str]
    duration_ms: float
    answer: Optional[str]


@dataclasses.dataclass(frozen=True)
class Webhook:
    """A call to a business that reports a payment."""

    id: int
    business: int
    address: str
    signed: bool
    state: str
    tries: int
    error: Optional[str]
    at: str
    next_try_at: Optional[str]
    raw: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def attempts(self) -> list[Attempt]:
        """Its attempts so far."""
        return [read(Attempt, row) for row in self.raw.get("attempts", [])]


@dataclasses.dataclass(frozen=True)
class Instant:
    """What the sandbox's clock shows."""

    now: str
    jalali: str
    mode: str
    ran: int
    raw: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def at(self) -> datetime:
        """The instant, with its time zone."""
        return instant(self.now)


@dataclasses.dataclass(frozen=True)
class Due:
    """Work that the server will do when the clock reaches an instant."""

    at: str
    kind: str
    what: str
    raw: Mapping[str, Any] = dataclasses.field(repr=False)
