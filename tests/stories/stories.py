"""The stories: what a cashier does on a day of an outage, each in a store and a window of its own.

`tests/stories.sh` runs them. A story presses keys and says what is to be seen (`see` compares
picture and names) and how much money is recorded in the end.
"""

import json
import pathlib
import sys
import time

from driver import PROGRAM, Failed, Window, records, run, show_names_to_screen_readers, verify

CASHIER, LEAD, MANAGER = ("31", "480273"), ("41", "702946"), ("51", "958316")
WATER, JUICE, COFFEE, LAGER = "401100370077", "401101480287", "401103330634", "413209520727"
UNKNOWN = "4006381333931"


def sign_in(window, person=CASHIER):
    """From the first screen to the sale, the drawer's float keyed."""
    window.wait("Your number")
    window.line(person[0])
    window.wait('"PIN"')
    window.line(person[1])
    window.wait("Open your shift")
    window.line("150.00")
    window.wait("F12 Cash")


def sign(window, person):
    """Somebody else signs."""
    window.wait("Their number")
    window.line(person[0])
    window.wait("Their PIN")
    window.line(person[1])


def pay_exactly(window):
    """Cash, exactly what is due."""
    window.key("F12")
    window.wait("Due in cash")
    window.key("F12")
    window.wait("Paid.")


def signing_in_and_opening_the_shift(window):
    window.see("sign-in")
    window.line(CASHIER[0])
    window.see("pin")
    window.line(CASHIER[1])
    window.see("open-shift")
    window.line("150.00")
    window.see("ready")
    return 0, 0


def a_sale_for_cash(window):
    sign_in(window)
    window.scan(WATER)
    window.type("2*")
    window.scan(JUICE)
    window.line("0.65*4011")
    window.wait("Bananas")
    window.scan(COFFEE)
    window.wait("Ground coffee")
    window.see("sale")
    window.key("F12")
    window.see("payment")
    window.line("20.00")
    window.see("paid")
    window.key("Return")
    window.wait("Ready for the first item")
    return 1, 1850


def a_sale_by_check(window):
    sign_in(window)
    window.line("12*" + WATER)
    window.wait("Spring water")
    window.key("F9")
    window.see("line")
    window.line("111000025")
    window.wait("Routing")
    window.line("8675309867")
    window.wait("again")
    window.line("8675309867")
    window.wait("number")
    window.line("1207")
    window.see("id")
    window.type("1")
    window.wait("two letters")
    window.line("TX")
    window.wait("Y or N")
    window.type("y")
    window.wait("Take the check")
    window.see("look")
    window.key("Return")
    window.wait("Paid.")
    window.see("paid")
    return 1, 1571


def an_item_comes_back_with_its_receipt(window):
    sign_in(window)
    window.scan(WATER)
    window.scan(COFFEE)
    window.wait("Ground coffee")
    pay_exactly(window)
    window.key("F8")
    window.see("which-receipt")
    window.key("Return")
    window.see("receipt")
    window.key("Down")
    window.line("1")
    window.see("why")
    window.type("3")
    window.wait("came back")
    window.key("Escape")
    window.see("sale")
    window.key("F12")
    window.see("signature")
    sign(window, LEAD)
    window.wait("To give back in cash")
    window.key("F12")
    window.see("paid")
    return 2, 130


def a_price_changed_with_a_second_person(window):
    sign_in(window)
    window.scan(COFFEE)
    window.scan(WATER)
    window.wait("Spring water")
    window.key("Up", "Up", "F4")
    window.see("price")
    window.line("699")
    window.see("why")
    window.type("1")
    window.see("signature")
    sign(window, MANAGER)
    window.see("changed")
    pay_exactly(window)
    return 1, 840


def an_item_not_on_file_is_settled(window):
    sign_in(window)
    window.scan(UNKNOWN)
    window.scan(WATER)
    window.wait("Spring water")
    window.see("yellow")
    window.key("F12")
    window.see("price")
    window.line("450")
    window.see("department")
    window.type("7")
    window.see("settled")
    pay_exactly(window)
    return 1, 615


def a_sale_put_aside_and_gone_on_with(window):
    sign_in(window)
    window.scan(WATER)
    window.scan(JUICE)
    window.wait("Orange juice")
    window.key("F7")
    window.see("aside")
    window.scan(COFFEE)
    window.wait("Ground coffee")
    pay_exactly(window)
    window.key("Return")
    window.wait("Ready for the first item")
    window.key("F7")
    window.see("which")
    window.type("1")
    window.see("again")
    pay_exactly(window)
    return 2, 1375


def a_paid_sale_is_voided(window):
    sign_in(window)
    window.scan(WATER)
    window.scan(JUICE)
    window.wait("Orange juice")
    pay_exactly(window)
    window.key("F8")
    window.wait("Which receipt?")
    window.key("Return")
    window.wait("Shift F8")
    window.key("shift+F8")
    window.see("why")
    window.type("2")
    window.see("signature")
    sign(window, MANAGER)
    window.see("voided")
    return 2, 0


def a_drop_and_the_report_of_the_shift(window):
    sign_in(window)
    window.line("40*" + COFFEE)
    window.wait("Ground coffee")
    pay_exactly(window)
    window.key("Return", "F10")
    window.see("drawer")
    window.type("1")
    window.wait("Two people count it")
    window.line("20000")
    window.wait("Which bag")
    window.line("B-117")
    window.see("signature")
    sign(window, LEAD)
    window.see("dropped")
    window.key("F10")
    window.wait("Cash drawer")
    window.type("8")
    window.see("report")
    return 1, 32440


def a_drawer_counted_blind_and_closed(window):
    sign_in(window)
    window.scan(WATER)
    window.wait("Spring water")
    pay_exactly(window)
    window.key("Return", "F10")
    window.wait("Cash drawer")
    window.type("7")
    window.see("hundreds")
    for pieces in ("1", "", "2", "1", "", ""):
        before = window.tree()
        window.line(pieces)
        window.until(lambda: window.tree() != before, "the next question")
    window.see("coins")
    window.line("6.25")
    window.see("checks")
    window.key("Return")
    window.see("closed")
    return 1, 130


def the_store_is_decided_and_closed_after_the_outage(window):
    sign_in(window)
    window.scan(WATER)
    window.wait("Spring water")
    pay_exactly(window)
    window.key("Return", "F10")
    window.wait("Cash drawer")
    window.type("7")
    window.wait("How many of")
    # 166.25 in a drawer that should hold 151.30.
    for pieces in ("1", "", "2", "1", "", "", "16.25", ""):
        before = window.tree()
        window.line(pieces)
        window.until(lambda: window.tree() != before, "the next question")
    window.key("ctrl+l")
    window.wait("Your number")
    window.line(MANAGER[0])
    window.wait('"PIN"')
    window.line(MANAGER[1])
    window.wait("Open your shift")
    window.key("shift+F11")
    window.wait("Choose with the arrows")
    window.key("Up", "Return")
    window.see("pin")
    window.line(MANAGER[1])
    window.wait("Look again")

    def all_is_in():
        seen = window.tree()[0]
        if all(words in seen for words in ("Everything is here. Registers: 1.", "1 to decide", "has answered")):
            return True
        window.key("F4")
        return False

    window.until(all_is_in, "what was sent")
    window.see("sheet")
    window.key("Down", "Down", "Down", "Return")
    window.see("matter")
    window.type("1")
    window.wait("In other words")
    window.type("5")
    window.see("sign")
    window.type("1")
    window.wait("Decided and signed")
    window.see("ready")
    window.key("Up", "Return")
    window.wait("each difference has its name")
    window.key("F4")
    window.wait("Closure 1 is signed")
    window.key("Up", "Return")
    window.wait("Closure 1 of store")
    window.see("closure")
    return 1, 130


def language_and_colors(window):
    window.wait("Your number")
    window.key("ctrl+e")
    window.see("spanish")
    window.key("ctrl+e")
    sign_in(window)
    window.scan(WATER)
    window.wait("Spring water")
    window.key("ctrl+e")
    window.see("spanish-sale")
    window.key("ctrl+t")
    window.see("dark")
    window.key("ctrl+t")
    window.see("contrast")
    window.key("ctrl+t", "ctrl+e")
    pay_exactly(window)
    return 1, 130


def the_first_start_tries_the_demo_store(window):
    window.see("welcome")
    window.type("1")
    window.next_window("Your number")
    sign_in(window)
    window.scan(WATER)
    window.wait("Spring water")
    pay_exactly(window)
    return 1, 130


def the_first_start_sets_up_a_register(window):
    pack = window.folder / "store.pack"
    run(PROGRAM, "pack", "build", "--from", "assets/sample-store", "--key",
        window.folder / "pack.key", "--new-key", "--out", pack)
    window.wait("Welcome to Tideover")
    window.type("2")
    window.see("central")
    window.type("2")
    window.wait("price file")
    window.line("/nothing/here")
    window.see("no-such-file")
    window.line(str(pack))
    window.see("is-it-ours")
    window.type("1")
    window.wait("Which register")
    window.line("7")
    window.next_window("Your number")
    sign_in(window)
    window.scan(WATER)
    window.wait("Spring water")
    pay_exactly(window)
    return 1, 130


STORIES = [
    signing_in_and_opening_the_shift,
    a_sale_for_cash,
    a_sale_by_check,
    an_item_comes_back_with_its_receipt,
    a_price_changed_with_a_second_person,
    an_item_not_on_file_is_settled,
    a_sale_put_aside_and_gone_on_with,
    a_paid_sale_is_voided,
    a_drop_and_the_report_of_the_shift,
    a_drawer_counted_blind_and_closed,
    the_store_is_decided_and_closed_after_the_outage,
    language_and_colors,
]

# These begin on a machine where nothing is set up.
FIRST_STARTS = [
    the_first_start_tries_the_demo_store,
    the_first_start_sets_up_a_register,
]


def agrees(said, sales, cents):
    """What the demo says at its end is the money of the story, at the register and at central."""
    money = f"${cents / 100:.2f}"
    wanted = (True, sales, money, sales, money)
    found = tuple(said[word] for word in (
        "agrees", "ledger_sales", "ledger_money", "central_sales", "central_money"))
    if found != wanted:
        raise Failed(f"register and central hold {found}, not {wanted}: {said}")


def tell(story, work):
    """One story in a demo store of its own."""
    name = story.__name__.replace("_", "-")
    began = time.monotonic()
    window = Window(name, work, "--json", "demo", "--data", work / name / "store")
    try:
        sales, cents = story(window)
        register = work / name / "store" / "register"
        verify(register)
        agrees(json.loads(window.close()), sales, cents)
    finally:
        window.stop()
    print(f"  {name}: {window.step} steps, {time.monotonic() - began:.1f} s", flush=True)


def holds(register, sales, cents):
    """The register's journal is whole and holds the money of the story."""
    verify(register)
    sold = [record["b"] for record in records(register) if record["k"] == "sale"]
    found = (len(sold), sum(sale["total"] + sale["rounding"] for sale in sold))
    if found != (sales, cents):
        raise Failed(f"the register holds {found}, not {(sales, cents)}")


def tell_first_start(story, work):
    """One story on a machine where nothing is set up, with a home of its own."""
    name = story.__name__.replace("_", "-")
    began = time.monotonic()
    home = work / name / "home"
    home.mkdir(parents=True)
    at_home = {"HOME": home, "XDG_DATA_HOME": home / "data"}
    window = Window(name, work, "--json", environment=at_home)
    try:
        sales, cents = story(window)
        said = window.close()
        if said.strip():  # The demo, whose store is gone with it.
            agrees(json.loads(said), sales, cents)
        else:
            holds(home / "data" / "tideover", sales, cents)
    finally:
        window.stop()
    print(f"  {name}: {window.step} steps, {time.monotonic() - began:.1f} s", flush=True)


def main():
    """Tells all stories, or those named; 1 if one went otherwise."""
    work, wanted = pathlib.Path(sys.argv[1]), sys.argv[2:]
    show_names_to_screen_readers()
    failed = 0
    tellers = [(tell, story) for story in STORIES]
    tellers += [(tell_first_start, story) for story in FIRST_STARTS]
    for teller, story in tellers:
        name = story.__name__.replace("_", "-")
        if wanted and name not in wanted:
            continue
        try:
            teller(story, work)
        except Failed as why:
            failed += 1
            print(f"FAILED: {name}: {why}", flush=True)
    return 1 if failed else 0


sys.exit(main())
