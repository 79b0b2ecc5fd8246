"""What can go wrong: one tree. A message says what happened, with the value, and what to do next; it never carries
the text of a document, a secret or another reader's data, so a door may show it as it is."""

from __future__ import annotations

from typing import ClassVar


class DeskhandError(Exception):
    """The root. `code` is stable and machine-readable; `status` is the HTTP status that fits."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500


class BadInput(DeskhandError):
    """What was sent cannot be taken as it is."""

    code = "bad-input"
    status = 422


class BadSettings(DeskhandError):
    """A setting, or two together, make no sense."""

    code = "bad-settings"
    status = 500


class NotFound(DeskhandError):
    """There is no such thing, or the reader may not know of it: both say the same."""

    code = "not-found"
    status = 404


class NotSignedIn(DeskhandError):
    """The token is missing, unknown, expired or revoked; the message does not say which."""

    code = "not-signed-in"
    status = 401


class NotAllowed(DeskhandError):
    """The token's scopes do not cover this."""

    code = "not-allowed"
    status = 403


class Conflict(DeskhandError):
    """Somebody else changed or holds the thing."""

    code = "conflict"
    status = 409


class Busy(DeskhandError):
    """Too much at once; `retry_after` seconds may pass before another try."""

    code = "busy"
    status = 429

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreadable(DeskhandError):
    """A file that cannot be read: encrypted, malformed, too large, or beyond its time or memory."""

    code = "unreadable"
    status = 422


class EngineError(DeskhandError):
    """The durable engine could not do what was asked."""

    code = "engine"


class NoSuchRun(NotFound):
    """No run under this id."""

    code = "no-such-run"


class RunFailed(EngineError):
    """The run ended with an error."""

    code = "run-failed"


class RunCancelled(EngineError):
    """The run was cancelled."""

    code = "run-cancelled"
    status = 409


class StillRunning(EngineError):
    """The run did not end within the time given; it goes on."""

    code = "still-running"
    status = 504


class ModelError(DeskhandError):
    """A model did not answer as it should."""

    code = "model"
    status = 502


class ModelThrottled(ModelError):
    """The model's server says "later"; `retry_after` seconds when it said so."""

    code = "model-throttled"
    status = 503

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelTimeout(ModelError):
    """The model did not answer in time."""

    code = "model-timeout"
    status = 504


class BudgetSpent(ModelError):
    """The run's token budget is spent."""

    code = "budget-spent"
    status = 429
