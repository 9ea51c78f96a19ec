#!/usr/bin/env python3
"""Somebody of IT at central's page of the queue, in a real browser.

    queue.py ADDRESS TOKEN FOLDER

Looks at all stores, on a desk and on a phone, opens an error by the keyboard, is refused with a
token of the wrong kind, and then has its records tried again. Pictures go to FOLDER. Prints what it
saw; ends with 1 where something is not so."""

import os
import sys

from webdriver import ENTER, TAB, Browser, Failed


def fits(browser, what):
    wide = browser.look("return document.documentElement.scrollWidth")
    if wide > 390:
        raise Failed(f"on a phone {what} is {wide} wide")


def phone(browser, on):
    if on:
        browser.cdp("Emulation.setDeviceMetricsOverride", width=390, height=844,
                    deviceScaleFactor=1, mobile=True)
    else:
        browser.cdp("Emulation.clearDeviceMetricsOverride")


def sign(browser, token, reason):
    browser.type(browser.find("[name=reason]"), reason)
    field = browser.find("[name=token]")
    browser.click(field)
    browser.keys(token + ENTER)


def main(address, token, folder):
    picture = lambda name: os.path.join(folder, f"queue-{name}.png")
    with Browser() as browser:
        browser.go(f"{address}/queue")
        if browser.find_all("script"):
            raise Failed("the page brings a script")
        head = browser.text(browser.find("h1"))
        print(f"head: {head}")
        if "to look at" not in head or "still out" not in head:
            raise Failed(f"the head does not say what is the matter: {head}")
        browser.picture(picture("page"))
        browser.cdp("Emulation.setEmulatedMedia",
                    features=[{"name": "prefers-color-scheme", "value": "dark"}])
        browser.picture(picture("dark"))
        browser.cdp("Emulation.setEmulatedMedia", features=[])
        phone(browser, True)
        browser.go(f"{address}/queue")
        fits(browser, "the queue")
        browser.picture(picture("phone"))
        phone(browser, False)
        # The filter, by the keyboard alone.
        browser.go(f"{address}/queue")
        browser.click(browser.find("[name=store]"))
        browser.keys("1042" + ENTER)
        browser.until(lambda: "store=1042" in browser.address(), "the filter", 60)
        rows = browser.find_all(".card[data-row]")
        print(f"errors {len(rows)}")
        refused = [row for row in rows if "refused" in browser.text(row)]
        if len(refused) != 1:
            raise Failed(f"{len(refused)} errors are refusals")
        browser.click(browser.find("a", refused[0]))
        browser.until(lambda: "cause=" in browser.address(), "the error's page", 60)
        browser.picture(picture("cause"))
        phone(browser, True)
        fits(browser, "an error")
        phone(browser, False)
        sign(browser, "480273", "the receiver knows the item now")
        browser.until(lambda: browser.find_all("[role=alert]"), "the refusal", 60)
        said = browser.text(browser.find("[role=alert]"))
        print(f"refused: {said}")
        if "no token of IT" not in said:
            raise Failed(f"a PIN is refused in other words: {said}")
        sign(browser, token, "the receiver knows the item now")
        browser.until(lambda: browser.find_all("[role=status]"), "that it was signed", 60)
        said = browser.text(browser.find("[role=status]"))
        print(f"signed: {said}")
        if "amended and signed" not in said:
            raise Failed(f"nothing says that it was signed: {said}")
        browser.picture(picture("done"))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as why:
        print(f"FAILED: {why}")
        sys.exit(1)
