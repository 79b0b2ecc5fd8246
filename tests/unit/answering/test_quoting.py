"""Without a model, the sentence that answers is quoted, and nothing is when none does."""

from __future__ import annotations

from deskhand.answering.quoting import quote
from deskhand.answering.sentences import sentences
from deskhand.nouns import Hit, Passage, Question, RedactedText

LIST = "To reset the router:\n1. Pull the plug.\n2. Wait ten seconds.\n3. Put it back.\n\nRouters are grey."


def hit(number: int, text: str, language: str = "en") -> Hit:
    made = Passage(
        number, f"d{number}", 1, "s", 0, RedactedText(text), RedactedText(""), RedactedText(""), None, None, language
    )
    return Hit(made, 0.5, 0.4, None, "")


async def said(question: str, *hits: Hit, language: str = "en") -> str:
    return (await quote(Question(RedactedText(question), language), hits)).text


async def test_the_sentence_that_holds_the_number_asked_for_is_quoted() -> None:
    text = "The warranty of our pumps is generous. The warranty of a pump lasts 24 months. Pumps are blue."

    assert await said("How long does the warranty of a pump last?", hit(1, text)) == (
        "“The warranty of a pump lasts 24 months.” [1]"
    )


async def test_a_list_is_quoted_whole_with_its_lead_in() -> None:
    assert await said("How do I reset the router?", hit(1, LIST)) == (
        "“To reset the router:\n1. Pull the plug.\n2. Wait ten seconds.\n3. Put it back.” [1]"
    )


async def test_a_list_whose_marks_were_lost_is_quoted_with_its_lead_in() -> None:
    text = "To reset your password:\n\nOpen Settings.\n\nChoose Security."

    assert await said("How do I reset my password?", hit(1, text)) == (
        "“To reset your password: Open Settings. Choose Security.” [1]"
    )


async def test_nothing_is_quoted_when_nothing_answers() -> None:
    draft = await quote(Question(RedactedText("Who painted the Mona Lisa?")), [hit(1, LIST)])

    assert draft.declined


async def test_a_german_question_gets_german_quotation_marks() -> None:
    found = await said("Wie lange dauert die Erstattung?", hit(1, "Die Erstattung dauert 5 Tage."), language="de")

    assert found == "„Die Erstattung dauert 5 Tage.“ [1]"


def test_sentences_end_where_a_reader_would_end_them() -> None:
    text = "Dr. Smith paid 5.50 euros on the 3. Mai, e.g. in cash. Was it late? “No.” He left."

    assert [s.text for s in sentences(text)] == [
        "Dr. Smith paid 5.50 euros on the 3. Mai, e.g. in cash.", "Was it late?", "“No.”", "He left."
    ]  # fmt: skip
