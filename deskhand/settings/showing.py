"""Settings as they may be seen: name, value, default, meaning, and where each is set; what is secret stays so.

Beside what is declared a secret, that goes for what people write into other settings: an address is shown without the
user and the query in it, and of a command only the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

from deskhand.settings import Settings, settings_file

__all__ = ["STARS", "Shown", "public_address", "shown_settings", "shown_value"]

STARS = "********"
"""What stands in the place of a secret that is set."""

# A password goes to the last "@": drivers take it with any sign in it, also one that belongs written as "%2F".
_ADDRESS = re.compile(
    r"([a-z][a-z0-9+.-]*://)(?:[^/?#\s:]*:\S*@|[^/?#\s]*@)?([^?#\s]*)(\?[^#\s]*)?(#\S*)?", re.IGNORECASE
)

_OPTIONS = frozenset({"home", "host", "port"})
"""What the command line may say in place of file and environment."""

Origin = Literal["default", "file", "environment", "command line"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting: its dotted name, its value and default as JSON, where it is set, and what it does."""

    name: str
    value: Any
    default: Any
    source: Origin
    help: str

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def shown_settings(settings: Settings) -> list[Shown]:
    """Every setting, parts opened up. The file and the environment are looked at as they are now, to say where one is
    set. Raises `BadSettings` for a file that is gone."""
    file = TomlConfigSettingsSource(Settings, settings_file())()
    return list(_rows(settings, file, EnvSettingsSource(Settings)()))


def _rows(
    values: BaseModel, file: Mapping[str, Any], environment: Mapping[str, Any], prefix: str = ""
) -> Iterator[Shown]:
    for name, info in type(values).model_fields.items():
        value = getattr(values, name)
        if isinstance(value, BaseModel):
            yield from _rows(value, _part(file, name), _part(environment, name), f"{prefix}{name}.")
            continue
        default = info.get_default(call_default_factory=True, validated_data={})
        source = _origin(name, value, default, file, environment)
        yield Shown(f"{prefix}{name}", shown_value(value), shown_value(default), source, info.description or "")


def _origin(name: str, value: Any, default: Any, file: Mapping[str, Any], environment: Mapping[str, Any]) -> Origin:
    said = environment.get(name, file.get(name, default))
    if name in _OPTIONS and str(said) != str(value):
        return "command line"
    if name in environment:
        return "environment"
    return "file" if name in file else "default"


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = given.get(name)
    return part if isinstance(part, Mapping) else {}


def shown_value(value: Any) -> Any:
    """A value that may be seen: secrets as stars, parts as objects, addresses without what lets somebody in."""
    if isinstance(value, SecretStr):
        return STARS
    if value is PydanticUndefined:
        return None
    if isinstance(value, BaseModel):
        return {name: _of(name, getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {key: shown_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown_value(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(shown_value(item) for item in value)
    if isinstance(value, Path):
        return str(value)
    return public_address(value) if isinstance(value, str) else value


def _of(name: str, value: Any) -> Any:
    # Arguments of a program are a place where people put keys.
    if name == "command" and isinstance(value, list) and len(value) > 1:
        return [value[0], "…"]
    return shown_value(value)


def public_address(text: str) -> str:
    """The text, its addresses without user, password, query and fragment."""
    return _ADDRESS.sub(lambda found: f"{found[1]}{found[2]}{'?…' if found[3] else ''}", text)
