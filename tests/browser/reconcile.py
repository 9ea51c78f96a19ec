#!/usr/bin/env python3
"""A manager's evening at central's page, in a real browser.

    reconcile.py ADDRESS STORE FOLDER

Signs in by the keyboard alone, counts the rows that lie open, decides every kind of trouble as a
person would (the offered forms, filled in and sent), closes the store, and looks at certificate
and PDF. Pictures go to FOLDER. Prints what it saw; ends with 1 where something is not so."""

import os
import re
import subprocess
import sys
import urllib.request

from webdriver import ENTER, TAB, Browser, Failed

MANAGER, MANAGER_PIN = "51", "958316"
SECOND, SECOND_PIN = "41", "702946"
# What is chosen for which kind, where it is not the first one offered.
CHOICE = {
    "unknown_item": "reassign", "price_differs": "make_good", "price_not_in_force": "make_good",
    "tax_differs": "correct", "count_differs": "count", "delivery_differs": "correct",
    "received_twice": "correct", "drawer_variance": "write_off", "not_here": "write_off",
    "open_shift": "write_off", "drawer_ledger": "correct", "returned_twice": "write_off",
}
VISIBLE_ROWS = """
const seen = [...document.querySelectorAll('[data-row]')].filter(one => {
  for (let at = one.parentElement; at; at = at.parentElement)
    if (at.tagName === 'DETAILS' && !at.open) return false;
  return one.offsetParent !== null;
});
return seen.length;
"""
# The first form of what is due: its rule, and whether it is about all of the rule together.
NEXT = """
const form = [...document.querySelectorAll('form[action="/reconcile/decide"]')].find(form => {
  const chip = form.closest('details.row[data-row]');
  return chip && chip.querySelector('.chip') && !chip.querySelector('.chip.info');
});
if (!form) return null;
const opened = [];
for (let at = form.parentElement; at; at = at.parentElement)
  if (at.tagName === 'DETAILS') opened.unshift(at.querySelector(':scope > summary'));
return {form: form, rule: form.querySelector('[name=rule]').value,
        all: form.querySelector('[name=all]').value, opened: opened,
        closed: opened.map(one => !one.parentElement.open),
        second: !!form.querySelector('[name=second]')};
"""


def sign_in(browser):
    """By the keyboard alone."""
    field = browser.find("#sign-in [name=number]")
    browser.click(field)
    browser.keys(MANAGER + TAB)
    browser.keys(MANAGER_PIN + ENTER)
    browser.until(lambda: browser.find_all("[action='/reconcile/sign-out']"), "the sign-in", 120)


def decide(browser, offer):
    form, rule = offer["form"], offer["rule"]
    for summary, closed in zip(offer["opened"], offer["closed"]):
        if closed:
            browser.click(summary)
    if rule in CHOICE:
        browser.click(browser.find(f"[value={CHOICE[rule]}]", form))
    chosen = browser.look(
        "return arguments[0].querySelector('[name=action]:checked').value", form)
    more = {"reassign": ("item", "3005"), "count": ("area", "Aisle 7")}.get(chosen)
    if more:
        browser.type(browser.find(f"[name={more[0]}]", form), more[1])
    browser.type(browser.find("[name=reason]", form), "Looked at it with the lead")
    if offer["second"]:
        browser.type(browser.find("[name=second]", form), SECOND)
        browser.type(browser.find("[name=second_pin]", form), SECOND_PIN)
    browser.submit(browser.find("button", form))
    said = browser.find_all(".say.bad[role=alert]")
    if said:
        raise Failed(f"{rule}: {browser.text(said[0])}")
    if not browser.find_all(".say.good[role=status]"):
        raise Failed(f"{rule}: nothing says that it was decided")
    return chosen


def look_at_paper(address, folder):
    path = os.path.join(folder, "closure.pdf")
    with urllib.request.urlopen(address, timeout=60) as answer, open(path, "wb") as file:
        file.write(answer.read())
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    text = text.stdout.decode()
    for part in ("Closure 1 of store 1042", "Balanced to the cent", "Tideover Market",
                 "Within the free amount", "Signed by central", "51 and 41"):
        if part not in text:
            raise Failed(f"the PDF does not say '{part}'")
    picture = os.path.join(folder, "closure-pdf")
    done = subprocess.run(["pdftoppm", "-png", "-r", "70", path, picture], capture_output=True)
    if done.returncode != 0 or done.stderr:
        raise Failed(f"the PDF does not draw: {done.stderr.decode()}")
    return len(re.findall("\f", text))


def main(address, store, folder):
    page = f"{address}/reconcile?store={store}"
    picture = lambda name: os.path.join(folder, f"reconcile-{name}.png")
    with Browser() as browser:
        browser.go(page)
        sign_in(browser)
        rows = browser.look(VISIBLE_ROWS)
        print(f"rows {rows}")
        if rows > 40:
            raise Failed(f"{rows} rows lie open, at most 40 may")
        browser.picture(picture("page"))
        for name, feature, value in (("dark", "prefers-color-scheme", "dark"),
                                     ("contrast", "prefers-contrast", "more")):
            browser.cdp("Emulation.setEmulatedMedia", features=[{"name": feature, "value": value}])
            browser.picture(picture(name))
        browser.cdp("Emulation.setEmulatedMedia", features=[])
        browser.cdp("Emulation.setDeviceMetricsOverride", width=390, height=844,
                    deviceScaleFactor=1, mobile=True)
        wide = browser.look("return document.documentElement.scrollWidth")
        if wide > 390:
            raise Failed(f"on a phone the page is {wide} wide")
        browser.picture(picture("phone"))
        browser.cdp("Emulation.clearDeviceMetricsOverride")
        done = []
        while True:
            offer = browser.look(NEXT)
            if not offer:
                break
            if not done:
                for summary, closed in zip(offer["opened"], offer["closed"]):
                    if closed:
                        browser.click(summary)
                browser.picture(picture("matter"))
                offer = browser.look(NEXT)
            done.append((offer["rule"], decide(browser, offer)))
            if len(done) > 120:
                raise Failed("deciding does not come to an end")
        print(f"decided {len(done)} of {len({rule for rule, _ in done})} kinds, by "
              f"{sorted({chosen for _, chosen in done})}")
        if "Ready to close" not in browser.text(browser.find("h1")):
            raise Failed(f"not ready to close: {browser.text(browser.find('main'))[:2000]}")
        browser.picture(picture("ready"))
        browser.submit(browser.find("[action='/reconcile/close'] button"))
        if "/closure?" not in browser.address():
            raise Failed(f"not closed: {browser.text(browser.find('main'))[:2000]}")
        verdict = browser.text(browser.find(".say.good"))
        print(verdict)
        browser.picture(picture("closure"))
        pages = look_at_paper(browser.address().replace("/closure?", "/closure.pdf?"), folder)
        print(f"pdf of {pages} pages")
        browser.go(page)
        if "Nothing new" not in browser.text(browser.find("h1")):
            raise Failed("a closed store has nothing new")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as why:
        print(f"FAILED: {why}")
        sys.exit(1)
