#!/usr/bin/env python3
"""Verifies journals of Tideover, from docs/record.md alone, with the standard library only.

    tests/verify.py [--key HEX] [--checkpoint FILE] JOURNAL...

Prints one JSON object a journal: records, next_seq, head, root, in, out, findings as
[class, seq] in the order they were found. Ends with 0 when all are clean, 1 when something was
found, 2 when a file can't be read. It is slow on purpose: the signature check is written out.
"""
import argparse
import base64
import datetime
import functools
import hashlib
import json
import re
import sys

LINE_MAX = 256 * 1024
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
ZERO = "0" * 64

# ---- Ed25519, RFC 8032 section 5.1 -----------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def decompress(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_MINUS_1 % P
    if (x * x - x2) % P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=None)
def signature_holds(key, message, signature):
    a = decompress(key)
    s = int.from_bytes(signature[32:], "little")
    if a is None or s >= ORDER:
        return False
    h = hashlib.sha512(signature[:32] + key + message).digest()
    h = int.from_bytes(h, "little") % ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return compress(add(times(s, BASE), times(h, minus_a))) == signature[:32]


WEAK = {bytes.fromhex(y) for y in (
    "00" * 32, "01" + "00" * 31,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f", "ef" + "ff" * 30 + "7f")}


def key_is_usable(key):
    y = key[:31] + bytes([key[31] & 0x7F])
    return y not in WEAK and int.from_bytes(y, "little") < P


# ---- The strict JSON of section 2 ------------------------------------------------------------


class Malformed(Exception):
    pass


def need(condition):
    if not condition:
        raise Malformed


INT = re.compile(r"(0|-?[1-9][0-9]*)(?![0-9.eE])")
STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\["\\]|\\u00[01][0-9a-f])*)"')
ESCAPE = re.compile(r'\\(?:u00([01][0-9a-f])|(["\\]))')


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def take(self, literal):
        need(self.text.startswith(literal, self.at))
        self.at += len(literal)

    def sees(self, literal):
        return self.text.startswith(literal, self.at)

    def integer(self, low=INT_MIN, high=INT_MAX):
        found = INT.match(self.text, self.at)
        need(found)
        self.at = found.end()
        value = int(found.group())
        need(low <= value <= high)
        return value

    def string(self, most, pattern=None, check=None):
        found = STRING.match(self.text, self.at)
        need(found)
        self.at = found.end()
        value = ESCAPE.sub(
            lambda e: chr(int(e.group(1), 16)) if e.group(1) else e.group(2), found.group(1))
        need(len(value.encode()) <= most)
        need(pattern is None or re.fullmatch(pattern, value, re.ASCII))
        need(check is None or check(value))
        return value

    def fields(self, shape):
        result = {}
        for name, read in shape:
            begin = ("," if result else "{") + '"' + name.rstrip("?") + '":'
            if name.endswith("?") and not self.sees(begin):
                continue
            self.take(begin)
            result[name.rstrip("?")] = read(self)
        self.take("}")
        return result

    def array(self, most, element):
        self.take("[")
        result = []
        if self.sees("]"):
            self.take("]")
            return result
        while True:
            need(len(result) < most)
            result.append(element(self))
            if self.sees("]"):
                self.take("]")
                return result
            self.take(",")


def is_date(text):
    try:
        return 1970 <= datetime.date.fromisoformat(text).year <= 9999
    except ValueError:
        return False


def is_time(text):
    found = re.fullmatch(
        r"([0-9-]{10})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})([+-])([0-9]{2}):([0-9]{2})",
        text)
    if not found or not is_date(found[1]):
        return False
    hour, minute, second, milli = (int(found[n]) for n in (2, 3, 4, 5))
    offset = int(found[7]) * 60 + int(found[8])
    if hour > 23 or minute > 59 or second > 59 or int(found[8]) > 59 or offset > 18 * 60:
        return False
    if found[6] == "-":
        if offset == 0:
            return False
        offset = -offset
    days = datetime.date.fromisoformat(found[1]).toordinal() - 719163
    instant = (((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + milli
    return 0 <= instant <= 253402300799999


def is_code(text):
    if not re.fullmatch(r"[A-Z0-9._/-]{1,20}", text, re.ASCII):
        return False
    if len(text) in (8, 12, 13) and text.isdigit():
        body = sum(int(d) * (3, 1)[n % 2] for n, d in enumerate(reversed(text[:-1])))
        return (10 - body % 10) % 10 != int(text[-1])
    return True


def u16(r): return r.integer(0, 2**16 - 1)
def u32(r): return r.integer(0, 2**32 - 1)
def u64(r): return r.integer(0, INT_MAX)
def integer(r): return r.integer()
def date(r): return r.string(10, r"[0-9-]{10}", is_date)
def time(r): return r.string(29, None, is_time)
def code(r): return r.string(20, None, is_code)
def text(most): return lambda r: r.string(most)
def label(most): return lambda r: r.string(most, r"[A-Za-z0-9._-]+")
def hexes(count): return lambda r: r.string(count, r"[0-9a-f]{%d}" % count)
def word(*words): return lambda r: r.string(32, None, lambda value: value in words)
def array(most, element): return lambda r: r.array(most, element)
def fields(*shape): return lambda r: r.fields(shape)


def maybe(read):
    def nullable(r):
        if r.sees("null"):
            r.take("null")
            return None
        return read(r)
    return nullable


def boolean(r):
    value = r.sees("true")
    r.take("true" if value else "false")
    return value


def amount(r): return r.integer(-10**12, 10**12)
def line_amount(r): return r.integer(-10**8, 10**8)
def quantity(r): return r.integer(-10**8, 10**8)
def unit(r): return r.integer(0, 10**10)
def rate(r): return r.integer(0, 10**7)
def batch(r): return r.string(20, r"""[A-Za-z0-9!"%&'()*+,./:;<=>?_-]{1,20}""")


def tender(r):
    if r.sees('{"kind":"cash"'):
        return r.fields((("kind", word("cash")), ("amount", amount)))
    shape = (("amount", amount), ("number", lambda r: r.string(10, r"[0-9]{1,10}")))
    if r.sees('{"kind":"check_returned"'):
        return r.fields((("kind", word("check_returned")), *shape))
    return r.fields((("kind", word("check")), *shape,
                     ("data?", hexes(64)), ("id?", word("seen", "missing"))))


def u8(r): return r.integer(0, 2**8 - 1)


def some(most, element):
    def read(r):
        elements = r.array(most, element)
        need(elements)
        return elements
    return read


def line(r):
    read = r.fields((
        ("code", code), ("name", text(80)), ("qty", quantity), ("unit", unit),
        ("price", word("pack", "keyed", "label")), ("amount", line_amount), ("tax", label(16)),
        ("void", boolean), ("age?", u8), ("was?", unit), ("why?", REASON), ("of?", u16),
        ("sold?", date), ("batch?", batch), ("expires?", date)))
    need(("was" in read) == ("why" in read) and ("of" in read) == ("sold" in read))
    return read


def offered(r):
    read = r.fields((("coupons", u16), ("gift_cards", u16)))
    need(read["coupons"] or read["gift_cards"])
    return read


def paper(r):
    read = r.fields((("store", u32), ("reg", u16), ("hash", hexes(32)), ("seller?", label(16)),
                     ("check?", boolean)))
    need(read.get("check", True))
    return read


def correction(r):
    read = r.fields((
        ("person", label(16)), ("change", word("missed", "moved", "removed")), ("kind?", PUNCH),
        ("of?", fields(("epoch", hexes(16)), ("seq", u64))), ("at?", time),
        ("reason", text(200))))
    change = read["change"]
    need(("kind" in read) == (change == "missed") and ("of" in read) == (change != "missed"))
    need(("at" in read) == (change != "removed"))
    return read


def score(r): return r.integer(0, 100)


def practice(r):
    read = r.fields((("seconds", maybe(u32)), ("steps?", array(8, STEP))))
    need(("steps" in read) == (read["seconds"] is not None))
    return read


def some_tries(r):
    read = u32(r)
    need(read > 0)
    return read


def pin_guessed(r):
    read = r.fields((("person?", label(16)), ("by?", BY), ("tries", some_tries),
                     ("numbers?", some_tries), ("from", time), ("to", time),
                     ("then", word("wait", "all_wait", "right"))))
    need(("numbers" in read) == (read["then"] == "all_wait"))
    need(read["then"] != "right" or "person" in read)
    need(read["then"] != "all_wait" or "person" not in read)
    return read


def some_records(r):
    read = r.array(400, fields(("epoch", hexes(16)), ("seq", u64)))
    need(read)
    return read


BY = word("badge", "phone")
TOPIC = word("prices", "key", "seal", "central", "clock", "disk", "tape", "copies", "printer",
             "drawer", "people", "pads", "practice")
STEP = word("declare", "cash", "check", "aside", "return", "drop", "close", "end")
PUNCH = word("in", "meal_start", "meal_end", "out")
ROLE = word("cashier", "lead", "manager", "it")
REASON = word("customer", "mistake", "damaged", "shelf_price", "price_match", "change", "other",
              "rain_check")
ACT = word("void_line", "cancel_sale", "price_override", "open_department", "no_sale", "refund",
           "refund_of_check", "refund_without_receipt", "void", "cash_above_limit",
           "check_above_limit", "check_without_id", "tax_exempt", "sell_expired", "move_cash",
           "reprint", "change_stock", "receive_again", "hand_over", "hand_over_unverified",
           "hand_over_again", "rain_check", "expired_rain_check", "paper_slips", "take_prices",
           "card_pending", "end_wait", "set_day")
APPROVAL = fields(("act", ACT), ("by", label(16)), ("role", ROLE))
LINES = array(500, line)
RAIN_CHECK = (
    ("number", u32), ("store", u32), ("reg", u16), ("epoch", hexes(16)), ("seq", u64),
    ("hash?", hexes(32)))


def rain_check(r):
    if r.sees('{"step":"redeemed"'):
        return r.fields((("step", word("redeemed")), *RAIN_CHECK, ("approved?", APPROVAL)))
    read = r.fields((
        ("step", word("issued")), ("number", u32),
        ("kind", word("coupon", "reward", "price_match", "gift_card")), ("code?", code),
        ("what", text(60)), ("off?", lambda r: r.integer(1, 100_000)),
        ("unit?", lambda r: r.integer(1, 10_000_000)), ("pieces?", lambda r: r.integer(1, 99)),
        ("until", date), ("approved?", APPROVAL)))
    need(("unit" in read) == ("pieces" in read) and not ("off" in read and "unit" in read))
    return read


def slip_number(r): return r.integer(1, 999_999)


def paper_pad(r):
    if r.sees('{"step":"spoiled"'):
        read = r.fields((("step", word("spoiled")), ("number", slip_number),
                         ("reason", text(200)), ("approved?", APPROVAL)))
        need(read["reason"] and read["reason"] == read["reason"].strip())
        need(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in read["reason"]))
        return read
    read = r.fields((("step", word("issued")), ("first", slip_number), ("last", slip_number),
                     ("person", label(16)), ("approved?", APPROVAL)))
    need(0 <= read["last"] - read["first"] < 500)
    return read


RECORD = fields(("epoch", hexes(16)), ("seq", u64))


def terminal(r):
    read = r.string(16)
    need(re.fullmatch(r"[A-Z0-9./_-]{1,16}", read) and len(re.findall(r"[0-9]", read)) <= 12)
    return read


def suspended(r):
    read = r.fields((("slip", u32), ("shift", u32), *BASKET, ("total", amount),
                     ("reason?", word("card_pending")), ("terminal?", terminal)))
    need("terminal" not in read or "reason" in read)
    return read


def card_pending_closed(r):
    read = r.fields((("of", RECORD), ("slip", u32),
                     ("ending", word("paid_by_card", "cash_card_reversed", "abandoned")),
                     ("sale?", RECORD), ("terminal?", terminal), ("approved?", APPROVAL)))
    need(("sale" in read) == (read["ending"] == "cash_card_reversed"))
    return read


TERMS = (
    ("age?", fields(("years", u8), ("proof", word("id", "sight")))),
    ("exempt?", fields(("reason", word("resale", "government", "nonprofit", "other")),
                       ("certificate", text(40)))),
    ("link?", fields(("kind", word("return", "void")), ("epoch", hexes(16)), ("seq", u64),
                     ("no", u64), ("reason", REASON), ("paper?", paper))),
    ("approvals?", some(20, APPROVAL)), ("offered?", offered),
    ("rain_checks?", some(20, fields(("line", u16), *RAIN_CHECK))),
    ("paper_slip?", fields(("number", slip_number), ("at", time),
                           ("guessed?", some(500, u16)))),
    ("card_pending?", RECORD))
BASKET = (
    ("lines", LINES),
    ("open?", some(500, fields(("code", text(48)), ("name", text(80)), ("qty", quantity),
                               ("needs", word("item", "price", "weight")),
                               ("batch?", batch), ("expires?", date))))) + TERMS
SALE = fields(
    ("no", u64), ("shift", u32), ("lines", LINES),
    ("taxes", array(100, fields(
        ("code", label(16)), ("rate", rate), ("base", amount), ("tax", amount)))),
    ("subtotal", amount), ("total", amount), ("rounding", amount),
    ("tenders", array(20, tender)), ("change", amount), *TERMS)
OUTAGE = fields(
    ("outage", label(40)), ("since", time),
    ("systems", array(6, word("point_of_sale", "inventory", "online_ordering",
                              "supply_chain", "scheduling", "payments"))),
    ("cause", text(500)), ("ticket", text(500)), ("expected?", time))
WAYS = dict(
    receive=1, receive_short=-1, receive_over=1, damage=-1, expired=-1, theft_known=-1,
    sample_donation=-1, store_use=-1, transfer_in=1, transfer_out=-1, return_to_vendor=-1,
    return_to_stock=1, pickup_handover_unverified=-1, recall=-1, correction=0)


def goods(r): return r.integer(0, 10**9)
def on_hand(r): return r.integer(-10**12, 10**12)
def asked(r): return r.integer(0, 10**8)
def number24(r): return r.string(24, r"[A-Z0-9._/-]+")


def carton(r):
    def fits(value):
        if not value.isdigit() or len(value) not in (18, 20):
            return True
        if len(value) == 20:
            return not value.startswith("00")
        body = sum(int(d) * (3, 1)[n % 2] for n, d in enumerate(reversed(value[:-1])))
        return (10 - body % 10) % 10 == int(value[-1])
    return r.string(24, r"[A-Z0-9._/-]+", fits)


def words(most):
    def read(r):
        value = r.string(most)
        need(value)
        return value
    return read


def changed_line(r):
    read = r.fields((("code", code), ("name", text(80)), ("delta", integer),
                     ("before?", on_hand), ("after?", integer)))
    need(("before" in read) == ("after" in read))
    need("before" not in read or read["before"] + read["delta"] == read["after"])
    need(read["delta"] != 0 and abs(read["delta"]) <= 10**9)
    return read


def stock_delta(r):
    read = r.fields((
        ("reason", word(*WAYS)), ("lines", some(400, changed_line)),
        ("transfer?", fields(("store", u32), ("slip", label(40)))),
        ("corrects?", fields(("epoch", hexes(16)), ("seq", u64))),
        ("note?", words(500)), ("approved?", APPROVAL)))
    way = WAYS[read["reason"]]
    need(all(way == 0 or line["delta"] * way > 0 for line in read["lines"]))
    need(("transfer" in read) == read["reason"].startswith("transfer_"))
    need(("corrects" in read) == (read["reason"] == "correction"))
    return read


def stock_count(r):
    read = r.fields((
        ("area", text(40)), ("by", some(2, label(16))),
        ("lines", some(400, fields(
            ("code", code), ("name", text(80)), ("at", time), ("tries", some(8, goods)),
            ("expected?", on_hand)))),
        ("note?", words(500))))
    need(len(set(read["by"])) == len(read["by"]))
    return read


def delivered_line(r):
    read = r.fields((("code", code), ("name", text(80)), ("listed?", goods), ("came", goods),
                     ("damaged?", goods)))
    need(read.get("damaged") != 0 and read.get("damaged", 0) <= read["came"])
    need(read["came"] or read.get("listed", 0))
    return read


def delivery(r):
    read = r.fields((
        ("receiving", label(40)), ("part?", u8), ("parts?", u8), ("notice?", label(40)),
        ("supplier?", words(80)), ("order?", number24), ("cartons?", some(200, carton)),
        ("lines", some(400, delivered_line)), ("again?", label(40)), ("note?", words(500)),
        ("approved?", APPROVAL)))
    need(("part" in read) == ("parts" in read))
    need("part" not in read or 2 <= read["parts"] <= 20 and 1 <= read["part"] <= read["parts"])
    need(read.get("again") != read["receiving"])
    return read


def pickup_line(r):
    read = r.fields((("code", code), ("name", text(80)), ("ordered?", goods), ("handed", goods),
                     ("instead_of?", code), ("place?", words(24))))
    need(read.get("ordered", 1) > 0 and read["handed"] <= read.get("ordered", 10**9))
    need("ordered" not in read or "instead_of" not in read)
    return read


def pickup(r):
    read = r.fields((
        ("order", number24),
        ("outcome", word("handed", "partly", "unverified", "promised", "refund_requested",
                         "declined")),
        ("code", boolean), ("id", boolean), ("lines", array(400, pickup_line)),
        ("why?", word("not_ready", "missing", "wrong", "unwanted")), ("asked?", asked),
        ("name?", hexes(64)), ("again?", fields(("epoch", hexes(16)), ("seq", u64))),
        ("approved?", APPROVAL)))
    outcome, lines = read["outcome"], read["lines"]
    ordered = {line["code"] for line in lines if "ordered" in line}
    out = any(line["handed"] for line in lines)
    whole = all(line["handed"] == line.get("ordered") for line in lines)
    if outcome == "handed":
        need(lines and whole)
    elif outcome == "partly":
        need(out and not whole)
        need(all("ordered" in line or line["handed"] and line.get("instead_of") in ordered
                 for line in lines))
    elif outcome == "unverified":
        need(lines and not ordered and "approved" in read and read["id"] and not read["code"])
        need(all(line["handed"] and "instead_of" not in line for line in lines))
    elif outcome == "declined":
        need(not lines and "again" in read)
    else:
        need(not out and all("ordered" in line for line in lines))
    need(outcome not in ("handed", "partly") or read["code"] or read["id"])
    need(("why" in read) == (outcome == "refund_requested"))
    need("asked" not in read or "why" in read)
    need("name" not in read or outcome == "unverified")
    return read
PIECES = some(24, fields(("value", integer), ("count", u32)))


def come_to(body, sum_of):
    if "pieces" in body:
        need(sum(one["value"] * one["count"] for one in body["pieces"]) == body[sum_of])
    return body


def shift_open(r):
    return come_to(r.fields((
        ("shift", u32), ("cashier", label(16)), ("float", integer), ("pieces?", PIECES))), "float")


def cash_movement(r):
    body = r.fields((
        ("shift", u32), ("kind", word("drop", "pickup", "loan", "paid_in", "paid_out")),
        ("amount", integer), ("note", text(500)),
        ("bag?", lambda r: r.string(24, r"[A-Z0-9._/-]{1,24}")),
        ("reason?", word("found", "repaid", "machine", "supplies", "freight", "postage", "other")),
        ("pieces?", PIECES), ("approved?", APPROVAL)))
    need("bag" not in body or body["kind"] in ("drop", "pickup"))
    need("reason" not in body or body["kind"] in ("paid_in", "paid_out"))
    return come_to(body, "amount")
ACTIONS = {"accept": None, "correct": "amount", "reassign": "item", "ask": "person",
           "write_off": None, "count": "area", "make_good": None}


def decision(r):
    read = r.fields((
        ("rule", lambda r: r.string(32, r"[a-z_]+")), ("cause", text(120)),
        ("action", word(*ACTIONS)), ("amount?", integer), ("item?", code), ("person?", label(16)),
        ("area?", text(40)), ("count", u32), ("sum", integer),
        ("reach", some(400, fields(("epoch", hexes(16)), ("next", u64)))),
        ("reason", text(500)), ("second?", fields(("by", label(16)), ("role", ROLE)))))
    more = {"amount", "item", "person", "area"} & set(read)
    need(more == ({ACTIONS[read["action"]]} - {None}))
    return read


def amendment(r):
    read = r.fields((
        ("target", text(300)), ("action", word("again", "again_as", "by_hand")), ("item?", code),
        ("as?", code), ("reference?", text(60)),
        ("records", some(400, fields(("epoch", hexes(16)), ("seq", u64), ("hash", hexes(64))))),
        ("reason", text(500))))
    more = {"item", "as", "reference"} & set(read)
    need(more == {"again": set(), "again_as": {"item", "as"}, "by_hand": {"reference"}}[
        read["action"]])
    return read


BODIES = {
    "epoch_open": fields(
        ("key", hexes(64)), ("nonce", hexes(32)), ("program", text(500)),
        ("currency", maybe(text(3))),
        ("follows", maybe(fields(
            ("epoch", hexes(16)), ("next_seq", u64), ("reason", text(500)), ("sale?", u64))))),
    "pack_applied": fields(
        ("version", label(16)), ("digest", hexes(64)), ("jumped?", u64),
        ("approved?", APPROVAL)),
    "sign_in": fields(
        ("person", label(16)), ("role", ROLE), ("by?", BY)),
    "sign_out": fields(("person", label(16))),
    "pin_guessed": pin_guessed,
    "wait_ended": fields(("person", label(16)), ("tries", some_tries), ("approved?", APPROVAL)),
    "day_set": fields(("day", date), ("days", some_tries), ("approved?", APPROVAL)),
    "outage_declared": OUTAGE,
    "outage_updated": OUTAGE,
    "outage_task": fields(
        ("outage", label(40)), ("task", lambda r: r.string(16, r"[a-z0-9_]+")),
        ("person", label(16)), ("done", boolean)),
    "heard": fields(
        ("source", word("official", "desk", "store", "news", "social", "probes")),
        ("trust", word("low", "medium", "high")), ("text", text(500))),
    "outage_ended": fields(("outage", label(40)), ("note", text(500))),
    "shift_open": shift_open,
    "shift_close": fields(
        ("shift", u32), ("counted_cash", integer), ("counted_checks", integer),
        ("expected_cash", integer), ("expected_checks", integer), ("sales", u64),
        ("refunds", u64)),
    "drawer_handed": fields(("shift", u32), ("cash", integer)),
    "cash_movement": cash_movement,
    "drawer_open": fields(("shift", u32), ("reason", REASON), ("approved?", APPROVAL)),
    "cash_count": fields(
        ("shift", u32), ("pieces", array(24, fields(("value", integer), ("count", u32)))),
        ("loose", integer), ("checks", integer), ("check_count", u32)),
    "sale": SALE,
    "refund": SALE,
    "void": SALE,
    "sale_abandoned": fields(("shift", u32), *BASKET, ("total", amount), ("returned", amount)),
    "sale_suspended": suspended,
    "sale_resumed": fields(
        ("slip", u32), ("of?", RECORD), ("approved?", APPROVAL)),
    "card_pending_closed": card_pending_closed,
    "reprint": fields(("no", u64), ("approved?", APPROVAL)),
    "stock_delta": stock_delta,
    "stock_count": stock_count,
    "delivery": delivery,
    "pickup": pickup,
    "readiness": fields(
        ("score", score), ("not_ready", array(13, TOPIC)), ("soon", array(13, TOPIC))),
    "practice": practice,
    "rain_check": rain_check,
    "paper_pad": paper_pad,
    "punch": fields(("person", label(16)), ("kind", PUNCH)),
    "punch_corrected": correction,
    "clock_event": fields(("jumped_ms", integer)),
    "restored_from": fields(("source", text(500)), ("from", u64), ("to", u64)),
    "pii_erased": fields(
        ("rule", word("held")), ("before", date), ("of", some_records)),
    "ack_received": fields(("next_seq", u64), ("digest", hexes(64))),
    "note": fields(("text", text(500))),
    "decision": decision,
    "hand_over_amended": amendment,
    "key_rotated": fields(("key", hexes(64)), ("reason", text(500))),
    "store_closed": fields(
        ("number", u32), ("digest", hexes(64)),
        ("heads", array(400, fields(
            ("epoch", hexes(16)), ("next", u64), ("hash", hexes(64)))))),
}


def plain_kind(r):
    before = r.at
    value = r.string(32)
    need("\\" not in r.text[before:r.at])
    return value


ENVELOPE = (
    ("k", plain_kind), ("v", u16), ("store", u32), ("reg", u16), ("epoch", hexes(16)),
    ("seq", u64), ("prev", hexes(64)), ("at", time), ("mono", u64), ("day", date),
    ("by", maybe(label(16))), ("pack", maybe(label(16))), ("outage", maybe(label(40))),
    ("in", integer), ("out", integer))


def read_signature(text):
    if text == "-":
        return None
    need(len(text) == 88)
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Malformed from None
    need(len(raw) == 64 and base64.b64encode(raw).decode() == text)
    return raw


def read_envelope(line):
    need(len(line) <= LINE_MAX)
    try:
        whole = line.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed from None
    signature, space, signed = whole.partition(" ")
    need(space)
    signature = read_signature(signature)
    reader = Reader(signed)
    envelope = {}
    for place, (name, read) in enumerate(ENVELOPE):
        reader.take(("{" if place == 0 else ",") + '"' + name + '":')
        envelope[name] = read(reader)
    reader.take(',"b":')
    need(reader.text.endswith("}") and reader.at < len(reader.text))
    envelope.update(signature=signature, signed=signed.encode(), body=signed[reader.at:-1])
    return envelope


def read_body(envelope):
    need(envelope["v"] == 1 and envelope["k"] in BODIES)
    reader = Reader(envelope["body"])
    body = BODIES[envelope["k"]](reader)
    need(reader.at == len(reader.text))
    return body


# ---- Money, sections 7 and 8 -----------------------------------------------------------------


class Overflow(Exception):
    pass


def fits(value):
    if not INT_MIN <= value <= INT_MAX:
        raise Overflow
    return value


def total_of(values):
    total = 0
    for value in values:
        total = fits(total + value)
    return total


def lifetime_after(money_in, money_out, kind, body):
    if kind in ("sale", "refund", "void"):
        moved = fits(body["total"] + body["rounding"])
        if moved < 0:
            return money_in, fits(money_out - moved)
        return fits(money_in + moved), money_out
    if kind == "cash_movement" and body["kind"] == "paid_in":
        return fits(money_in + body["amount"]), money_out
    if kind == "cash_movement" and body["kind"] == "paid_out":
        return money_in, fits(money_out + body["amount"])
    return money_in, money_out


def extended(unit, quantity):
    product = unit * quantity
    magnitude = (abs(product) + 500_000) // 1_000_000
    return fits(magnitude if product >= 0 else -magnitude)


def adds_up(sale):
    try:
        lines = sale["lines"]
        right = all([line["price"] == "label"
                     or extended(line["unit"], line["qty"]) == line["amount"] for line in lines])
        subtotal = total_of(line["amount"] for line in lines if not line["void"])
        total = fits(subtotal + total_of(tax["tax"] for tax in sale["taxes"]))
        handed = total_of(-t["amount"] if t["kind"] == "check_returned" else t["amount"]
                          for t in sale["tenders"])
        paid = fits(handed - sale["change"])
        return (right and subtotal == sale["subtotal"] and total == sale["total"]
                and paid == fits(total + sale["rounding"]))
    except Overflow:
        return False


# ---- The tree and the checkpoint, section 9 --------------------------------------------------


def root_of(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:left]) + root_of(leaves[left:])).digest()


def read_checkpoint(data, key):
    """The checkpoint, or None when it is malformed or not signed by the key."""
    found = re.fullmatch(
        r"(tideover checkpoint v1\n(0|[1-9][0-9]*) (0|[1-9][0-9]*) ([0-9a-f]{16})\n"
        r"(0|[1-9][0-9]*)\n([0-9a-f]{64}) ([0-9a-f]{64})\n)([A-Za-z0-9+/=]{88}|-)\n",
        data, re.ASCII)
    if not found:
        return None
    if key is not None:
        message = b"tideover/checkpoint/v1\n" + found[1].encode()
        try:
            signature = read_signature(found[8])
        except Malformed:
            return None
        if signature is None or not signature_holds(key, message, signature):
            return None
    return {"journal": (int(found[2]), int(found[3]), found[4]), "size": int(found[5]),
            "head": found[6], "root": found[7]}


# ---- Verifying, section 10 -------------------------------------------------------------------


def verify(lines, known_key=None, checkpoint=None):
    findings, leaves = [], []
    state = {"next": 0, "head": ZERO, "in": 0, "out": 0, "journal": None, "key": known_key,
             "ended": False}
    seen = None

    def find(kind, seq):
        findings.append([kind, seq])

    def check(line):
        """Checks one line and answers the seq it is taken for."""
        expected = state["next"]
        try:
            e = read_envelope(line)
        except Malformed:
            find("malformed", expected)
            return expected
        journal, seq = (e["store"], e["reg"], e["epoch"]), e["seq"]
        if state["journal"] is None:
            state["journal"] = journal
        elif state["journal"] != journal:
            find("foreign", expected)
            return expected
        signed = e["signature"] is not None

        def holds():
            return signature_holds(
                state["key"], b"tideover/record/v1\n" + e["signed"], e["signature"])

        if (expected, seq) != (0, 0) and state["key"] and signed and not holds():
            find("signature", expected)
            return expected
        if seq > expected:
            find("gap", expected)
        elif seq < expected:
            find("order", seq)
        elif e["prev"] != state["head"]:
            find("chain", seq)
        try:
            body = read_body(e)
        except Malformed:
            body = None
        if seq == 0:
            check_first(e, body)
        if state["ended"]:
            find("after_rotation", seq)
        state["ended"] = state["ended"] or e["k"] == "key_rotated"
        if not signed:
            find("unsigned", seq)
        elif state["key"] is None:
            find("key", seq)
        elif not holds():
            find("signature", seq)
        if body is None:
            find("malformed", seq)
        else:
            try:
                after = lifetime_after(state["in"], state["out"], e["k"], body)
            except Overflow:
                after = None
            if after != (e["in"], e["out"]):
                find("lifetime", seq)
            if e["k"] in ("sale", "refund", "void") and not adds_up(body):
                find("arithmetic", seq)
        state["in"], state["out"] = e["in"], e["out"]
        return seq

    def check_first(e, body):
        if e["k"] != "epoch_open" or body is None:
            return find("key", 0)
        key, nonce = bytes.fromhex(body["key"]), bytes.fromhex(body["nonce"])
        if not key_is_usable(key):
            return find("key", 0)
        if hashlib.sha256(b"tideover/epoch/v1\n" + key + nonce).hexdigest()[:16] != e["epoch"]:
            find("key", 0)
        if known_key is not None and known_key != key:
            find("key", 0)
        if state["key"] is None:
            state["key"] = key

    for line in lines:
        seq = check(line)
        state["next"] = max(state["next"], seq + 1)
        leaves.append(hashlib.sha256(b"\x00" + line).digest())
        state["head"] = leaves[-1].hex()
        if checkpoint and checkpoint["size"] == len(leaves):
            seen = (state["head"], root_of(leaves).hex())
    if checkpoint:
        if state["journal"] is not None and state["journal"] != checkpoint["journal"]:
            find("tail", state["next"])
        elif state["next"] < checkpoint["size"]:
            find("tail", state["next"])
        elif seen is not None and seen != (checkpoint["head"], checkpoint["root"]):
            find("tail", checkpoint["size"] - 1)
    return {"records": len(lines), "next_seq": state["next"], "head": state["head"],
            "root": root_of(leaves).hex(), "in": state["in"], "out": state["out"],
            "findings": findings}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--key", help="the register's public key, 64 hex digits")
    parser.add_argument("--checkpoint", help="a checkpoint of the journal")
    parser.add_argument("journals", nargs="+")
    options = parser.parse_args()
    key = bytes.fromhex(options.key) if options.key else None
    clean = True
    try:
        checkpoint = None
        if options.checkpoint:
            with open(options.checkpoint, encoding="utf-8", newline="") as file:
                checkpoint = read_checkpoint(file.read(), key)
            if checkpoint is None:
                sys.exit("the checkpoint is malformed, or not signed by this key")
        for path in options.journals:
            with open(path, "rb") as file:
                lines = file.read().split(b"\n")
            if lines[-1] == b"":
                lines.pop()
            report = verify(lines, key, checkpoint)
            clean = clean and not report["findings"]
            print(json.dumps(report))
    except OSError as why:
        print(f"can't be read: {why}", file=sys.stderr)
        return 2
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
