"""The page itself: nothing stands in it that no test runs."""

import re
from pathlib import Path

import page

HERE = Path(__file__).resolve().parent


def sources():
    return [p.read_text() for p in HERE.glob("*.py") if p != Path(__file__)]


def uses(text, name):
    """The fixture offload() takes our own lines, if not told otherwise."""
    return f'"{name}"' in text or (name == "offloader.conf" and
                                   "offload(" in text)


def test_every_display_is_run_by_some_test():
    """A module that speaks of the section also has the name."""
    for title, files in page.SECTIONS.items():
        known_as, = re.findall(rf'^(\w+) = page\.Section\("{title}"\)$',
                               "\n".join(sources()), re.M)
        users = [text for text in sources()
                 if re.search(rf"\b{known_as}\b", text)]
        for name in files:
            assert any(uses(text, name) for text in users), (title, name)


def test_no_section_is_without_lines_of_ours():
    for title, files in page.SECTIONS.items():
        assert "offloader.conf" in files, title


def test_the_table_of_lengths_says_what_the_recipes_say():
    """By the words that stand in both, or else the default does."""
    recipes = {
        "nginx, streams, before 1.23.3": "NGINX STREAMS",
        "Apache httpd": "APACHE HTTPD", "Exim": "EXIM",
        "lighttpd": "LIGHTTPD", "MariaDB": "MARIADB", "Postfix": "POSTFIX",
        "Varnish, workspace_session=2k": "VARNISH", "Dovecot": "DOVECOT"}
    limits = page.limits()
    assert set(recipes) < set(limits)
    for who, title in recipes.items():
        line = re.search(r"^proxy-size-limit = (\d+)$",
                         page.SECTIONS[title]["offloader.conf"], re.M)
        assert int(line[1]) == limits[who], who
    for who in set(limits) - set(recipes) - {"Varnish"}:
        assert limits[who] >= 536, who
