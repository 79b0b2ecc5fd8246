"""How results, inputs and errors are recorded: as JSON, never as pickles.

A result is rebuilt by the step function's return annotation, on the first attempt too, so that the workflow sees the
same value whether the step ran or was read back. An error keeps its message only if it is one of ours; of any other
only the type's name is kept, for its message may hold somebody's data.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
from pydantic_core import PydanticSerializationError, to_json

from deskhand.errors import BadInput, DeskhandError, EngineError, StepFailed
from deskhand.nouns import Json, Step

_FAILURE = "$failure"


class Raw(str):
    """JSON text that is recorded as it stands."""

    __slots__ = ()


class Failure(Exception):
    """What is recorded of an error: a code (or a type's name), a message that may be shown, and the step's input."""

    def __init__(self, code: str, message: str, *, original: DeskhandError | None = None, **notes: Json) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.original = original
        self.notes = notes

    @classmethod
    def of(cls, error: BaseException, **notes: Json) -> Failure:
        """The failure that an error is; a failure keeps what it is and gets the notes."""
        if isinstance(error, Failure):
            return cls(error.code, error.message, original=error.original, **{**error.notes, **notes})
        if isinstance(error, StepFailed) and error.kind:
            return cls(error.kind, "", **notes)
        if isinstance(error, DeskhandError):
            return cls(error.code, str(error), original=error, **notes)
        return cls(type(error).__name__, "", **notes)

    @property
    def text(self) -> str:
        """ "code: message" of an error of ours, the type's name of any other."""
        return f"{self.code}: {self.message}" if self.message else self.code

    def rebuilt(self, step: str) -> DeskhandError:
        """The error that the workflow sees, of the same type on every attempt."""
        if self.original is not None:
            return self.original
        kind = _kinds().get(self.code)
        if kind is None or not self.message:
            error = StepFailed(f"step {step!r} failed with {self.code}; the log of the process that ran it says more")
            error.kind = self.code
            return error
        try:
            return kind(self.message)
        except TypeError:
            return EngineError(self.text)

    def recorded(self) -> Json:
        return {_FAILURE: {"code": self.code, "message": self.message, **self.notes}}


def _kinds() -> dict[str, type[DeskhandError]]:
    def walk(kind: type[DeskhandError]) -> Iterator[type[DeskhandError]]:
        yield kind
        for sub in kind.__subclasses__():
            yield from walk(sub)

    found: dict[str, type[DeskhandError]] = {}
    for kind in walk(DeskhandError):
        found.setdefault(kind.code, kind)
    return found


def dumps(value: Any) -> str:
    """A value as JSON text; raw text as it is; an error as its failure."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, BaseException):
        value = Failure.of(value).recorded()
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> Any:
    """A value from its JSON text; a recorded failure as the exception `Failure`."""
    value = json.loads(text)
    if isinstance(value, dict) and _FAILURE in value:
        noted = dict(value[_FAILURE])
        return Failure(noted.pop("code"), noted.pop("message"), **noted)
    return value


def payload_text(payload: Json) -> str:
    """A run's payload as JSON text. Raises `BadInput` when it is none."""
    try:
        return json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"a run's payload must be JSON, but it holds something that is not ({type(error).__name__}); "
            "pass dicts, lists, strings, numbers, booleans and None"
        ) from None


def input_text(args: Sequence[Any]) -> str:
    """A step's positional arguments as JSON text; what is not JSON stands as its type's name."""
    return to_json(list(args), fallback=lambda value: f"<{type(value).__name__}>").decode()


def step_of(name: str, began: datetime | None, ended: datetime | None, recorded: Any) -> Step:
    """The step that was recorded as `{"input", "output", …}` or as a `Failure`."""
    failed = isinstance(recorded, Failure)
    notes = recorded.notes if failed else recorded
    return Step(
        name,
        began,
        ended,
        input=notes.get("input"),
        output=None if failed else notes.get("output"),
        error=recorded.text if failed else None,
        attempt=notes.get("attempt", 1),
        tries=notes.get("tries", 1),
        failures=tuple(notes.get("failures", ())),
    )


class Codec:
    """One step function's way from result to JSON text and back."""

    def __init__(self, returns: Any) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(returns)

    def encode(self, value: Any) -> str:
        """The value as JSON text. Raises `EngineError` when it has no JSON form."""
        try:
            return self._adapter.dump_json(value, warnings=False).decode()
        except PydanticSerializationError:
            raise EngineError(
                f"a step returned a {type(value).__name__}, which is not what its return annotation says or has no "
                "JSON form; annotate the step with what it returns, and return nouns or JSON"
            ) from None

    def decode(self, text: str) -> Any:
        return self._adapter.validate_json(text)


def codec_of(fn: Callable[..., Any]) -> Codec:
    """The codec of a step function, made once per function."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    fn = getattr(fn, "__func__", fn)
    if not hasattr(fn, "__code__"):
        fn = type(fn).__call__
    key = getattr(fn, "__code__", fn)
    codec = _codecs.get(key)
    if codec is None:
        codec = _codecs[key] = Codec(_returns(fn))
    return codec


_codecs: dict[Any, Codec] = {}


def _returns(fn: Callable[..., Any]) -> Any:
    """The type that a step function says it returns, whatever else it is annotated with; anything, when it says none.
    Raises `EngineError` for one that cannot be found, or that has no JSON form: the workflow would see another value
    after a crash than before."""

    def alone() -> Any: ...

    alone.__annotations__ = {"return": getattr(fn, "__annotations__", {}).get("return", Any)}
    try:
        returns = get_type_hints(alone, getattr(fn, "__globals__", None)).get("return", Any)
        TypeAdapter(returns)
    except (NameError, TypeError, PydanticSchemaGenerationError, PydanticUserError) as error:
        raise EngineError(
            f"what the step function {getattr(fn, '__qualname__', fn)} returns cannot be rebuilt from what is recorded "
            f"({type(error).__name__}): its return annotation must name types of JSON or nouns that are imported when "
            "it runs, in its module"
        ) from error
    return returns
