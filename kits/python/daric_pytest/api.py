"""Calls of the operator API: JSON in, JSON out, one connection each."""

from __future__ import annotations

import http.client
import json as json_format
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Mapping, Optional

#: The longest a call may take that does not wait for anything, in seconds.
TIMEOUT = 30

#: Proxies of the environment are for other hosts.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class DaricError(Exception):
    """The sandbox cannot do what a test asks for."""


class NotInTime(DaricError):
    """What a test waited for did not happen in time."""


class Refused(DaricError):
    """The operator API refused a call."""

    def __init__(self, call: str, status: int, body: str) -> None:
        error = _error_of(body)
        #: The HTTP status.
        self.status = status
        #: The kind of the refusal, as ``INVALID``; empty if the reply has none.
        self.code = str(error.get("code", ""))
        #: The field that is meant, if one is.
        self.field: Optional[str] = error.get("field")
        #: What to do next.
        self.message = str(error.get("message", body))
        at = f" {self.field}:" if self.field else ""
        super().__init__(f"{call} is answered {status}:{at} {self.message}")


def _error_of(body: str) -> Mapping[str, Any]:
    try:
        error = json_format.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def camel_case(name: str) -> str:
    """The name on the wire of a name in Python: ``track_id`` is ``trackId``."""
    first, *more = name.split("_")
    return first + "".join(word.capitalize() for word in more)


def on_the_wire(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields by their names on the wire, without those that are ``None``."""
    return {camel_case(name): value for name, value in fields.items() if value is not None}


class Api:
    """The operator API of a server."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._token = token

    def call(self, method: str, path: str, json: object = None, timeout: float = TIMEOUT) -> Any:
        """Makes a call; returns its JSON, or ``None`` for an empty reply. A status of 400 and more raises ``Refused``."""
        return self.numbered(method, path, json, timeout)[1]

    def numbered(self, method: str, path: str, json: object = None, timeout: float = TIMEOUT) -> tuple[str, Any]:
        """The same, after the number of the request in the server's log."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        body = None
        if json is not None:
            headers["Content-Type"] = "application/json"
            body = json_format.dumps(json).encode()
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method=method)
        try:
            with _open(request, timeout=timeout) as reply:
                number, text = reply.headers.get("x-request-id", ""), reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(f"{method} {path}", error.code, error.read().decode(errors="replace")) from None
        except (OSError, http.client.HTTPException) as error:
            raise DaricError(f"cannot reach {self.url}: {error}") from error
        return number, json_format.loads(text) if text else None

    def listed(self, path: str, query: Mapping[str, object], timeout: float = TIMEOUT) -> list[dict[str, Any]]:
        """The rows of a list, newest first; ``timeout`` is without the time that the query waits."""
        wait = query.get("wait")
        timeout += wait if isinstance(wait, int) else 0
        rows: list[dict[str, Any]] = self.call("GET", _with_query(path, query), timeout=timeout)
        return rows


def _with_query(path: str, query: Mapping[str, object]) -> str:
    given = on_the_wire(query)
    return f"{path}?{urllib.parse.urlencode(given)}" if given else path
