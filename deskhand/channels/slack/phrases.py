"""What the door says to those who press its buttons and to the person who takes a question over, in English and German.

All of it is Slack's mrkdwn; values that are put in must have been escaped.
"""

from __future__ import annotations

from collections.abc import Mapping

Phrase = Mapping[str, str]
"""The same by language ("en", "de")."""


def said(phrase: Phrase, language: str, **values: object) -> str:
    """A phrase in a language, or in English where it is not spoken, with the values put in."""
    return phrase.get(language, phrase["en"]).format(**values)


# Why an answer was not helpful

WHY_TITLE = {"en": "What was wrong?", "de": "Was war falsch?"}
WHY_LABEL = {"en": "In your own words", "de": "In Ihren Worten"}
WHY_SEND = {"en": "Send", "de": "Senden"}
WHY_CLOSE = {"en": "Never mind", "de": "Nicht nötig"}

# Sharing

SHARED_BY = {"en": "Shared by {who}", "de": "Geteilt von {who}"}
NOT_SHARED = {
    "en": "I did not share this: {count} of its sources may not be read by everyone here.",
    "de": "Ich habe das nicht geteilt: {count} der Quellen dürfen hier nicht alle lesen.",
}
NOTHING_TO_SHARE = {
    "en": "I did not share this: it names no source, or you may no longer read one of them. Ask again.",
    "de": "Ich habe das nicht geteilt: Es nennt keine Quelle, oder Sie dürfen eine davon nicht mehr lesen. Fragen Sie "
    "noch einmal.",
}

# Handing over

ASKS = {"en": "*{who} asks for a person.*", "de": "*{who} bittet um einen Menschen.*"}
IN_THREAD = {"en": "It is about <{link}|this thread>.", "de": "Es geht um <{link}|diesen Thread>."}
IN_PRIVATE = {
    "en": "It was asked in private: please write to {who}.",
    "de": "Gefragt wurde unter vier Augen: Bitte schreiben Sie an {who}.",
}
WAS_ASKED = {"en": "Asked", "de": "Gefragt"}
SUMMARY = {"en": "Summary (by the model, not checked)", "de": "Zusammenfassung (vom Modell, nicht geprüft)"}
WAS_ANSWERED = {"en": "Answered", "de": "Geantwortet"}
REFUSED = {
    "en": "There was no answer in what may be read there.",
    "de": "In dem, was dort gelesen werden darf, fand sich keine Antwort.",
}
WITHHELD = {
    "en": "There was an answer. It is left out here, because not everyone who sees this may read its sources.",
    "de": "Es gab eine Antwort. Sie fehlt hier, weil nicht alle, die dies sehen, ihre Quellen lesen dürfen.",
}
FAILED = {"en": "The answer could not be made.", "de": "Die Antwort konnte nicht erstellt werden."}
NOT_HANDED_OVER: Mapping[str, Phrase] = {
    "not_in_channel": {
        "en": "I could not pass this on: I am not a member of the channel that is set for it. Somebody there can let "
        "me in with `/invite`; then press the button again.",
        "de": "Ich konnte das nicht weitergeben: Ich bin nicht in dem Kanal, der dafür eingestellt ist. Dort kann mich "
        "jemand mit `/invite` einladen; drücken Sie den Knopf dann noch einmal.",
    },
    "not_there": {
        "en": "I could not pass this on: the channel or person that is set for it cannot be reached. An operator can "
        "see why with `deskhand slack check`.",
        "de": "Ich konnte das nicht weitergeben: Der Kanal oder die Person, die dafür eingestellt sind, sind nicht "
        "erreichbar. Die Betreuer sehen mit `deskhand slack check`, warum.",
    },
}

# The command, the home tab and the assistant pane

ANSWERED_THERE = {
    "en": "I answer you in our direct messages.",
    "de": "Ich antworte Ihnen in unseren Direktnachrichten.",
}
YOU_MAY_READ = {
    "en": "For you, I search *{sources}*.",
    "de": "Für Sie durchsuche ich *{sources}*.",
}
SOURCES: Mapping[str, tuple[str, str]] = {
    "en": ("1 source", "{n} sources"),
    "de": ("1 Quelle", "{n} Quellen"),
}
YOU_MAY_READ_NOTHING = {
    "en": "There is nothing in the library yet that you may read. Whoever owns the documents can let you in.",
    "de": "In der Bibliothek ist noch nichts, was Sie lesen dürfen. Wem die Dokumente gehören, kann Sie einlassen.",
}
SUGGESTIONS_TITLE = {"en": "Ask, for example:", "de": "Fragen Sie zum Beispiel:"}
SUGGESTIONS: Mapping[str, tuple[str, ...]] = {
    "en": ("How do I reset a password?", "Where do I find the opening hours?"),
    "de": ("Wie setze ich ein Passwort zurück?", "Wo finde ich die Öffnungszeiten?"),
}


def sources(count: int, language: str) -> str:
    """As in: 1 source, 3 sources."""
    one, many = SOURCES.get(language, SOURCES["en"])
    return one if count == 1 else many.format(n=count)
