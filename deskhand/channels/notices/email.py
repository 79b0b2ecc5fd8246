"""Notices by e-mail, over SMTP; each message is the same on every try, its Message-ID too.

SMTP cannot be asked whether a message came: one whose receipt was cut off is sent again, rather than perhaps never.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from deskhand.channels.notices import wording
from deskhand.engine.aside import aside
from deskhand.errors import BadSettings, NoticeNotSent, NoticeRefused
from deskhand.ticketing.notice_records import plain

if TYPE_CHECKING:
    from deskhand.channels.notices.options import Mailbox
    from deskhand.ticketing.notices import Notice

__all__ = ["EmailSender", "message"]

FOOTER: Final = (
    "-- \nYou are told because the ticket is yours, is assigned to you, or you follow it. Nobody reads answers."
)
FINAL: Final = 500
"""From this code on a mail server's "no" stands."""


class EmailSender:
    """One mail server; a connection for each message."""

    def __init__(self, options: Mailbox) -> None:
        """Raises `BadSettings` for a sender that is no address."""
        self._options = options
        try:
            self._sender = address(options.sender, options.name)
        except (ValueError, MessageError):
            raise BadSettings(
                f"tickets.notices.email.sender is {options.sender!r}, which is no e-mail address; write one such as "
                "desk@example.com."
            ) from None

    async def send(self, notice: Notice) -> None:
        """Hand the message over to the mail server. Raises `NoticeNotSent`, `NoticeRefused`."""
        try:
            to = address(notice.address or "")
        except (ValueError, MessageError):
            raise NoticeRefused("the recipient's address is none that mail can be sent to.") from None
        mail = message(notice, self._sender, to)
        # The threads that everything else uses are few: a mail server that hangs must not take them.
        await aside(lambda: self._hand_over(mail))

    async def check(self) -> str:
        """Sign in at the mail server and leave again; what was found. Raises `NoticeNotSent`."""
        await aside(self._greet)
        chosen = self._options
        return f"{chosen.host}:{chosen.port} takes mail" + (f" of the user {chosen.user}" if chosen.user else "")

    async def close(self) -> None: ...

    def _greet(self) -> None:
        where = f"the mail server {self._options.host}:{self._options.port}"
        try:
            server = self._connected()
            try:
                server.noop()
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()
        except smtplib.SMTPAuthenticationError as error:
            raise _said(error.smtp_code, f"{where} refuses the user or the password", final=False) from None
        except smtplib.SMTPResponseException as error:
            raise _said(error.smtp_code, f"{where} answers", final=False) from None
        except (smtplib.SMTPException, OSError) as error:
            raise NoticeNotSent(f"{where} cannot be used ({type(error).__name__}).") from None

    def _hand_over(self, mail: EmailMessage) -> None:
        """The server's words are in no error: they may name the recipient."""
        where = f"the mail server {self._options.host}:{self._options.port}"
        try:
            server = self._connected()
            try:
                server.send_message(mail)
            finally:
                # The message is out, or is not: a farewell that goes wrong must not have it sent again.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _said(min(codes, default=FINAL), f"{where} does not take the recipient", final=True) from None
        except smtplib.SMTPAuthenticationError as error:
            raise _said(error.smtp_code, f"{where} refuses the user or the password", final=False) from None
        except smtplib.SMTPSenderRefused as error:
            raise _said(error.smtp_code, f"{where} refuses the sender", final=False) from None
        except smtplib.SMTPDataError as error:
            raise _said(error.smtp_code, f"{where} does not take the message", final=True) from None
        except smtplib.SMTPResponseException as error:
            raise _said(error.smtp_code, f"{where} answers", final=False) from None
        except (smtplib.SMTPException, OSError) as error:
            raise NoticeNotSent(f"{where} cannot be used ({type(error).__name__}).") from None

    def _connected(self) -> smtplib.SMTP:
        chosen = self._options
        if chosen.security == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(chosen.host, chosen.port, timeout=chosen.seconds, context=context)
        else:
            server = smtplib.SMTP(chosen.host, chosen.port, timeout=chosen.seconds)
        try:
            if chosen.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if chosen.user is not None:
                server.login(chosen.user, chosen.password or "")
        except BaseException:
            server.close()
            raise
        return server


def message(notice: Notice, sender: Address, to: Address) -> EmailMessage:
    """The message; answering machines are asked to keep quiet, so that a notice makes no ticket."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = wording.subject(notice)
    mail["Date"] = format_datetime(notice.made)
    mail["Message-ID"] = f"<{notice.key}@{sender.domain}>"
    mail["References"] = f"<ticket-{plain(notice.ticket)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(f"{wording.body(notice)}\n{FOOTER}\n", cte="quoted-printable")
    return mail


def address(written: str, name: str = "") -> Address:
    """An address as mail headers have it. Raises `ValueError`, `MessageError`, for what is no single address."""
    local, _, domain = written.rpartition("@")
    if not local or not domain:
        raise ValueError("it has no two sides")
    return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode()}")


def _said(code: int, what: str, *, final: bool) -> NoticeNotSent:
    kind = NoticeRefused if final and code >= FINAL else NoticeNotSent
    return kind(f"{what} (SMTP {code}).")
