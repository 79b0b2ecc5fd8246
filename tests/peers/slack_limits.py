"""Whether a message would be taken by Slack: by the SDK's own models, by our Slack's rules, and by each limit known.

Also what a message looks like, in a line that a table of cases can hold, and all the words it shows.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import slack_blocks
from slack_sdk.models.blocks import Block

STYLES = (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "c"))
LINKS = ("http://", "https://", "mailto:")


def check(blocks: Sequence[dict[str, Any]], text: str | None = None) -> None:
    """Raises `AssertionError`, or what the SDK or our Slack raises, when a message breaks a limit."""
    assert len(blocks) <= 50
    assert len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) <= 12_000
    json.dumps(blocks, ensure_ascii=False).encode()
    if text is not None:
        assert 0 < len(text) <= 3_900
        assert not [ping for ping in ("<!", "<@", "<#") if ping in text]
    slack_blocks.check(copy.deepcopy(list(blocks)))
    for block in blocks:
        model = Block.parse(block)
        assert model is not None
        assert model.type == block["type"]
        model.validate_json()
        if block["type"] != "table":  # its model leaves cells as they are
            assert model.to_dict() == block
    for block in blocks:
        for node in nodes(block):
            _node(node)


def _node(node: Mapping[str, Any]) -> None:
    kind = node["type"]
    assert kind in {
        "actions", "button", "context", "divider", "header", "link", "plain_text", "raw_text", "rich_text",
        "rich_text_list", "rich_text_preformatted", "rich_text_quote", "rich_text_section", "table", "text",
    }, kind  # fmt: skip
    if kind in {"text", "link", "plain_text", "raw_text"}:
        assert 0 < len(node["text"]) <= 3_000
    if kind == "link":
        assert node["url"].lower().startswith(LINKS)
        assert len(node["url"]) <= 3_000
    if kind == "rich_text_list":
        assert 0 <= node["indent"] <= 8
        assert node["style"] in {"bullet", "ordered"}
        assert node.get("offset", 0) >= 0
    if kind.startswith("rich_text"):
        assert node["elements"]


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Everything in a block that has a type, in order."""
    if isinstance(value, Mapping):
        if "type" in value:
            yield value
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def shown(blocks: Sequence[Mapping[str, Any]]) -> str:
    """All the text in blocks, in order, each link's text before its address."""
    return "".join(
        node["text"] + (node["url"] if node["type"] == "link" else "")
        for node in nodes(list(blocks))
        if isinstance(node.get("text"), str)
    )


def sketch(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Blocks in short: `#` header, `P` paragraph, `-` or `1.` list (with indent), `>` quote, `C` code, `T` table."""
    return " / ".join(_sketched(block) for block in blocks)


def _sketched(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"# {block['text']['text']}"
        case "divider":
            return "---"
        case "table":
            aligns = "".join(each["align"][0] for each in block["column_settings"])
            return f"T{aligns} " + " ; ".join(" | ".join(_cell(cell) for cell in row) for row in block["rows"])
        case "rich_text":
            return " / ".join(_element(each) for each in block["elements"])
    return str(block["type"])


def _cell(cell: Mapping[str, Any]) -> str:
    return str(cell["text"]) if cell["type"] == "raw_text" else _inline(cell["elements"][0]["elements"])


def _element(element: Mapping[str, Any]) -> str:
    border = "!" if element.get("border") else ""
    match element["type"]:
        case "rich_text_list":
            mark = f"{element.get('offset', 0) + 1}." if element["style"] == "ordered" else "-"
            items = " ; ".join(_inline(each["elements"]) for each in element["elements"])
            return f"{'_' * element['indent']}{mark}{border} {items}"
        case "rich_text_preformatted":
            return f"C{border} {_inline(element['elements'])}"
        case "rich_text_quote":
            return f"> {_inline(element['elements'])}"
    return f"P {_inline(element['elements'])}"


def _inline(elements: Sequence[Mapping[str, Any]]) -> str:
    return "".join(_word(each) for each in elements)


def _word(each: Mapping[str, Any]) -> str:
    marks = "".join(letter for name, letter in STYLES if each.get("style", {}).get(name))
    text = each["text"].replace("\n", "⏎")
    if each["type"] == "link":
        return f"{{{marks}@{each['url']} {text}}}"
    return f"{{{marks}:{text}}}" if marks else text
