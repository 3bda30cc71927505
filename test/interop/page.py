"""offloader-recipes(7), read as its readers do: what stands there is run.

A display of the page is a file, or a command, called as the nearest .Pa or .Ic
line before it says. Tests lead it to ports, sockets and folders of their own,
word by word, and add what only a test needs.
"""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "man" / "offloader-recipes.7"


def _plain(line):
    """A line of a display without mdoc's escapes."""
    return re.sub(r"^\\&", "", line).replace(r"\e", "\\")


def _read():
    """{section: {name: text}}."""
    sections, name, text, found = {}, None, None, None
    for line in PAGE.read_text().splitlines():
        if text is not None:
            if line == ".Ed":
                assert name not in found, f"{name} stands there twice"
                found[name], text = "\n".join(text) + "\n", None
            else:
                text.append(_plain(line))
        elif line.startswith(".Sh "):
            found = sections.setdefault(line[4:], {})
        elif line.startswith((".Pa ", ".Ic ")):
            name = line.split()[1]
        elif line.startswith(".Bd "):
            text = []
    return {title: files for title, files in sections.items() if files}


SECTIONS = _read()


def led(text, changes):
    """The text, with each thing of the page replaced by one of the test's."""
    for there, here in changes.items():
        assert there in text, f"{there!r} does not stand in:\n{text}"
        text = text.replace(there, str(here))
    return text


class Section:
    """The lines of one neighbour."""

    def __init__(self, title):
        self.title = title

    def lines(self, name, changes=()):
        return led(SECTIONS[self.title][name], dict(changes))

    def command(self, name, changes=()):
        """The words of a command line, without its program."""
        return self.lines(name, changes).replace("\\\n", " ").split()[1:]


def limits():
    """{neighbour: bytes}, from the table of header lengths."""
    rows = re.findall(r"^\.It (.+) Ta (\d+)$", PAGE.read_text(), re.M)
    return {who: int(size) for who, size in rows}
