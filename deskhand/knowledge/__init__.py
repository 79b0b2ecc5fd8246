"""Passages, and the one search over them: by words and by meaning, only among what the reader may see.

The database is the truth; the index beside it is derived, follows its change log, and can be made anew at any time.
"""

from deskhand.knowledge.language import detect
from deskhand.knowledge.library import SqlLibrary, open_library
from deskhand.knowledge.protocol import Filters, Found, Library
from deskhand.knowledge.waking import Wake

__all__ = ["Filters", "Found", "Library", "SqlLibrary", "Wake", "detect", "open_library"]
