"""A text that is not of its format."""


class Unreadable(Exception):
    """The message says where and why."""
