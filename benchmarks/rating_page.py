"""Key to next session in a real Chromium, among 10,000 sessions, beside what a key costs on an empty page.

A key's time goes from the keydown event to the second animation frame after the screen shows what it brought. Run as
a part of: python -m benchmarks.rating
"""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path
from typing import Any

KEYS = 60
LIMIT_MS = 150.0
"""A key may take this long to show the next session, in the median."""

_WATCH = """expected => new Promise(done => {
  addEventListener("keydown", event => {
    const began = performance.now();
    const shown = () => (expected() ? requestAnimationFrame(() => requestAnimationFrame(
      () => done(performance.now() - began))) : setTimeout(shown, 1));
    shown();
  }, { once: true, capture: true });
})"""
_NEXT = f"""() => {{
  const counts = document.getElementById("counts"), before = counts.textContent;
  window.taken = ({_WATCH})(() => counts.textContent !== before
    && [...document.querySelectorAll("#stage .screens img")].every(one => one.complete && one.naturalWidth));
}}"""
_EMPTY = f"""() => {{ window.taken = ({_WATCH})(() => true); }}"""


def measure_page(runs: Path) -> int:
    """Print the figures; 1 if the limit is missed."""
    from playwright.sync_api import sync_playwright

    from tests.serving import serving

    found = shutil.which("chromium")
    if found is None:
        print("  no chromium on the PATH: the page is not measured")
        return 0
    with serving(runs, live=False) as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page, empty = browser.new_page(viewport={"width": 1280, "height": 800}), browser.new_page()
        page.goto(str(client.base_url))
        page.locator("#rate").wait_for()
        keyed = [_taken(page, _NEXT, str(number % 10)) for number in range(KEYS)]
        bare = [_taken(empty, _EMPTY, "a") for _ in range(KEYS)]
        browser.close()
    median, nothing = statistics.median(keyed), statistics.median(bare)
    print(f"  a key on the page shows the next session within {median:.0f} ms, {_high(keyed):.0f} ms in 95 of 100")
    print(f"  that is {median / nothing:.1f} times a key on an empty page ({nothing:.0f} ms)")
    print(f"  limit {LIMIT_MS:g} ms: {'missed' if median > LIMIT_MS else 'held'}")
    return int(median > LIMIT_MS)


def _taken(page: Any, watch: str, key: str) -> float:
    page.bring_to_front()
    page.evaluate(watch)
    page.keyboard.press(key)
    return float(page.evaluate("window.taken"))


def _high(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
