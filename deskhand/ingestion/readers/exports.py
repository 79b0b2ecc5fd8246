"""Record files (CSV, JSON, JSON Lines): one document per record, by a mapping or by the fields' usual names.

A CSV or JSON file whose fields are not those of tickets is one document: a table, or a list of its values.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deskhand.errors import BadInput, Unreadable
from deskhand.ingestion.blocks import Block, Facts, Part, one_line, row_text
from deskhand.ingestion.readers.text import decode, paragraphs
from deskhand.nouns import Json

USUAL = {
    "id": ("id", "ticket_id", "ticketid", "key", "number", "case_id", "case", "uuid", "record_id"),
    "title": ("subject", "title", "summary", "name", "question", "short_description"),
    "body": (
        *("description", "body", "text", "content", "message", "answer", "details", "conversation", "comments"),
        *("messages", "resolution", "solution", "notes"),
    ),
    "url": ("url", "link", "permalink", "web_url", "html_url", "self"),
    "metadata": (
        *("status", "state", "priority", "severity", "type", "category", "product", "component", "queue", "team"),
        *("tags", "labels", "channel", "language", "created", "created_at", "updated", "updated_at", "closed_at"),
    ),
}
"""The names that are looked for, best first, when no mapping is given; compared without case, "-" and spaces as "_"."""

LISTS = ("tickets", "issues", "records", "items", "cases", "results", "data", "rows", "articles")
DEEPEST = 20
LONGEST_CELL = 10 << 20


@dataclass(frozen=True, slots=True)
class Fields:
    """Which field of a record is what; a dot goes down ("fields.summary").

    `url` is a field, or a template when it has braces ("https://tickets.example.com/{id}").
    """

    id: str | None = None
    title: str | None = None
    body: tuple[str, ...] = ()
    url: str | None = None
    metadata: tuple[str, ...] = ()
    records: str | None = None

    @classmethod
    def of(cls, said: Mapping[str, Json]) -> Fields:
        """The mapping as a person wrote it. Raises `BadInput` for a key or value that is none."""
        known = ("id", "title", "body", "url", "metadata", "records")
        for key, value in said.items():
            many = key in ("body", "metadata")
            listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
            if key not in known or not (isinstance(value, str) or (many and listed)):
                raise BadInput(
                    f"the mapping's {key!r} is {value!r}; it takes {', '.join(known)}, each the name of a field "
                    "(body and metadata: a list of names). See docs/how-to/ingest.md#ticket-exports."
                )
        if not said.get("body"):
            raise BadInput("the mapping has no 'body'; name the field that holds the text, e.g. `body: description`.")
        lists = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in said.items()}
        single = {key: lists[key][0] for key in ("id", "title", "url", "records") if key in lists}
        return cls(**single, body=lists["body"], metadata=lists.get("metadata", ()))


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a document: `id` within its file, `hash` of all that is taken from it."""

    id: str
    hash: str
    facts: Facts
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that cannot be taken; `id` says where it stands."""

    id: str
    reason: str


def records(data: bytes, name: str, fields: Fields | None) -> Iterator[Record | BadRecord] | None:
    """The records of the file, or None when it is one document. Raises `Unreadable` when it is neither."""
    if name.lower().endswith((".jsonl", ".ndjson")):
        return _unique(_json_lines(data, fields))
    if name.lower().endswith(".json"):
        found = _listed(_json(data), fields.records if fields else None)
        if found is None or not (fields or any(map(_usual_of, found[:20]))):
            return None
        return _unique(_record(one, fields, f"record {n}") for n, one in enumerate(found, 1))
    header, rows = _table(data, name)
    if not fields and not _tickets(header):
        return None
    return _unique(_record(dict(zip(header, row, strict=False)), fields, f"row {n}") for n, row in enumerate(rows, 2))


def whole(data: bytes, name: str) -> Iterator[Part]:
    """The file as one document: a CSV's rows with their column names, a JSON file's values with their keys."""
    if name.lower().endswith((".csv", ".tsv")):
        header, rows = _table(data, name)
        for row in rows:
            yield Block("row", row_text(header, [one_line(cell) for cell in row]))
    elif name.lower().endswith(".json"):
        value = _json(data)
        title = value.get("title") if isinstance(value, dict) else None
        yield Facts(title if isinstance(title, str) else None)
        for line in _flat(value):
            yield Block("row", line)
    else:
        for record in records(data, name, None) or ():
            if isinstance(record, Record):
                yield from record.blocks


def _table(data: bytes, name: str) -> tuple[list[str], Iterator[list[str]]]:
    text = decode(data)
    if not text.strip():
        raise Unreadable("empty: there is no text in it")
    csv.field_size_limit(LONGEST_CELL)
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = "\t" if name.lower().endswith(".tsv") else max(",;\t|", key=first[:20_000].count)
    rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [one_line(cell) for cell in next(rows, [])]
    return header, rows


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error:
        raise Unreadable("malformed: the CSV's quotes do not match, or a cell is longer than 10 MB") from None


def _json(data: bytes) -> Json:
    text = decode(data)
    if not text.strip():
        raise Unreadable("empty: there is no text in it")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"malformed: it is no JSON{line}") from None


def _listed(value: Json, path: str | None) -> list[Json] | None:
    """The list of records in `value`: itself, at `path`, or under one of the usual keys."""
    if path:
        value = _at(value, path)
        if not isinstance(value, list):
            raise Unreadable(f"malformed: the mapping's records {path!r} is no list in this file")
    if isinstance(value, list):
        return value if value and all(isinstance(one, dict) for one in value) else None
    if isinstance(value, dict):
        for key in LISTS:
            if isinstance(value.get(key), list) and value[key] and isinstance(value[key][0], dict):
                return list(value[key])
    return None


def _json_lines(data: bytes, fields: Fields | None) -> Iterator[Record | BadRecord]:
    for number, line in enumerate(decode(data).split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            yield _record(value, fields, f"line {number}")
        else:
            yield BadRecord(f"line {number}", f"malformed: line {number} is no JSON object")


def _record(value: Json, fields: Fields | None, place: str) -> Record | BadRecord:
    if not isinstance(value, dict):
        return BadRecord(place, f"malformed: {place} is no object")
    used = fields or _usual_of(value) or Fields()
    title = one_line(_text(_at(value, used.title))) if used.title else ""
    blocks = tuple(_blocks(value, used))
    if not blocks and not title:
        return BadRecord(place, f"empty: {place} has no text in the fields {', '.join(used.body) or '(none known)'}")
    metadata = {name: _plain(_at(value, name)) for name in used.metadata if _at(value, name) not in (None, "", [])}
    facts = Facts(title or None, _url(value, used), metadata)
    seen = json.dumps([facts.title, facts.url, metadata, [[b.kind, b.text] for b in blocks]], sort_keys=True)
    digest = hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()
    named = one_line(_text(_at(value, used.id)))[:200] if used.id else ""
    return Record(named or f"~{digest[:16]}", digest, facts, blocks or (Block("paragraph", title),))


def _blocks(value: Mapping[str, Json], fields: Fields) -> Iterator[Block]:
    """The body's fields in turn; those after the first say their name, for a short ticket is one passage."""
    if not fields.body:
        for line in _flat(value):
            yield Block("row", line)
    for place, name in enumerate(fields.body):
        said = f"{name.rpartition('.')[2].replace('_', ' ').capitalize()}: " if place else ""
        for text in paragraphs(_text(_at(value, name)).replace("\r\n", "\n")):
            if text.strip():
                yield Block("paragraph", said + text)
                said = ""


def _text(value: Json) -> str:
    """A body as text; a conversation (a list of turns) is a paragraph a turn, "author: text"."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n\n".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        said = next((value[key] for key in ("body", "text", "content", "message") if value.get(key)), None)
        if said is None:
            return "\n".join(_flat(value))
        author = next((value[key] for key in ("author", "from", "role", "user", "name") if value.get(key)), "")
        author = author.get("name", "") if isinstance(author, dict) else author
        return f"{author}: {_text(said)}" if author else _text(said)
    return str(value)


def _plain(value: Json) -> Json:
    if isinstance(value, list):
        return [one if isinstance(one, int | float | bool) else one_line(_text(one)) for one in value]
    return value if isinstance(value, str | int | float | bool) else one_line(_text(value))


def _at(value: Json, path: str | None) -> Json:
    if path is None or not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _url(value: Mapping[str, Json], fields: Fields) -> str | None:
    if not fields.url:
        return None
    if "{" not in fields.url:
        found = _at(value, fields.url)
        return found if isinstance(found, str) and found.startswith(("http://", "https://")) else None
    url = fields.url
    for name in [part.partition("}")[0] for part in url.split("{")[1:]]:
        url = url.replace("{" + name + "}", _text(_at(value, name)))
    return url


def _usual_of(value: Json) -> Fields | None:
    """The fields by their usual names, when there is one that holds text."""
    if not isinstance(value, dict):
        return None
    names = {str(name).strip().lower().replace("-", "_").replace(" ", "_"): str(name) for name in value}
    found = {what: tuple(names[one] for one in usual if one in names) for what, usual in USUAL.items()}
    if not found["body"]:
        return None
    single = {what: found[what][0] if found[what] else None for what in ("id", "title", "url")}
    return Fields(**single, body=found["body"], metadata=found["metadata"])


def _tickets(header: Sequence[str]) -> bool:
    """Whether a table's columns are those of tickets: a text, and an id or a subject."""
    usual = _usual_of(dict.fromkeys(header, ""))
    return bool(usual and (usual.id or usual.title))


def _flat(value: Json, path: str = "", depth: int = 0) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, path, depth + 1)
    elif value not in (None, ""):
        yield f"{path}: {value}" if path else str(value)


def _unique(found: Iterator[Record | BadRecord]) -> Iterator[Record | BadRecord]:
    """An id that comes again gets "~2", "~3"."""
    seen: dict[str, int] = {}
    for record in found:
        count = seen[record.id] = seen.get(record.id, 0) + 1
        if count == 1 or isinstance(record, BadRecord):
            yield record
        else:
            yield Record(f"{record.id}~{count}", record.hash, record.facts, record.blocks)
