"""The Slack door: asked in a thread, answered in the thread, exactly once.

An event is on record before Slack is acknowledged; a durable run then reads the thread, asks, shows signs of life and
sends the answer. Bolt and Slack's client library are imported when the door is opened.
"""

from deskhand.channels.slack.options import Channel, Options

__all__ = ["Channel", "Options"]
