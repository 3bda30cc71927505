"""The status page in a real browser, before a live offloader with traffic."""

import contextlib
import re
import time

import pytest

import reporter
from browser import browser		# noqa: F401
from harness import wait_until
from load import Load

STATS = 'stats-listen = "[127.0.0.1]:0"'
WIDE, TALL = 1280, 900
PHONE = 360, 740


@pytest.fixture
def opened(simple, browser):
    """The program, with its page open in a browser."""
    def make(more="", **how):
        o = simple(f"{STATS}\n{more}", **how)
        at = reporter.address(o)
        o.stats, o.url = at, f"http://127.0.0.1:{at[1]}/"
        browser.size(WIDE, TALL)
        browser.requests()
        browser.open(o.url)
        browser.wait("return document.title.startsWith('serving')",
                     "the first data")
        return o
    return make


@pytest.fixture
def load(trust):
    with contextlib.ExitStack() as running:
        yield lambda o: running.enter_context(Load(o, trust(), clients=2))


def number(text):
    """The first number of a text, without its commas."""
    return float(re.search(r"[\d,.]+", text)[0].replace(",", ""))


def tile(browser, name):
    return browser.run(
        "for (const t of document.querySelectorAll('.tile'))"
        "  if (t.firstChild.textContent === arguments[0])"
        "    return t.children[1].textContent; return ''", name)


def rows(browser, which):
    return browser.run(
        "return [...document.querySelectorAll(arguments[0] + ' tr')].map("
        "r => [...r.cells].map(c => c.textContent))", f"#r-{which}")


def is_clean(o, browser):
    """Nothing was complained of, and nobody else was asked."""
    said = [line["message"] for line in browser.log()
            if not line["message"].startswith("chrome:")]
    assert not said, said
    asked = {url for url in browser.requests()
             if not url.startswith(("chrome:", "data:"))}
    assert asked and all(url.startswith(o.url) for url in asked), asked


def test_figures_move_while_clients_come(opened, browser, load):
    o = opened()
    clients = load(o)
    clients.more(20)
    browser.wait("return document.querySelectorAll('#c-shakes path').length"
                 " === 4 && document.querySelectorAll('.bars li').length > 4",
                 "charts")
    first = wait_until(lambda: number(tile(browser, "Handshakes") or "0") > 0
                       and rows(browser, "fronts")[0], "a rate")
    clients.more(20)
    wait_until(lambda: number(rows(browser, "fronts")[0][3]) >
               number(first[3]), "more connections")
    assert rows(browser, "agreed")[0][0] == "TLS 1.3"
    wait_until(lambda: any("closed by" in r[0] for r in rows(browser, "ends")),
               "ends")
    assert "ms" in tile(browser, "Handshake time") or \
        "µs" in tile(browser, "Handshake time")
    is_clean(o, browser)


def test_it_shows_what_the_json_says(opened, browser, trust):
    o = opened()
    for _ in range(7):
        o.connect(trust()).ask().close()
    wait_until(lambda: rows(browser, "fronts")[0][3] == "7", "seven")
    assert sum(number(r[-1]) for r in rows(browser, "agreed")) == 7
    workers = reporter.status(o.stats)["workers"]
    assert [r[2] for r in rows(browser, "workers")] == [
        str(w["pid"]) for w in workers]


def test_failures_are_in_plain_words_and_first(opened, browser, trust):
    o = opened()
    o.connect(trust()).ask().close()
    sock = o.raw()
    sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
    sock.recv(100)
    sock.close()
    found = wait_until(lambda: next((r for r in rows(browser, "ends")
                       if "handshake failed" in r[0]), None), "a failure")
    assert found == rows(browser, "ends")[0]
    assert found[2] == "1"


def test_a_refused_reload_is_told_with_its_sentence(opened, browser):
    o = opened()
    text = o.config.read_text()
    assert browser.run("return document.getElementById('trouble').hidden")
    o.reload_refused("nonsense = 1")
    wait_until(lambda: "nonsense" in browser.text("#trouble"), "the sentence")
    o.reload(text)
    wait_until(lambda: browser.run(
        "return document.getElementById('trouble').hidden"), "it is gone")
    is_clean(o, browser)


def test_who_is_not_reached_is_said_and_since_when(opened, browser):
    o = opened()
    o.term()
    o.wait_end()
    said = browser.wait("const e = document.getElementById('lost');"
                        "return !e.hidden && e.textContent", "no answer")
    assert re.match(r"No answer since \d\d:\d\d:\d\d\. The data below is from "
                    r"\d\d:\d\d:\d\d\.$", said)
    assert browser.text("#state") == "no answer"
    assert browser.run("return document.title") == "no answer – offloader"


def test_a_new_start_begins_the_counters_anew(opened, browser, trust, start):
    o = opened()
    for _ in range(3):
        o.connect(trust()).ask().close()
    wait_until(lambda: rows(browser, "fronts")[0][3] == "3", "three")
    text = o.config.read_text().replace(STATS, STATS.replace(
        ":0", f":{o.stats[1]}"))
    o.stop()
    start(text)
    browser.wait("return document.getElementById('foot').textContent"
                 ".includes('were reset')", "it is said")
    assert rows(browser, "fronts")[0][3] == "0"


def test_draining_shows(opened, browser, trust):
    o = opened()
    client = o.connect(trust()).ask()
    o.term()
    wait_until(lambda: "draining" in browser.text("#state"), "draining")
    client.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes(opened, browser, load, scheme):
    """By the ratio that WCAG 2 asks for: 4.5 for texts of this size."""
    browser.prefers(scheme)
    o = opened()
    load(o).more(10)
    browser.wait("return document.querySelectorAll('#r-ends tr').length > 0",
                 "ends")
    poor = browser.run(CONTRAST)
    assert poor == []
    light = browser.run("return getComputedStyle(document.body)"
                        ".backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", light))) > 380) == \
        (scheme == "light")
    is_clean(o, browser)


CONTRAST = """
const rgb = c => c.match(/[\\d.]+/g).map(Number);
const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ?
    v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
const poor = [];
for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 &&
        n.textContent.trim() !== '');
    if (!own || e.closest('script,style,noscript,.hidden,[hidden]') ||
        e.disabled || e.getClientRects().length === 0) continue;
    const a = lum(rgb(getComputedStyle(e).color).slice(0, 3));
    const b = lum(behind(e).slice(0, 3));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(e.tagName + ' ' + e.className + ' ' +
        e.textContent.slice(0, 30) + ' ' + ratio.toFixed(2));
}
return poor;
"""


def test_a_phone_needs_not_scroll_sideways(opened, browser, load):
    o = opened()
    load(o).more(10)
    browser.size(*PHONE, phone=True)
    browser.wait("return document.querySelectorAll('#r-ends tr').length > 0",
                 "ends")
    wide, seen = browser.run("const e = document.documentElement;"
                             "return [e.scrollWidth, e.clientWidth]")
    assert wide == seen == PHONE[0]
    small = browser.run(
        "return [...document.querySelectorAll('button, nav a, input')]"
        ".filter(e => e.getBoundingClientRect().height < 24)"
        ".map(e => e.outerHTML)")
    assert small == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened,
                                                               browser):
    o = opened()
    browser.wait("return document.querySelectorAll('#r-certs tr').length > 0",
                 "certificates")
    wanted = browser.run(
        "return [...document.querySelectorAll('a[href], button:enabled,"
        " input, summary, [tabindex=\"0\"]')].filter("
        "e => e.checkVisibility()).length")
    seen = []
    for _ in range(wanted):
        browser.press("tab")
        seen.append(browser.run(
            "const e = document.activeElement, s = getComputedStyle(e);"
            "return [e.tagName, e.id || e.textContent.slice(0, 20) ||"
            " e.getAttribute('aria-labelledby'),"
            " s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]"))
    assert [s for s in seen if not s[2]] == []
    assert len({(tag, name) for tag, name, _ in seen}) == wanted, seen
    assert seen[0][:2] == ["A", "Skip to statistics"]


def test_it_can_be_paused_by_keyboard(opened, browser):
    o = opened()
    browser.run("document.getElementById('pause').focus()")
    browser.press("enter")
    assert browser.text("#pause") == "Resume"
    browser.requests()
    since = time.monotonic()
    wait_until(lambda: time.monotonic() - since > 3, "two turns")
    assert o.url + "status.json" not in browser.requests()
    browser.press("enter")
    wait_until(lambda: o.url + "status.json" in browser.requests(), "a turn")


def test_screen_readers_find_their_way(opened, browser):
    opened()
    browser.wait("return document.querySelectorAll('#r-certs tr').length > 0",
                 "certificates")
    wrong = browser.run("""
        const wrong = [];
        for (const t of document.querySelectorAll('table')) {
            if (!t.caption) wrong.push('no caption: ' + t.innerText);
            for (const c of t.querySelectorAll('th'))
                if (!c.scope) wrong.push('no scope: ' + c.innerText);
        }
        for (const s of document.querySelectorAll('svg'))
            if (!s.getAttribute('aria-label')) wrong.push('a nameless svg');
        for (const s of document.querySelectorAll('main section'))
            if (!s.hasAttribute('aria-labelledby') && s.id !== 'all')
                wrong.push('a nameless section');
        if (document.querySelectorAll('h1').length !== 1) wrong.push('h1');
        for (const one of ['header', 'nav', 'main', 'footer'])
            if (document.querySelectorAll(one).length !== 1) wrong.push(one);
        if (document.documentElement.lang !== 'en') wrong.push('lang');
        const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        if (new Set(ids).size !== ids.length) wrong.push('an id twice');
        return wrong;""")
    assert wrong == []


@pytest.fixture
def many(launch, pki, place, browser):
    """A good many certificates, of which two expire soon."""
    def make():
        folder = place / "many"
        folder.mkdir()
        for i in range(30):
            (folder / f"c{i}.pem").write_bytes(
                pki.server(f"c{i}.example.com", days=200 - i).pem
                .read_bytes())
        for i, days in enumerate((3, 20)):
            (folder / f"soon{i}.pem").write_bytes(
                pki.server(f"soon{i}.example.com", days=days).pem
                .read_bytes())
        o = launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n'
                   f'pem-dir = "{folder}"\n{STATS}\n').wait_ready()
        browser.size(WIDE, TALL)
        browser.requests()
        o.url = f"http://127.0.0.1:{reporter.address(o)[1]}/"
        browser.open(o.url)
        browser.wait("return document.querySelectorAll('#r-certs tr')"
                     ".length === 20", "certificates")
        return o
    return make


def test_certificates_that_expire_come_first_and_are_marked(many, browser):
    o = many()
    shown = rows(browser, "certs")
    assert [r[1] for r in shown[:2]] == ["soon0.example.com",
                                         "soon1.example.com"]
    # A sign and words, not a colour alone.
    assert re.match(r"▲▲\d days$", shown[0][0])
    assert re.match(r"▲\d\d days$", shown[1][0])
    assert re.match(r"\d+ days$", shown[2][0])
    assert tile(browser, "Next to expire").endswith(" days")
    assert browser.text("#where") == "1–20 of 32"
    browser.run("document.getElementById('next').click()")
    wait_until(lambda: browser.text("#where") == "21–32 of 32", "the rest")
    browser.run("document.getElementById('search').focus()")
    browser.write("C7.ex")
    wait_until(lambda: [r[1] for r in rows(browser, "certs")] ==
               ["c7.example.com"], "one")
    browser.write("zzz")
    wait_until(lambda: "contains “C7.exzzz”" in browser.text("#n-certs"),
               "none")
    is_clean(o, browser)


def test_a_name_cannot_become_markup(launch, pki, browser, place):
    pair = pki.server("a.example.com")
    bad = place / "<img src=x onerror=alert(1)>.pem"
    bad.touch(mode=0o600)
    bad.write_bytes(pair.pem.read_bytes())
    o = launch('frontend = "[127.0.0.1]:0"\nbackend = "[127.0.0.1]:9"\n'
               f'pem-file = "{bad}"\n{STATS}\n').wait_ready()
    o.url = f"http://127.0.0.1:{reporter.address(o)[1]}/"
    browser.requests()
    browser.open(o.url)
    wait_until(lambda: any("onerror" in "".join(r)
               for r in rows(browser, "certs")), "the file")
    assert browser.run("return document.images.length") == 0
    is_clean(o, browser)
