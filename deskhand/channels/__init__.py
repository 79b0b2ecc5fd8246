"""The doors: an event comes in, an answer goes out. No business rules live here."""
