"""`deskhand models`: the chat models by label, and the weights of the embedded embedder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from deskhand.cli.session import Group, Session, as_json, print_json, session, table

if TYPE_CHECKING:
    from deskhand.settings import EmbedderSettings


@click.group(cls=Group)
def models() -> None:
    """The models that answer, and the weights of the embedder that works offline."""


@models.command("list")
@as_json
@session
def list_(session: Session, as_json: bool) -> None:
    """Every label that a question can be put to."""
    settings = session.settings()
    rows = [{"label": "quotes", "provider": "embedded", "model": "quotes the sources, without a model"}]
    rows += [{"label": label, "provider": m.provider, "model": m.model} for label, m in settings.models.items()]
    searches = _searches(settings.embedder)
    if as_json:
        print_json({"default": settings.default_model, "models": rows, "embedder": searches})
        return
    marked = [
        ("*" if r["label"] == settings.default_model else "", r["label"], r["provider"], r["model"]) for r in rows
    ]
    table(("", "LABEL", "PROVIDER", "MODEL"), marked, empty="")
    click.echo(f"\n* answers when the asker names none. Search: {searches}.")


def _searches(embedder: EmbedderSettings) -> str:
    """What search goes by, without reading any weights."""
    if embedder.provider == "none":
        return "by words alone"
    if embedder.provider != "embedded":
        return f"by words and by meaning ({embedder.provider}: {embedder.model})"
    from deskhand.llm import weights_directory

    if weights_directory(embedder.directory) is None:
        return "by words alone (`deskhand models install` adds meaning)"
    return f"by words and by meaning (embedded: all-MiniLM-L6-v2, {embedder.runtime})"


@models.command()
@as_json
def install(as_json: bool) -> None:
    """Install the weights of the embedded embedder, pinned and checked by hash."""
    from deskhand.llm import install_models

    where = install_models(lambda line: click.echo(line, err=True))
    if as_json:
        print_json({"weights": where})
        return
    click.echo(f"The weights are in {where}. `deskhand index rebuild` embeds what was ingested before.")


@models.command()
@as_json
@click.argument("label", required=False)
@session
def check(session: Session, label: str | None, as_json: bool) -> None:
    """Put a short question to every model, or to LABEL."""
    import asyncio

    from deskhand.assembly.connections import try_model
    from deskhand.errors import DeskhandError

    settings = session.settings()
    if label is not None and label not in settings.models:
        raise click.UsageError(f"there is no model {label!r}; `deskhand models list` shows the labels.")
    tried = []
    for name, model in settings.models.items():
        if label in (None, name):
            try:
                tried.append({"label": name, "ok": True, "detail": asyncio.run(try_model(model))})
            except DeskhandError as error:
                tried.append({"label": name, "ok": False, "detail": str(error)})
    if as_json:
        print_json(tried)
    else:
        rows = [(t["label"], "ok" if t["ok"] else "FAILS", t["detail"]) for t in tried]
        table(("LABEL", "STATE", "DETAIL"), rows, empty="No models are set; Deskhand answers by quoting its sources.")
    if not all(t["ok"] for t in tried):
        raise click.exceptions.Exit(1)
