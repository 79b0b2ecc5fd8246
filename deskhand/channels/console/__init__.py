"""The console's pages: what the front end was built into, given to browsers with the strictest rules that it can bear.
The pages are a client of the HTTP API like any other; nothing is decided here.
"""

from deskhand.channels.console.mounting import PLACE, add_console, sign_in_address

__all__ = ["PLACE", "add_console", "sign_in_address"]
