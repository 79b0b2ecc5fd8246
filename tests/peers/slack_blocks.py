"""What Slack refuses in a message's blocks: counts, lengths and shapes, with Slack's errors and JSON pointers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_world import texts

TOTAL = 13_200
"""Characters in all blocks of a message together; measured by users, not documented by Slack."""

KNOWN = {
    "actions", "alert", "card", "carousel", "context", "context_actions", "divider", "file", "header", "image", "input",
    "markdown", "plan", "rich_text", "section", "table", "task_card", "video",
}  # fmt: skip


class Refused(Exception):
    """Slack's error code and what it says with it."""

    def __init__(self, error: str, *messages: str, **more: Any) -> None:
        super().__init__(error, *messages)
        self.error, self.messages, self.more = error, list(messages), more


def parsed(value: Any) -> list[dict[str, Any]]:
    """Blocks as they came: a list, or JSON in a string."""
    if value in (None, ""):
        return []
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Refused("invalid_blocks_format", "[ERROR] invalid JSON") from error
    if not isinstance(value, list):
        raise Refused("invalid_blocks_format", "[ERROR] blocks must be an array")
    return [dict(block) if isinstance(block, Mapping) else block for block in value]


def check(blocks: list[dict[str, Any]], *, total: int = TOTAL, most: int = 50) -> None:
    """Raises `Refused` as Slack would; gives every block without an id one."""
    wrong: list[str] = []
    if len(blocks) > most:
        wrong.append(f"no more than {most} items allowed [json-pointer:/blocks]")
    ids: set[str] = set()
    for index, block in enumerate(blocks):
        _block(block, f"/blocks/{index}", wrong)
        if isinstance(block, dict):
            name = block.setdefault("block_id", f"b{index:03d}")
            if name in ids or len(name) > 255:
                wrong.append(f"block_id is used twice or too long [json-pointer:/blocks/{index}/block_id]")
            ids.add(name)
    if wrong:
        raise Refused("invalid_blocks", *[f"[ERROR] {message}" for message in wrong], errors=wrong)
    if sum(block["type"] == "table" for block in blocks) > 1:
        raise Refused("invalid_attachments", "only_one_table_allowed", errors=["only_one_table_allowed"])
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > 12_000 or sum(map(len, texts(blocks))) > total:
        raise Refused("msg_blocks_too_long")


def _block(block: Any, at: str, wrong: list[str]) -> None:
    if not isinstance(block, dict) or block.get("type") not in KNOWN:
        kind = block.get("type") if isinstance(block, dict) else block
        wrong.append(f"unsupported type: {kind} [json-pointer:{at}/type]")
        return
    rule = _RULES.get(block["type"])
    if rule is not None:
        rule(block, at, wrong)


def _text(node: Any, at: str, wrong: list[str], most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
    if not isinstance(node, dict) or node.get("type") not in kinds:
        wrong.append(f"failed to match all allowed schemas [json-pointer:{at}]")
        return
    text = node.get("text")
    if not isinstance(text, str) or not text:
        wrong.append(f"must be more than 0 characters [json-pointer:{at}/text]")
    elif len(text) > most:
        wrong.append(f"must be less than {most + 1} characters [json-pointer:{at}/text]")


def _section(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    if "text" not in block and not block.get("fields"):
        wrong.append(f"missing required field: text or fields [json-pointer:{at}]")
    if "text" in block:
        _text(block["text"], f"{at}/text", wrong, 3_000)
    fields = block.get("fields", [])
    if len(fields) > 10:
        wrong.append(f"no more than 10 items allowed [json-pointer:{at}/fields]")
    for index, node in enumerate(fields):
        _text(node, f"{at}/fields/{index}", wrong, 2_000)
    if "accessory" in block:
        _element(block["accessory"], f"{at}/accessory", wrong)


def _header(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    _text(block.get("text"), f"{at}/text", wrong, 150, ("plain_text",))


def _context(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    for index, node in enumerate(_items(block, at, wrong, 10)):
        if isinstance(node, dict) and node.get("type") == "image":
            _image(node, f"{at}/elements/{index}", wrong)
        else:
            _text(node, f"{at}/elements/{index}", wrong, 2_000)


def _actions(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    for index, node in enumerate(_items(block, at, wrong, 25)):
        _element(node, f"{at}/elements/{index}", wrong)


def _context_actions(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    for index, node in enumerate(_items(block, at, wrong, 5)):
        here = f"{at}/elements/{index}"
        if not isinstance(node, dict) or node.get("type") not in {"feedback_buttons", "icon_button"}:
            wrong.append(f"unsupported type [json-pointer:{here}/type]")
        elif node["type"] == "feedback_buttons":
            for name in ("positive_button", "negative_button"):
                button = node.get(name) or {}
                _text(button.get("text"), f"{here}/{name}/text", wrong, 75, ("plain_text",))
                _short(button, "value", 2_000, f"{here}/{name}", wrong)


def _items(block: dict[str, Any], at: str, wrong: list[str], most: int) -> list[Any]:
    items = block.get("elements")
    if not isinstance(items, list) or not items:
        wrong.append(f"missing required field: elements [json-pointer:{at}]")
        return []
    if len(items) > most:
        wrong.append(f"no more than {most} items allowed [json-pointer:{at}/elements]")
    return items


def _element(node: Any, at: str, wrong: list[str]) -> None:
    if not isinstance(node, dict) or "type" not in node:
        wrong.append(f"missing required field: type [json-pointer:{at}]")
        return
    if node["type"] == "button":
        _text(node.get("text"), f"{at}/text", wrong, 75, ("plain_text",))
        if node.get("style", "primary") not in {"primary", "danger"}:
            wrong.append(f"must be a valid enum value [json-pointer:{at}/style]")
    for key, most in (("action_id", 255), ("value", 2_000), ("url", 3_000)):
        _short(node, key, most, at, wrong)


def _short(node: dict[str, Any], key: str, most: int, at: str, wrong: list[str]) -> None:
    if key in node and (not isinstance(node[key], str) or len(node[key]) > most):
        wrong.append(f"must be less than {most + 1} characters [json-pointer:{at}/{key}]")


def _image(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    if not block.get("alt_text") or len(block["alt_text"]) > 2_000:
        wrong.append(f"missing required field: alt_text [json-pointer:{at}]")
    if not (block.get("image_url") or block.get("slack_file")) or len(block.get("image_url", "")) > 3_000:
        wrong.append(f"missing required field: image_url [json-pointer:{at}]")


def _markdown(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    if not isinstance(block.get("text"), str) or not block["text"]:
        wrong.append(f"must be more than 0 characters [json-pointer:{at}/text]")
    elif len(block["text"]) > 12_000:
        wrong.append(f"must be less than 12001 characters [json-pointer:{at}/text]")


def _table(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    rows = block.get("rows")
    if not isinstance(rows, list) or not rows or len(rows) > 100:
        wrong.append(f"between 1 and 100 items allowed [json-pointer:{at}/rows]")
        return
    for index, row in enumerate(rows):
        if not isinstance(row, list) or not row or len(row) > 20:
            wrong.append(f"between 1 and 20 items allowed [json-pointer:{at}/rows/{index}]")
            continue
        for column, cell in enumerate(row):
            kind = cell.get("type") if isinstance(cell, dict) else None
            if kind not in {"raw_text", "raw_number", "rich_text"} or (kind == "raw_text" and not cell.get("text")):
                wrong.append(f"failed to match all allowed schemas [json-pointer:{at}/rows/{index}/{column}]")
    if len(block.get("column_settings") or []) > 20:
        wrong.append(f"no more than 20 items allowed [json-pointer:{at}/column_settings]")
    if sum(map(len, texts(rows))) > 10_000:
        wrong.append(f"all cells together must be less than 10001 characters [json-pointer:{at}/rows]")


def _rich_text(block: dict[str, Any], at: str, wrong: list[str]) -> None:
    kinds = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
    for index, node in enumerate(_items(block, at, wrong, 1_000)):
        if not isinstance(node, dict) or node.get("type") not in kinds or not isinstance(node.get("elements"), list):
            wrong.append(f"unsupported type [json-pointer:{at}/elements/{index}]")


_RULES = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "image": _image,
    "markdown": _markdown,
    "table": _table,
    "rich_text": _rich_text,
}
