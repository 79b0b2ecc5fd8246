"""Makes the sample library's PDF, Word, PowerPoint and Excel files anew: `python examples/build.py`.

They are committed, so nobody needs to run this who does not want to change them.
"""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path(__file__).parent / "library"

SLA_TITLE = "Service Level Agreement"
SLA = [
    [
        ("# Service Level Agreement",),
        ("This agreement says how available the services of Northwind Cloud are, how that is measured, and what",
         "customers get when we fall short. It is part of every contract on the Business and Enterprise plans."),
        ("Starter has no agreed service level. Version 7, valid from 1 January 2025.",),
        ("# 1 Availability",),
        ("Servers in one region are available 99.95 percent of each calendar month on Enterprise and 99.9 percent",
         "on Business. Object storage is available 99.9 percent on both plans. The console and the API are",
         "available 99.5 percent."),
        ("A server counts as unavailable in every minute in which it has no network connection or no access to its",
         "system disk, for reasons that lie with us."),
    ],
    [
        ("# 2 Measurement",),
        ("We measure from three places outside our network once a minute. A minute counts as lost when two of the",
         "three get no answer. The figures of the last twelve months are on the status page."),
        ("Planned maintenance does not count when it was announced seven days ahead and lies between 22:00 and 6:00",
         "local time of the region. There are at most four hours of planned maintenance a month."),
        ("# 3 What does not count",),
        ("Outages caused by the customer's own software, by attacks above 40 Gbit/s on one address, or by force",
         "majeure are not counted. The same holds for previews and for services marked as beta."),
    ],
    [
        ("# 4 Credits",),
        ("For availability below the agreed level in a month the customer gets a credit of 10 percent of the monthly",
         "fee of the services concerned; below 99.5 percent the credit is 25 percent, below 99.0 percent it is",
         "50 percent. More than 50 percent is never credited for one month."),
        ("Credits are put on the next invoice by themselves. Nobody needs to ask for them. They are not paid out in",
         "money."),
        ("# 5 Support times",),
        ("First answers to S1 cases are given within 15 minutes on Enterprise, day and night, and within one hour",
         "on Business in working hours. The complete table is in the support handbook."),
    ],
    [
        ("# 6 Ending the contract after repeated outages",),
        ("When the agreed availability is missed in three of six months in a row, the customer may end the contract",
         "at the end of the next month, whatever its term. Fees paid in advance are returned for the time left."),
        ("# 7 Changes",),
        ("Changes to this agreement are announced 60 days ahead by mail. A change for the worse lets the customer end",
         "the contract at the day of the change."),
    ],
]  # fmt: skip


def pdf(pages: list[list[tuple[str, ...]]], title: str) -> bytes:
    """A PDF of text pages in Helvetica with an outline; a line that begins with "# " is a heading."""
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    font = add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    count = len(pages)
    first, tree = 2, 2 + 2 * count
    marks: list[tuple[str, int]] = []
    for number, paragraphs in enumerate(pages):
        y, drawn = 780, []
        for paragraph in paragraphs:
            heading = paragraph[0].startswith("# ")
            if heading:
                marks.append((paragraph[0][2:], first + 2 * number))
            size = 15 if heading else 10.5
            for line in paragraph:
                text = line.removeprefix("# ").replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
                drawn.append(f"BT /F1 {size} Tf 60 {y} Td ({text}) Tj ET")
                y -= 24 if heading else 15
            y -= 8
        stream = "\n".join(drawn).encode("latin-1")
        add(
            f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {first + 2 * number + 1} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
        add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(count))
    add(f"<< /Type /Pages /Kids [{kids}] /Count {count} >>")
    outline = tree + 1
    begin = outline + 1
    add(f"<< /Type /Outlines /First {begin} 0 R /Last {begin + len(marks) - 1} 0 R /Count {len(marks)} >>")
    for place, (text, page) in enumerate(marks):
        beside = f"/Prev {begin + place - 1} 0 R " if place else ""
        beside += f"/Next {begin + place + 1} 0 R " if place < len(marks) - 1 else ""
        add(f"<< /Title ({text}) /Parent {outline} 0 R {beside}/Dest [{page} 0 R /XYZ 0 842 0] >>")
    catalog = add(f"<< /Type /Catalog /Pages {tree} 0 R /Outlines {outline} 0 R >>")
    info = add(f"<< /Title ({title}) >>")
    return _file(objects, catalog, info)


def _file(objects: list[bytes], catalog: int, info: int) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\n" % (len(objects) + 1, catalog, info)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def word(path: Path) -> None:
    import docx

    document = docx.Document()
    document.core_properties.title = "Escalation guide"
    document.add_heading("Escalation guide", 0)
    document.add_paragraph(
        "An escalation moves a case to somebody who can do more. It is never a punishment, and the first agent stays "
        "the customer's contact until the case is closed."
    )
    document.add_heading("When to escalate", 1)
    for text in (
        "The answer time of the level is used up by half and you have no idea yet.",
        "The customer asks for a manager twice.",
        "Money above your limit is at stake.",
        "You suspect a data leak: escalate at once, as S1, to the security team.",
    ):
        document.add_paragraph(text, style="List Bullet")
    document.add_heading("To whom", 1)
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("Subject", "Team", "How fast they answer"), strict=True):
        cell.text = text
    for row in (
        ("Network, VPN, firewall", "Network operations", "30 minutes, day and night"),
        ("Volumes, backups, snapshots", "Storage team", "1 hour, day and night"),
        ("Deployments and builds", "Platform team", "1 hour in working hours"),
        ("Invoices, refunds above 500 EUR", "Finance desk", "next working day"),
        ("Limits and quotas", "Capacity team", "1 working day"),
    ):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_heading("What goes into the escalation", 1)
    document.add_paragraph(
        "Write down what the customer wants to achieve, what was tried, the error code with its time in UTC, and what "
        "you promised. Attach logs, never passwords or keys. A team may send an escalation back once when one of "
        "these is missing."
    )
    document.add_heading("After an escalation", 2)
    document.add_paragraph(
        "Tell the customer within 15 minutes who works on the case now. Update the case at least as often as its "
        "level asks for."
    )
    document.save(str(path))


def slides(path: Path) -> None:
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    deck.core_properties.title = "Onboarding for support agents"
    for title, points, notes in (
        (
            "Your first week",
            (
                "Day 1: accounts, VPN device and hardware key",
                "Day 2: listen in on calls with a shift lead",
                "Days 3 and 4: answer S4 cases with a second reader",
                "Day 5: test on refunds, identity checks and severity levels; 80 percent passes",
            ),
            "New agents get access to the admin console only after the identity-check training on day 2.",
        ),
        (
            "Three rules",
            (
                "Never ask for passwords, keys or card numbers",
                "Promise times only from the severity table",
                "If in doubt about data, hand the case to security",
            ),
            "Most complaints in the first month are about promises that could not be kept.",
        ),
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text_frame.text = "\n".join(points)
        slide.notes_slide.notes_text_frame.text = notes
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Your tools"
    rows = (
        ("Tool", "What for", "Access by"),
        ("Admin console", "look up accounts, send reset links", "shift lead"),
        ("Log search", "follow an error code", "platform team"),
        ("Pager", "on-call duty, from the third month on", "incident manager"),
    )
    table = slide.shapes.add_table(len(rows), 3, Inches(0.5), Inches(1.8), Inches(9), Inches(2)).table
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    deck.save(str(path))


def sheets(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        prices = book.add_worksheet("Plans")
        for r, row in enumerate(
            (
                ("Plan", "Price per month (EUR)", "vCPU", "Memory (GB)", "Disk (GB)", "Traffic (TB)"),
                ("Starter S", 6, 1, 2, 40, 2),
                ("Starter M", 12, 2, 4, 80, 2),
                ("Business M", 39, 4, 16, 160, 20),
                ("Business L", 79, 8, 32, 320, 20),
                ("Enterprise XL", 249, 16, 128, 960, 50),
            )
        ):
            prices.write_row(r, 0, row)
        extras = book.add_worksheet("Extras")
        for r, row in enumerate(
            (
                ("Extra", "Price (EUR)", "Per"),
                ("Backup", "20 percent of the server's price", "month"),
                ("Snapshot", 0.05, "GB and month"),
                ("Additional IPv4 address", 2, "month"),
                ("Object storage", 0.02, "GB and month"),
                ("Load balancer", 9, "month"),
                ("Traffic above the quota", 1, "TB started"),
            )
        ):
            extras.write_row(r, 0, row)


def main() -> None:
    (LIBRARY / "support" / "service-level-agreement.pdf").write_bytes(pdf(SLA, SLA_TITLE))
    word(LIBRARY / "support" / "escalation.docx")
    slides(LIBRARY / "support" / "onboarding.pptx")
    sheets(LIBRARY / "billing" / "plans-and-prices.xlsx")


if __name__ == "__main__":
    main()
