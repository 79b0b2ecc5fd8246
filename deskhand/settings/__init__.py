"""What an operator may set: in `deskhand.toml`, or as DESKHAND_… variables (nested names joined by two underscores).

Every setting has a default that works; the text under each is its reference page and `deskhand settings`.
"""

# ruff: noqa: RUF012 - pydantic copies defaults; ruff cannot see from here that a Part is one of its models.
from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from deskhand.errors import BadSettings
from deskhand.settings.console import ConsoleSettings
from deskhand.settings.doors import (
    PHONE_PARAMETERS,
    ContactQueueSettings,
    ContactSettings,
    SlackChannelSettings,
    SlackSettings,
)
from deskhand.settings.guardrails import BedrockGuardrailSettings, GuardrailSettings
from deskhand.settings.part import Part
from deskhand.settings.redaction import RedactionSettings
from deskhand.settings.tickets import TicketSettings

__all__ = [
    "CONFIG_FILE",
    "PHONE_PARAMETERS",
    "AnswerCacheSettings",
    "BedrockGuardrailSettings",
    "ConsoleSettings",
    "ContactQueueSettings",
    "ContactSettings",
    "EmbedderSettings",
    "GuardrailSettings",
    "IngestionSettings",
    "LibrarySettings",
    "ModelSettings",
    "Part",
    "RedactionSettings",
    "RerankerSettings",
    "Settings",
    "SlackChannelSettings",
    "SlackSettings",
    "TicketSettings",
    "UrlRule",
    "load_settings",
    "settings_file",
]

CONFIG_FILE = "deskhand.toml"


class ModelSettings(Part):
    """A chat model, under a label of your choice."""

    provider: Literal["openai", "anthropic", "bedrock", "ollama"]
    """Who serves it. "openai" with a `base_url` is any OpenAI-compatible server (vLLM, llama.cpp, …)."""
    model: str
    """The provider's name for the model."""
    base_url: str | None = None
    """Where the server is, when it is not the provider's own."""
    api_key: SecretStr | None = None
    """The key. Without it, the provider's own environment variable is used."""
    region: str | None = None
    """The AWS region, for Bedrock."""
    temperature: float | None = None
    """How freely the model words things; without it the provider's own default (some models refuse the setting)."""
    max_tokens: int = Field(1024, ge=16)
    """The longest answer, in tokens."""
    timeout: float = Field(120.0, gt=0)
    """Seconds that one call may take in all."""


class EmbedderSettings(Part):
    """The model that turns passages and questions into vectors."""

    provider: Literal["embedded", "openai", "ollama", "bedrock", "none"] = "embedded"
    """"embedded" works offline once `deskhand models install` has run; "none" searches by words alone."""
    model: str = ""
    """The provider's name for the model (not for "embedded")."""
    base_url: str | None = None
    """Where the server is, when it is not the provider's own."""
    api_key: SecretStr | None = None
    """The key. Without it, the provider's own environment variable is used."""
    region: str | None = None
    """The AWS region, for Bedrock."""
    dimensions: int | None = None
    """The length of the vectors, where the model lets one choose."""
    runtime: Literal["numpy", "onnx"] = "numpy"
    """How "embedded" runs: "onnx" (install `deskhand[onnx]`) is about three times as fast; its vectors differ a little,
    so changing it embeds everything anew."""
    directory: Path | None = None
    """Where the weights of "embedded" are, when they are not installed as a package: all-MiniLM-L6-v2, as
    `model.safetensors` and `tokenizer.json`."""


class RerankerSettings(Part):
    """A model that looks a second time at what a search found. Off by default: measure it on your own library."""

    provider: Literal["bedrock", "rerank"]
    """"rerank" is any server with a `/rerank` call (Cohere, Jina, vLLM)."""
    model: str
    """The provider's name for the model."""
    base_url: str | None = None
    """Where the server is."""
    api_key: SecretStr | None = None
    """The key."""
    region: str | None = None
    """The AWS region, for Bedrock."""


class LibrarySettings(Part):
    """A part of the library under a label, to put a question to it alone or side by side with others."""

    sources: list[str] = []
    """Ids of the sources it is made of; none means all."""
    metadata: dict[str, list[str]] = {}
    """Documents that have each of these names at one of the values given."""


class UrlRule(Part):
    """How a document's title leads to where its original is."""

    title: str
    """A regular expression that the whole title must match."""
    url: str
    """The address, with `\\1`, `\\2`… for the groups of the expression."""


class IngestionSettings(Part):
    """How files are read."""

    workers: int = Field(1, ge=1, le=64)
    """Child processes that read files."""
    memory_mb: int = Field(1024, ge=128)
    """Memory that reading one file may take, in MB; beyond it the file fails with that reason."""
    seconds: float = Field(60.0, gt=0)
    """Time that reading one file may take; beyond it the file fails with that reason."""
    max_file_mb: int = Field(200, ge=1)
    """The largest file that is read, in MB."""
    roots: list[Path] = []
    """Folders that `POST /v1/ingest` may read from; none shuts that call. The command line may read anything."""


class AnswerCacheSettings(Part):
    """Answers that are kept and given again: to the same question, of a reader with the same rights, from the same
    passages."""

    same: bool = True
    """Give a kept answer when the same question is asked again and a search as its asker finds the same passages."""
    similar: bool = False
    """Give it for a question in other words too, when both mean the same as far as the embedder can tell, agree in
    every word that says something and in what belongs to what, and lead to the same best passage."""
    similarity: float = Field(0.90, ge=0.75, le=1.0)
    """How alike (cosine) a question in other words must be; from 0.75 up to it the asker is only told of the other."""
    hours: float = Field(24.0, gt=0)
    """How long an answer is kept at most. It is gone before when a document that it used, or who may read that,
    changes, and when 10,000 newer ones are kept."""


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix="DESKHAND_",
        env_nested_delimiter="__",
        extra="forbid",
        use_attribute_docstrings=True,
        frozen=True,
    )

    home: Path = Path(".deskhand")
    """The folder that holds the database file, the search index and nothing else."""
    database_url: SecretStr | None = None
    """Where the data is: `postgresql+psycopg://USER:PASSWORD@HOST/NAME`. Without it, one SQLite file in `home`."""
    durability: Literal["full", "normal"] = "full"
    """On SQLite: "full" survives a power cut, "normal" may lose the last moments in one (never in a crash)."""
    operator: str = "operator@localhost"
    """Who the command line is when it does not say `--as`: the owner of what it ingests."""
    person: str = "your support team"
    """Whom an answer offers when the library has none, in your users' words ("the help desk, extension 4000")."""

    models: dict[str, ModelSettings] = {}
    """Chat models by label. Without any, Deskhand answers by quoting its sources."""
    model: str | None = None
    """The label that answers when the asker names none. Without it the first of `models`, or "quotes"."""
    embedder: EmbedderSettings = EmbedderSettings()
    """The model that turns passages and questions into vectors."""
    former_embedder: EmbedderSettings | None = None
    """The embedder that was set before: its vectors serve until all passages have new ones, in the background."""
    reranker: RerankerSettings | None = None
    """A model that looks a second time at what a search found."""
    seer: str | None = None
    """The label of the model in `models` that reads images in documents. Without it, images are left out."""
    budget_tokens: int = Field(60_000, ge=1_000)
    """Tokens, read and written, that one run may use."""
    budget_seconds: float = Field(120.0, gt=0)
    """Seconds that one run's model calls may take."""

    libraries: dict[str, LibrarySettings] = {}
    """Parts of the library by label, for questions to one or several of them."""
    url_rules: list[UrlRule] = [
        UrlRule(
            title=r"([a-zA-Z0-9-]+)_sanitized(?:\.json|_claude\.txt)",
            url=r"https://tickets.example.com/\1",
        )
    ]
    """How titles of redacted files lead to their originals; the first rule that matches counts."""
    redaction: RedactionSettings = RedactionSettings()
    """What is taken out of every text before it is stored, embedded or sent to a model."""
    guardrails: GuardrailSettings = GuardrailSettings()
    """What may go into a model, come out of one, and leave the house."""
    ingestion: IngestionSettings = IngestionSettings()
    """How files are read."""
    slack: SlackSettings | None = None
    """The Slack door; without it, it stays shut. `deskhand slack manifest` prints what to make the app from."""
    contact: ContactSettings | None = None
    """The phone door; without it, it stays shut. `contact = {}` opens it with the defaults."""
    answer_cache: AnswerCacheSettings = AnswerCacheSettings()
    """Answers that are kept and given again."""
    tickets: TicketSettings = TicketSettings()
    """Tickets: who decides, who is told, and where tickets come from."""

    console: ConsoleSettings = ConsoleSettings()
    """The desk in a browser, at `/console/`."""
    host: str = "127.0.0.1"
    """The address that `deskhand serve` listens on."""
    port: int = Field(8000, ge=0, le=65535)
    """The port that `deskhand serve` listens on; 0 takes a free one and prints it."""
    question_characters: int = Field(4_000, ge=100)
    """The longest question that is taken."""
    retention_days: int = Field(90, ge=1)
    """Days that ended runs are kept with their traces."""
    metrics_token: SecretStr | None = None
    """Opens `/metrics` (Prometheus) to whoever sends it as a bearer token. Without it, that door stays shut."""
    telemetry_endpoint: str | None = None
    """Where OpenTelemetry spans go, by OTLP over HTTP (extra `deskhand[telemetry]`). Without it, none are made."""

    @field_validator("models", "libraries")
    @classmethod
    def _labels_are_plain(cls, labels: dict[str, Any]) -> dict[str, Any]:
        for label in labels:
            if not label.replace("-", "").replace("_", "").replace(".", "").isalnum():
                raise ValueError(f"the label {label!r} may have letters, digits, '-', '_' and '.' only")
        if "quotes" in labels:
            raise ValueError("the label 'quotes' is taken: it answers without a model, by quoting")
        return labels

    @model_validator(mode="after")
    def _labels_exist(self) -> Settings:
        known = {"quotes", *self.models}
        for name, label in (("model", self.model), ("seer", self.seer)):
            if label is not None and label not in known:
                raise ValueError(f"{name} is {label!r}, which is not among models ({', '.join(sorted(known))})")
        return self

    @model_validator(mode="after")
    def _slack_labels_exist(self) -> Settings:
        if self.slack is None:
            return self
        parts: dict[str, SlackSettings | SlackChannelSettings] = {"slack": self.slack}
        parts |= {f"slack.channels.{channel}": part for channel, part in self.slack.channels.items()}
        for place, part in parts.items():
            _all_known(f"{place}.models", part.models, {"quotes", *self.models})
            _all_known(f"{place}.libraries", part.libraries, set(self.libraries))
        return self

    @model_validator(mode="after")
    def _contact_labels_exist(self) -> Settings:
        if self.contact is not None:
            model, library = self.contact.model, self.contact.library
            _all_known("contact.model", [model] if model else [], {"quotes", *self.models}, "models")
            _all_known("contact.library", [library] if library else [], set(self.libraries), "libraries")
        return self

    @model_validator(mode="after")
    def _ticket_labels_exist(self) -> Settings:
        if self.tickets.model is not None:
            _all_known("tickets.model", [self.tickets.model], set(self.models), "models")
        return self

    @property
    def address(self) -> str:
        """The database's address, the default one spelled out; holds the password, so never show it."""
        return self.database_url.get_secret_value() if self.database_url else f"sqlite:///{self.home / 'desk.db'}"

    @property
    def default_model(self) -> str:
        return self.model or next(iter(self.models), "quotes")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())


def settings_file() -> Path:
    """The file that settings are read from, which need not be there unless DESKHAND_CONFIG names it. Raises
    `BadSettings`."""
    named = os.environ.get("DESKHAND_CONFIG")
    if named and not Path(named).is_file():
        raise BadSettings(f"DESKHAND_CONFIG is {named!r}, which is no file; correct it, or take it away.")
    return Path(named or CONFIG_FILE)


def _all_known(name: str, labels: list[str], known: set[str], among: str = "") -> None:
    """Raises `ValueError` for a label that is not there; the setting `among` has them."""
    if unknown := set(labels) - known:
        listed = f"those are {', '.join(sorted(known))}" if known else "there are none"
        raise ValueError(
            f"{name} has {min(unknown)!r}, which is not among {among or name.rpartition('.')[2]}; {listed}"
        )


def load_settings(**given: Any) -> Settings:
    """The settings of this process: `given` first, then the environment, then the file.

    Raises `BadSettings`, which names each setting that is wrong, without its value where that may be secret.
    """
    from pydantic import ValidationError

    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(_wrong(e["loc"], e["type"], e["msg"]) for e in error.errors())
        raise BadSettings(f"{wrong}. `deskhand settings` lists every setting with its meaning.") from None
    except (ValueError, OSError) as error:  # a TOML file that cannot be parsed, or not be opened
        file = os.environ.get("DESKHAND_CONFIG") or CONFIG_FILE
        said = error.strerror if isinstance(error, OSError) else error
        raise BadSettings(f"{file} cannot be read: {said}. See docs/reference/settings.md.") from None


def _wrong(place: tuple[int | str, ...], kind: str, message: str) -> str:
    name = ".".join(map(str, place))
    if kind == "extra_forbidden":
        return f"{name}: there is no such setting"
    return f"{name}: {message}".removeprefix(": ").replace("Value error, ", "")
