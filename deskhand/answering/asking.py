"""Questions put on record, carried by the engine, followed and looked at again, each by the one who asked.

Whatever is shown, live or years later, is shown with the rights of that moment: an answer that rests on a passage which
its reader may no longer read is withheld.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy.exc

from deskhand.answering import cache_records, guarding, keeping, records, showing, steps, summarizing, trace
from deskhand.answering.asked import Asked, AskedRun
from deskhand.answering.cache import Alike, CacheOptions, look
from deskhand.answering.cache_records import KeptStats
from deskhand.answering.citing import withhold
from deskhand.answering.given import Given, Role, given
from deskhand.answering.history import History, no_conversation
from deskhand.answering.links import UrlRule, UrlRules
from deskhand.answering.quoting import QUOTES
from deskhand.answering.receiving import LONGEST, check, id_of
from deskhand.answering.recorded import Recorded
from deskhand.answering.reference import Topic
from deskhand.answering.serial import answer_from, to_json
from deskhand.answering.summarizing import Summary
from deskhand.engine.streams import cursor_of
from deskhand.errors import BadInput, BadSettings, Conflict, DeskhandError, EngineError, NoSuchRun, NotFound
from deskhand.knowledge.language import detect
from deskhand.llm.protocol import Budget
from deskhand.nouns import Answer, Audience, Json, Principal, Reader, RedactedText, Run, StreamEvent, Verdict
from deskhand.store import Bell, utc_now
from deskhand.store.bell import Wait

if TYPE_CHECKING:
    from deskhand.access import Directory
    from deskhand.engine.protocol import Context, Engine
    from deskhand.guardrails.guard import Guard
    from deskhand.knowledge.protocol import Filters, Library
    from deskhand.llm.protocol import Chat, Embedder
    from deskhand.redaction import Redactor
    from deskhand.store import Database

log = logging.getLogger(__name__)

WORKFLOW = "answer"
REASON_LONGEST = 2_000
"""Characters of a verdict's reason."""
ORPHANS = timedelta(days=1)
"""How old a question may be whose run is started after all; an older one is answered when it is asked again."""
ENDS = 1.0
"""Seconds within which a run ends whose answer is on record."""
GIVEN = timedelta(days=1)
"""Over which time an operator is told how many questions were given a kept answer."""


class Asking(History):
    """Answers questions, and finds them again. Make it before the engine is launched; it registers the workflow
    "answer".

    `chats` are models by label; without any, and always under the label "quotes", answers are made of quotes.
    `bell` is rung with a run's id when its end is on record.
    `default` is the label that answers when none is named. `libraries` are parts of the library by label. `url_rules`
    lead from titles to originals, `person` says whom a refusal offers. `cache` says which answers are kept, and given
    again to who asks the same. `guard` judges what is asked and answered; the chats have it around them already. Raises
    `BadSettings`.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        library: Library,
        directory: Directory,
        *,
        redactor: Redactor,
        chats: Mapping[str, Chat],
        default: str = QUOTES,
        libraries: Mapping[str, Filters] | None = None,
        url_rules: Sequence[UrlRule | tuple[str, str]] = (),
        person: str = "your support team",
        budget: Budget = Budget(),
        embedder: Embedder | None = None,
        bell: Bell | None = None,
        cache: CacheOptions = CacheOptions(),
        guard: Guard | None = None,
    ) -> None:
        if default not in {QUOTES, *chats}:
            known = ", ".join(sorted({QUOTES, *chats}))
            raise BadSettings(f"model is {default!r}, which is not among the models ({known}); name one of these.")
        bell = bell or Bell(database)
        super().__init__(database, engine, Recorded(database, bell), bell)
        self._library = library
        self._default, self._redactor = default, redactor
        self._lent = steps.Answering(
            database=database,
            engine=engine,
            library=library,
            directory=directory,
            redactor=redactor,
            chats=dict(chats),
            libraries=dict(libraries or {}),
            rules=UrlRules(url_rules),
            person=person,
            budget=budget,
            embedder=embedder,
            bell=bell,
            cache=cache,
            guard=guard,
            similar=_similar(database, library, embedder, cache),
            tidy=keeping.Tidy(),
            translations={},
            counted={},
        )
        engine.register(WORKFLOW, self._answer)

    @property
    def models(self) -> Mapping[str, str]:
        """The models by label, as answers name them; the label that answers when none is named is the first."""
        named = {label: chat.name for label, chat in self._lent.chats.items()} | {QUOTES: QUOTES}
        return {self._default: named[self._default], **named}

    @property
    def libraries(self) -> Mapping[str, Filters]:
        """The parts of the library by label."""
        return self._lent.libraries

    async def _answer(self, context: Context, payload: Json) -> Json:
        return await steps.answer(context, payload, lent=self._lent)

    async def ask(
        self,
        text: str,
        *,
        asker: Principal,
        event_id: str | None = None,
        door: str,
        conversation: str | None = None,
        models: Sequence[str] = (),
        libraries: Sequence[str] = (),
        thread: str | None = None,
        turns: Sequence[tuple[Role, str]] | None = None,
        attached: Sequence[str] = (),
        audience: Audience | None = None,
        document: str | None = None,
        fresh: bool = False,
        language: str = "en",
    ) -> Asked:
        """Put a question on record and start its runs, one for each label (models x libraries).

        Questions of one asker, door and `thread` share a conversation. `turns` (oldest first, without the question) are
        what was said before it, instead of what is on record; `attached` are texts of files that came with it. Where
        others read along, `audience` (which the directory knows) says who: nothing is used that it may not read.

        With `document` (its id) the question is answered from that whole document instead of a search. `fresh`: no
        answer will do that was kept from an earlier question. `language` ("en", "de") is that of a question too short
        to show one.

        A question that stands alone and was answered before is given that answer at once, where the asker's rights and
        all that the answer was made from are as they were then. One that the guardrail stops is answered with that.

        When this returns, the question is on disk, redacted. The same `event_id` of the same asker and door gives the
        same runs. Raises `BadInput`, and `NotFound` for a conversation that is not the asker's own.
        """
        check(text, document)
        named = steps.labelled(models, libraries, self._default, self._lent)
        asked_by = steps.reader_of(asker)
        let, tongue = await self._let_in(text, turns, attached, language)
        new = records.NewQuestion(
            conversation=conversation or id_of("c", asked_by, door, event_id if thread is None else f"thread {thread}"),
            # Not made of the event: the engine may still know the run of a conversation that was deleted.
            runs=[(id_of("a", asked_by, door, None), label) for label, _, _ in named],
            asker=asked_by,
            door=door,
            event=id_of("e", asked_by, door, event_id) if event_id is not None else None,
            text=let.text,
            language=tongue,
            begins=conversation is None,
            audience=audience.id if audience is not None else None,
            given=let.came.as_json(),
            document=document,
            stopped=to_json(let.stopped) if let.stopped is not None else None,
            guarded=list(let.told) or None,
        )
        looks = self._library.launched and not fresh and not let.stopped
        if looks and keeping.stands_alone(document, let.came, first=True):
            new = await self._with_kept(new, [Topic(let.text, tongue, *label) for label in named], let.came)
        return await self._begun(new, [label for label, _, _ in named], fresh)

    async def _begun(self, new: records.NewQuestion, labels: Sequence[str], fresh: bool) -> Asked:
        """The question on record and its runs started, in the order of `labels`. Raises `NotFound`."""
        rows = await self._put(new)
        if rows is None:
            raise no_conversation(new.conversation)
        for row in rows:
            if row.state == "waiting":
                await self._start(row, fresh=fresh, look=not fresh and not self._library.launched)
        order = {label: place for place, label in enumerate(labels)}
        rows = sorted(rows, key=lambda row: order.get(row.label, len(order)))
        return Asked(rows[0].conversation, tuple(AskedRun(row.run, row.label) for row in rows))

    async def _let_in(
        self, text: str, turns: Sequence[tuple[Role, str]] | None, attached: Sequence[str], language: str
    ) -> tuple[guarding.LetIn, str]:
        """A question with what came with it, redacted, as far as the guardrail lets both in; and its language."""
        redacted = self._redactor.redact(" ".join(text.split())).text
        tongue = detect(redacted, "de" if language == "de" else "en")
        came = Given()
        if turns is not None or attached:
            came = await asyncio.to_thread(given, turns, attached, self._lent.redact)
        return await guarding.let_in(redacted, came, tongue, self._lent.guard), tongue

    async def on_record(self, text: RedactedText) -> RedactedText:
        """A question as a door may keep it for itself, before it asks it here: without what the guardrail masks."""
        return await guarding.kept_by_a_door(text, self._lent.guard)

    async def _with_kept(self, new: records.NewQuestion, topics: Sequence[Topic], came: Given) -> records.NewQuestion:
        """The question with the kept answers that it may be given."""
        try:
            looked = await look(topics, new.asker.partition(":")[2], new.audience, lent=self._lent)
        except DeskhandError as error:
            # Its run will meet the same trouble, if it lasts, and say so to who follows.
            log.warning("kept answers were not looked for (%s)", error.code)
            return new
        kept = replace(new, kept=looked.given, reader=looked.reader, dead=looked.dead)
        return replace(kept, must_begin=came.turns is None)

    async def _put(self, new: records.NewQuestion) -> list[records.QuestionRow] | None:
        try:
            return await self._database.write(records.put_question, new)
        except sqlalchemy.exc.IntegrityError:
            # The same event came in twice at once; the other one is on record now.
            return await self._database.write(records.put_question, new)

    async def recover(self) -> int:
        """Start the runs of questions of the last day that a process put on record and died before it started them;
        how many. Call it once the engine is launched.

        That one was asked `fresh` is not on record: it is answered anew as the others are, but may share the draft of
        a run that is asked the same at this moment.
        """
        rows = await self._database.read(records.waiting_since, utc_now() - ORPHANS, 1000)
        ids = tuple(row.run for row in rows)
        known = {run.id for run in await self._engine.runs(ids=ids, limit=len(ids))} if ids else set()
        left = [row for row in rows if row.run not in known]
        for row in left:
            await self._start(row)
        return len(left)

    async def _start(self, row: records.QuestionRow, *, fresh: bool = False, look: bool = False) -> None:
        model, _, part = row.label.partition("@")
        payload: dict[str, Json] = {
            "run": row.run,
            "conversation": row.conversation,
            "position": row.position,
            "asker": row.asker.partition(":")[2],
            "label": row.label,
            "model": model,
            "library": part or None,
            "text": row.text,
            "language": row.language,
            "audience": row.audience,
            "given": row.given,
            "document": row.document,
            "fresh": fresh,
            "look": look,
            "guarded": row.guarded,
        }
        key = f"{row.conversation}:{row.label}"
        await self._engine.start(WORKFLOW, row.run, payload, key=key, by=row.asker, door=row.door)

    async def follow(self, run_id: str, reader: Reader, after: str | None = None) -> AsyncIterator[StreamEvent]:
        """The run's events after the one with id `after`, then live ones until it ends. Raises `NotFound`."""
        row = await self._row(run_id, reader)
        if not row.without_run:
            try:
                events = self._engine.follow(run_id, after=after)
                async for event in showing.live(events, lambda ids: self.readable(ids, reader)):
                    after = event.id
                    yield event
                return
            except NoSuchRun:
                if row.state == "waiting":
                    raise
        answer = await self._as_seen(row, reader) if row.answer is not None else None
        for event in showing.again(row, answer, cursor_of(after)):
            yield event

    async def answer(self, run_id: str, reader: Reader, timeout: float | None = None) -> Answer:
        """The run's answer, waited for up to `timeout` seconds (None: until it ends), as the reader may see it now.

        Raises `NotFound`, `StillRunning`, `RunFailed`, `RunCancelled`.
        """
        with self.bell.listening(run_id) as rung:
            row = await self._row(run_id, reader)
            if row.answer is None:
                row = await self._ended(run_id, reader, rung, timeout)
        return await self._as_seen(row, reader)

    async def _ended(self, run_id: str, reader: Reader, rung: Wait, timeout: float | None) -> records.QuestionRow:
        """The question once its answer is on record, which is a moment before its run has ended; else as `result`."""
        result = asyncio.create_task(self._engine.result(run_id, timeout=timeout))
        on_record = asyncio.create_task(self._on_record(run_id, rung))
        try:
            done, _ = await asyncio.wait({result, on_record}, return_when=asyncio.FIRST_COMPLETED)
            (on_record if on_record in done else result).result()
        finally:
            result.cancel()
            on_record.cancel()
            await asyncio.gather(result, on_record, return_exceptions=True)
        return await self._row(run_id, reader)

    async def _on_record(self, run_id: str, rung: Wait) -> None:
        while True:
            if await rung():
                row = await self._database.read(records.question, run_id)
                if row is not None and row.answer is not None:
                    return

    async def _as_seen(self, row: records.QuestionRow, reader: Reader) -> Answer:
        """The question's answer as the reader may see it now."""
        answer = answer_from(row.answer)
        return withhold(answer, await self.readable([c.passage for c in answer.citations], reader))

    async def trace(self, run_id: str, reader: Reader) -> trace.Trace:
        """How the run made its answer, as far as the reader may see it now. Raises `NotFound`."""
        row = await self._row(run_id, reader)
        try:
            run = await self._engine.run(run_id)
            if row.answer is not None and run.ended is None:
                # An answer is on record a moment before its run has ended.
                with suppress(EngineError):
                    await self._engine.result(run_id, timeout=ENDS)
                run = await self._engine.run(run_id)
        except NoSuchRun:
            run = None
        ids = (trace.leaned_on(run) if run else set()) | trace.cited(row)
        passages = await self._library.read(sorted(ids), await self._as_now(reader)) if ids else []
        verdicts = await self._database.read(records.verdicts_of, run_id)
        return trace.trace_of(row, run, passages, self._lent.rules, verdicts)

    async def ended(self, since: datetime) -> list[records.Ended]:
        """Everybody's runs that ended at `since` or later, without what was asked or by whom: for counting."""
        return await self._database.read(records.ended_since, since)

    async def cancel(self, run_id: str, reader: Principal) -> None:
        """Stop a run of the reader's own before its next step. Raises `NotFound`, and `Conflict` where there was none
        because a kept answer was given."""
        _must_have_run(await self._row(run_id, reader))
        await self.stop(run_id)

    async def resume(self, run_id: str, reader: Principal) -> None:
        """Carry on a cancelled or failed run of the reader's own after its last finished step. Raises `NotFound`, and
        `Conflict` where there was none because a kept answer was given."""
        _must_have_run(await self._row(run_id, reader))
        await self.carry_on(run_id)

    async def stop(self, run_id: str) -> None:
        """Stop a run, whosever it is, before its next step. For operators."""
        await self._engine.cancel(run_id)
        await self._database.write(records.cancel, run_id)
        self.bell.ring(run_id)

    async def carry_on(self, run_id: str) -> None:
        """Carry on a cancelled or failed run, whosever it is, after its last finished step. For operators."""
        now = utc_now()
        await self._engine.resume(run_id)
        await self._database.write(records.resume, run_id, now)

    async def may_look(self, run: Run, reader: Principal) -> bool:
        """Whether the reader may see what a run was asked, found and made: it is the reader's own, is still on record,
        and rests on nothing that the reader may not read now."""
        try:
            row = await self._row(run.id, reader)
        except NotFound:
            return False
        ids = trace.leaned_on(run) | trace.cited(row)
        return ids <= await self.readable(sorted(ids), reader)

    async def readable(self, ids: Sequence[int], reader: Reader) -> frozenset[int]:
        """Which of these passages the reader may read now, in the version they had."""
        return await self.recorded.readable(ids, reader)

    async def _as_now(self, reader: Reader) -> Reader:
        """The reader with the members and groups of this moment: a stream may have been opened long ago."""
        if isinstance(reader, Audience):
            return await self._lent.directory.audience(reader.id)
        return await self._lent.directory.principal(reader.id)

    async def summarize(self, run_id: str, reader: Reader, *, to: Reader | None, said: Sequence[str] = ()) -> Summary:
        """What `to` is told who takes over the question of a run that `reader` may see: only what `to` may read
        (None: somebody unknown, who reads nothing).

        `said` is what people wrote in the thread, oldest first, where the door knows it; else what this asker asked in
        the conversation. Raises `NotFound`.
        """
        row = await self._row(run_id, reader)
        rows = await self._database.read(records.questions_of, row.conversation, row.position + 1)
        # What was asked where nobody read along is told by nobody but its asker.
        rows = [each for each in rows if each.audience == row.audience]
        cited = {each.passage for one in rows if one.answer for each in answer_from(one.answer).citations}
        readable = await self.readable(sorted(cited), to) if to is not None else frozenset()
        return await summarizing.summarize(rows, row, readable, said=said, lent=self._lent)

    async def put_verdict(
        self, run_id: str, by: Principal, good: bool, reason: str = "", *, reader: Reader, better: str = ""
    ) -> Verdict:
        """Put on record what a person says of a run's answer that `reader` may see; of one person the last counts.

        `reason`, and `better`, what the answer should have said, are redacted. Raises `NotFound`, and `BadInput` for
        one that is too long.
        """
        for what, text, longest in (("reason", reason, REASON_LONGEST), ("better answer", better, LONGEST)):
            if len(text) > longest:
                raise BadInput(f"the {what} has {len(text)} characters; it may have up to {longest:,}.")
        await self._row(run_id, reader)
        said = [await self.on_record(self._redactor.redact(text.strip()).text) for text in (reason, better)]
        verdict = Verdict(run_id, steps.reader_of(by), good, *said)
        if not await self._database.write(records.put_verdict, verdict):
            raise _no_run(run_id)
        return verdict

    async def take_back_verdict(self, run_id: str, by: Principal, *, reader: Reader) -> bool:
        """Take off the record what a person said of a run's answer that `reader` may see; whether they had said
        anything. A kept answer that they called bad stays dropped. Raises `NotFound`."""
        await self._row(run_id, reader)
        return await self._database.write(records.drop_verdict, run_id, steps.reader_of(by))

    async def verdicts(self, run_id: str, reader: Reader) -> list[Verdict]:
        """What people said of a run's answer, oldest first. Raises `NotFound`."""
        await self._row(run_id, reader)
        return await self._database.read(records.verdicts_of, run_id)

    async def found(self, run_id: str) -> list[int]:
        """The passages that a run's search found, as far as it has come."""
        return trace.found_ids(await self._engine.run(run_id))

    async def forget_kept(self) -> int:
        """Delete kept answers that are too old, or whose documents have changed; how many."""
        return await keeping.forget(lent=self._lent)

    async def clear_kept(self) -> int:
        """Delete all kept answers; how many."""
        return await self._database.write(cache_records.clear)

    async def kept_stats(self) -> KeptStats:
        """How many answers are kept, how old they are, and how often one was given in the last day."""
        return await self._database.read(records.kept_stats, utc_now() - GIVEN)

    async def _row(self, run_id: str, reader: Reader) -> records.QuestionRow:
        return await self.recorded.row(run_id, reader)


def _must_have_run(row: records.QuestionRow) -> None:
    if row.stopped:
        raise Conflict(f"run {row.run!r} was stopped by a guardrail at the door, so nothing runs; ask in other words.")
    if row.without_run:
        raise Conflict(
            f"run {row.run!r} was given an answer that was kept from an earlier question, so nothing runs; ask again "
            "with `fresh` for a new answer."
        )


def _similar(database: Database, library: Library, embedder: Embedder | None, options: CacheOptions) -> Alike | None:
    if not options.similar:
        return None
    from deskhand.answering.similar import Similar

    return Similar(database, library, embedder, options)


def _no_run(id: str) -> NotFound:
    return NotFound(f"there is no run {id[:80]!r} of yours; `deskhand runs list` shows them.")
