#!/usr/bin/env python3
"""Somebody who rolls a program out looks which stores are left, in a real browser.

    programs.py ADDRESS FOLDER

On a phone and at a desk, in both languages. Pictures go to FOLDER. Ends with 1 where something is
not so."""

import os
import sys

from webdriver import Browser, Failed

WIDTH = 390


def phone(browser, on):
    if on:
        browser.cdp("Emulation.setDeviceMetricsOverride", width=WIDTH, height=844,
                    deviceScaleFactor=1, mobile=True)
    else:
        browser.cdp("Emulation.clearDeviceMetricsOverride")


def says(browser, selector, *words):
    told = browser.text(browser.find(selector))
    for one in words:
        if one not in told:
            raise Failed(f"{selector} says {told!r} and not {one!r}")


def main(address, folder):
    picture = lambda name: os.path.join(folder, f"programs-{name}.png")
    with Browser() as browser:
        browser.go(address + "/")
        says(browser, "[data-programs]", "0.10.0: 3", "0.9.0: 7", "not announced yet: 1")
        says(browser, "[data-behind]", "older program than 0.10.0", "1042", "1310")
        says(browser, "#ready + .wide", "older program on 7", "older program on all registers")
        browser.picture(picture("desk"))
        phone(browser, True)
        for language in ["en", "es"]:
            browser.go(f"{address}/?lang={language}")
            wide = browser.look("return document.documentElement.scrollWidth")
            if wide > WIDTH:
                raise Failed(f"on a phone the page is {wide} wide in {language}")
            browser.picture(picture(f"phone-{language}"))
        says(browser, "[data-programs]", "sin anunciar: 1")
        says(browser, "[data-behind]", "programa anterior a 0.10.0")
        phone(browser, False)
        browser.go(address + "/")
        browser.picture(picture("desk-es"))
        # A store that is left leads to what else is known of it.
        browser.click(browser.find("[data-behind] a"))
        browser.until(lambda: "/status?store=9" in browser.address(), "the store's page", 60)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as why:
        print(f"FAILED: {why}", flush=True)
        sys.exit(1)
