"""`make screenshots`: a picture of each page of the console, light and dark, on a desktop and on a phone.

A desk is made for it and filled by real calls (tests/peers/busy_desk.py); the pictures go to docs/images/console/.
Names of pages on the command line take only those.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "peers"))

from browser import ABSENT, Browser, program  # noqa: E402
from busy_desk import busy_desk  # noqa: E402
from console_pages import PLACES, SIGN_IN, Place, open_place  # noqa: E402
from household import Served  # noqa: E402

PICTURES = ROOT / "docs" / "images" / "console"
SIZES = {"": (1280, 800), "-phone": (390, 844)}
MARKED = "() => ![...document.querySelectorAll('main p')].some((each) => /\\[\\d+\\]/.test(each.textContent))"
"""No text has a mark such as [1] in it that has not become a button yet."""
MOST = 100_000
"""Bytes of one picture."""


def main(*wanted: str) -> None:
    """Takes the pictures; ends with what is wrong where a page is not as it should be."""
    executable = program()
    if executable is None:
        sys.exit(ABSENT)
    PICTURES.mkdir(parents=True, exist_ok=True)
    places = [place for place in (SIGN_IN, *PLACES) if not wanted or place.name in wanted]
    # Its path can be seen in the pictures, so it is the same every time.
    folder = Path(tempfile.gettempdir(), "northwind")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        with busy_desk(folder) as served, Browser(executable) as browser:
            for place in places:
                _take(browser, served, place)
    finally:
        shutil.rmtree(folder)
    taken = list(PICTURES.glob("*.png"))
    _say(f"{len(taken)} pictures, {sum(path.stat().st_size for path in taken) / 1e6:.1f} MB, in {PICTURES}")


def _take(browser: Browser, served: Served, place: Place) -> None:
    for suffix, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            page = open_place(browser, served, place, width=width, height=height, dark=scheme == "dark")
            if place.name.startswith("ask"):
                page.wait_for_function(MARKED)
            path = PICTURES / f"{place.name}{suffix}-{scheme}.png"
            path.write_bytes(_small(page.screenshot(caret="hide", animations="disabled")))
            _say(f"{path.name}  {path.stat().st_size / 1000:.0f} kB")
            faults = browser.close_windows()
            if faults:
                sys.exit(f"{place.name} is not as it should be: {faults}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _small(picture: bytes) -> bytes:
    """The picture with as few colours as bring it under `MOST`; a page has few to begin with."""
    from PIL import Image

    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < MOST:
            break
    return out.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
