"""What the door says itself: in two languages, with what to do, and with nothing in it that it should not say."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta

import pytest

from deskhand import errors
from deskhand.channels.slack import wording
from deskhand.channels.slack.failures import failure
from deskhand.nouns import Audience, Principal

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def codes() -> list[str]:
    kinds = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.DeskhandError)]
    return sorted({kind.code for kind in kinds} | {"library-empty", "nothing-open", "withheld", "guardrail-blocked"})


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("code", codes())
def test_every_error_has_words_and_its_reference(code: str, language: str) -> None:
    text = failure(code, "slack-Ev1:1", language)

    said, _, last = text.rpartition("\n")
    assert len(said) > 30
    assert said.endswith(".")
    assert "{" not in text
    assert last == {"en": "Reference: slack-Ev1:1", "de": "Zeichen: slack-Ev1:1"}[language]


def test_only_errors_that_cannot_reach_an_asker_are_said_in_general_words() -> None:
    general = failure("internal", "", "en")

    assert {code for code in codes() if failure(code, "", "en") == general} == {
        "internal", "step-failed", "not-allowed", "not-signed-in", "not-from-slack", "queue-unavailable",
        "tool-failed", "notice-refused", "notice-not-sent", "sign-in-failed", "not-from-here", "not-secure",
        "own-access",
    }  # fmt: skip


def test_an_unknown_code_is_said_in_general_words() -> None:
    assert failure("no-such-code", "", "en") == failure("internal", "", "en")


def test_a_language_that_is_not_spoken_gets_english() -> None:
    assert failure("model", "r", "fr") == failure("model", "r", "en") != failure("model", "r", "de")
    assert wording.writing("fr") == "writing…"
    assert wording.readers(Principal("a@x.org"), NOW, "fr") == "From what you may read."


@pytest.mark.parametrize(
    ("word", "does"),
    [("missing_scope", "deskhand slack check"), ("not_in_channel", "/invite"), ("channel_not_found", "/invite")],
)
def test_what_slack_refused_says_what_to_do(word: str, does: str) -> None:
    for language in ("en", "de"):
        assert does in failure("slack", "", language, detail=word)


def test_slacks_other_words_are_named_and_nothing_else_is() -> None:
    assert "(`team_access_not_granted`)" in failure("slack", "", "en", detail="team_access_not_granted")
    assert failure("slack", "", "en", detail="the bonus is 4000 <!channel>") == failure("slack", "", "en")
    assert failure("model", "", "en", detail="the bonus is 4000") == failure("model", "", "en")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (wording.searching(3, "en"), "searching 3 sources…"),
        (wording.searching(1, "en"), "searching 1 source…"),
        (wording.searching(0, "en"), "searching the library…"),
        (wording.searching(3, "de"), "durchsucht 3 Quellen…"),
        (wording.reading(5, "en"), "reading 5 passages…"),
        (wording.reading(1, "de"), "liest 1 Textstelle…"),
        (wording.writing("de"), "schreibt…"),
        (wording.reading_conversation("en"), "reading the conversation…"),
        (wording.too_long(41_000, "en"), "Your question has 41,000 characters; I can take 40,000. Please shorten it, or attach the long part as a file."),  # noqa: E501
        (wording.not_read("plan.zip", "kind", "en"), "I could not read plan.zip: I cannot read this kind of file; PDF, Office, text, CSV and images work."),  # noqa: E501
        (wording.not_read("a.pdf", "size", "en", most=20), "I could not read a.pdf: it is larger than 20 MB."),
        (wording.not_read("a.pdf", "count", "de", most=5), "a.pdf konnte ich nicht lesen: ich lese höchstens 5 Dateien einer Nachricht."),  # noqa: E501
        (wording.not_read("a\nb", "as it is.", "en"), "I could not read a b: as it is."),
        (wording.long_thread(200, 1_000, "de"), "Dieser Thread ist lang: Ich habe mich an die letzten 200 von 1.000 Nachrichten gehalten."),  # noqa: E501
        (wording.strangers(1, "en"), "1 person in this channel cannot be identified (no verified e-mail address here), so I cannot tell what everybody here may read. Ask me in a direct message instead."),  # noqa: E501
        (wording.handed_over("en", "#support"), "I have passed this on to #support, with a summary of the thread. You will hear from them."),  # noqa: E501
        (wording.already_handed_over("de"), "Das wurde schon an einen Menschen weitergegeben."),
    ],
)  # fmt: skip
def test_it_says(said: str, expected: str) -> None:
    assert said == expected


def audience(count: int, *, minutes: float = 3, **more: object) -> Audience:
    members = tuple(Principal(f"p{n}@x.org") for n in range(count))
    return Audience("slack:T1:C1", members, NOW - timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (Principal("a@x.org"), "From what you may read."),
        (audience(12), "From what all 12 members of this channel may read, members as of 3 minutes ago."),
        (audience(1, minutes=0.5), "From what the 1 member of this channel may read, members as of now."),
        (audience(2, minutes=1.5), "From what all 2 members of this channel may read, members as of 1 minute ago."),
        (audience(2, minutes=60), "From what all 2 members of this channel may read, members as of 1 hour ago."),
        (audience(2, minutes=180), "From what all 2 members of this channel may read, members as of 3 hours ago."),
        (audience(0, open=True), "From what everyone may read: this channel is too large to look at each member."),
        (audience(3, unknown=1), "From nothing: not everybody in this channel could be identified."),
        (audience(0), "From nothing: not everybody in this channel could be identified."),
    ],
)
def test_who_may_read_an_answer_is_said_with_the_age_of_the_list(reader: Principal | Audience, expected: str) -> None:
    assert wording.readers(reader, NOW, "en") == expected
    assert "x.org" not in wording.readers(reader, NOW, "de")


def test_everything_is_said_in_both_languages_without_a_gap() -> None:
    """Every public function that takes only a language, or a language beside defaults."""
    said = [each for name, each in vars(wording).items() if inspect.isfunction(each) and not name.startswith("_")]
    simple = [each for each in said if next(iter(inspect.signature(each).parameters)) == "language"]

    assert len(simple) > 15
    for each in simple:
        english, german = each("en"), each("de")
        assert english
        assert german
        assert english != german
        assert not {"{", "}"} & set(english + german)


def test_help_names_the_bot_and_its_command() -> None:
    assert "@ada " in wording.help_text("en", name="ada", command="/ask")
    assert "`/ask " in wording.help_text("de", name="ada", command="/ask")


def test_thanks_differ() -> None:
    assert wording.thanks(True, "en") != wording.thanks(False, "en")
