"""Notices by e-mail, to a real mail server: what they say, how they get there, and what its refusals mean."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deskhand.channels.notices import Mailbox
from deskhand.channels.notices.email import EmailSender
from deskhand.errors import BadSettings, NoticeNotSent, NoticeRefused
from deskhand.ticketing.notices import Notice

if TYPE_CHECKING:
    from post_server import MailServer

Made = Callable[..., Notice]


def mailbox(port: int, **more: Any) -> Mailbox:
    given = {"host": "127.0.0.1", "sender": "desk@example.com", "security": "none", "seconds": 5.0, **more}
    return Mailbox(port=port, **given)


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


async def test_a_mail_says_what_happened_and_asks_machines_for_silence(mail_server: MailServer, notice: Made) -> None:
    await EmailSender(mailbox(mail_server.port)).send(notice())

    (mail,) = mail_server.mails
    assert mail_server.to == [["ana@example.com"]]
    assert mail["From"] == "Deskhand <desk@example.com>"
    assert mail["To"] == "ana@example.com"
    assert mail["Subject"] == "Update to Ticket t1: assigned to @susi"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = text_of(mail)
    assert "Ticket t1 was assigned to @susi by the agent." in body
    assert "Please check the request & answer." in body
    assert "**Title:** Zugriff für mich\nEnvironmentId: 4" in body


async def test_on_every_try_it_is_the_very_same_mail(mail_server: MailServer, notice: Made) -> None:
    sender = EmailSender(mailbox(mail_server.port))
    await sender.send(notice())
    await sender.send(notice(tries=2))

    first, second = mail_server.mails
    assert first.as_bytes() == second.as_bytes()
    assert first["Message-ID"] == "<n-t1-2-1@example.com>"
    assert first["Date"].datetime == notice().made
    assert first["References"] == "<ticket-t1@example.com>"


async def test_no_text_of_anybody_makes_a_header_or_a_recipient(mail_server: MailServer, notice: Made) -> None:
    evil = "1\r\nBcc: eve@example.com\r\n\r\nhello"
    sender = EmailSender(mailbox(mail_server.port))
    await sender.send(
        notice(
            id=f"n-{evil}-2-1",
            ticket=evil,
            status=f"assigned to {evil}",
            by=evil,
            requester=evil,
            communication=evil,
            text=f"{evil}\r\n.\r\nRCPT TO:<eve@example.com>\r\n\x00\x1b[0m",
        )
    )

    (mail,) = mail_server.mails
    assert mail_server.to == [["ana@example.com"]]
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert "\n.\nRCPT TO:<" in text_of(mail)
    assert not {"\x00", "\x1b"} & set(text_of(mail))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "@susi",
        "ana@",
        "a@x.org, b@x.org",
        "Ana <ana@x.org>",
        "ana@x.org\r\nBcc: eve@x.org",
        "änä@x.org",
        "a@b..c",
    ],
)
async def test_what_is_no_single_address_is_refused_without_saying_it(
    mail_server: MailServer, notice: Made, address: str
) -> None:
    with pytest.raises(NoticeRefused) as caught:
        await EmailSender(mailbox(mail_server.port)).send(notice(address=address))

    assert len(address) < 4 or address not in str(caught.value)
    assert mail_server.mails == []


async def test_a_domain_of_any_script_is_written_to(mail_server: MailServer, notice: Made) -> None:
    await EmailSender(mailbox(mail_server.port)).send(notice(address="ana@bücher.example"))

    assert mail_server.to == [["ana@xn--bcher-kva.example"]]


@pytest.mark.parametrize(
    ("word", "said", "kind"),
    [
        ("RCPT", "550 ana@example.com is unknown", NoticeRefused),
        ("RCPT", "451 ana@example.com is busy", NoticeNotSent),
        ("DATA", "554 no mail for ana@example.com", NoticeRefused),
        ("DATA", "452 disk full of ana@example.com", NoticeNotSent),
        ("DATA", "421 going away", NoticeNotSent),
    ],
)
async def test_a_refusal_that_stands_is_final_and_the_servers_words_are_not_repeated(
    mail_server: MailServer, notice: Made, word: str, said: str, kind: type[NoticeNotSent]
) -> None:
    mail_server.answers = lambda at, count: said if at == word else None

    with pytest.raises(NoticeNotSent) as caught:
        await EmailSender(mailbox(mail_server.port)).send(notice())

    assert type(caught.value) is kind
    assert f"SMTP {said[:3]}" in str(caught.value)
    assert "ana" not in str(caught.value)


async def test_a_mail_that_was_taken_is_out_whatever_the_farewell(mail_server: MailServer, notice: Made) -> None:
    mail_server.answers = lambda at, count: "421 no farewell" if at == "QUIT" else None
    await EmailSender(mailbox(mail_server.port)).send(notice())

    assert len(mail_server.mails) == 1


async def test_nobody_there_is_tried_again(notice: Made) -> None:
    with pytest.raises(NoticeNotSent, match=r"the mail server 127\.0\.0\.1:9 cannot be used \(ConnectionRefusedError"):
        await EmailSender(mailbox(9)).send(notice())


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A server's certificate for 127.0.0.1 that this process trusts."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    from deskhand.store import utc_now

    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return context


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_password_goes_over_an_encrypted_line(certificate: ssl.SSLContext, notice: Made, security: str) -> None:
    from post_server import MailServer

    with MailServer(certificate, tls=security == "tls") as server:
        given = {"security": security, "user": "desk", "password": "secret"}
        await EmailSender(mailbox(server.port, **given)).send(notice())
        with pytest.raises(NoticeNotSent, match=r"refuses the user or the password \(SMTP 535\)") as caught:
            await EmailSender(mailbox(server.port, **given | {"password": "wrong-one"})).send(notice())

    assert len(server.mails) == 1
    assert server.users[0] == "desk"
    assert type(caught.value) is NoticeNotSent
    assert "wrong-one" not in str(caught.value)


async def test_a_server_that_nobody_vouches_for_gets_no_password(
    certificate: ssl.SSLContext, notice: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    from post_server import MailServer

    monkeypatch.delenv("SSL_CERT_FILE")
    with MailServer(certificate) as server:
        given = {"security": "starttls", "user": "desk", "password": "secret"}
        with pytest.raises(NoticeNotSent, match="SSLCertVerificationError"):
            await EmailSender(mailbox(server.port, **given)).send(notice())

    assert server.users == []


async def test_a_server_without_starttls_gets_no_mail(mail_server: MailServer, notice: Made) -> None:
    with pytest.raises(NoticeNotSent, match="SMTPNotSupportedError"):
        await EmailSender(mailbox(mail_server.port, security="starttls")).send(notice())

    assert mail_server.mails == []


def test_a_sender_that_is_no_address_is_said_when_it_is_opened() -> None:
    with pytest.raises(BadSettings, match=r"tickets\.notices\.email\.sender is 'desk'"):
        EmailSender(mailbox(25, sender="desk"))


async def test_a_mail_server_that_hangs_takes_no_thread_that_others_wait_for(
    mail_server: MailServer, notice: Made
) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    gate = mail_server.hold()
    sending = asyncio.create_task(EmailSender(mailbox(mail_server.port)).send(notice()))
    try:
        while not gate.reached.is_set():
            await asyncio.sleep(0)
        async with asyncio.timeout(2):
            done = await asyncio.to_thread(lambda: "redacted")
    finally:
        gate.open.set()
        await sending

    assert done == "redacted"


async def test_a_check_greets_the_mail_server_and_sends_nothing(mail_server: MailServer) -> None:
    told = await EmailSender(mailbox(mail_server.port)).check()

    assert f"127.0.0.1:{mail_server.port} takes mail" in told
    assert mail_server.mails == []


async def test_a_check_says_that_no_mail_server_is_there() -> None:
    with pytest.raises(NoticeNotSent, match=r"127\.0\.0\.1:9 cannot be used"):
        await EmailSender(mailbox(9)).check()


async def test_a_check_signs_in_and_says_when_the_password_is_refused(certificate: ssl.SSLContext) -> None:
    from post_server import MailServer

    with MailServer(certificate) as server:
        given = {"security": "starttls", "user": "desk", "password": "secret"}
        told = await EmailSender(mailbox(server.port, **given)).check()
        with pytest.raises(NoticeNotSent, match="refuses the user or the password") as caught:
            await EmailSender(mailbox(server.port, **given | {"password": "wrong-one"})).check()

    assert "of the user desk" in told
    assert "wrong-one" not in str(caught.value)
