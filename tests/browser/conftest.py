"""A real Chromium with a fresh profile a test; without one, or without playwright, these tests are skipped by name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install -e '.[dev]'")

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

expect.set_options(timeout=30_000)  # a megabyte in a text field keeps the browser busy for ten seconds

SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that stands on the PATH."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium on the PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield started
        started.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[BrowserContext]:
    """A window of a laptop; nothing that goes wrong in its scripts passes by."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone held upright."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    context.set_default_timeout(20_000)
    yield context
    context.close()
