"""The desk for tests: what its page of docs shows, and that its model can be caught lying."""

from __future__ import annotations

from deskhand import testing
from deskhand.testing import says


async def test_a_reader_outside_the_access_list_gets_a_refusal() -> None:
    """The model is willing to cite the secret; the search never showed it."""
    async with testing.desk() as desk:
        await desk.knows("pay-1", "The bonus is 4000.", readers={"finance"})

        answer = await desk.ask("what is the bonus", groups={"staff"}, model=says("The bonus is 4000.", cites="pay-1"))

    assert answer.refused


async def test_a_reader_on_the_access_list_gets_the_answer_with_its_source() -> None:
    async with testing.desk() as desk:
        await desk.knows("pay-1", "The bonus is 4000.", readers={"finance"})

        answer = await desk.ask(
            "what is the bonus", groups={"finance"}, model=says("The bonus is 4000.", cites="pay-1")
        )

    assert [(c.title, c.quote) for c in answer.citations] == [("pay-1", "The bonus is 4000.")]


async def test_a_claim_that_its_source_does_not_support_is_not_shown() -> None:
    async with testing.desk() as desk:
        await desk.knows("pay-1", "The bonus is 4000.")

        answer = await desk.ask("what is the bonus", model=says("The bonus is 9000.", cites="pay-1"))

    assert answer.refused
    assert "9000" not in answer.text


async def test_without_a_model_the_answer_is_a_quote() -> None:
    async with testing.desk() as desk:
        await desk.knows("printers", "A printer that blinks red has no paper. Fill the lower tray.")

        answer = await desk.ask("why does the printer blink red")

    assert not answer.refused
    assert "A printer that blinks red has no paper" in answer.text


async def test_a_new_version_replaces_the_old_one() -> None:
    async with testing.desk() as desk:
        await desk.knows("pay-1", "The bonus is 4000.")
        await desk.knows("pay-1", "The bonus is 5000.", version=2)

        answer = await desk.ask("what is the bonus")

    assert "5000" in answer.text
    assert "4000" not in answer.text
