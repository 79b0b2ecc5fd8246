"""Markdown to Slack's format: a table of cases, and what holds for any text."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_limits import check, nodes, shown, sketch

from deskhand.channels.slack.markdown import completed, for_stream, mrkdwn, parts, plain
from deskhand.channels.slack.messages import draft_message, text_messages
from deskhand.channels.slack.richtext import clean

# Name, Markdown, and what it looks like: `#` header, `P` paragraph, `-` or `1.` list (`_` for each indent, `!` with a
# border), `>` quote, `C` code, `T` table with its alignments; {b:bold}, {@address text}, ⏎ a line break.
# ruff: noqa: E501
CASES = [
    ("one paragraph", "It works.", "P It works."),
    ("two paragraphs", "One.\n\nTwo.", "P One.⏎⏎Two."),
    ("a line break stays", "One\ntwo", "P One⏎two"),
    ("hard breaks", "One  \ntwo\\\nthree", "P One⏎two⏎three"),
    ("bold", "a **b** c", "P a {b:b} c"),
    ("bold with underscores", "a __b__ c", "P a {b:b} c"),
    ("italic both ways", "*a* and _b_", "P {i:a} and {i:b}"),
    ("bold within a word", "un**believ**able", "P un{b:believ}able"),
    ("bold before a letter", "**bold**text", "P {b:bold}text"),
    ("bold that ends in punctuation before a letter", "**Note:**text", "P {b:Note:}text"),
    ("bold of a quoted word before a letter", "say **\"now\"**please", "P say {b:\"now\"}please"),
    ("bold and italic at once", "***both***", "P {bi:both}"),
    ("italic inside bold", "**a *b* c**", "P {b:a }{bi:b}{b: c}"),
    ("bold inside italic", "*a **b** c*", "P {i:a }{bi:b}{i: c}"),
    ("strike inside bold", "**a ~~b~~**", "P {b:a }{bs:b}"),
    ("strike", "~~gone~~ here", "P {s:gone} here"),
    ("code in bold", "**run `make`**", "P {b:run }{bc:make}"),
    ("code", "use `a * b` here", "P use {c:a * b} here"),
    ("code with a backtick", "``a ` b``", "P {c:a ` b}"),
    ("a star that is multiplication", "2 * 3 * 4 = 24", "P 2 * 3 * 4 = 24"),
    ("a snake_case_name", "the snake_case_name here", "P the snake_case_name here"),
    ("escaped stars", "\\*not bold\\* and \\*\\*neither\\*\\*", "P *not bold* and **neither**"),
    ("escaped everything", "\\# \\_a\\_ \\`b\\` \\[c\\](d)", "P # _a_ `b` [c](d)"),
    ("an escaped hash at the start", "\\# no heading", "P # no heading"),
    ("entities", "Fish &amp; chips &lt;b&gt; &copy;", "P Fish & chips <b> ©"),
    ("raw html stays text", "<b>bold</b> <script>alert(1)</script>", "P <b>bold</b> <script>alert(1)</script>"),
    ("a broadcast does not ping", "hello <!channel> and <!here|here>", "P hello <!channel> and <!here|here>"),
    ("mentions do not ping", "ask <@U123> in <#C123|general> or <!subteam^S1>", "P ask <@U123> in <#C123|general> or <!subteam^S1>"),
    ("at-names stay text", "@here @channel @everyone", "P @here @channel @everyone"),
    ("a broadcast in code", "`<!channel>` and\n```\n<!everyone>\n```", "P {c:<!channel>} and / C <!everyone>"),
    ("a link", "see [the page](https://x.org/a)", "P see {@https://x.org/a the page}"),
    ("a link in bold", "**[the page](https://x.org/a)**", "P {b@https://x.org/a the page}"),
    ("bold in a link", "[the **big** page](https://x.org/a)", "P {@https://x.org/a the }{b@https://x.org/a big}{@https://x.org/a  page}"),
    ("code in a link", "[`make`](https://x.org/a)", "P {c@https://x.org/a make}"),
    ("a link with brackets in its address", "[a](https://x.org/a_(b))", "P {@https://x.org/a_(b) a}"),
    ("a link with a title", "[a](https://x.org \"The X\")", "P {@https://x.org a} (The X)"),
    ("a relative link", "see [setup](docs/setup.md)", "P see setup (docs/setup.md)"),
    ("a relative link with bold", "[a **b** c](docs/x.md)", "P a {b:b} c (docs/x.md)"),
    ("a script as link", "[click](javascript:alert(1))", "P click (javascript:alert(1))"),
    ("a file as link", "[click](file:///etc/passwd) [d](data:text/html;base64,AAAA)", "P click (file:///etc/passwd) d (data:text/html;base64,AAAA)"),
    ("Slack's own scheme as link", "[click](slack://channel?id=C1)", "P click (slack://channel?id=C1)"),
    ("a mail address", "<a.b@x.org> or [mail](mailto:a.b@x.org)", "P {@mailto:a.b@x.org a.b@x.org} or {@mailto:a.b@x.org mail}"),
    ("an address in angle brackets", "<https://x.org/a?b=1&c=2>", "P {@https://x.org/a?b=1&c=2 https://x.org/a?b=1&c=2}"),
    ("a bare address", "Go to https://x.org/a?b=1&c=2.", "P Go to {@https://x.org/a?b=1&c=2 https://x.org/a?b=1&c=2}."),
    ("a bare address in parentheses", "(see https://x.org/a_(b))", "P (see {@https://x.org/a_(b) https://x.org/a_(b)})"),
    ("a bare address in bold", "**https://x.org/a**", "P {b@https://x.org/a https://x.org/a}"),
    ("a link without text", "[](https://x.org)", "P {@https://x.org https://x.org}"),
    ("an image", "![a plan](https://x.org/p.png)", "P {@https://x.org/p.png a plan}"),
    ("an image in a link", "[![plan](https://x.org/p.png)](https://x.org)", "P {@https://x.org plan}"),
    ("marks of sources", "It is so [1], and [2][3].", "P It is so [1], and [2][3]."),
    ("a definition is not swallowed", "It is so [1].\n\n[1]: https://x.org/a", "P It is so [1].⏎⏎[1]: {@https://x.org/a https://x.org/a}"),
    ("headings", "# One\n## Two\n### Three", "# One / # Two / # Three"),
    ("small headings", "#### Four\ntext", "P {b:Four}⏎⏎text"),
    ("a heading with a link", "## See [x](https://x.org)", "P {b:See }{b@https://x.org x}"),
    ("a heading with bold", "## All **new**", "# All new"),
    ("an empty heading", "#\ntext", "P text"),
    ("a rule under text is no heading", "text\n---\nmore", "P text / --- / P more"),
    ("a rule", "one\n\n***\n\ntwo", "P one / --- / P two"),
    ("bullets", "- a\n- b\n* c", "- a ; b ; c"),
    ("a list right after text", "Do:\n- a\n- b\n\nDone.", "P Do: / - a ; b / P ⏎Done."),
    ("numbers", "1. a\n2. b", "1. a ; b"),
    ("numbers from three", "3. c\n4. d", "3. c ; d"),
    ("numbers that a model repeats", "1. a\n1. b\n1. c", "1. a ; b ; c"),
    ("nested bullets", "- a\n  - b\n    - c\n- d", "- a / _- b / __- c / - d"),
    ("numbers that go on after nested bullets", "1. a\n   - x\n   - y\n2. b\n   - z\n3. c", "1. a / _- x ; y / 2. b / _- z / 3. c"),
    ("numbers in bullets", "- a\n  1. x\n  2. y\n- b", "- a / _1. x ; y / - b"),
    ("numbers that go on after code", "1. a\n   ```\n   x\n   ```\n2. b", "1. a / C x / 2. b"),
    ("two paragraphs in an item", "- a\n\n  more\n- b", "- a⏎more ; b"),
    ("a loose list", "1. a\n\n2. b", "1. a ; b"),
    ("a task list", "- [ ] open\n- [x] done", "- ☐ open ; ☑ done"),
    ("an empty item", "- a\n-\n- b", "- a ; b"),
    ("a quote in an item", "- a\n  > q\n- b", "- a / > q / - b"),
    ("a quote", "> one\n> two", "> one⏎two"),
    ("a quote of two paragraphs", "> one\n>\n> two", "> one⏎⏎two"),
    ("two quotes", "> one\n\n> two", "> one / > two"),
    ("a quote in a quote", "> a\n>> b", "> a⏎⏎> b"),
    ("a list in a quote", "> - a\n> - b", "-! a ; b"),
    ("code in a quote", "> ```\n> x\n> ```", "C! x"),
    ("a heading in a quote", "> # Title\n> text", "> {b:Title}⏎⏎text"),
    ("a code block", "```py\nx = 1\n\ny = 2\n```", "C x = 1⏎⏎y = 2"),
    ("a code block of tildes", "~~~\nx\n~~~", "C x"),
    ("indented code", "a\n\n    x = 1\n", "P a / C x = 1"),
    ("Markdown in code stays", "```\n**x** | <a> &amp;\n```", "C **x** | <a> &amp;"),
    ("code with more than a language", "``` python title=a.py\nx\n```", "C python title=a.py⏎x"),
    ("an unclosed fence", "Run:\n```sh\nmake\nmake te", "P Run: / C make⏎make te"),
    ("a fence that has just begun", "Run:\n```", "P Run:"),
    ("an empty code block", "a\n```\n```\nb", "P a⏎⏎b"),
    ("unclosed bold", "this is **very", "P this is **very"),
    ("unclosed code", "use `make", "P use `make"),
    ("an unfinished link", "see [the page](https://x.o", "P see [the page]({@https://x.o https://x.o}"),
    ("half a table", "| a | b |\n|--", "P | a | b |⏎|--"),
    ("a table", "| a | b |\n|---|---|\n| 1 | 2 |", "Tll a | b ; 1 | 2"),
    ("a table with alignment", "| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |", "Tlcr a | b | c ; 1 | 2 | 3"),
    ("a table with formats", "| a | b |\n|---|---|\n| **x** | [y](https://x.org) |", "Tll a | b ; {b:x} | {@https://x.org y}"),
    ("a table with empty cells", "| | b |\n|---|---|\n| x | |", "Tll   | b ; x |  "),
    ("a table with short and long rows", "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 | 4 |", "Tll a | b ; 1 |   ; 1 | 2 | 3 | 4"),
    ("a table with a pipe in code", "| a | b |\n|---|---|\n| `x | y` | z |", "Tll a | b ; {c:x | y} | z"),
    ("a table with an escaped pipe", "| a | b |\n|---|---|\n| x \\| y | z |", "Tll a | b ; x | y | z"),
    ("a table without outer pipes", "a | b\n--|--\n1 | 2 | 3", "Tll a | b ; 1 | 2 | 3"),
    ("a table in a quote", "> | a | b |\n> |---|---|\n> | 1 | 2 |", "Tll a | b ; 1 | 2"),
    ("a table with a broadcast", "| a |\n|---|\n| <!channel> |", "Tl a ; <!channel>"),
    ("right to left", "**שלום** עולם: [דף](https://x.org)", "P {b:שלום} עולם: {@https://x.org דף}"),
    ("Arabic list", "1. أولا\n2. ثانيا", "1. أولا ; ثانيا"),
    ("emoji alone", "🎉🎉 👩\u200d👩\u200d👧\u200d👦", "P 🎉🎉 👩\u200d👩\u200d👧\u200d👦"),
    ("Chinese bold without spaces", "这是**重点**内容", "P 这是{b:重点}内容"),
    ("Chinese bold that ends in punctuation", "**注意：**请重启", "P {b:注意：}请重启"),
    ("white space alone", " \n\t\n", ""),
    ("control characters", "a\x00b\x07c\r\nd", "P abc⏎d"),
    ("only marks", "** ** __ ``", "P ** ** __ ``"),
]  # fmt: skip

MRKDWN = [
    ("styles", "**a** *b* ~~c~~ `d`", "*a* _b_ ~c~ `d`"),
    ("a link", "[a & b](https://x.org?a=1&b=2)", "<https://x.org?a=1&amp;b=2|a &amp; b>"),
    ("a broadcast", "<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
    ("a broadcast as a link's text", "[<!channel>](https://x.org)", "<https://x.org|&lt;!channel&gt;>"),
    ("a pipe in a link", "[a|b](https://x.org/a|b)", "<https://x.org/a%7Cb|a¦b>"),
    ("marks close around words", "**a *b* c**", "*a* *_b_* *c*"),
    ("bold over two lines", "**a\nb**", "*a*\n*b*"),
    ("a heading", "## Hello\nthere", "*Hello*\n\nthere"),
    ("lists", "1. a\n   - b\n2. c", "1. a\n    • b\n2. c"),
    ("a quote", "> a\n> b", "> a\n> b"),
    ("a table", "|a|b|\n|-|-|\n|1|2|", "a | b\n1 | 2"),
    ("nothing", "", ""),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_looks_as_it_should(text: str, expected: str) -> None:
    messages = text_messages(text)

    assert sketch([block for message in messages for block in message.blocks]) == expected
    for message in messages:
        check(message.blocks, message.text)


@pytest.mark.parametrize("text", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_a_text_that_is_still_being_written_can_be_shown_at_any_moment(text: str) -> None:
    for end in range(len(text) + 1):
        draft = draft_message(text[:end], "writing…")

        check(draft.blocks, draft.text)


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in MRKDWN], ids=[case[0] for case in MRKDWN])
def test_mrkdwn_says_the_same(text: str, expected: str) -> None:
    assert mrkdwn(text) == expected


def test_plain_words_have_no_marks() -> None:
    assert plain("# Hi\n**a** [b](https://x.org)\n\n| c |\n|---|\n| `d` |\n\n- e\n- f") == "Hi a b c d e f"


@pytest.mark.parametrize(
    ("begun", "shown_as"),
    [
        ("so **very impo", "so **very impo**"),
        ("so **", "so "),
        ("use `make", "use `make`"),
        ("see [the page](https://x.o", "see the page"),
        ("see [1", "see [1"),
        ("**a**\nso **b", "**a**\nso **b**"),
        ("```\nx = a**b", "```\nx = a**b"),
        ("all **done**.", "all **done**."),
    ],
)
def test_what_is_half_written_does_not_flicker(begun: str, shown_as: str) -> None:
    assert completed(begun) == shown_as


def test_a_table_beyond_slacks_limits_is_aligned_text() -> None:
    """101 rows, 21 columns, or more text than Slack takes in all cells."""
    rows = "| a | bb |\n|---|--:|\n" + "".join(f"| {n} | x |\n" for n in range(101))
    columns = "|" + "a|" * 21 + "\n|" + "-|" * 21 + "\n|" + "b|" * 21
    wide = "| a |\n|---|\n| " + "long " * 500 + "|"

    for table in (rows, columns, wide):
        messages = text_messages(table)
        assert not [node for message in messages for node in nodes(message.blocks) if node["type"] == "table"]
        for message in messages:
            check(message.blocks, message.text)
    assert "a   | bb\n----+---\n0   |  x\n" in shown(text_messages(rows)[0].blocks)
    assert shown(text_messages(rows)[-1].blocks).endswith("100 |  x")


def test_wide_characters_are_aligned_by_their_width() -> None:
    table = "| 名前 | n |\n|---|---|\n| a | 1 |\n"

    second = text_messages(table + "\n" + table)[0].blocks[-1]

    assert shown([second]) == "名前 | n\n-----+--\na    | 1"


def test_only_the_first_table_of_a_message_is_a_table_block() -> None:
    table = "| a |\n|---|\n| 1 |\n\n"

    blocks = text_messages(table * 3)[0].blocks

    assert [block["type"] for block in blocks] == ["table", "rich_text"]
    assert sketch(blocks[1:]) == "C a⏎-⏎1 / C a⏎-⏎1"


def test_lists_are_indented_eight_levels_at_most() -> None:
    text = "".join(f"{'  ' * n}- level{n}\n" for n in range(12))

    indents = [node["indent"] for node in nodes(text_messages(text)[0].blocks) if node["type"] == "rich_text_list"]

    assert indents == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert all(f"level{n}" in shown(text_messages(text)[0].blocks) for n in range(12))


def test_what_is_nested_too_deep_is_shown_as_it_was_written() -> None:
    text = ">" * 80 + " deep **down**"

    assert shown(text_messages(text)[0].blocks) == text


def test_a_stream_pings_nobody_however_it_is_cut() -> None:
    text = "a <!channel> <@U1> <https://x.org> <"

    streamed = "".join(for_stream(each) for each in text)

    assert streamed == for_stream(text)
    assert not re.search(r"<[!@#]", streamed)


FRAGMENTS = [
    "{w}", "**{w}**", "*{w}*", "~~{w}~~", "`{w}`", "**{w}:**{w}", "_{w} **{w}**_", "[{w}](https://x.org/{w})", "[{w}](b/{w})",
    "![{w}](https://x.org/{w}.png)", "https://x.org/{w}", "<https://x.org/{w}>", "<!channel|{w}>", "<b>{w}</b>", "\\*{w}\\*",
    "\n# {w}\n", "\n#### {w} [{w}](https://x.org)\n", "\n- {w}\n- {w}\n  - {w}\n", "\n3. {w}\n4. {w}\n   ```\n   {w}\n   ```\n",
    "\n> {w}\n> {w}\n", "\n>> {w}\n", "\n```py\n{w}\n{w}\n```\n", "\n~~~\n{w}\n", "\n    {w}\n", "\n\n", "\n", "  \n", "\n---\n",
    "\n| {w} | {w} |\n|---|--:|\n| `{w} \\| {w}` | {w} | {w} |\n| {w} |\n", "\n|{w}|\n|-|\n", "\n[{w}]: https://x.org/{w}\n",
    "**", "*", "`", "[", "](", "|", "<", ">", "שלום {w}", "🎉", "{w}. ", "{w}! {w}? ", "\t", " ", "\\",
]  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Markdown of all kinds, thrown together, and the words in it, each once."""
    text = "".join(draw(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=40)))
    count = text.count("{w}")
    words = [f"w{n}w" + "o" * draw(st.sampled_from([0, 0, 0, 3, 2_500])) + "w" for n in range(count)]
    for word in words:
        text = text.replace("{w}", word, 1)
    return text, words


@settings(max_examples=150, deadline=None)
@given(written())
def test_no_word_of_any_markdown_is_lost(given_text: tuple[str, list[str]]) -> None:
    text, words = given_text

    messages = text_messages(text)

    for message in messages:
        check(message.blocks, message.text)
    seen = "".join(shown(message.blocks) for message in messages)
    languages = " ".join(re.findall(r"(?:`{3}|~{3})[`~]*[ \t]*(\S+)", text))
    for word in words:
        if word in languages:
            continue
        letters = iter(seen)
        # One that is long may be cut, and a link that is cut says its address twice.
        assert word in seen if len(word) < 1_000 else all(letter in letters for letter in word)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.text("ab \n*_~`[]()<>|#-+1.:!&@\\\"'", max_size=120))
def test_any_text_becomes_messages_that_slack_takes_with_every_letter(text: str) -> None:
    messages = text_messages(text)

    for message in messages:
        check(message.blocks, message.text)
    draft = draft_message(text, "writing…")
    check(draft.blocks, draft.text)
    seen = iter("".join(shown(message.blocks) for message in messages))
    # A language after a fence and a box's x are shown otherwise, an entity as what it stands for.
    if not re.search(r"```|~~~|\[[xX]\]|&", text):
        assert all(letter in seen for letter in clean(text) if unicodedata.category(letter)[0] == "L")


@settings(max_examples=50, deadline=None)
@given(
    st.text('ab. \n&<"é漢🎉', min_size=1, max_size=60),
    st.integers(50, 800),
    st.sampled_from(["", "- ", "> ", "1. ", "    "]),
)
def test_long_texts_are_cut_without_a_gap(piece: str, times: int, lead: str) -> None:
    text = clean(lead + (piece * times)[:30_000])

    messages = text_messages(text)

    for message in messages:
        check(message.blocks, message.text)
    seen = "".join(shown(message.blocks) for message in messages)
    assert re.sub(r"[\s>.]", "", seen) == re.sub(r"[\s>.]", "", text.replace("1", "").lstrip("-"))


def test_half_a_character_does_not_keep_a_message_from_being_sent() -> None:
    """A lone surrogate, as a stream that is cut in an emoji may hold, has no UTF-8."""
    [message] = text_messages("a \ud83c b")

    check(message.blocks, message.text)
    assert shown(message.blocks) == "a \ufffd b"


@pytest.mark.parametrize(
    "text", ["**a** b " * 2_000, ("[a](https://x.org/" + "b" * 900 + ")\n\n") * 12, "`a`*b*" * 2_000]
)
def test_what_is_long_as_json_is_cut_sooner(text: str) -> None:
    messages = text_messages(text)

    assert len(messages) > 1
    for message in messages:
        check(message.blocks, message.text)


def test_parts_are_json() -> None:
    for case in CASES:
        json.dumps([part.body for part in parts(case[1])], ensure_ascii=False).encode()
