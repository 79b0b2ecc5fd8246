"""One suite over both executors of a guardrail: in this process, and Bedrock's through boto3 (our own door answers)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from guardrail_peers import FaultyBedrock, certificate, guardrail_house, local

from deskhand.access import Directory
from deskhand.errors import GuardrailFailed
from deskhand.guardrails import Content, Guardrail
from deskhand.guardrails.bedrock import BedrockGuardrail
from deskhand.guardrails.guard import Guard, Terms
from deskhand.guardrails.policy import Policy
from deskhand.store import Database, metadata

POLICY = Policy.model_validate(
    {
        "name": "house",
        "version": 3,
        "blockedInputMessaging": "We do not speak of that.",
        "blockedOutputsMessaging": "We do not say that.",
        "wordPolicyConfig": {
            "wordsConfig": [{"text": "project heron"}, {"text": "osprey", "inputAction": "NONE"}],
            "managedWordListsConfig": [{"type": "PROFANITY", "inputEnabled": False}],
        },
        "sensitiveInformationPolicyConfig": {
            "piiEntitiesConfig": [
                {"type": "EMAIL", "action": "ANONYMIZE"},
                {"type": "AWS_ACCOUNT", "action": "ANONYMIZE", "outputAction": "BLOCK"},
            ],
            "regexesConfig": [{"name": "badge", "pattern": r"\bB-[0-9]{5}\b", "action": "ANONYMIZE"}],
        },
    }
)


@pytest.fixture(scope="module")
def bedrock_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BedrockGuardrail, dict[str, str]]]:
    """Our own door over TLS, boto3 before it, and the environment with a token of ours; slow to make, so once."""
    folder = tmp_path_factory.mktemp("house")
    database, own = Database(f"sqlite:///{folder / 'desk.db'}"), certificate(folder)
    with database.writing() as connection:
        metadata.create_all(connection)
    with guardrail_house(database, [POLICY], certificate=own) as url:
        environment = {
            "AWS_BEARER_TOKEN_BEDROCK": asyncio.run(_token(Directory(database))),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": str(own),
        }
        bedrock = BedrockGuardrail("house", "3", region="eu-central-1", endpoint=url)
        yield bedrock, environment
        asyncio.run(bedrock.close())
    database.close()


async def _token(directory: Directory) -> str:
    await directory.put_person("ana@example.com", [])
    return (await directory.issue_token("ana@example.com", ["guardrails"]))[0]


@pytest.fixture(params=["local", "bedrock"])
def guardrail(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Guardrail:
    if request.param == "local":
        return local(POLICY)
    bedrock, environment = request.getfixturevalue("bedrock_house")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return bedrock


async def test_what_is_fine_goes_on(guardrail: Guardrail) -> None:
    applied = await guardrail.apply("INPUT", [Content("How do I reset it?"), Content(" ")])

    assert (applied.intervened, applied.outputs, applied.guardrail) == (False, (), "house 3")


async def test_masked_texts_come_back_each_in_its_place(guardrail: Guardrail) -> None:
    content = [
        Content("the directory: eve@example.com", frozenset({"grounding_source"})),
        Content("Ask ana@example.com, C\u00f4t\u00e9."),
        Content(""),
        Content("nothing"),
        Content("badge B-12345 of account 123456789012", frozenset({"guard_content", "query"})),
    ]

    applied = await guardrail.apply("INPUT", content)

    assert not applied.blocked
    assert applied.outputs == ("Ask {EMAIL}, C\u00f4t\u00e9.", "", "nothing", "badge {badge} of account {AWS_ACCOUNT}")
    assert sorted((each.type, each.action, each.match) for each in applied.assessment.entities) == [
        ("AWS_ACCOUNT", "ANONYMIZED", "123456789012"),
        ("EMAIL", "ANONYMIZED", "ana@example.com"),
        ("badge", "ANONYMIZED", "B-12345"),
    ]


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        ("INPUT", "Project  HERON, ana@example.com", "We do not speak of that."),
        ("OUTPUT", "account 123456789012", "We do not say that."),
        ("OUTPUT", "this is bullshit", "We do not say that."),
        ("OUTPUT", "the osprey", "We do not say that."),
    ],
)
async def test_blocked_is_the_policys_message(guardrail: Guardrail, source: Any, text: str, message: str) -> None:
    applied = await guardrail.apply(source, [Content(text), Content("more")])

    assert (applied.blocked, applied.outputs) == (True, (message,))
    assert "BLOCKED" in {each.action for each in applied.assessment.found}


async def test_what_is_only_told_of_is_told(guardrail: Guardrail) -> None:
    applied = await guardrail.apply("INPUT", [Content("this osprey is bullshit")])

    assert not applied.intervened
    assert [(each.match, each.action) for each in applied.assessment.words] == [("osprey", "NONE")]


async def test_the_trace_of_both_has_the_same_findings_without_a_text(guardrail: Guardrail) -> None:
    told = (await guardrail.apply("OUTPUT", [Content("project heron, ana@example.com")])).as_trace()

    assert sorted((each["policy"], each["type"], each["action"]) for each in told["found"]) == [
        ("sensitive", "EMAIL", "ANONYMIZED"),
        ("word", "WORD", "BLOCKED"),
    ]
    assert "heron" not in repr(told)
    assert "ana@" not in repr(told)


async def test_many_calls_at_once_keep_their_texts_apart(guardrail: Guardrail) -> None:
    applied = await asyncio.gather(*(guardrail.apply("INPUT", [Content(f"n{n} a@b{n}.com")]) for n in range(12)))

    assert [each.outputs for each in applied] == [(f"n{n} {{EMAIL}}",) for n in range(12)]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "token")


def bedrock(peer: FaultyBedrock, seconds: float = 5.0) -> BedrockGuardrail:
    return BedrockGuardrail("abc123", "3", region="eu-central-1", endpoint=peer.url, seconds=seconds)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("throttled", "ThrottlingException"),
        ("denied", "AccessDeniedException"),
        ("missing", "ResourceNotFoundException"),
        ("broken", "InternalServerException"),
        ("hangs", "ReadTimeoutError"),
        ("cut", "ConnectionClosedError"),
        ("nonsense", "guardrail abc123 3"),
    ],
)
async def test_a_bedrock_that_fails_is_told_by_its_code_and_blocks(fault: Any, code: str, credentials: None) -> None:
    """Neither AWS's message nor the text is in what is told."""
    with FaultyBedrock(fault) as peer:
        guardrail = bedrock(peer, seconds=0.1 if fault == "hangs" else 30)
        with pytest.raises(GuardrailFailed, match=code) as failed:
            await guardrail.apply("INPUT", [Content("secret text")])
        blocked = await Guard(guardrail).check("INPUT", ["secret text"])
        passed = await Guard(guardrail, Terms(on_failure="pass")).check("INPUT", ["secret text"])

    assert "secret text" not in str(failed.value) + repr(blocked)
    assert (blocked.blocked, passed.blocked) == (True, False)
    assert blocked.failed == passed.failed != ""


async def test_a_throttled_call_is_tried_once_more(credentials: None) -> None:
    with FaultyBedrock("throttled", times=1) as peer:
        applied = await bedrock(peer).apply("INPUT", [Content("x")])

    assert not applied.intervened
    assert len(peer.calls) == 2


async def test_what_is_sent_is_what_bedrock_takes(credentials: None) -> None:
    content = [
        Content("a source", frozenset({"grounding_source"})),
        Content("who?", frozenset({"query"})),
        Content(""),
        Content("It is Ana.", frozenset({"guard_content"})),
    ]
    with FaultyBedrock() as peer:
        await bedrock(peer).apply("OUTPUT", content)

    [(path, body, headers)] = peer.calls
    assert path == "/guardrail/abc123/version/3/apply"
    assert headers["X-Amz-Security-Token"] == "token"
    assert body == {
        "source": "OUTPUT",
        "content": [
            {"text": {"text": "a source", "qualifiers": ["grounding_source"]}},
            {"text": {"text": "who?", "qualifiers": ["query"]}},
            {"text": {"text": "It is Ana.", "qualifiers": ["guard_content"]}},
        ],
    }


@pytest.mark.parametrize(("version", "calls"), [("3", 1), ("DRAFT", 2)])
async def test_what_a_draft_at_aws_says_is_asked_each_time(credentials: None, version: str, calls: int) -> None:
    with FaultyBedrock() as peer:
        guard = Guard(BedrockGuardrail("abc", version, region="eu-central-1", endpoint=peer.url))
        for _ in range(2):
            await guard.check("INPUT", ["the same"])
        await guard.close()

    assert len(peer.calls) == calls


async def test_nothing_is_sent_when_there_is_nothing_to_judge(credentials: None) -> None:
    with FaultyBedrock() as peer:
        applied = await bedrock(peer).apply("OUTPUT", [Content(" \n"), Content("s", frozenset({"grounding_source"}))])

    assert (applied.intervened, peer.calls) == (False, [])


async def test_a_call_that_hangs_is_let_go_when_its_caller_is_cancelled(credentials: None) -> None:
    with FaultyBedrock("hangs") as peer:
        calling = asyncio.create_task(bedrock(peer).apply("INPUT", [Content("x")]))
        while not peer.calls:
            await asyncio.sleep(0.01)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling


async def test_an_arn_names_its_guardrail(credentials: None) -> None:
    arn = "arn:aws:bedrock:eu-central-1:123456789012:guardrail/abc123"
    with FaultyBedrock() as peer:
        guardrail = BedrockGuardrail(arn, "DRAFT", region="eu-central-1", endpoint=peer.url)
        applied = await guardrail.apply("INPUT", [Content("x")])

    assert peer.calls[0][0] == f"/guardrail/{arn}/version/DRAFT/apply"
    assert applied.guardrail == "abc123 DRAFT"
