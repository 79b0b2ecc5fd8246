"""Deskhand answers a company's support questions from its own documents, with sources."""

__version__ = "0.1.0"
