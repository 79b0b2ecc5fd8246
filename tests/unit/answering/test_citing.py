"""What a draft says is checked against its passages before it is an answer."""

from __future__ import annotations

import pytest

from deskhand.answering.citing import cite, withhold
from deskhand.answering.links import UrlRules
from deskhand.errors import BadSettings
from deskhand.nouns import Answer, Draft, Passage, Question, RedactedText

ASKED = Question(RedactedText("How do I reset my password?"))
RULE = (r"([a-zA-Z0-9-]+)_sanitized(?:\.json|_claude\.txt)", r"https://tickets.example.com/\1")
RESET = (
    "To reset your password, open Settings and choose Security. The link is valid for 30 minutes. "
    "You cannot reuse one of your last 5 passwords. The service began on 4 March 2024 &amp; runs in Berlin."
)


def passage(
    number: int, text: str, title: str = "Reset", url: str | None = "https://docs.example.com/reset"
) -> Passage:
    about = (RedactedText(title), RedactedText("Accounts"))
    return Passage(number, f"d{number}", 3, "s", 0, RedactedText(text), *about, None, url, "en")


RESETTING = passage(7, RESET)
REFUNDS = passage(9, "Refunds take 5 days. Exchanges take 14 days.", "0b7-1_sanitized.json", None)


def cited(text: str, question: Question = ASKED) -> Answer:
    return cite(Draft(text, (7, 9), "m"), [RESETTING, REFUNDS], question, rules=UrlRules([RULE]))


@pytest.mark.parametrize(
    "claim",
    [
        "Open Settings and choose Security to reset your password [1].",
        "The link remains valid for thirty minutes [1].",
        "Your last five passwords cannot be reused [1].",
        "It began on March 4, 2024 [1].",
        'Choose "open Settings and choose Security" [1].',
        "Refunds take 5 days [2].",
    ],
)
def test_a_claim_that_its_passage_supports_stays(claim: str) -> None:
    answer = cited(claim)

    assert not answer.refused
    assert answer.dropped == ()


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("The link is valid for 40 minutes [1].", "number"),
        ("Refunds take 14 days [2].", "another number"),
        ("It began on 5 March 2024 [1].", "date"),
        ("You can reuse one of your last 5 passwords [1].", "denies"),
        ("The link is not valid for 30 minutes [1].", "denies"),
        ("Send your password to the office in Paris by post [1].", "words"),
        ("The service runs in Paris [1].", "words|names"),
        ('Choose "open Settings and pick Security" [1].', "quotes"),
        ("The error is E4012 in Settings and Security [1].", "code"),
        ("Open Settings [5].", "no passage"),
    ],
)
def test_a_claim_that_its_passage_does_not_support_is_dropped_with_the_reason(claim: str, reason: str) -> None:
    answer = cited(f"The link is valid for 30 minutes [1]. {claim}")

    assert any(word in dropped.reason for dropped in answer.dropped for word in reason.split("|"))
    assert "30 minutes" in answer.text


def test_only_passages_that_were_used_are_listed_and_numbered_anew() -> None:
    answer = cited("Refunds take 5 days [2].")

    assert answer.text == "Refunds take 5 days [1]."
    assert [(c.number, c.passage, c.version, c.url) for c in answer.citations] == [
        (1, 9, 3, "https://tickets.example.com/0b7-1")
    ]


def test_a_wrong_number_is_put_right_when_another_passage_supports_the_claim() -> None:
    answer = cited("Refunds take 5 days [1].")

    assert [c.passage for c in answer.citations] == [9]
    assert [d.passage for d in answer.dropped] == [7]


def test_without_support_the_answer_is_a_refusal() -> None:
    answer = cited("Call the mayor of Paris [1].")

    assert answer.refused
    assert answer.citations == ()


def test_a_passage_that_may_not_be_read_any_more_supports_nothing() -> None:
    answer = cite(Draft("Refunds take 5 days [2].", (7, 9), "m"), [RESETTING], ASKED)

    assert answer.refused
    assert "may not be read" in answer.dropped[0].reason


def test_the_quote_stands_in_the_passage_and_the_snippet_is_unescaped() -> None:
    (citation,) = cited("The service runs in Berlin since March 2024 [1].").citations

    assert citation.quote in RESET
    assert "& runs" in citation.snippet


def test_a_german_answer_from_an_english_passage_needs_its_exact_words() -> None:
    german = Question(RedactedText("Wie lange gilt der Link?"), "de")

    with_words = cited('Der Link gilt 30 Minuten lang [1: "The link is valid for 30 minutes"].', german)
    without = cited("Der Link gilt 30 Minuten lang [1].", german)

    assert with_words.text == "Der Link gilt 30 Minuten lang [1]."
    assert without.refused


def test_links_from_elsewhere_do_not_leave() -> None:
    answer = cited(
        "The link is valid for 30 minutes, see [here](https://evil.example/x) or https://docs.example.com/reset [1]."
    )

    assert "evil" not in repr(answer)
    assert "https://docs.example.com/reset" in answer.text


def test_a_viewer_who_lost_a_source_sees_neither_text_nor_that_citation() -> None:
    answer = cited("The link is valid for 30 minutes [1]. Refunds take 5 days [2].")

    shown = withhold(answer, {9})

    assert [c.passage for c in shown.citations] == [9]
    assert "30 minutes" not in repr(shown)
    assert withhold(answer, {7, 9}) is answer


@pytest.mark.parametrize(
    "rule", [("(", "https://x.example/"), ("a(b)", r"https://x.example/\2"), ("a", "javascript:1")]
)
def test_an_address_rule_that_cannot_work_is_refused_at_the_start(rule: tuple[str, str]) -> None:
    with pytest.raises(BadSettings, match="url_rules"):
        UrlRules([rule])


FACTS = {
    "ports": "Backups run every 6 hours and are kept for 30 days. The upload limit is 25 MB per file. The quota is 10 "
    "GB per user. The Team plan costs 30 euros per month.",
    "people": "Alice Berger approves travel requests. Bob Stein approves hardware orders. The Free plan has no "
    "support. The Pro plan costs 12 euros per month.",
    "vpn": "Employees may connect without VPN from the office. Disable the VPN before printing. Gift cards are not "
    "refunded. The discount is 15% for students and 20% for teachers. It ends on 3 May 2026.",
}


def _of(facts: str, claim: str, asked: str = "What is known?") -> Answer:
    known = passage(1, FACTS[facts])
    return cite(Draft(f"{claim} [1].", (1,), "m"), [known], Question(RedactedText(asked)))


@pytest.mark.parametrize(
    ("facts", "claim"),
    [
        ("ports", "Backups run every 6 days"),
        ("ports", "Backups are kept for 30 hours"),
        ("ports", "Backups run every 30 days and are kept for 6 hours"),
        ("ports", "The upload limit is 25 GB per file"),
        ("ports", "The upload limit is 25 MB per user"),
        ("ports", "The Team plan costs 30 dollars per month"),
        ("ports", "The Team plan costs 30 euros per year"),
        ("ports", "The Team plan costs -30 euros per month"),
        ("people", "Bob Stein approves travel requests"),
        ("people", "Alice Berger approves hardware orders"),
        ("people", "The Pro plan has no support"),
        ("vpn", "Employees may not connect without VPN from the office"),
        ("vpn", "Disable the VPN after printing"),
        ("vpn", "The discount is 20% for students"),
        ("vpn", "The discount is 15 euros for students"),
        ("vpn", "The discount starts on 3 May 2026"),
    ],
)
def test_a_claim_with_a_swapped_unit_name_part_or_sense_is_dropped(facts: str, claim: str) -> None:
    assert _of(facts, claim).refused


@pytest.mark.parametrize("claim", ["Yes", "Yes, gift cards are not refunded"])
def test_a_yes_alone_or_against_its_own_sentence_is_dropped(claim: str) -> None:
    assert _of("vpn", claim, "Are gift cards refunded?").refused


@pytest.mark.parametrize(
    ("facts", "claim"),
    [
        ("ports", "Every 6 hours a backup is run, and it is kept for 30 days"),
        ("ports", "Files of up to 25 MB can be uploaded, and each user has a quota of 10 GB"),
        ("ports", "The Team plan is €30/month"),
        ("people", "Travel requests are approved by Alice Berger and hardware orders by Bob Stein"),
        ("people", "Pro costs €12 per month; the Free plan has no support"),
        ("vpn", "From the office, employees may connect without VPN"),
        ("vpn", "Before printing, disable the VPN"),
        ("vpn", "The discount is 20 percent for teachers"),
        ("vpn", "No, gift cards are not refunded"),
    ],
)
def test_the_same_facts_in_other_words_stay(facts: str, claim: str) -> None:
    answer = _of(facts, claim)
    assert not answer.refused, answer.dropped
