"""What can go wrong: one tree. A message says what happened, with the value, and what to do next; it never carries
the text of a document, a secret or another reader's data, so a door may show it as it is."""

from __future__ import annotations

from typing import ClassVar


class DeskhandError(Exception):
    """The root. `code` is stable and machine-readable; `status` is the HTTP status that fits; `next` is what whoever
    meets it can do, where the message has nothing better."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    next: ClassVar[str] = "Look into the server's log for the reference, or report it with the reference."


class BadInput(DeskhandError):
    """What was sent cannot be taken as it is."""

    code = "bad-input"
    status = 422
    next = "Change what you sent as the detail says, then send it again."


class BadSettings(DeskhandError):
    """A setting, or two together, make no sense."""

    code = "bad-settings"
    status = 500
    next = "Correct the setting in deskhand.toml or the environment; `deskhand settings` explains each one."


class Malformed(BadInput):
    """What was sent is not in the form that this call takes."""

    code = "malformed"
    status = 400
    next = "Send it as the documentation of the call says."


class NotFound(DeskhandError):
    """There is no such thing, or the reader may not know of it: both say the same."""

    code = "not-found"
    status = 404
    next = "List what you may see, and take an id from there."


class NotSignedIn(DeskhandError):
    """The token is missing, unknown, expired or revoked; the message does not say which."""

    code = "not-signed-in"
    status = 401
    next = "Send `Authorization: Bearer TOKEN`; `deskhand tokens create` makes a token."


class SignInFailed(NotSignedIn):
    """The link or token that a browser signs in with does not hold; the message does not say why."""

    code = "sign-in-failed"
    status = 401
    next = (
        "Ask an operator for a new link (`deskhand tokens link PERSON`) or a token (`deskhand tokens create PERSON`)."
    )


class NotFromHere(DeskhandError):
    """A browser sent this from a page that is not the console's, or without the word that the console sends along."""

    code = "not-from-here"
    status = 403
    next = "Open the console anew and do it there. A program signs its calls with a token and needs none of this."


class NotSecure(DeskhandError):
    """A browser cannot sign in over a connection that others can read."""

    code = "not-secure"
    status = 403
    next = "Put TLS in front and set `console.url` to the https address that people open; docs/how-to/console.md."


class NotAllowed(DeskhandError):
    """The token's scopes do not cover this."""

    code = "not-allowed"
    status = 403
    next = "Ask an operator for a token with the scope that the detail names."


class Conflict(DeskhandError):
    """Somebody else changed or holds the thing."""

    code = "conflict"
    status = 409
    next = "Look at the thing again as it is now, then decide."


class OwnAccess(Conflict):
    """What was asked would take away something that the one who asks needs to be let in here."""

    code = "own-access"
    next = "Have another administrator do it, or send it again with `sure` where it is meant."


class Busy(DeskhandError):
    """Too much at once; `retry_after` seconds may pass before another try."""

    code = "busy"
    status = 429
    next = "Wait as long as `Retry-After` says, then send it again."

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreadable(DeskhandError):
    """A file that cannot be read: encrypted, malformed, too large, or beyond its time or memory."""

    code = "unreadable"
    status = 422
    next = "Repair, decrypt or split the file, then ingest it again."


class RedactionFailed(DeskhandError):
    """A redaction rule broke on a text, so the text goes nowhere; names the rule and the place, never the value."""

    code = "redaction-failed"
    next = "Report the rule and the error it names; switching its kind off lets the text in with that kind unredacted."


class RedactionBlocked(RedactionFailed):
    """A text holds what may not be taken in at all, not even with a placeholder in its place."""

    code = "redaction-blocked"
    status = 422
    next = "Take it out of the text, or have an operator choose another mode for its kind (`redaction.modes`)."


class GuardrailError(DeskhandError):
    """A guardrail stopped something, or could not look at it."""

    code = "guardrail"
    status = 422


class GuardrailBlocked(GuardrailError):
    """A guardrail's policy does not let this text pass; the message is the policy's own, for the one who asked."""

    code = "guardrail-blocked"
    next = "Ask in other words; if it was a fair question, an operator can loosen the guardrail's policy."


class GuardrailFailed(GuardrailError):
    """A guardrail could not run, so what it should have looked at does not pass."""

    code = "guardrail-failed"
    status = 503
    next = "Ask again in a moment; an operator finds why in the log, and can let texts pass then (`onFailure: pass`)."


class EngineError(DeskhandError):
    """The durable engine could not do what was asked."""

    code = "engine"
    next = "Send it again; if it persists, look at /health and the server's log."


class NoSuchRun(NotFound):
    """No run under this id."""

    code = "no-such-run"
    next = "List your runs, and take an id from there."


class StepFailed(EngineError):
    """A step ended with an error that is not one of ours; `kind` is its type's name, its message is not kept."""

    code = "step-failed"
    kind: str = ""


class RunFailed(EngineError):
    """The run ended with an error."""

    code = "run-failed"
    next = "Look at the run's trace, then resume it or ask again."


class RunCancelled(EngineError):
    """The run was cancelled."""

    code = "run-cancelled"
    status = 409
    next = "Resume the run, or ask again."


class StillRunning(EngineError):
    """The run did not end within the time given; it goes on."""

    code = "still-running"
    status = 504
    next = "The run goes on: follow its events, or ask for its answer later."


class ModelError(DeskhandError):
    """A model did not answer as it should."""

    code = "model"
    status = 502
    next = "Ask again; if it persists, an operator can run `deskhand settings check`."


class ModelThrottled(ModelError):
    """The model's server says "later"; `retry_after` seconds when it said so."""

    code = "model-throttled"
    status = 503
    next = "Wait as long as `Retry-After` says, then ask again."

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelTimeout(ModelError):
    """The model did not answer in time."""

    code = "model-timeout"
    status = 504
    next = "Ask again, or ask for less at once."


class ModelBlocked(ModelError):
    """A content filter or guardrail of the model's provider stopped the question or the answer."""

    code = "model-blocked"
    status = 422
    next = "Ask in other words; if it was a fair question, an operator can loosen the provider's filter for this model."


class BudgetSpent(ModelError):
    """The run's token budget is spent."""

    code = "budget-spent"
    status = 429
    next = "Ask a narrower question, or have an operator raise `budget_tokens`."


class SlackError(DeskhandError):
    """Slack refused what was asked of it; `slack` is its own word for why ("channel_not_found"), `needed` the scope
    that is missing, if one is."""

    code = "slack"
    status = 502
    next = "Run `deskhand slack check`: it names what the app may not do, and how to let it."

    def __init__(self, message: str, slack: str = "", needed: str = "") -> None:
        super().__init__(message)
        self.slack = slack
        self.needed = needed


class SlackUnavailable(SlackError):
    """Slack could not be reached, or would not take the call for now; nothing was changed there."""

    code = "slack-unavailable"
    status = 503
    next = "Wait and try again; see https://slack-status.com, and `deskhand slack check` for the way there."


class SlackUnsure(SlackError):
    """A call broke off before Slack's answer came: it may or may not have been carried out."""

    code = "slack-unsure"
    status = 504
    next = "Look in Slack whether it happened before doing it again."


class NotFromSlack(SlackError):
    """A request to Slack's door that Slack did not sign, or not in the last five minutes."""

    code = "not-from-slack"
    status = 401
    next = "Check `slack.signing_secret` against the app's Basic Information page, and this machine's clock."


class QueueUnavailable(DeskhandError):
    """A queue, or a table's stream, of AWS could not be reached, or would not take the call for now."""

    code = "queue-unavailable"
    status = 503
    next = "Wait and try again; /health says how it stands, and `deskhand contact check` tries the phone door's queue."


class NoticeNotSent(DeskhandError):
    """A notice could not be sent for now; `retry_after` seconds when the other side said so."""

    code = "notice-not-sent"
    status = 503
    next = "Nothing: it is tried again by itself; `deskhand tickets notices list` shows how it stands."

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoticeRefused(NoticeNotSent):
    """The other side will not take this notice, however often it is sent."""

    code = "notice-refused"
    status = 502
    next = "Correct what the reason names, then `deskhand tickets notices retry`."


class ToolFailed(DeskhandError):
    """A tool of an action group could not do what it was called for; the agent is told the message as it is."""

    code = "tool-failed"
    status = 502
    next = "Look at the ticket's trace for the call, and into the tool's own log for why."


def next_of(code: str) -> str:
    """What to do about errors with this code; of one that is not known, what to do about any."""
    kinds: list[type[DeskhandError]] = [DeskhandError]
    for kind in kinds:
        if kind.code == code:
            return kind.next
        kinds += kind.__subclasses__()
    return DeskhandError.next
