"""A sandbox as a test uses it: its address, its tokens, and its controls.

Shape: ``Daric`` has one part for each subject of the operator API. Every value is JSON of that API, in Python's spelling.
Absent: clients of the platforms. A test calls those services with the client that it tests.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any, List, Mapping, Optional, Sequence, Union

from .api import Api, DaricError, NotInTime, on_the_wire
from .process import Process
from .records import Due, Instant, RecordedRequest, Sms, Webhook, read

#: The operator's token of a sandbox.
OPERATOR_TOKEN = "demo-admin-token"
#: How long a wait lasts, in whole seconds of the machine's time: 1 to 60.
WAIT = 10
#: The server gathers the lines of its log for a fifth of this time before it writes them, in seconds.
_LOG_DELAY = 0.1
#: The most requests in a summary, and the most characters of each target, body and reply.
_SUMMARY, _SUMMARY_TEXT = 20, 500
#: A summary is for a test that has failed, perhaps because the server hangs, in seconds.
_SUMMARY_TIMEOUT = 5


class Daric:
    """A sandbox."""

    def __init__(self, url: str, operator_token: str = OPERATOR_TOKEN, process: Optional[Process] = None) -> None:
        #: The address, as ``http://127.0.0.1:41234``.
        self.url = url
        self.operator_token = operator_token
        self._api = Api(url, operator_token)
        self._process = process
        self._log_since = (0, "")
        self.clock = Clock(self._api)
        self.sms = SmsInbox(self._api)
        self.faults = Faults(self._api)
        self.requests = Requests(self._api)
        self.snapshot = Snapshots(self._api)
        self.webhooks = Webhooks(self._api)

    @classmethod
    def start(cls, *arguments: str, binary: Optional[str] = None) -> Daric:
        """Starts a server with the demo world, as ``Daric.start("--strict")``; ``stop`` ends it."""
        process = Process(arguments, binary)
        return cls(process.url, process=process)

    @classmethod
    def attach(cls, url: str, operator_token: str = OPERATOR_TOKEN) -> Daric:
        """Uses a sandbox that runs already. A reset empties it, so only one test at a time may use it."""
        return cls(url.rstrip("/"), operator_token)

    def stop(self) -> None:
        """Ends a server that ``start`` has started."""
        if self._process:
            self._process.stop()

    def reset(self) -> None:
        """Back to the demo world: no orders, no faults, the machine's time."""
        number, _ = self._api.numbered("POST", "/admin/v1/reset")
        self.sms.forget()
        self.requests.begin(int(number, 16) if number else None)
        # Lines of earlier calls may be written after this; the line of the reset is the last of them.
        self._log_since = (self._process.log_size() if self._process else 0, number)

    def log(self) -> str:
        """What the server has printed since the last reset; empty for a server that another program has started."""
        if not self._process:
            return ""
        time.sleep(_LOG_DELAY)
        return self._process.log(*self._log_since)

    def admin(self, method: str, path: str, json: object = None) -> Any:
        """Any call of the operator API: its JSON, or ``None`` for an empty reply. A refusal raises ``Refused``."""
        return self._api.call(method, path, json)

    def base(self, dialect: str) -> str:
        """The base URL that takes the place of a platform's: ``finnotech``, ``paystar`` or ``pod``."""
        dialects = self.admin("GET", "/")["dialects"]
        bases = {row["name"]: row["base"] for row in dialects}
        if dialect not in bases:
            raise DaricError(f"no dialect {dialect!r}: {', '.join(sorted(bases))}")
        return str(bases[dialect])

    def token(
        self,
        client: str = "drops",
        type: str = "CODE",
        bank: Optional[str] = "062",
        deposits: Optional[Sequence[str]] = ("0302876214008",),
        scopes: Optional[Sequence[str]] = None,
        limit: Optional[int] = None,
        count: Optional[int] = None,
    ) -> str:
        """A Finnotech token without the consent page; ``type="CLIENT-CREDENTIAL"`` for the client's own."""
        if type != "CODE":
            bank = deposits = None
        fields = {"client": client, "type": type, "bank": bank, "deposits": deposits, "scopes": scopes}
        reply = self.admin("POST", "/admin/v1/tokens", on_the_wire({**fields, "limit": limit, "count": count}))
        return str(reply["result"]["value"])

    @staticmethod
    def header_fault(
        fault: str,
        then: Optional[str] = None,
        after: Optional[str] = None,
        distribution: Optional[str] = None,
        seed: Optional[int] = None,
    ) -> dict[str, str]:
        """The header with which a call asks for a fault of its own: ``header_fault("rail_timeout", then="done")``."""
        fields = {"then": then, "after": after, "distribution": distribution, "seed": seed}
        parts = [fault, *(f"{name}={value}" for name, value in on_the_wire(fields).items())]
        if any(";" in part or not part.isprintable() for part in parts):
            raise ValueError(f"a header cannot carry {parts!r}: arm the fault")
        return {"Daric-Fault": "; ".join(parts)}

    def scenario(self, name: str, **fields: object) -> Any:
        """Arms the steps of a named scenario; ``scenarios`` lists the names."""
        return self.admin("POST", "/admin/v1/scenarios", on_the_wire({"scenario": name, **fields}))

    def scenarios(self) -> Any:
        """The scenarios that can be armed."""
        return self.admin("GET", "/admin/v1/scenarios")


class Clock:
    """The sandbox's clock. A move runs the work that falls due before it returns."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def now(self) -> Instant:
        """What it shows."""
        return read(Instant, self._api.call("GET", "/admin/v1/clock"))

    def set(self, at: Union[str, datetime]) -> Instant:
        """Freezes it at an instant with a time zone; only the first move after a reset may go back."""
        return self._move("set", at.isoformat() if isinstance(at, datetime) else at)

    def freeze(self) -> Instant:
        """Freezes it where it is."""
        return self._move("freeze", "now")

    def advance(self, by: Union[str, timedelta]) -> Instant:
        """Moves it on by a ``timedelta`` or an ISO 8601 duration, as ``PT2H45M``."""
        return self._move("advance", f"PT{by.total_seconds()}S" if isinstance(by, timedelta) else by)

    def run(self, mode: str = "system") -> Instant:
        """``system``: follows the machine's time. ``idle``: moves from due job to due job until none is left."""
        return self._move("run", mode)

    def due(self, limit: Optional[int] = None) -> List[Due]:
        """The work that waits for the clock, earliest first."""
        return [read(Due, row) for row in self._api.listed("/admin/v1/clock/due", {"limit": limit})]

    def _move(self, how: str, value: str) -> Instant:
        return read(Instant, self._api.call("POST", "/admin/v1/clock", {how: value}, timeout=600))


class SmsInbox:
    """The SMS that the server sends."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._seen: dict[Optional[str], int] = {}

    def list(self, to: Optional[str] = None, **filters: object) -> List[Sms]:
        """SMS, newest first."""
        return [read(Sms, row) for row in self._api.listed("/admin/v1/sms", {"to": to, **filters})]

    def wait(self, to: Optional[str] = None, timeout: int = WAIT, since: Optional[int] = None) -> Sms:
        """The newest SMS to a number that no earlier ``wait`` has returned; waits until there is one.

        With ``since``, the newest one with a greater number than that.
        """
        after = self._seen.get(to) if since is None else since
        found = self.list(to, since=after, wait=timeout)
        if not found:
            raise NotInTime(f"no SMS to {to or 'any number'} within {timeout} seconds")
        self._seen[to] = found[0].id
        return found[0]

    def forget(self) -> None:
        """Forgets what ``wait`` has returned."""
        self._seen.clear()


class Faults:
    """Faults that strike calls to come."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def arm(self, fault: str, **fields: object) -> Any:
        """Arms a fault: ``arm("drop_after", operation="transferTo", track_id="t-1", nth=2)``."""
        return self._api.call("POST", "/admin/v1/faults", on_the_wire({"fault": fault, **fields}))

    def list(self) -> List[dict[str, Any]]:
        """The faults that may still strike."""
        rows: List[dict[str, Any]] = self._api.call("GET", "/admin/v1/faults")["faults"]
        return rows

    def clear(self, id: Optional[int] = None) -> None:
        """Disarms a fault, or all of them."""
        self._api.call("DELETE", "/admin/v1/faults" if id is None else f"/admin/v1/faults/{id}")


class Requests:
    """The requests that the server has answered since the last reset."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._mark: Optional[int] = None
        self._reset: Optional[int] = None

    def list(self, **filters: object) -> List[RecordedRequest]:
        """Requests, newest first; filters as ``dialect="pod"``, ``service="transferTo"``, ``track_id="t-1"``, ``status="4xx"``."""
        rows = self._api.listed("/admin/v1/requests", {"since": self._mark, **filters})
        return [read(RecordedRequest, row) for row in rows]

    def wait(self, timeout: int = WAIT, **filters: object) -> RecordedRequest:
        """The newest request that the filters match; waits until there is one."""
        found = self.list(wait=timeout, **filters)
        if not found:
            raise NotInTime(f"no request with {filters} within {timeout} seconds")
        return found[0]

    def get(self, id: int) -> Mapping[str, Any]:
        """One request, with its headers and as a curl command."""
        request: Mapping[str, Any] = self._api.call("GET", f"/admin/v1/requests/{id}")
        return request

    def summary(self) -> str:
        """The last 20 requests since the last reset as text, oldest first.

        Each has its number in the server's log, method, target, status and what struck it; after ``>`` its body, after
        ``<`` the reply.
        """
        query = {"since": self._reset, "limit": _SUMMARY + 1}
        rows = self._api.listed("/admin/v1/requests", query, timeout=_SUMMARY_TIMEOUT)
        shown = [_shown(read(RecordedRequest, row)) for row in reversed(rows[:_SUMMARY])]
        if len(rows) > _SUMMARY:
            shown.insert(0, "(earlier requests are left out)")
        return "\n".join(shown)

    def begin(self, reset: Optional[int]) -> None:
        """From now on only requests after the reset with this number are listed."""
        self._reset = reset
        self.forget()

    def forget(self) -> None:
        """From now on only later requests are listed."""
        rows = self._api.listed("/admin/v1/requests", {"limit": 1})
        self._mark = rows[0]["id"] if rows else None


def _shown(request: RecordedRequest) -> str:
    struck = f" ({request.struck.kind} {request.struck.name})" if request.struck else ""
    lines = [f"{request.raw['requestId']} {request.method} {_short(request.target)} {request.status}{struck}"]
    bodies = ((">", request.body), ("<", request.reply))
    lines.extend(f"  {mark} {_short(text)}" for mark, text in bodies if text)
    return "\n".join(lines)


def _short(text: str) -> str:
    """On one line, and without characters that a terminal obeys."""
    line = re.sub(r"[\x00-\x1f\x7f-\x9f]+ *", " ", text)
    return line if len(line) <= _SUMMARY_TEXT else f"{line[:_SUMMARY_TEXT]}…"


class Snapshots:
    """Named states of the whole sandbox."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def save(self, name: str) -> Any:
        """Saves the state under a name."""
        return self._api.call("POST", "/admin/v1/snapshots", {"name": name})

    def load(self, name: str) -> Any:
        """Back to a saved state; the clock returns as well."""
        return self._api.call("POST", f"/admin/v1/snapshots/{name}/load")

    def drop(self, name: str) -> None:
        """Removes a saved state."""
        self._api.call("DELETE", f"/admin/v1/snapshots/{name}")

    def list(self) -> Any:
        """The saved states."""
        return self._api.call("GET", "/admin/v1/snapshots")


class Webhooks:
    """Calls to businesses that report payments."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, **filters: object) -> List[Webhook]:
        """Calls, newest first; filters as ``business=201``, ``state="dead"``."""
        return [read(Webhook, row) for row in self._api.listed("/admin/v1/webhooks", filters)]

    def wait(self, timeout: int = WAIT, **filters: object) -> Webhook:
        """The newest call that the filters match, as ``state="sent"``; waits until there is one."""
        found = self.list(wait=timeout, **filters)
        if not found:
            raise NotInTime(f"no webhook with {filters} within {timeout} seconds")
        return found[0]

    def get(self, id: int) -> Webhook:
        """One call, with its attempts."""
        return read(Webhook, self._api.call("GET", f"/admin/v1/webhooks/{id}"))

    def resend(self, id: int) -> Webhook:
        """Makes a call once more."""
        return read(Webhook, self._api.call("POST", f"/admin/v1/webhooks/{id}/resend"))
