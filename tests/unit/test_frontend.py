"""The console's functions that need no page, tested by Node's own test runner: frontend/tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"


def test_the_functions_of_the_console_do_what_their_tests_say():
    if not (FRONTEND / "node_modules" / ".package-lock.json").exists():
        what = "what the console is made of is not installed: `make console`"
        if os.environ.get("CI"):
            pytest.fail(what)
        pytest.skip(what)

    done = subprocess.run(
        [sys.executable, FRONTEND / "node.py", "node", "--test", "--test-reporter=spec", "tests/*.test.ts"],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr[-8_000:]
    assert "pass 0" not in done.stderr
