"""Child processes that parse files under a ceiling of time and memory; a file that breaks one breaks nothing else.

Parent and child talk over pipes in JSON messages, each with its length in front.
"""

from deskhand.ingestion.parsing.ceilings import Ceilings

__all__ = ["Ceilings"]
