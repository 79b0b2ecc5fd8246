"""What a run of "answer" does, in four recorded steps: condense, retrieve, draft, cite.

The journal holds ids and scores of passages, never their texts; each step looks up who reads the answer, and reads
what it needs as that reader, with the rights of its moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand.answering import (
    conversation,
    documents,
    drafting,
    flights,
    guarding,
    keeping,
    records,
    retrieving,
    wording,
)
from deskhand.answering.cache import look
from deskhand.answering.citing import cite, declines, place_of, title_of
from deskhand.answering.conversation import Standing
from deskhand.answering.given import Given
from deskhand.answering.links import UrlRules
from deskhand.answering.quoting import QUOTES, quote
from deskhand.answering.reference import Topic
from deskhand.answering.retrieving import FOUND, Retrieved
from deskhand.answering.serial import answer_from, to_json

# The engine rebuilds a step's result by its type hints, so their names must be there at run time.
from deskhand.engine.protocol import Context
from deskhand.errors import BadInput, BadSettings, DeskhandError, GuardrailError, ModelError, StepFailed
from deskhand.llm.protocol import Budget
from deskhand.nouns import Answer, Draft, Json, Passage, Principal, Question, Reader, RedactedText, Turn, Usage

if TYPE_CHECKING:
    from deskhand.access import Directory
    from deskhand.answering.cache import Alike, CacheOptions
    from deskhand.engine.protocol import Engine
    from deskhand.guardrails.guard import Guard
    from deskhand.knowledge.protocol import Filters, Library
    from deskhand.llm.protocol import Chat, Embedder
    from deskhand.redaction import Redactor
    from deskhand.store import Bell, Database

KEPT_TRANSLATIONS = 500
KEPT_COUNTS = 500
COUNTED_SECONDS = 60.0
"""How old the number of sources may be that a search is said to go over."""

_OTHER = {"en": "de", "de": "en"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """What the steps are lent."""

    database: Database
    engine: Engine
    library: Library
    directory: Directory
    redactor: Redactor
    chats: Mapping[str, Chat]
    libraries: Mapping[str, Filters]
    rules: UrlRules
    person: str
    budget: Budget
    embedder: Embedder | None
    bell: Bell
    cache: CacheOptions
    similar: Alike | None
    tidy: keeping.Tidy
    translations: dict[tuple[str, str, str], str]
    counted: dict[tuple[str, str | None], tuple[float, int]]
    guard: Guard | None = None

    def redact(self, text: str) -> RedactedText:
        return self.redactor.redact(text).text

    async def reader(self, task: Task) -> Reader:
        """Who reads the answer, with the rights of this moment: whoever reads along where it is given, else the
        asker."""
        return await self.reader_of(task.asker, task.audience)

    async def reader_of(self, asker: str, audience: str | None) -> Reader:
        """The same, by the asker's id and the audience's."""
        if audience is not None:
            return await self.directory.audience(audience)
        return await self.directory.principal(asker)

    async def translates(self, model: str, language: str) -> bool:
        """Whether a question in `language` is searched in the library's other language too."""
        other = _OTHER.get(language)
        return model in self.chats and other is not None and other in await self.library.languages()

    async def read(self, ids: Sequence[int], task: Task) -> list[Passage]:
        """The passages that whoever reads the answer may read now, in the order of `ids`."""
        return await self.library.read(ids, await self.reader(task)) if ids else []


@dataclass(frozen=True, slots=True)
class Task:
    """What a run is about: its payload. `model` and `library` are labels; `asker` is a principal's id, `audience` that
    of whoever reads along. `given` is a `Given` as JSON. `document` is the one document that it is about, `fresh`
    whether no kept answer will do, `look` whether one is still to be looked for: who asked had no index to do so.
    `guarded` is what a guardrail said of the question and what came with it."""

    run: str
    conversation: str
    position: int
    asker: str
    label: str
    model: str
    library: str | None
    text: str
    language: str
    audience: str | None = None
    given: Json = None
    document: str | None = None
    fresh: bool = False
    look: bool = False
    guarded: Json = None


async def answer(context: Context, payload: Json, *, lent: Answering) -> Json:
    """The workflow: from a question on record to a checked answer on record. Ends failed when a step does."""
    task = Task(**payload)
    try:
        await context.emit("accepted", {"run": task.run, "conversation": task.conversation, "label": task.label})
        if task.look:
            kept = await context.step("look", give_kept, context=context, task=task, lent=lent)
            if kept is not None:
                return {"refused": kept.refused, "citations": len(kept.citations), "attempt": context.attempt}
        standing = await context.step(
            "condense", condense, task.conversation, task.position, task.label, task=task, lent=lent
        )
        retrieved = await context.step("retrieve", retrieve, standing, context=context, task=task, lent=lent)
        drafted = await context.step("draft", draft, standing, retrieved, context=context, task=task, lent=lent)
        answered = await context.step("cite", cite_and_record, drafted, context=context, task=task, lent=lent,
                                      standing=standing, retrieved=retrieved)  # fmt: skip
        return {"refused": answered.refused, "citations": len(answered.citations), "attempt": context.attempt}
    except Exception as error:
        code, message = _told(error, task.run)
        await lent.database.write(records.fail, task.run, f"{code}: {message}")
        lent.bell.ring(task.run)
        await context.emit("failed", {"code": code, "message": message})
        raise


def _told(error: Exception, run: str) -> tuple[str, str]:
    """The code and message that an asker may see of an error."""
    if isinstance(error, DeskhandError) and not isinstance(error, StepFailed):
        return error.code, str(error)
    log.error("run %s failed with %s", run, type(error).__name__)
    return DeskhandError.code, f"The answer could not be made. Ask again, or report it with the reference {run}."


async def give_kept(*, context: Context, task: Task, lent: Answering) -> Answer | None:
    """A kept answer, put on record and told, where there is one that may be given."""
    if not keeping.stands_alone(task.document, Given.of(task.given), task.position == 1):
        return None
    topic = Topic(lent.redact(task.text), task.language, task.label, task.model, task.library)
    looked = await look([topic], task.asker, task.audience, lent=lent)
    kept = looked.given.get(task.label)
    if kept is None or looked.reader is None:
        return None
    if not await lent.database.write(records.finish_with_kept, task.run, kept, looked.reader):
        return None
    lent.bell.ring(task.run)
    answered = answer_from(kept.answer)
    await _tell(answered, context)
    return answered


async def _tell(answered: Answer, context: Context) -> None:
    for citation in answered.citations:
        await context.emit("citation", {**to_json(citation), FOUND: [citation.passage]})
    await context.emit("refused" if answered.refused else "answer", to_json(answered))


async def condense(conversation_id: str, position: int, label: str, *, task: Task, lent: Answering) -> Standing:
    """The question made to stand alone, and its wording in the library's other language where a model is there."""
    given, nonce = Given.of(task.given), conversation.new_nonce()
    if task.document is not None:
        # What "this" is, the document says; and a search, which would need the rest, is not made.
        return Standing(lent.redact(task.text), task.language, nonce)
    turns, cited = await _before(given, conversation_id, position, label, task, lent)
    chat, usage = lent.chats.get(task.model), Usage()
    text: str | None = None
    rests_on: tuple[int, ...] = ()
    if (turns or given.attached) and chat is not None:
        try:
            text, usage = await conversation.condense(task.text, turns, given.attached, chat, lent.budget, nonce)
            rests_on = cited
        except GuardrailError as error:
            # What a model made of it may not be used; what a rule makes of it is the asker's own words.
            log.warning("run %s: the question was put together by rule (%s)", task.run, error.code)
    if text is None:
        asked = [turn.text for turn in turns if turn.role == "user"] if given.turns is None else given.asked_before
        text = conversation.with_attached(conversation.by_rule(task.text, asked), given.attached)
    standing = lent.redact(text)
    elsewhere, spent = await _elsewhere(standing, task, lent, conversation.left(lent.budget, usage))
    return Standing(standing, task.language, nonce, elsewhere, conversation.plus(usage, spent), rests_on)


async def _before(
    given: Given, conversation_id: str, position: int, label: str, task: Task, lent: Answering
) -> tuple[tuple[Turn, ...], tuple[int, ...]]:
    """The turns before the question, those given or those on record, and what the answers among the latter rest on."""
    if given.turns is not None or position == 1:
        return given.turns or (), ()
    rows = await lent.database.read(records.questions_of, conversation_id, position)
    if task.audience is not None:
        # What was asked where nobody read along is not told to those who do.
        rows = [row for row in rows if row.audience == task.audience]
    turns, cited = conversation.turns_of(rows, label, await _readable(rows, task, lent), lent.redact)
    return await guarding.let_turns(turns, lent.guard), cited


async def _readable(rows: Sequence[records.QuestionRow], task: Task, lent: Answering) -> frozenset[int]:
    cited = {c.passage for row in rows if row.answer for c in answer_from(row.answer).citations}
    return frozenset(passage.id for passage in await lent.read(sorted(cited), task))


async def _elsewhere(
    text: RedactedText, task: Task, lent: Answering, budget: Budget
) -> tuple[RedactedText | None, Usage]:
    """The question in the language that the library has and the question is not in; None without such, or a model."""
    if not await lent.translates(task.model, task.language):
        return None, Usage()
    chat, other = lent.chats[task.model], _OTHER[task.language]
    key = (chat.name, other, text)
    if key in lent.translations:
        return lent.redact(lent.translations[key]), Usage()
    try:
        rewritten, usage = await conversation.rewrite(text, other, chat, budget)
    except (ModelError, GuardrailError) as error:
        # The draft will meet the same model; a search in one language is better than no answer.
        log.warning("run %s: the question was not translated (%s)", task.run, error.code)
        return None, Usage()
    if rewritten is None:
        return None, usage
    while len(lent.translations) >= KEPT_TRANSLATIONS:
        del lent.translations[next(iter(lent.translations))]
    lent.translations[key] = rewritten
    return lent.redact(rewritten), usage


async def retrieve(standing: Standing, *, context: Context, task: Task, lent: Answering) -> Retrieved:
    """The passages that may answer, searched as the answer's reader (or all of one document); each that was found is
    told to the followers without its text."""
    rests_on: list[Json] = list(standing.rests_on)
    reader = await lent.reader(task)
    filters = lent.libraries[task.library] if task.library is not None else None
    sources = await _sources(reader, filters, task, lent) if task.document is None else 1
    told: dict[str, Json] = {"query": standing.text, "sources": sources}
    await context.emit("searching", told | ({FOUND: rests_on} if rests_on else {}))
    if task.document is not None:
        budget = conversation.left(lent.budget, standing.usage)
        return await documents.retrieve(
            task.document, reader, library=lent.library, filters=filters, budget=budget, language=task.language
        )
    under = await keeping.under(task, standing, reader, lent=lent)
    found = await retrieving.retrieve(standing, reader, library=lent.library, filters=filters)
    ids: list[Json] = [hit.passage.id for hit in found.hits]
    titles = await guarding.let_told([title_of(hit.passage) for hit in found.hits], lent.guard)
    places = [place_of(hit.passage, standing.language) for hit in found.hits]
    where = await guarding.let_told([place or "" for place in places], lent.guard)
    for number, hit in enumerate(found.hits, 1):
        passage = hit.passage
        told = {
            "number": number,
            "title": titles[number - 1],
            "place": where[number - 1] or None,
            "url": lent.rules.address(passage.title, passage.url),
            "score": round(hit.score, 4),
        }
        await context.emit("passage", {**told, FOUND: ids})
    nothing = "" if found.hits or sources else "library-empty" if await lent.library.empty() else "nothing-open"
    return retrieving.scored(found, nothing, under)


async def _sources(reader: Reader, filters: Filters | None, task: Task, lent: Answering) -> int:
    """Over how many sources the search goes; none is looked at again, since the first document may have come."""
    key, now = (reader.id, task.library), asyncio.get_running_loop().time()
    counted = lent.counted.get(key)
    if counted is not None and now - counted[0] < COUNTED_SECONDS and counted[1]:
        return counted[1]
    while len(lent.counted) >= KEPT_COUNTS:
        del lent.counted[next(iter(lent.counted))]
    lent.counted[key] = (now, await lent.library.sources(reader, filters))
    return lent.counted[key][1]


async def draft(standing: Standing, retrieved: Retrieved, *, context: Context, task: Task, lent: Answering) -> Draft:
    """What the model writes of the passages, or what can be quoted of them; streamed to the followers. Of runs that are
    asked the same at the same moment, one makes the draft for all."""
    passages = await lent.read(retrieved.ids, task)
    found: list[Json] = [passage.id for passage in passages]
    found += [each for each in standing.rests_on if each not in found]

    async def emit(text: str) -> None:
        await context.emit("token", {"text": text, FOUND: found})

    if not passages:
        return Draft("", (), task.model, declined=True)
    joined = await flights.join(retrieved, passages, emit=emit, task=task, lent=lent)
    if joined.waited:
        passages = await lent.read(retrieved.ids, task)
        if joined.draft is not None and len(passages) == len(retrieved.ids):
            return joined.draft
        if len(passages) < len(retrieved.ids):
            await lent.database.write(records.release, task.run)
            lent.bell.ring(task.run)
        found[:] = [passage.id for passage in passages]
    return await _made(standing, retrieved, passages, _silent if joined.told else emit, task, lent)


async def _silent(text: str) -> None:
    """Followers have heard some of another run's draft; they hear the next when it is an answer."""


async def _made(
    standing: Standing,
    retrieved: Retrieved,
    passages: Sequence[Passage],
    emit: drafting.Emit,
    task: Task,
    lent: Answering,
) -> Draft:
    if not passages:
        return Draft("", (), task.model, declined=True)
    if task.model == QUOTES:
        if task.document is not None:
            quoted = await asyncio.to_thread(documents.summarize, standing.question, passages)
        else:
            quoted = await quote(standing.question, retrieving.hits_of(retrieved, passages), embedder=lent.embedder)
        for text in await guarding.let_claims(quoted.claims, lent.guard):
            await emit(f"{text}\n\n")
        return quoted
    chat = _chat(task, lent)
    try:
        drafted = await drafting.draft(
            standing.question,
            passages,
            nonce=standing.nonce,
            chat=chat,
            budget=conversation.left(lent.budget, standing.usage),
            emit=emit,
            redact=lent.redact,
            rules=lent.rules,
            attached=Given.of(task.given).attached,
            whole=task.document is not None,
        )
    except GuardrailError as error:
        return guarding.no_draft(error, passages, chat.name, task.language)
    return await guarding.let_draft(drafted, task.language, lent.guard)


def _chat(task: Task, lent: Answering) -> Chat:
    if task.model not in lent.chats:
        raise BadSettings(
            f"the model {task.model!r} was asked for when this question came, but is not among models now; "
            "put it back into the settings, or ask again."
        )
    return lent.chats[task.model]


async def cite_and_record(
    drafted: Draft, *, context: Context, task: Task, lent: Answering, standing: Standing, retrieved: Retrieved
) -> Answer:
    """The draft checked against the passages as the asker may read them now; put on record, then told."""
    if drafted.text and not declines(drafted):
        await context.emit("checking", {})
    passages = await lent.read(drafted.passages, task)
    notices = await _notices(task, standing, retrieved, lent)
    answered = await _answer_of(drafted, passages, notices, task, standing, retrieved, lent)
    answered, told = await guarding.let_out(answered, passages, standing.text, lent.guard)
    value = to_json(answered)
    keep = await keeping.kept(
        answered, drafted, passages, len(notices), task=task, standing=standing, retrieved=retrieved, lent=lent
    )
    guarded: list[Json] = [*(task.guarded or ()), *told]
    await lent.database.write(records.finish, task.run, value, drafted.same_as or None, keep, guarded)
    lent.bell.ring(task.run)
    await _tell(answered, context)
    if keep is not None:
        await lent.tidy.since_last(lent=lent)
    return answered


async def _notices(task: Task, standing: Standing, retrieved: Retrieved, lent: Answering) -> list[str]:
    """What the asker should know beside the answer."""
    cut = [wording.attached_cut(task.language)] if Given.of(task.given).cut else []
    left_out = [wording.attached_stopped(task.language)] if guarding.left_out(task.guarded) else []
    near = await guarding.let_told(await keeping.near(task, standing, retrieved, lent=lent), lent.guard)
    return [*retrieved.notices, *cut, *left_out, *filter(None, near)]


async def _answer_of(
    drafted: Draft,
    passages: Sequence[Passage],
    notices: Sequence[str],
    task: Task,
    standing: Standing,
    retrieved: Retrieved,
    lent: Answering,
) -> Answer:
    if drafted.stopped:
        return guarding.answer_of(drafted, task.language)
    gone = "no-document" if task.document is not None and not passages else ""
    return await asyncio.to_thread(
        cite,
        drafted,
        passages,
        Question(standing.text, task.language),
        rules=lent.rules,
        person=lent.person,
        notices=notices,
        asked=task.text,
        nothing=retrieved.nothing or gone,
    )


def labelled(
    models: Sequence[str], libraries: Sequence[str], default: str, lent: Answering
) -> list[tuple[str, str, str | None]]:
    """(label, model, library) for each run that a question gets. Raises `BadInput` for a label that is not there."""
    for kind, given, known in (("model", models, {QUOTES, *lent.chats}), ("library", libraries, set(lent.libraries))):
        for label in given:
            if label not in known:
                raise BadInput(
                    f"there is no {kind} with the label {label!r}; there are: {', '.join(sorted(known)) or 'none'}."
                )
    parts: Sequence[str | None] = libraries or [None]
    pairs = [(model, part) for model in (models or [default]) for part in parts]
    named = [(model if part is None else f"{model}@{part}", model, part) for model, part in pairs]
    return list(dict.fromkeys(named))


def reader_of(principal: Principal) -> str:
    """How the records name an asker: the kind and the id, as in an access list."""
    return f"{principal.kind}:{principal.id}"
