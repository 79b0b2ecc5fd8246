"""Where a model is and how it is reached: provider, name, address, key; checked when it is made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from deskhand.errors import BadSettings

Provider = Literal["openai", "anthropic", "bedrock", "ollama"]

OLLAMA_URL = "http://127.0.0.1:11434"
_NEEDS_KEY = ("openai", "anthropic")


@dataclass(frozen=True)
class Endpoint:
    """A provider's model. `api_key` never shows in a repr; `timeout` bounds a whole call, in seconds."""

    provider: Provider
    model: str
    base_url: str | None = None
    api_key: SecretStr | None = None
    region: str | None = None
    timeout: float = 120.0

    def __post_init__(self) -> None:
        if self.provider not in get_args(Provider):
            raise BadSettings(
                f"there is no model provider {self.provider!r}; it must be one of {', '.join(get_args(Provider))}. "
                "A server with OpenAI's API (vLLM, llama.cpp) is openai with a base_url."
            )
        if not self.model:
            raise BadSettings(f"the {self.provider} model has no name; set it to one that the provider knows.")
        if self.base_url is not None and urlsplit(self.base_url).scheme not in ("http", "https"):
            raise BadSettings(f"the base_url of {self.name} must begin with http:// or https://.")
        if self.provider in _NEEDS_KEY and self.base_url is None and self.key is None:
            variable = f"{self.provider.upper()}_API_KEY"
            raise BadSettings(f"{self.name} needs a key: set api_key, or {variable} in the environment.")

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.model}"

    @property
    def root(self) -> str | None:
        """The address without "/v1" or a slash at its end; None for the provider's own."""
        given = self.base_url or (OLLAMA_URL if self.provider == "ollama" else None)
        return given.rstrip("/").removesuffix("/v1") if given else None

    @property
    def openai_url(self) -> str | None:
        """The address of OpenAI's API there: "/v1" is put behind an address without a path."""
        given = (self.base_url or self.root or "").rstrip("/")
        return None if not given else given if urlsplit(given).path else f"{given}/v1"

    @property
    def where(self) -> str:
        """The server's host and port, without anything secret that an address may hold."""
        parts = urlsplit(self.root or "")
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""

    @property
    def key(self) -> str | None:
        """The key as text. A key from the environment goes to its provider's own address only."""
        if self.api_key is not None:
            return self.api_key.get_secret_value()
        return os.environ.get(f"{self.provider.upper()}_API_KEY") or None if self.base_url is None else None
