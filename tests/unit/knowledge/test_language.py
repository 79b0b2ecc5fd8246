"""English and German are told apart by their commonest words."""

from __future__ import annotations

import pytest

from deskhand.knowledge import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How can I reset the password of my account?", "en"),
        ("Wie kann ich das Passwort für mein Konto zurücksetzen?", "de"),
        ("The die is cast, and the war was in the bin.", "en"),
        ("Die Rechnung wird am Ende des Monats verschickt.", "de"),
        ("Kündigung bestätigen", "de"),
        ("reset password", "en"),
        ("", "en"),
        ("ERR-4711 0x80070005", "en"),
    ],
)
def test_a_text_is_in_the_language_of_its_words(text: str, language: str) -> None:
    assert detect(text) == language
