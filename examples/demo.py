"""`make demo`: the sample library goes in, two people ask, and the trace is shown. Each line runs a real command."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.relative_to(Path.cwd().resolve())
DESKHAND = Path(sysconfig.get_path("scripts")) / "deskhand"

YOU = os.environ.get("DESKHAND_OPERATOR", "operator@localhost")

STEPS = [
    ("Who there is.", f"people load {EXAMPLES}/people.yaml"),
    ("What the desk may know: Markdown, PDF, Word, Excel, mail, a ticket export.", f"ingest {EXAMPLES}/library"),
    ("Ana, of the staff, asks.", "ask 'How long is a password reset link valid?' --as ana@example.com --trace"),
    ("Ana asks what only HR may read.", "ask 'How large is the yearly bonus?' --as ana@example.com"),
    ("Ben, of HR, asks the same.", "ask 'How large is the yearly bonus?' --as ben@example.com"),
    (
        "You, who run the desk, read no more than others: so you are of the staff too.",
        f"people add {YOU} --group staff",
    ),
    ("Who works here, and what they may ask access to in a ticket.", f"tickets load {EXAMPLES}/tickets.yaml"),
]

AFTERWARDS = """
Next, in a browser:
  export DESKHAND_HOME={home}      the demo's desk; without it, commands make an empty one in .deskhand
  {bin} serve      prints a link that signs you in; ask “How do I get a new VPN profile?”
Or here:
  {bin} ask '…' --as ana@example.com
  {bin} sources documents         what was read, what was taken out, what failed
Connect a real model: put this in deskhand.toml (docs/how-to/connect-a-model.md has the others), then ask again:
  [models.claude]
  provider = "anthropic"
  model = "claude-sonnet-4-5"
"""


def main(home: str) -> None:
    """Run the commands against a new desk in the folder `home`, and say how to go on."""
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "DESKHAND_HOME": home}
    for why, command in STEPS:
        print(f"\n# {why}\n$ deskhand {command}", flush=True)
        done = subprocess.run([DESKHAND, *shlex.split(command)], env=environment, check=False)
        if done.returncode:
            sys.exit(done.returncode)
    print(AFTERWARDS.format(bin=os.path.relpath(DESKHAND), home=home))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".demo")
