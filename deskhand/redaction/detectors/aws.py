"""What belongs to an AWS account: its id, its resources' names (ARNs), its keys."""

from __future__ import annotations

from deskhand.redaction.detector import Detector, Place, Sure, going_on, letters_and_digits, vocabulary, with_context

_ACCOUNT_WORDS = vocabulary(
    "account accounts accountid accountids acct acctid aws iam arn payer tenant konto compte cuenta awsaccount "
    "awsaccountid"
)
_SECRET_WORDS = frozenset({"secret", "secretaccesskey", "secretkey", "aws", "sk"})


def _arn(place: Place) -> Sure:
    # The account "aws" marks what Amazon gives to everybody, such as its managed policies.
    return Sure.NO if place.value.split(":")[4] == "aws" else Sure.PROVEN


def _secret_key(place: Place) -> Sure:
    value = place.value
    mixed = any(each.isupper() for each in value) and any(each.islower() for each in value)
    return Sure.WITH_CONTEXT if mixed and any(each.isdigit() or each in "/+" for each in value) else Sure.NO


DETECTORS = (
    Detector(
        kind="arn",
        placeholder="Arn",
        pattern=r"\barn:aws[a-z-]{0,20}:[a-zA-Z0-9-]{1,40}:[a-z0-9-]{0,30}:(?:[0-9]{12}|aws)?:[^\s\"'<>\[\]`]",
        extend=going_on(r"^\s\"'<>\[\]`", without=".,;:!?'\")}]"),
        check=_arn,
        priority=50,
        same=str,
        examples=(
            "arn:aws:ivs:us-west-2:123456789012:stage/aB3dEf",
            "(arn:aws:s3:::my-bucket/path/*)",
            "arn:aws-us-gov:iam::123456789012:role/Admin.",
        ),
        counterexamples=(
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::<account-id>:role/x",
            "barn:aws:a:b::c",
        ),
    ),
    Detector(
        kind="aws_account",
        placeholder="AccountId",
        pattern=r"\b[0-9]{4}(?:-[0-9]{4}-|[0-9]{4})[0-9]{4}\b",
        not_after=r"[\w.+/-]",
        not_before=r"[\w]|[.-][0-9]",
        check=with_context,
        context=_ACCOUNT_WORDS,
        priority=11,
        same=letters_and_digits,
        examples=("account 123456789012", "AWS_ACCOUNT_ID=123456789012", "accountId: 1234-5678-9012"),
        counterexamples=("order 123456789012", "accountant 123456789012", "account 1234567890123"),
    ),
    Detector(
        kind="aws_account",
        placeholder="AccountId",
        pattern=r"\b([0-9]{12})(?:\.dkr\.ecr\.|\.signin\.aws|-(?:us|eu|ap|sa|ca|me|af|il)-[a-z]{4,9}-[1-9])",
        priority=11,
        examples=("123456789012.dkr.ecr.us-east-1.amazonaws.com/app", "logs-123456789012-eu-west-1"),
        counterexamples=("123456789012.example.com", "123456789012-us-dollars"),
    ),
    Detector(
        kind="aws_access_key",
        placeholder="AccessKey",
        pattern=r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}\b",
        priority=30,
        same=str,
        examples=("AKIA" + "IOSFODNN7EXAMPLE", "key=" + "ASIA" + "Y34FZKBOKMUTVV7A"),
        counterexamples=("AKIA" + "IOSFODNN7EXAMPL", "BAKIA" + "IOSFODNN7EXAMPLE"),
    ),
    Detector(
        kind="aws_secret_key",
        placeholder="SecretKey",
        pattern=r"[A-Za-z0-9/+]{40}",
        not_after=r"[\w/+=]",
        not_before=r"[\w/+=]",
        check=_secret_key,
        context=_SECRET_WORDS,
        priority=30,
        same=str,
        examples=("aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",),
        counterexamples=("aws commit " + "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "aws " + "a" * 40),
    ),
)
