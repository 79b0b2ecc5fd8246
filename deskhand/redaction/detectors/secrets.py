"""Keys, tokens and passwords.

Shapes of vendors' tokens follow the rules of gitleaks (MIT) without its allow-lists, which are made for repositories.
Examples are put together from parts, so that no scanner of ours or others takes this file for a leak.
"""

from __future__ import annotations

import base64
import binascii
import json
import re

from deskhand.redaction.detector import Detector, Place, Sure, going_on, vocabulary, words

_TOKEN = going_on(r"A-Za-z0-9_.=~+/-")
_WORD = going_on(r"A-Za-z0-9_-")
_NOT_SECRET = vocabulary(
    "true false none null nil undefined required optional string password passwort passwd secret token value "
    "yes no empty redacted hidden changeme your_password yourpassword text varchar input"
)
_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINES = re.compile(
    r"(?:(?:\\[rn]|[ \t>\r\n])+(?:(?:Proc-Type|DEK-Info|Version|Comment):[^\n]{0,100}|[A-Za-z0-9+/=]{16,}))*"
    r"(?:(?:\\[rn]|[\r\n])+[A-Za-z0-9+/]{1,15}={1,2})?"
)


def _jwt(place: Place) -> Sure:
    """Three parts, of which the first says how it is signed."""
    head, *others = place.value.split(".")
    if not others:
        return Sure.NO
    try:
        said = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError):
        return Sure.NO
    return Sure.PROVEN if isinstance(said, dict) and ("alg" in said or "enc" in said) else Sure.NO


def _to_end_of_key(text: str, end: int) -> int:
    """Up to the END line; where there is none, over the lines that look like a key's."""
    closing = _ENDS.search(text, end, end + 20_000)
    if closing:
        return closing.end()
    lines = _KEY_LINES.match(text, end)
    return lines.end() if lines else end


def _mixed(place: Place) -> Sure:
    """Letters and digits together: prose after "token" or "bearer" has none."""
    value = place.value
    return Sure.YES if any(map(str.isdigit, value)) and any(map(str.isalpha, value)) else Sure.NO


def _password(place: Place) -> Sure:
    """After "=" or in quotes anything but a placeholder; after ":" or "is" only what does not look like a word."""
    value = place.value.strip("\"'`")
    if value.casefold() in _NOT_SECRET or len(value) < 4 or value[0] in "<{$[(*%" or len(set(value)) == 1:
        return Sure.NO
    if place.before.rstrip(" ").endswith(("=", '"', "'", "=>")):
        return Sure.YES
    odd = any(map(str.isdigit, value)) or any(each in "!@#$%^&*+=~|" for each in value)
    if value.isdigit():
        return Sure.YES if len(value) >= 6 else Sure.NO
    return Sure.YES if odd and any(map(str.isalpha, value)) else Sure.NO


def _secret_value(place: Place) -> Sure:
    if len(place.value) < 12 or place.value[0] in "<{$[(*%":
        return Sure.NO
    return _mixed(place)


def _account_of(place: Place) -> Sure:
    return Sure.YES if not words(place.value) <= _NOT_SECRET else Sure.NO


def _vendor(kind: str, placeholder: str, pattern: str, *examples: str, wrong: tuple[str, ...] = ()) -> Detector:
    """A vendor's token: its prefix proves it, and the rest goes on as far as a token can."""
    return Detector(
        kind=kind,
        placeholder=placeholder,
        pattern=rf"\b{pattern}",
        extend=_WORD,
        priority=35,
        same=str,
        examples=examples,
        counterexamples=wrong,
    )


_A36 = "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"

DETECTORS = (
    _vendor(
        "github_token",
        "GitHubToken",
        r"(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})",
        "ghp_" + _A36,
        "github_pat_" + _A36,
        wrong=("ghp_short", "graph_" + _A36),
    ),
    _vendor("gitlab_token", "GitLabToken", r"gl(?:pat|dt|rt|cbt|ptt|soat|ft)-[A-Za-z0-9_-]{20}", "glpat-" + _A36[:20]),
    _vendor(
        "slack_token",
        "SlackToken",
        r"(?:xox[abeoprs]-[A-Za-z0-9-]{10}|xapp-[0-9]-[A-Za-z0-9-]{10})",
        "xoxb-" + "123456789012-" + _A36,
        wrong=("xoxb-1",),
    ),
    Detector(
        kind="slack_token",
        placeholder="SlackToken",
        pattern=r"https://hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9]{1,20}",
        extend=_TOKEN,
        priority=35,
        same=str,
        examples=("https://hooks.slack.com/services/" + "T00000000/B00000000/" + _A36[:24],),
        counterexamples=("https://slack.com/services/T0000",),
    ),
    _vendor(
        "stripe_key",
        "StripeKey",
        r"(?:(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10}|whsec_[A-Za-z0-9]{24})",
        "sk_" + "live_" + _A36[:24],
        wrong=("sk_live_x", "task_live_" + _A36),
    ),
    _vendor(
        "google_key",
        "GoogleKey",
        r"(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{20})",
        "AIza" + _A36[:35],
        wrong=("AIza",),
    ),
    _vendor(
        "model_key",
        "ModelKey",
        r"(?:sk-(?:ant|proj|svcacct|or|lf)-[A-Za-z0-9_-]{16}|sk-[A-Za-z0-9]{32}|hf_[A-Za-z0-9]{30}"
        r"|gsk_[A-Za-z0-9]{40}|r8_[A-Za-z0-9]{37})",
        "sk-" + "ant-api03-" + _A36,
        "sk-" + _A36,
        wrong=("sk-learn", "task-" + _A36),
    ),
    _vendor(
        "api_key",
        "ApiKey",
        r"(?:dh_[A-Za-z0-9_-]{43}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50}|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16}"
        r"|dop_v1_[a-f0-9]{60}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|PMAK-[a-f0-9]{24}-[a-f0-9]{30}|lin_api_[A-Za-z0-9]{40}"
        r"|hvs\.[A-Za-z0-9_-]{80}|key-[a-f0-9]{32}|SK[a-f0-9]{32}|AC[a-f0-9]{32}|ABSK[A-Za-z0-9+/=]{100})",
        "dh_" + _A36 + "abcDE12",
        "npm_" + _A36,
        "SK" + "0123456789abcdef" * 2,
        wrong=("npm_config_prefix", "dh_short"),
    ),
    Detector(
        kind="jwt",
        placeholder="Jwt",
        pattern=r"\beyJ[A-Za-z0-9_-]{8,600}\.[A-Za-z0-9_-]{2}",
        extend=going_on("A-Za-z0-9_.-"),
        check=_jwt,
        priority=45,
        same=str,
        examples=("eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0." + _A36,),
        counterexamples=("eyJhbGciOiJIUzI1NiJ9 alone", "eyJub3RoaW5nIjoxfQ.eyJzdWIiOiIxIn0.x"),
    ),
    Detector(
        kind="private_key",
        placeholder="PrivateKey",
        pattern=r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
        extend=_to_end_of_key,
        priority=60,
        same=str,
        examples=(
            "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow" + _A36 + "\n" + _A36 + "\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN " + "PRIVATE KEY-----\nMIIEow" + _A36 + "\n" + _A36,
        ),
        counterexamples=("-----BEGIN PUBLIC KEY-----\nMIIB", "-----BEGIN CERTIFICATE-----"),
    ),
    Detector(
        kind="connection_string",
        placeholder="ConnectionString",
        pattern=r"(?i)\b(?:postgres(?:ql)?|mysql|mariadb|mssql|mongodb|rediss?|amqps?|oracle|clickhouse|snowflake|jdbc:[a-z]{2,12})"
        r"(?:\+[a-z0-9_]{1,20})?://[^\s/:@\"'<>\[\]]{0,100}:[^\s/@\"'<>\[\]]{1,200}@",
        extend=going_on(r"^\s\"'<>\[\]"),
        priority=41,
        same=str,
        examples=(
            "postgresql+psycopg://ana:s3cret@db.example.com:5432/x?sslmode=require",
            "redis://:hunter2@cache:6379/0",
        ),
        counterexamples=("postgresql://localhost/x", "sqlite:///x.db"),
    ),
    Detector(
        kind="connection_string",
        placeholder="ConnectionString",
        pattern=r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|Pwd|Password|AccessKey)=([^\s;\"'<>\[\]]{4,300});",
        check=lambda place: Sure.YES if ";" in place.before[-200:] else Sure.NO,
        priority=41,
        same=str,
        examples=("Server=db;User=ana;Password=hunter2x;Database=x", "AccountName=x;AccountKey=" + _A36 + "==;End=y"),
        counterexamples=("f(password=x);",),
    ),
    Detector(
        kind="bearer",
        placeholder="BearerToken",
        pattern=r"(?i)\bbearer[ \t]{1,4}([A-Za-z0-9._~+/=-]{16,900})",
        extend=_TOKEN,
        check=_mixed,
        priority=32,
        same=str,
        examples=("Authorization: Bearer " + _A36, "bearer " + _A36 + "=="),
        counterexamples=("bearer authentication-required", "Bearer short1"),
    ),
    Detector(
        kind="bearer",
        placeholder="BearerToken",
        pattern=r"(?i)\bauthorization[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?(?:basic|token|digest|apikey)[ \t]{1,4}"
        r"([A-Za-z0-9._~+/=:-]{8,900})",
        extend=_TOKEN,
        priority=32,
        same=str,
        examples=("Authorization: Basic " + "YW5hOmh1bnRlcjI=",),
        counterexamples=("authorization: basic or digest",),
        check=_mixed,
    ),
    Detector(
        kind="password",
        placeholder="Password",
        pattern=r"(?i)(?:password|passwd|passphrase|passwort|kennwort|passcode|pwd|mot de passe|contrase[nñÑ]a)"
        r"[\"']?(?:[ \t]{0,3}(?:=>|:=|[:=])[ \t]{0,3}|[ \t]{1,3}(?:is|ist|was)[ \t]{1,3})"
        r"([\"'][^\"'\n]{4,200}[\"']|[^\s\"',;<>)]{4,200})",
        check=_password,
        priority=25,
        same=str,
        examples=(
            "password: hunter2",
            "PASSWORD=correcthorse",
            'db_password = "two words"',
            "my password is Tr0ub4dor&3",
            "Passwort: geheim123",
        ),
        counterexamples=(
            "password: must be long",
            "Password reset",
            "the password is wrong",
            "password=${DB_PASSWORD}",
            "password: <your password>",
            "password=required",
        ),
    ),
    Detector(
        kind="secret",
        placeholder="Secret",
        pattern=r"(?i)(?:secret|token|api[_ -]?key|apikey|access[_ -]?key|private[_ -]?key|signature|credential|sig)"
        r"[\"']?[ \t]{0,3}(?:=>|:=|[:=])[ \t]{0,3}[\"']?([A-Za-z0-9._~+/%=-]{12,900})",
        extend=going_on(r"A-Za-z0-9._~+/%=-"),
        check=_secret_value,
        priority=22,
        same=str,
        examples=("api_key: " + _A36, "X-Amz-Signature=" + "0123456789abcdef" * 4, 'client_secret="' + _A36 + '"'),
        counterexamples=("token: authentication", "next_token = response.nextToken", "secret: see chapter 12"),
    ),
)
