"""Debian's Chromium, for pages that must work where they are read: offline, from a file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from debian import install
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
)  # fmt: skip


def _program() -> str:
    if not shutil.which("chromium") and (failed := install("chromium")):
        pytest.skip(f"no Chromium: {failed}")
    return shutil.which("chromium") or ""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser that draws without a graphics card; skips the test where none can be had."""
    program = _program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, file: Path, width: int, height: int) -> Iterator[tuple[Page, list[str]]]:
    """The file in a window without network, and what went wrong in it: errors, warnings, requests for anything else."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: _own(request.url, file) or wrong.append(f"request: {request.url[:200]}"))
    try:
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        yield page, wrong
    finally:
        context.close()


def _own(url: str, file: Path) -> bool:
    return url == file.as_uri() or url.startswith(("data:", "blob:"))
