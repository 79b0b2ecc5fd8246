"""Notices to a topic of Amazon SNS, on an emulated one: a queue that subscribes gets JSON, a FIFO topic each once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aws_servers
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from deskhand.channels.notices import Topic
from deskhand.channels.notices.sns import SnsSender, published
from deskhand.errors import BadSettings, NoticeNotSent, NoticeRefused
from deskhand.ticketing.notices import Notice

if TYPE_CHECKING:
    from aws_servers import AwsServer

Made = Callable[..., Notice]
ARN = "arn:aws:sns:eu-central-1:123456789012:tickets"


class Subscribed:
    """A topic, and a queue that gets what is published there."""

    def __init__(self, aws: AwsServer, *, fifo: bool) -> None:
        import boto3

        ending, kind = (".fifo", {"FifoTopic": "true"}) if fifo else ("", {})
        session = boto3.session.Session("test", "secret-key-of-the-tests", region_name=aws_servers.REGION)
        sns = session.client("sns", endpoint_url=aws.url)
        self.queue = aws_servers.Queues.made(aws, fifo=fifo)
        self.arn = sns.create_topic(Name=f"t{uuid.uuid4().hex[:8]}{ending}", Attributes=kind)["TopicArn"]
        told = aws.sqs.get_queue_attributes(QueueUrl=self.queue.url, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=told["Attributes"]["QueueArn"])

    def got(self) -> list[dict[str, Any]]:
        return [json.loads(each["Body"]) for each in self.queue.take(wait=2)]


@pytest.fixture
def aws(moto: AwsServer, monkeypatch: pytest.MonkeyPatch) -> AwsServer:
    for name, value in aws_servers.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return moto


async def test_a_queue_that_subscribes_gets_the_notice_as_json(aws: AwsServer, notice: Made) -> None:
    topic = Subscribed(aws, fifo=False)
    await SnsSender(Topic(topic.arn, endpoint=aws.url)).send(notice())

    (told,) = topic.got()
    assert told["Subject"] == "Update to Ticket t1: assigned to @susi"
    assert json.loads(told["Message"]) == notice().data
    assert told["MessageAttributes"]["id"]["Value"] == "n-t1-2-1"
    assert told["MessageAttributes"]["change"]["Value"] == "assigned"


async def test_a_fifo_topic_takes_a_notice_once_that_is_sent_again(aws: AwsServer, notice: Made) -> None:
    topic = Subscribed(aws, fifo=True)
    sender = SnsSender(Topic(topic.arn, endpoint=aws.url))
    await sender.send(notice())
    await sender.send(notice(tries=2))
    await sender.send(notice(id="n-t1-3-1", version=3))

    assert [json.loads(each["Message"])["version"] for each in topic.got()] == [2, 3]


async def test_a_topic_that_is_not_there_is_tried_again(aws: AwsServer, notice: Made) -> None:
    gone = Topic(f"arn:aws:sns:{aws_servers.REGION}:123456789012:gone", endpoint=aws.url)

    with pytest.raises(NoticeNotSent, match=r"Amazon SNS does not take the notice for now \(NotFound"):
        await SnsSender(gone).send(notice())


def test_people_get_text_and_programs_json_within_what_sns_takes(notice: Made) -> None:
    long = 'ü"\\\n€' * 40_000
    given = published(notice(ticket="tïcket\n1", communication=long, text=long), ARN)

    forms = json.loads(given["Message"])
    assert forms["default"].startswith("Ticket tïcket 1 was assigned to @susi by the agent.")
    assert forms["sqs"] == forms["lambda"] == forms["https"]
    assert json.loads(forms["sqs"])["status"] == "assigned to @susi"
    assert len(given["Message"].encode()) < 256 * 1024
    assert given["Subject"].isascii()
    assert len(given["Subject"]) < 100
    assert not set(given["Subject"]) & set("\r\n")


def test_a_fifo_topic_is_told_what_belongs_together(notice: Made) -> None:
    given = published(notice(ticket="t 1"), ARN + ".fifo")

    assert given["MessageDeduplicationId"] == "n-t1-2-1"
    assert given["MessageGroupId"].startswith("n-")
    assert "MessageGroupId" not in published(notice(), ARN)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (ClientError({"Error": {"Code": "InvalidParameter", "Message": "ana"}}, "Publish"), NoticeRefused, "InvalidP"),
        (ClientError({"Error": {"Code": "AuthorizationError", "Message": "ana"}}, "Publish"), NoticeNotSent, "Auth"),
        (NoCredentialsError(), NoticeNotSent, "NoCredentialsError"),
    ],
)
async def test_what_aws_refuses_is_said_by_its_code_alone(
    monkeypatch: pytest.MonkeyPatch, notice: Made, error: Exception, kind: type[NoticeNotSent], said: str
) -> None:
    class Client:
        def publish(self, **_: Any) -> None:
            raise error

    sender = SnsSender(Topic(ARN))
    monkeypatch.setattr(sender, "_made", Client())

    with pytest.raises(NoticeNotSent, match=said) as caught:
        await sender.send(notice())

    assert type(caught.value) is kind
    assert "ana" not in str(caught.value)


@pytest.mark.parametrize("arn", ["tickets", "arn:aws:sqs:eu-central-1:123456789012:tickets"])
def test_what_is_no_topic_is_said_when_it_is_opened(arn: str) -> None:
    with pytest.raises(BadSettings, match=r"tickets\.notices\.sns\.topic"):
        SnsSender(Topic(arn))


async def test_a_check_finds_the_topic_and_publishes_nothing(aws: AwsServer) -> None:
    topic = Subscribed(aws, fifo=False)

    told = await SnsSender(Topic(topic.arn, endpoint=aws.url)).check()

    assert topic.arn.rpartition(":")[2] in told
    assert topic.got() == []


async def test_a_check_says_that_there_is_no_such_topic(aws: AwsServer) -> None:
    with pytest.raises(NoticeNotSent, match="NotFound"):
        await SnsSender(Topic(f"{ARN}-gone", endpoint=aws.url)).check()
