"""Numbers of things in words."""


def counted(number: int, noun: str) -> str:
    """The number and the noun, with an s unless it is one: "1 session", "2 sessions"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
