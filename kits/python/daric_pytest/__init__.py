"""A Daric sandbox for tests: the pytest fixture ``daric``, and the classes behind it.

``Daric.start()`` and ``Daric.attach(url)`` work without pytest as well. Only the standard library is used.
"""

from .api import DaricError, NotInTime, Refused
from .records import Attempt, Due, Instant, RecordedRequest, Sms, Struck, Webhook
from .sandbox import Daric

__all__ = [
    "Attempt",
    "Daric",
    "DaricError",
    "Due",
    "Instant",
    "NotInTime",
    "RecordedRequest",
    "Refused",
    "Sms",
    "Struck",
    "Webhook",
]
