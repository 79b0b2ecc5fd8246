"""Answers and passages as JSON and back, for the record, the stream and the trace."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

from deskhand.nouns import Answer, Json


def to_json(noun: Any) -> dict[str, Json]:
    """A noun's fields as JSON; tuples become lists."""
    plain = _plain(asdict(noun))
    assert isinstance(plain, dict)
    return plain


def answer_from(value: Json) -> Answer:
    answer: Answer = _adapter().validate_python(value)
    return answer


def _plain(value: Any) -> Json:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Answer)
