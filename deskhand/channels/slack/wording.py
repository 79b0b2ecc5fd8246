"""What the Slack door says itself, in English and German; any other language gets English.

A failure says what happened, what to do, and under which reference its trace is found. None of these texts carries
what somebody wrote, apart from the names of files that could not be read.
"""

from __future__ import annotations

from datetime import datetime

from deskhand.channels.slack.failures import failure as failure
from deskhand.channels.slack.failures import reference as reference
from deskhand.nouns import Audience, Reader

LONGEST = 40_000
"""Characters of a question, beyond which it is not taken: Slack cuts messages there itself."""

_Texts = dict[str, str]

_SEARCHING = {"en": "searching {sources}…", "de": "durchsucht {sources}…"}
_SOURCES = {"en": ("the library", "1 source", "{n} sources"), "de": ("die Bibliothek", "1 Quelle", "{n} Quellen")}
_READING = {"en": "reading {passages}…", "de": "liest {passages}…"}
_PASSAGES = {
    "en": ("the sources", "1 passage", "{n} passages"),
    "de": ("die Quellen", "1 Textstelle", "{n} Textstellen"),
}
_MEMBERS = {
    "en": ("nobody", "the 1 member", "all {n} members"),
    "de": ("niemand", "das 1 Mitglied", "alle {n} Mitglieder"),
}
_WRITING = {"en": "writing…", "de": "schreibt…"}
_CONVERSATION = {"en": "reading the conversation…", "de": "liest die Unterhaltung…"}

_STRANGER = {
    "en": "Your Slack account has no verified e-mail address here, so I cannot tell what you may read. Confirm your "
    "address in Slack (Profile › Contact information), or ask from an account of this workspace, then ask again.",
    "de": "Ihr Slack-Konto hat hier keine bestätigte E-Mail-Adresse, deshalb weiß ich nicht, was Sie lesen dürfen. "
    "Bestätigen Sie Ihre Adresse in Slack (Profil › Kontaktinformationen) oder fragen Sie von einem Konto dieses "
    "Workspace aus noch einmal.",
}
_STRANGERS = {
    "en": ("1 person", "{n} people", "{who} in this channel cannot be identified (no verified e-mail address here), so "
           "I cannot tell what everybody here may read. Ask me in a direct message instead."),
    "de": ("1 Person", "{n} Personen", "{who} in diesem Kanal kann ich nicht zuordnen (ohne bestätigte E-Mail-Adresse "
           "hier), deshalb weiß ich nicht, was alle hier lesen dürfen. Fragen Sie mich in einer Direktnachricht."),
}  # fmt: skip
_TOO_LONG = {
    "en": "Your question has {n} characters; I can take {most}. Please shorten it, or attach the long part as a file.",
    "de": "Ihre Frage hat {n} Zeichen; ich kann {most} annehmen. Bitte kürzen Sie sie, oder hängen Sie das Lange als "
    "Datei an.",
}
_EMPTY = {
    "en": "I am here. What would you like to know? Ask in a sentence, and I will look it up.",
    "de": "Ich bin da. Was möchten Sie wissen? Fragen Sie in einem Satz, und ich sehe nach.",
}
_NO_WORDS = {
    "en": "I see no words in this that I could look up. Please ask in a sentence.",
    "de": "Darin sehe ich keine Wörter, die ich nachschlagen könnte. Bitte fragen Sie in einem Satz.",
}
_FILE = {"en": "I could not read {name}: {reason}.", "de": "{name} konnte ich nicht lesen: {reason}."}
_REASONS: dict[str, _Texts] = {
    "kind": {
        "en": "I cannot read this kind of file; PDF, Office, text, CSV and images work",
        "de": "Diese Art von Datei kann ich nicht lesen; PDF, Office, Text, CSV und Bilder gehen",
    },
    "size": {"en": "it is larger than {most} MB", "de": "sie ist größer als {most} MB"},
    "count": {
        "en": "I read at most {most} files of a message",
        "de": "ich lese höchstens {most} Dateien einer Nachricht",
    },
    "broken": {"en": "it is damaged or has a password", "de": "sie ist beschädigt oder hat ein Passwort"},
    "gone": {
        "en": "Slack did not let me fetch it, or it was deleted",
        "de": "Slack hat sie mir nicht gegeben, oder sie wurde gelöscht",
    },
    "picture": {
        "en": "no model that sees pictures is set up",
        "de": "es ist kein Modell eingerichtet, das Bilder sieht",
    },
    "empty": {"en": "there is no text in it", "de": "es steht kein Text darin"},
}
_LONG_THREAD = {
    "en": "This thread is long: I went by its last {kept} of {all} messages.",
    "de": "Dieser Thread ist lang: Ich habe mich an die letzten {kept} von {all} Nachrichten gehalten.",
}

_HANDED = {
    "en": "I have passed this on to {person}, with a summary of the thread. You will hear from them.",
    "de": "Ich habe das an {person} weitergegeben, mit einer Zusammenfassung des Threads. Sie hören von dort.",
}
_ALREADY_HANDED = {
    "en": "This has already been passed on to {person}.",
    "de": "Das wurde schon an {person} weitergegeben.",
}
_NO_PERSON = {
    "en": "There is nobody set up here to pass this on to. An operator can name a channel or person.",
    "de": "Hier ist niemand eingerichtet, an den ich das weitergeben könnte. Die Betreuer können einen Kanal oder eine "
    "Person eintragen.",
}
_SOMEBODY = {"en": "a person", "de": "einen Menschen"}
_ALREADY_SHARED = {
    "en": "This has already been shared with this channel.",
    "de": "Das wurde mit diesem Kanal schon geteilt.",
}
_NOT_YOURS = {
    "en": "Only those who may read this answer can do that.",
    "de": "Das können nur diejenigen, die diese Antwort lesen dürfen.",
}
_THANKS = {
    True: {"en": "Thank you: noted as helpful.", "de": "Danke, als hilfreich vermerkt."},
    False: {
        "en": "Thank you: noted as not helpful. Ask again in other words, or ask a person.",
        "de": "Danke, als nicht hilfreich vermerkt. Fragen Sie mit anderen Worten, oder fragen Sie einen Menschen.",
    },
}
_BUTTONS: dict[str, _Texts] = {
    "helpful": {"en": "Helpful", "de": "Hilfreich"},
    "not helpful": {"en": "Not helpful", "de": "Nicht hilfreich"},
    "person": {"en": "Ask a person", "de": "Einen Menschen fragen"},
    "share": {"en": "Share with this channel", "de": "Mit diesem Kanal teilen"},
    "sources": {"en": "Sources", "de": "Quellen"},
}
_READERS: dict[str, _Texts] = {
    "yours": {"en": "From what you may read.", "de": "Aus dem, was Sie lesen dürfen."},
    "everyone": {
        "en": "From what everyone may read: this channel is too large to look at each member.",
        "de": "Aus dem, was alle lesen dürfen: Dieser Kanal ist zu groß, um jedes Mitglied anzusehen.",
    },
    "nothing": {
        "en": "From nothing: not everybody in this channel could be identified.",
        "de": "Aus nichts: Nicht alle in diesem Kanal konnten zugeordnet werden.",
    },
    "members": {
        "en": "From what {who} of this channel may read, members as of {age}.",
        "de": "Aus dem, was {who} dieses Kanals lesen dürfen, Mitglieder Stand {age}.",
    },
    "one": {
        "en": "From what {who} of this channel may read, members as of {age}.",
        "de": "Aus dem, was {who} dieses Kanals lesen darf, Mitglieder Stand {age}.",
    },
}
_AGES = {
    "en": ("now", "1 minute ago", "{n} minutes ago", "1 hour ago", "{n} hours ago"),
    "de": ("jetzt", "vor 1 Minute", "vor {n} Minuten", "vor 1 Stunde", "vor {n} Stunden"),
}
_HELP = {
    "en": "*Ask me anything that your tickets and documents answer.*\n"
    "• Write to me directly, or mention me in a channel: `@{name} how do I reset a password?`\n"
    "• I answer in the thread; ask on there without mentioning me.\n"
    "• Attach a PDF, an Office file, text, CSV or a picture, and I read it along.\n"
    "• `{command} your question` answers you alone; `{command} help` shows this.\n"
    "Each answer names its sources. In a channel I use only what everybody there may read; what you alone may read, "
    "ask me directly.",
    "de": "*Fragen Sie mich, was Ihre Tickets und Dokumente beantworten.*\n"
    "• Schreiben Sie mir direkt, oder erwähnen Sie mich in einem Kanal: `@{name} wie setze ich ein Passwort zurück?`\n"
    "• Ich antworte im Thread; fragen Sie dort ohne Erwähnung weiter.\n"
    "• Hängen Sie ein PDF, eine Office-Datei, Text, CSV oder ein Bild an, und ich lese es mit.\n"
    "• `{command} Ihre Frage` beantworte ich nur Ihnen; `{command} help` zeigt dies hier.\n"
    "Jede Antwort nennt ihre Quellen. In einem Kanal verwende ich nur, was alle dort lesen dürfen; was nur Sie lesen "
    "dürfen, fragen Sie mich direkt.",
}
_HOME = {
    "en": "I answer from your tickets and documents, with sources, and only from what you may read.",
    "de": "Ich antworte aus Ihren Tickets und Dokumenten, mit Quellen, und nur aus dem, was Sie lesen dürfen.",
}


def reading_conversation(language: str) -> str:
    return _in(_CONVERSATION, language)


def searching(sources: int, language: str) -> str:
    """That so many sources are searched (0: how many is not known)."""
    return _in(_SEARCHING, language).format(sources=_counted(_SOURCES, sources, language))


def reading(passages: int, language: str) -> str:
    """That so many passages are read (0: how many is not known)."""
    return _in(_READING, language).format(passages=_counted(_PASSAGES, passages, language))


def writing(language: str) -> str:
    return _in(_WRITING, language)


def stranger(language: str) -> str:
    """To an asker without a verified address."""
    return _in(_STRANGER, language)


def strangers(unknown: int, language: str) -> str:
    """In a channel with `unknown` members that could not be identified."""
    one, many, text = _STRANGERS.get(language, _STRANGERS["en"])
    return text.format(who=one if unknown == 1 else many.format(n=unknown))


def too_long(characters: int, language: str, most: int = LONGEST) -> str:
    return _in(_TOO_LONG, language).format(n=_number(characters, language), most=_number(most, language))


def empty(language: str) -> str:
    """To a message without any text, such as a bare mention."""
    return _in(_EMPTY, language)


def no_words(language: str) -> str:
    """To a message of emoji or punctuation alone."""
    return _in(_NO_WORDS, language)


def not_read(name: str, reason: str, language: str, *, most: int = 0) -> str:
    """That the file `name` was not read. `reason`: "kind", "size" (`most` MB), "count" (`most` files), "broken",
    "gone", "picture" or "empty"; any other is said as it is."""
    known = _REASONS.get(reason)
    why = _in(known, language).format(most=most) if known else reason.rstrip(". ")
    return _in(_FILE, language).format(name=" ".join(name.split())[:100] or "?", reason=why)


def long_thread(kept: int, of: int, language: str) -> str:
    """That only the last `kept` of a thread's messages were used."""
    return _in(_LONG_THREAD, language).format(kept=_number(kept, language), all=_number(of, language))


def handed_over(language: str, person: str = "") -> str:
    """`person` as it is to be shown (a channel's or a person's name), or nothing."""
    return _in(_HANDED, language).format(person=person or _in(_SOMEBODY, language))


def already_handed_over(language: str, person: str = "") -> str:
    return _in(_ALREADY_HANDED, language).format(person=person or _in(_SOMEBODY, language))


def nobody_to_ask(language: str) -> str:
    return _in(_NO_PERSON, language)


def already_shared(language: str) -> str:
    return _in(_ALREADY_SHARED, language)


def not_yours(language: str) -> str:
    """To somebody who presses a button under an answer that they may not read."""
    return _in(_NOT_YOURS, language)


def thanks(good: bool, language: str) -> str:
    """For feedback."""
    return _in(_THANKS[good], language)


def helpful(language: str) -> str:
    return _in(_BUTTONS["helpful"], language)


def not_helpful(language: str) -> str:
    return _in(_BUTTONS["not helpful"], language)


def ask_a_person(language: str) -> str:
    return _in(_BUTTONS["person"], language)


def share(language: str) -> str:
    return _in(_BUTTONS["share"], language)


def sources(language: str) -> str:
    """What stands over the sources."""
    return _in(_BUTTONS["sources"], language)


def readers(reader: Reader, now: datetime, language: str) -> str:
    """Who may read what an answer rests on, and for a channel how old the list of its members is at `now`."""
    if not isinstance(reader, Audience):
        return _in(_READERS["yours"], language)
    if reader.open:
        return _in(_READERS["everyone"], language)
    if reader.unknown or not reader.members:
        return _in(_READERS["nothing"], language)
    who = _counted(_MEMBERS, len(reader.members), language)
    kind = "one" if len(reader.members) == 1 else "members"
    return _in(_READERS[kind], language).format(who=who, age=_age((now - reader.as_of).total_seconds(), language))


def help_text(language: str, *, name: str = "deskhand", command: str = "/deskhand") -> str:
    """What the command says without a question, in mrkdwn."""
    return _in(_HELP, language).format(name=name, command=command)


def home_text(language: str) -> str:
    """What stands on top of the app's home."""
    return _in(_HOME, language)


def _age(seconds: float, language: str) -> str:
    now, minute, minutes, hour, hours = _AGES.get(language, _AGES["en"])
    passed = max(0, int(seconds // 60))
    if passed < 60:
        return now if passed == 0 else minute if passed == 1 else minutes.format(n=passed)
    return hour if passed < 120 else hours.format(n=passed // 60)


def _counted(words: dict[str, tuple[str, str, str]], count: int, language: str) -> str:
    some, one, many = words.get(language, words["en"])
    return some if count <= 0 else one if count == 1 else many.format(n=_number(count, language))


def _number(number: int, language: str) -> str:
    return f"{number:,}".replace(",", ".") if language == "de" else f"{number:,}"


def _in(texts: _Texts, language: str) -> str:
    return texts.get(language, texts["en"])
