"""Numbers with their units ("5 days", "25 MB", "€ 12", "30 € per month"), one name for a unit in all languages."""

from __future__ import annotations

import re

from deskhand.answering.words import NUMBER_WORDS, normal, numbers, stem

_UNITS = {
    "ms": "ms msec millisecond milliseconds millisekunde millisekunden",
    "second": "s sec secs second seconds sekunde sekunden",
    "minute": "min mins minute minutes minuten",
    "hour": "h hr hrs hour hours stunde stunden hourly stündlich",
    "day": "day days tag tage tagen tages daily täglich workday workdays werktag werktage werktagen",
    "week": "week weeks woche wochen weekly wöchentlich",
    "month": "month months monat monate monaten monats monthly monatlich",
    "year": "year years jahr jahre jahren jahres yearly annual annually jährlich",
    "percent": "% percent prozent",
    "euro": "€ eur euro euros",
    "dollar": "$ usd dollar dollars",
    "pound": "£ gbp",
    "franc": "chf franken francs",
    "kb": "kb kib kilobyte kilobytes",
    "mb": "mb mib megabyte megabytes",
    "gb": "gb gib gigabyte gigabytes",
    "tb": "tb tib terabyte terabytes",
    "m": "m meter meters metre metres metern",
    "km": "km kilometer kilometers kilometres kilometern",
    "cm": "cm",
    "mm": "mm",
    "kg": "kg kilogram kilograms kilogramm",
    "g": "g gram grams gramm",
}
_NAMED = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_TIMES = ("second", "minute", "hour", "day", "week", "month", "year")
_ONLY_BESIDE_A_NUMBER = frozenset({"s", "sec", "second", "min", "minute", "h", "m", "g"})

_ONE = r"\d[\d.,]*\d|\d|" + "|".join(sorted((re.escape(word) for word in NUMBER_WORDS), key=len, reverse=True))
_UNIT = "|".join(sorted((re.escape(word) for word in _NAMED), key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?P<before>[€$£])?\s?(?<![\w.,])(?P<one>{_ONE})(?:\s?(?:to|and|or|bis|und|oder|-)\s?(?P<two>{_ONE}))?"
    rf"(?:\s?-?(?:(?:business|working|calendar|full|more|volle|weitere|ganze)\s)?(?P<unit>{_UNIT})(?!\w))?"
)
_PER = re.compile(r"(?<!\w)(?:per|pro|je)\s+(\w+)")
_BELOW_ZERO = re.compile(rf"(?<![\w.,)])-(?:[€$£]\s?)?({_ONE})")


def measures(text: str) -> set[tuple[str, str]]:
    """Each number of `text` that has a unit, with that unit: ("5", "day")."""
    found = set()
    for match in _MEASURE.finditer(normal(text)):
        unit = match["unit"] or match["before"]
        if unit:
            found |= {(one, _NAMED[unit]) for part in (match["one"], match["two"]) if part for one in numbers(part)}
    return found


def times(text: str) -> set[str]:
    """The units of time that `text` names, with a number or without ("daily", "per year")."""
    words = set(re.findall(r"\w+", normal(text))) - _ONLY_BESIDE_A_NUMBER
    named = {_NAMED[word] for word in words if word in _NAMED}
    return {unit for unit in named | {unit for _, unit in measures(text)} if unit in _TIMES}


def is_unit(word: str) -> bool:
    """Whether a normalised word names a unit."""
    return word in _NAMED


def rates(text: str) -> set[str]:
    """What something is counted by, as stems: "user" of "10 GB per user"."""
    return {stem(found) for found in _PER.findall(normal(text))}


def below_zero(text: str) -> set[str]:
    """The numbers of `text` that a minus stands before."""
    return {one for found in _BELOW_ZERO.findall(normal(text).replace("−", "-")) for one in numbers(found)}


def why_not(claim: str, text: str) -> str:
    """Why the measures of `claim` are not those of the passage's `text`; "" when they may be."""
    said, written = measures(claim), measures(text)
    for number, unit in said:
        units = {other for value, other in written if value == number}
        if units and unit not in units:
            return "the passage gives this number in another unit"
    if not times(claim) <= times(text):
        return "its unit of time is not in the passage"
    return "" if below_zero(claim) <= below_zero(text) else "its number is not in the passage"
