#!/usr/bin/env python3
"""Somebody at head office watches a recovery, in a real browser, and does the sums by SQL.

    recovery.py ADDRESS DATABASE FOLDER

Prints "go N" when N more steps of each register may come in, and reads "went" once they did; in
between it looks, so that it looks at a live drain. Pictures go to FOLDER. Ends with 1 where
something is not so."""

import os
import sqlite3
import sys
import threading
import urllib.request

from webdriver import Browser, Failed

# Registers that never had anything else than this to send: what was out is all there is.
SUMS = {
    "received": "SELECT coalesce(sum(next_seq), 0) FROM branch WHERE branch = 0 AND reg > 0",
    "records": "SELECT coalesce(sum(next_seq), 0) FROM branch WHERE branch = 0 AND reg > 0",
    "expected": """SELECT coalesce(sum(max(j.expected_next, coalesce(b.next_seq, 0))), 0)
        FROM journal j LEFT JOIN branch b USING (store, reg, epoch)
        WHERE j.reg > 0 AND coalesce(b.branch, 0) = 0""",
    "money": """SELECT coalesce(sum(r.takings - r.payouts), 0) FROM branch b
        JOIN record r USING (store, reg, epoch, branch)
        WHERE b.branch = 0 AND b.reg > 0 AND r.seq = b.next_seq - 1""",
    "behind": "SELECT coalesce(sum(next_seq - projected), 0) FROM branch WHERE reg > 0",
    "forked": "SELECT coalesce(sum(next_seq - from_seq), 0) FROM branch WHERE branch > 0",
    "silent": """SELECT count(*) FROM (SELECT store FROM register_key
        EXCEPT SELECT store FROM journal WHERE reg > 0)""",
}

# What only grows while registers deliver.
GROWS = ["received", "expected", "money", "records"]


def by_sql(database):
    with sqlite3.connect(database, timeout=60) as db:
        db.execute("BEGIN")
        return {name: db.execute(sql).fetchone()[0] for name, sql in SUMS.items()}


def figures(browser):
    all_of_them = browser.look(
        "return Array.from(document.querySelectorAll('[data-figure][data-value]'))"
        ".map(one => [one.dataset.figure, one.dataset.value])")
    return {name: int(value) for name, value in all_of_them if value != ""}


def phone(browser, on):
    if on:
        browser.cdp("Emulation.setDeviceMetricsOverride", width=390, height=844,
                    deviceScaleFactor=1, mobile=True)
    else:
        browser.cdp("Emulation.clearDeviceMetricsOverride")


def fits(browser, what):
    wide = browser.look("return document.documentElement.scrollWidth")
    if wide > 390:
        raise Failed(f"on a phone {what} is {wide} wide")


def spoken(browser):
    return browser.look("return document.documentElement.lang")


def left_in_english(browser):
    """What a page in Spanish still says in English, besides data and the way back."""
    said = browser.look("return document.body.innerText").lower()
    known = [" records", "announced", "heard", "register ", " stores", "look at", "outage"]
    left = [word for word in known if word in said]
    if left:
        raise Failed(f"a page in Spanish says {left}")


class Drain:
    """More of the registers' records, while somebody looks."""

    def go(self, steps):
        print(f"go {steps}", flush=True)
        self.waiting = threading.Thread(target=sys.stdin.readline)
        self.waiting.start()

    def is_under_way(self):
        return self.waiting.is_alive()

    def went(self):
        self.waiting.join(300)
        if self.waiting.is_alive():
            raise Failed("the registers did not come to their end")


def main(address, database, folder):
    picture = lambda name: os.path.join(folder, f"recovery-{name}.png")
    drain = Drain()
    with Browser() as browser:
        browser.go(address + "/")
        if browser.find_all("script"):
            raise Failed("the page brings a script")
        before = figures(browser)
        if "eta" in before or "not known yet" not in browser.text(browser.find("[data-figure=eta]")):
            raise Failed("a time left is told before anything came in")
        # The page goes on by itself: nobody loads it again.
        drain.go(2)
        drain.went()
        browser.until(lambda: figures(browser).get("received", 0) > before["received"],
                      "the page to go on by itself", 60)
        def is_the_same():
            browser.go(address + "/")
            said, told = by_sql(database), figures(browser)
            return all(told[name] == value for name, value in said.items())

        # While records come in a look falls between two of SQL's, and nothing here ever becomes
        # less. The page may have been asked for a moment before, by its own refresh: then the next
        # look is as good.
        def is_between():
            before = by_sql(database)
            browser.go(address + "/")
            told, after = figures(browser), by_sql(database)
            outside = {name: (before[name], told[name], after[name]) for name in GROWS
                       if not before[name] <= told[name] <= after[name]}
            return outside

        live, still, places = 0, 0, set()
        for _ in range(6):
            drain.go(1)
            while True:
                outside = is_between() and is_between()
                if outside:
                    raise Failed(f"the page says what SQL said neither before nor after: {outside}")
                live += 1
                if not drain.is_under_way():
                    break
            drain.went()
            browser.until(is_the_same, "page and SQL to say the same", 60)
            still += 1
            places.add(figures(browser)["received"])
        print(f"between SQL's two looks {live} times while records came in, the same {still} times")
        if len(places) < 3:
            raise Failed(f"the drain was seen at {len(places)} places only")
        browser.until(lambda: "eta" in figures(browser), "a time left", 60)
        told = figures(browser)
        if told["missing"] != told["expected"] - told["received"] or told["eta"] < 1:
            raise Failed(f"the figures don't add up: {told}")
        print(f"in the middle: {told}")
        browser.picture(picture("page"))
        browser.cdp("Emulation.setEmulatedMedia",
                    features=[{"name": "prefers-color-scheme", "value": "dark"}])
        browser.picture(picture("dark"))
        browser.cdp("Emulation.setEmulatedMedia", features=[])
        phone(browser, True)
        browser.go(address + "/")
        fits(browser, "the recovery page")
        browser.picture(picture("phone"))
        # The other language is one tap away, and stays.
        browser.click(browser.find("a[lang=es]"))
        browser.until(lambda: spoken(browser) == "es", "the page in Spanish", 60)
        browser.go(address + "/")
        fits(browser, "the recovery page in Spanish")
        left_in_english(browser)
        browser.picture(picture("phone-spanish"))
        browser.go(address + "/status?store=1042")
        fits(browser, "a store's status in Spanish")
        left_in_english(browser)
        browser.picture(picture("status-spanish"))
        phone(browser, False)
        browser.go(address + "/")
        browser.picture(picture("page-spanish"))
        browser.click(browser.find("a[lang=en]"))
        browser.until(lambda: spoken(browser) == "en", "the page in English", 60)
        phone(browser, True)
        browser.go(address + "/")
        worst = browser.find("[data-store]")
        browser.click(worst)
        browser.until(lambda: "/status?store=" in browser.address(), "a store's page", 60)
        browser.go(address + "/status?store=1042")
        fits(browser, "a store's status")
        if "An outage is open" not in browser.text(browser.find("h1")):
            raise Failed("the store's own outage is not told to its staff")
        browser.picture(picture("status"))
        # Nobody is said to be well who was never heard.
        browser.go(address + "/status?store=1310")
        fits(browser, "the status of a silent store")
        if "Nothing was heard" not in browser.text(browser.find("h1")):
            raise Failed("a store that never spoke is said to be well")
        if browser.find_all(".say.good, .track"):
            raise Failed("a store that never spoke stands in green")
        browser.picture(picture("status-silent"))
        browser.go(address + "/public/1042")
        fits(browser, "the form for customers")
        headlines = [browser.text(one) for one in browser.find_all("h1")]
        if len(headlines) != 2 or "cash and checks only" not in headlines[0]:
            raise Failed(f"customers read {headlines}")
        browser.picture(picture("public"))
        phone(browser, False)
        drain.go(80)
        drain.went()
        browser.go(address + "/")
        if "Everything announced is here" not in browser.text(browser.find("h1")):
            raise Failed("all of it is in, and the page does not say so")
        said, told = by_sql(database), figures(browser)
        wrong = {name: (told[name], value) for name, value in said.items() if told[name] != value}
        if wrong or said["received"] != said["expected"]:
            raise Failed(f"page and SQL differ at the end: {wrong} {said}")
        browser.picture(picture("calm"))
        browser.go(address + "/?lang=es")
        left_in_english(browser)
        browser.picture(picture("calm-spanish"))
        with urllib.request.urlopen(address + "/") as answer:
            if answer.headers.get("Refresh"):
                raise Failed("the page goes on although nothing is out")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as why:
        print(f"FAILED: {why}", flush=True)
        sys.exit(1)
