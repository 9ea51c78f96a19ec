//! The program plays outages: on the sample store, on real baskets, on every scenario, and not at
//! all when its input is not right.

mod counter;
mod room;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tideover::domain::money::Money;

use self::counter::Counter;
use self::room::Room;
use crate::program::{Dice, ask, errors, hundredths, run, sample_baskets, sample_pack};
use crate::real_baskets::{poslog, real_input, sheets, supermarket, uk_shop, us_store};

/// An hour without central, with its faults; the day is filled in.
const AN_HOUR: &str = r#"
id = "Hour"
title = "An hour without central"
[outage]
start_local = "DAYT14:00:00"
duration_min = 60
cause = "a test"
[systems]
pos_central = "down"
[[event]]
at = 0
do = "central unreachable from all registers"
[[event]]
at = 2
do = "a lead declares outage"
[[event]]
at = 30
do = "network returns for 40 s, then down again (flap)"
[[event]]
at = 50
do = "central returns; answers first 1 pushes 503, one push times out after commit"
"#;

#[test]
fn the_demo_plays_its_outage_in_a_terminal_and_agrees() {
    let (code, report) = ask(&["demo", "--terminal"]);
    assert_agrees(code, &report);
    assert_eq!(report["baskets"].as_array().map(Vec::len), Some(32));
    assert_eq!(report["after_power_cuts"].as_array().map(Vec::len), Some(2), "{report:#}");
    for moment in moments(&report) {
        assert!(!done(moment).is_empty(), "{moment}");
    }
}

#[test]
fn a_given_pack_prices_what_the_baskets_only_count() {
    let room = Room::new();
    let pack = sample_pack(room.dir.path());
    let text = sample_baskets(120, 14, false, &mut Dice(7));
    let baskets = room.file("baskets.jsonl", &text);
    let scenario = room.hour("2026-11-22");
    let pack = pack.to_str().expect("a name");
    let (code, report) =
        ask(&["drill", "--scenario", &scenario, "--baskets", &baskets, "--pack", pack]);
    assert_agrees(code, &report);
    let counter = Counter::of_the_sample_store("2026-11-22");
    let (mut total, mut tax, mut rounding) = (0, 0, 0);
    for (line, entry) in text.lines().zip(entries(&report)) {
        let basket: Value = serde_json::from_str(line).expect("a basket");
        let counted = counter.count(&basket);
        for (name, expected) in &counted {
            assert_eq!(cents(&entry[*name]), *expected, "{name} of {line}\n{entry:#}");
        }
        total += counted["total"];
        tax += counted["tax"];
        rounding += counted["rounding"];
    }
    assert_eq!(entries(&report).count(), 120);
    assert!(tax > 0 && rounding != 0, "the baskets show something");
    for place in ["expected", "ledger", "central"] {
        let totals = &report["totals"][place];
        assert_eq!(cents(&totals["total"]), total, "{place}");
        assert_eq!(cents(&totals["tax"]), tax, "{place}");
        assert_eq!(cents(&totals["rounding"]), rounding, "{place}");
    }
}

#[test]
fn a_supermarkets_own_sales_come_to_its_own_totals_and_taxes() {
    let Some(logged) = supermarket() else { return };
    let report = Room::new().plays(&poslog::file(&logged), poslog::DAY);
    let by_name = by_basket(&report);
    assert_eq!((by_name.len(), logged.len()), (42, 42));
    for sale in &logged {
        let entry = by_name[sale.basket.id.as_str()];
        let id = &sale.basket.id;
        assert_eq!(entry["total"], sale.total.to_string(), "total of {id}");
        assert_eq!(entry["tax"], sale.tax.to_string(), "tax of {id}");
        assert_eq!(entry["change"], sale.change.to_string(), "change of {id}");
        let taxable = entry["taxes"].as_array().expect("taxes").iter();
        let taxable: i128 = taxable.map(|tax| cents(&tax["taxable"])).sum();
        assert_eq!(taxable, i128::from(sale.taxable.minor()), "base of {id}");
    }
    let sum = |of: fn(&poslog::LoggedSale) -> Money| {
        Money::sum(logged.iter().map(of)).expect("fits").to_string()
    };
    for place in ["ledger", "central"] {
        assert_eq!(report["totals"][place]["total"], sum(|sale| sale.total), "{place}");
        assert_eq!(report["totals"][place]["tax"], sum(|sale| sale.tax), "{place}");
    }
}

#[test]
fn a_us_stores_month_is_sold_again_to_the_cent() {
    let Some(sheet) = us_store() else { return };
    assert_eq!(sheet.file.baskets.len(), 1_304);
    is_sold_again(&sheet, "2017-01-01", "7713.13");
}

#[test]
fn a_uk_shops_day_with_its_cancellations_is_sold_again_to_the_penny() {
    let Some(sheet) = uk_shop() else { return };
    let report = is_sold_again(&sheet, "2010-12-01", "58635.56");
    assert_eq!(report["totals"]["central"]["refunds"], 6);
    assert!(report["exceptions"].as_array().is_some_and(|all| !all.is_empty()), "keyed prices");
}

#[test]
fn a_scenarios_cuts_drops_flap_shift_and_lost_answers_are_played() {
    let Some(played) = scenario("s1_pos_network_2023-10-15.toml", 7) else { return };
    let report = &played.report;
    let said = report["after_power_cuts"].as_array().expect("a list");
    assert_eq!(said.len(), 2, "{said:?}");
    let said = said.iter().map(|said| said.as_str().expect("words")).collect::<Vec<_>>();
    let of = |register: &str| said.iter().find(|said| said.starts_with(register)).expect("said");
    assert!(of("register 4: ").contains("back on the screen"), "{said:?}");
    assert!(of("register 2: ").contains("recorded as PAID"), "{said:?}");
    played.moment_did(110, "dropped into the safe: register 1");
    played.moment_did(110, "picked up");
    played.moment_did(150, "central answered");
    played.moment_did(180, "register 1 has a new shift");
    played.moment_did(240, "2 deliveries are turned away first, 1 answers are lost");
    assert!(moments(report).all(|moment| !done(moment).is_empty()), "all of it is played");
    played.proves_its_claims(9, 5, 8);
    // Seven registers sell, the eighth is the desk; what it sold has no basket and counts all the
    // same, also for central.
    assert_eq!(report["journals"].as_array().map(Vec::len), Some(8));
    let sales = report["totals"]["central"]["sales"].as_u64().expect("a count");
    assert!(sales > 150, "{sales}");
    assert!(cents(&report["totals"]["central"]["checks"]) > 0);
    for (line, words) in [
        ("take a card number", "in none of the"),
        ("duplicates", "refused: "),
        ("outage id", "do not name it, such as 1-"),
        ("sell twice", "was recorded as PAID; nothing waits to be paid again"),
    ] {
        let said = played.said_of(line);
        assert!(said.contains(words), "{line}: {said}");
    }
}

#[test]
fn a_pickup_desk_goes_on_while_orders_cant_be_looked_up_online() {
    let Some(played) = scenario("s2_online_ordering_2023-12-02.toml", 4) else { return };
    assert_eq!(moments(&played.report).count(), 7);
    assert!(moments(&played.report).all(|moment| !done(moment).is_empty()), "all of it is played");
    played.moment_did(35, "handed over: 25 min ago");
    played.moment_did(120, "the drawer holds 200.00 still");
    played.moment_did(360, "duplicate 1, matched 3, not_found 1, quantity_differs 1");
    played.proves_its_claims(5, 3, 4);
    let output = played.as_text();
    assert!(output.contains("Claims: 12 of 12 hold"), "{output}");
}

#[test]
fn what_a_scenario_says_and_nobody_plays_is_told_as_such() {
    let room = Room::new();
    let events = "[[event]]\nat = 50\ndo = \"a juggler comes by\"";
    let scenario = room.file("juggler.toml", &format!("{}{events}", an_hour("2026-11-22")));
    let baskets = room.file("baskets.jsonl", &sample_baskets(12, 3, true, &mut Dice(3)));
    let output = run(&["drill", "--scenario", &scenario, "--baskets", &baskets]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.matches("told only; this version plays nothing for it").count(), 1);
}

#[test]
fn a_claim_that_nothing_is_known_for_fails_the_drill_and_is_named() {
    let room = Room::new();
    let claims = concat!(
        "\n[must]\nitems = [\"void line\", \"void line, juggle with eggs\"]\n",
        "[must_not]\nitems = [\"take a card number\"]\n",
    );
    let scenario = room.file("eggs.toml", &format!("{}{claims}", an_hour("2026-11-22")));
    let baskets = room.file("baskets.jsonl", &sample_baskets(8, 3, true, &mut Dice(9)));
    let (code, report) = ask(&["drill", "--scenario", &scenario, "--baskets", &baskets]);
    assert_eq!((code, &report["agrees"]), (1, &Value::Bool(false)));
    let differences = report["differences"].as_array().expect("a list");
    assert_eq!(differences, &["not proved: must: void line, juggle with eggs"]);
    let claims: Vec<_> = report["claims"].as_array().expect("claims").iter().collect();
    assert_eq!(claims.iter().filter(|claim| claim["holds"] == true).count(), 2);
    assert_eq!(claims[1]["unknown"], serde_json::json!(["juggle", "eggs"]));
}

#[test]
fn a_pack_that_lacks_what_a_claim_needs_is_said_and_the_claim_is_not_proved() {
    let room = Room::new();
    let pack = sample_pack(room.dir.path());
    let claims =
        "\n[must]\nitems = [\"sell by scan, PLU, weight, open department\", \"no-sale\"]\n";
    let scenario = room.file("claims.toml", &format!("{}{claims}", an_hour("2026-11-22")));
    let baskets = room.file("baskets.jsonl", &sample_baskets(12, 3, false, &mut Dice(5)));
    let pack = pack.to_str().expect("a name");
    let arguments = ["drill", "--scenario", &scenario, "--baskets", &baskets, "--pack", pack];
    let (code, report) = ask(&arguments);
    // The sample store has loose produce by weight alone.
    let claims = report["claims"].as_array().expect("claims");
    assert_eq!((code, &claims[0]["holds"], &claims[1]["holds"]), (1, &false.into(), &true.into()));
    let said = format!("{}", claims[0]["proofs"]);
    assert!(said.contains("the given pack has no loose item with a number"), "{said}");
}

#[test]
fn a_receipt_without_its_record_and_a_card_number_in_a_file_fail_the_drill() {
    let room = Room::new();
    let claims = concat!(
        "\n[must_not]\nitems = [\"lose a line after the drawer opened\", ",
        "\"take a card number\", \"sell twice after crash recovery\"]\n",
    );
    let scenario = room.file("claims.toml", &format!("{}{claims}", an_hour("2026-11-22")));
    let baskets = room.file("baskets.jsonl", &sample_baskets(8, 3, true, &mut Dice(9)));
    let data = room.path("drill");
    let arguments = [
        "drill",
        "--scenario",
        &scenario,
        "--baskets",
        &baskets,
        "--registers",
        "1",
        "--data",
        &data,
    ];
    let (code, report) = ask(&arguments);
    assert_agrees(code, &report);
    // A customer's paper of a sale that no journal holds, and a note of a card.
    let papers = format!("{data}/register-1/receipts.txt");
    let mut text = std::fs::read_to_string(&papers).expect("papers");
    let epoch = report["journals"][0]["epoch"].as_str().expect("a journal");
    text.push_str(&format!("\n  TOTAL 99.00\n  {epoch}-9999-0011223344556677\n\u{c}"));
    std::fs::write(&papers, text).expect("written");
    std::fs::write(format!("{data}/register-1/note.txt"), "card 4111111111111111\n").expect("kept");
    let (code, report) = ask(&arguments);
    assert_eq!((code, &report["agrees"]), (1, &Value::Bool(false)));
    let held = |place: usize| report["claims"][place]["holds"].as_bool();
    assert_eq!([held(0), held(1), held(2)], [Some(false), Some(false), Some(true)]);
    let said = report["claims"].to_string();
    assert!(said.contains(&format!("first {epoch}-9999")), "{said}");
    assert!(said.contains("note.txt"), "{said}");
}

#[test]
fn the_hour_that_clocks_leave_out_holds_no_record_and_no_other_business_date() {
    let Some(folder) = real_input("TIDEOVER_SCENARIOS") else { return };
    let text = std::fs::read_to_string(folder.join("s4_payments_2024-03-10.toml")).expect("a file");
    let text = text
        .replace("start_local = \"2024-03-10T16:00:00\"", "start_local = \"2024-03-10T01:30:00\"");
    let room = Room::new();
    let scenario = room.file("night.toml", &text);
    let baskets = room.file("baskets.jsonl", &sample_baskets(60, 6, true, &mut Dice(4)));
    let (_, report) =
        ask(&["drill", "--scenario", &scenario, "--baskets", &baskets, "--registers", "2"]);
    for line in ["no record between 02:00 and 03:00", "business date correct"] {
        let claim = claim(&report, line);
        assert_eq!(claim["holds"], true, "{claim:#}");
        let said = claim["proofs"].to_string();
        assert!(said.contains("-360 min on ") && said.contains("-300 min on "), "{said}");
    }
    assert_eq!(report["totals"]["ledger"], report["totals"]["central"]);
}

#[test]
fn packs_that_are_older_or_signed_by_a_stranger_are_refused_while_central_is_shut_out() {
    let Some(played) = scenario("s3_dc_cyber_2024-01-28.toml", 4) else { return };
    played.moment_did(0, "central says that nothing may be sent");
    played.moment_did(60, "38 lines of a packing slip");
    played.moment_did(260, "one sold before the count was recorded");
    played.moment_did(420, "was enrolled again with key");
    played.moment_did(150, "refused: ");
    played.moment_did(150, "does not trust");
    played.moment_did(200, "refused: ");
    played.moment_did(200, "20000101-1");
    played.moment_did(480, "central answers again");
    played.proves_its_claims(5, 3, 4);
    // The desk has a journal of each key; central believes both.
    assert_eq!(played.report["journals"].as_array().map(Vec::len), Some(6));
    let exceptions = played.report["exceptions"].to_string();
    assert!(!exceptions.contains("signature") && !exceptions.contains("critical"), "{exceptions}");
    assert!(played.said_of("hold-queue").contains("0 requests brought something"));
    assert!(played.said_of("double receiving").contains("received twice"));
}

#[test]
fn a_sale_is_paid_in_two_parts_while_only_cards_are_down() {
    let Some(played) = scenario("s4_payments_2024-03-10.toml", 2) else { return };
    played.moment_did(5, "the outage is declared on 2 registers");
    played.moment_did(20, "half in cash, half by check");
    let checks = cents(&played.report["totals"]["central"]["checks"]);
    assert!(checks > 0 && checks < cents(&played.report["totals"]["central"]["total"]));
    assert!(played.said_of("central totals by tender").contains("were the same here and"));
    assert!(played.said_of("stream envelopes").contains("slowest"));
    assert!(played.said_of("current promotions").contains("a sale of"));
    played.moment_did(35, "No sale waits under number");
    played.moment_did(60, "paid otherwise and reversed");
    played.proves_its_claims(5, 3, 4);
    let pending = played.said_of("suspend a sale with reason");
    assert!(pending.contains("too long for a terminal's number"), "{pending}");
    assert!(pending.contains("waited for a manager and was paid in cash"), "{pending}");
    let list = played.said_of("CARD_PENDING list closed");
    assert!(list.contains("3 of them closed once; at central 0 open, 0 closed"), "{list}");
    let elsewhere = played.said_of("resume on another register through central");
    assert!(elsewhere.contains("0 of them twice; central found 0"), "{elsewhere}");
}

#[test]
fn central_put_back_to_an_older_copy_gets_everything_again() {
    let Some(played) = scenario("s5_bad_update_2024-04-18.toml", 4) else { return };
    played.moment_did(25, "a copy of central as it is now was kept");
    played.moment_did(90, "central holds everything recorded so far of 4 of 4 registers");
    played.moment_did(300, "put back to its older copy");
    played.moment_did(310, "central holds everything recorded so far of 4 of 4 registers");
    assert_eq!(played.report["totals"]["central"]["sales"], 150 + 3, "the desk sold three times");
    played.moment_did(0, "the shelf says 0.50");
    played.moment_did(180, "other registers went on");
    played.proves_its_claims(5, 3, 4);
    assert!(played.said_of("overcharges").contains("1 lines above the shelf's price, 0.50"));
    assert!(played.said_of("revoked version").contains("was revoked on this register"));
}

#[test]
fn what_no_basket_is_fit_for_is_told_at_the_end() {
    let room = Room::new();
    let events =
        "[[event]]\nat = 50\ndo = \"register 2 power pulled in mid-transaction after 90 lines\"";
    let scenario = room.file("cut.toml", &format!("{}{events}", an_hour("2026-11-22")));
    let baskets = room.file("baskets.jsonl", &sample_baskets(12, 3, true, &mut Dice(3)));
    let (code, report) = ask(&["drill", "--scenario", &scenario, "--baskets", &baskets]);
    assert_agrees(code, &report);
    let last = moments(&report).last().expect("a moment");
    assert!(last["text"].as_str().is_some_and(|text| text.contains("register 2 kept its power")));
}

#[test]
fn a_finished_drill_is_told_again_and_not_sold_again() {
    let room = Room::new();
    let scenario = room.hour("2026-11-22");
    let baskets = room.file("baskets.jsonl", &sample_baskets(20, 4, true, &mut Dice(4)));
    let data = room.path("drill");
    let arguments = ["drill", "--scenario", &scenario, "--baskets", &baskets, "--data", &data];
    let (code, first) = ask(&arguments);
    assert_agrees(code, &first);
    let (code, again) = ask(&arguments);
    assert_agrees(code, &again);
    assert_eq!((&first["baskets"], &first["totals"]), (&again["baskets"], &again["totals"]));
    assert_eq!(again["totals"]["central"]["sales"], 20);

    let pack = sample_pack(room.dir.path());
    let mut other = arguments.to_vec();
    other.extend(["--pack", pack.to_str().expect("a name")]);
    let output = run(&other);
    assert_eq!(output.status.code(), Some(3));
    assert!(errors(&output).contains("another folder"), "{}", errors(&output));
}

#[test]
fn input_that_is_not_right_is_refused_with_its_remedy_and_leaves_nothing_behind() {
    let room = Room::new();
    let scenario = room.hour("2026-11-22");
    let good = room.file("good.jsonl", &sample_baskets(5, 3, true, &mut Dice(5)));
    let nothing = room.path("nothing");
    let bad = concat!(
        "{\"basket\":\"1\",\"lines\":[{\"code\":\"4011\",\"price\":\"0.59\"}]}\n",
        "nonsense\n",
        "{\"basket\":\"1\",\"lines\":[{\"code\":\"4011\"}]}\n",
        "{\"basket\":\"3\",\"lines\":[{\"code\":\"4011\",\"qty\":0}]}\n",
    );
    let bad = room.file("bad.jsonl", bad);
    let unpriced = "{\"basket\":\"1\",\"lines\":[{\"code\":\"4011\"},{\"code\":\"4012\"}]}\n";
    let unpriced = room.file("unpriced.jsonl", unpriced);
    let empty = room.file("empty.jsonl", "\n");
    let odd_day = room.file("odd.toml", &an_hour("2026-02-30"));
    let prose = room.file("prose.toml", "We were closed.");
    let pack = std::fs::read(sample_pack(room.dir.path())).expect("a pack");
    let short = room.file_of("short.pack", &pack[..pack.len() / 2]);
    let mut changed = pack.clone();
    changed[9_000] ^= 1;
    let changed = room.file_of("changed.pack", &changed);
    let resigned = with_another_key(&pack);
    let resigned = room.file_of("resigned.pack", &resigned);
    let cases: [(&str, &str, Option<&str>, &[&str]); 11] = [
        (&nothing, &good, None, &["nothing can't be used", "check the name"]),
        (&scenario, &nothing, None, &["nothing can't be used", "check the name"]),
        (&scenario, &good, Some(&nothing), &["Check that the file is there"]),
        (&prose, &good, None, &["not a scenario", "docs/drill.md", "line 1"]),
        (&odd_day, &good, None, &["2026-02-30T14:00:00", "write 2026-11-22T14:00:00"]),
        (&scenario, &bad, None, &["nothing was sold", "line 2: ", "line 3: ", "line 4: "]),
        (&scenario, &empty, None, &["no basket", "docs/baskets.md"]),
        (&scenario, &unpriced, None, &["4011 has neither", "4012 has neither"]),
        (&scenario, &good, Some(&short), &["not a store pack", "Copy the .pack file"]),
        (&scenario, &good, Some(&changed), &["not as it was signed", "Copy the file again"]),
        (&scenario, &good, Some(&resigned), &["signed"]),
    ];
    for (scenario, baskets, pack, words) in cases {
        let data = room.path("data");
        let mut arguments =
            vec!["drill", "--scenario", scenario, "--baskets", baskets, "--data", &data];
        arguments.extend(pack.into_iter().flat_map(|pack| ["--pack", pack]));
        let output = run(&arguments);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        for word in words {
            assert!(said.contains(word), "'{word}' is missing: {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
        assert!(output.stdout.is_empty());
        assert!(!Path::new(&data).exists(), "{arguments:?} left something behind");
    }
}

#[test]
fn a_command_line_that_cant_be_read_ends_with_2_and_a_difference_with_1() {
    let room = Room::new();
    let scenario = room.hour("2026-11-22");
    let baskets = room.file("baskets.jsonl", &sample_baskets(6, 3, true, &mut Dice(6)));
    let data = room.path("drill");
    let usual = ["drill", "--scenario", &scenario, "--baskets", &baskets, "--data", &data];
    assert_eq!(run(&["drill", "--scenario", &scenario]).status.code(), Some(2));
    let many = [&usual[..], &["--registers", "31"]].concat();
    assert_eq!(run(&many).status.code(), Some(2));
    assert_eq!(ask(&usual).0, 0);
    // The same folder with other baskets: what was sold is not what is asked for now.
    let other = room.file("baskets.jsonl", &sample_baskets(6, 3, true, &mut Dice(8)));
    assert_eq!(other, baskets);
    let (code, report) = ask(&usual);
    assert_eq!((code, &report["agrees"]), (1, &Value::Bool(false)));
    assert!(report["differences"].as_array().is_some_and(|all| !all.is_empty()));
}

/// A scenario that was played on sample baskets.
struct Played {
    report: Value,
    arguments: Vec<String>,
    _room: Room,
}

impl Played {
    /// What was done at a minute contains these words.
    fn moment_did(&self, minute: u64, words: &str) {
        let found = moments(&self.report)
            .filter(|moment| moment["at_min"] == minute)
            .any(|moment| done(moment).iter().any(|done| done.contains(words)));
        assert!(found, "minute {minute}: {words}: {:#}", self.report["moments"]);
    }

    /// Every line of the three lists is proved, each with a record or a figure.
    fn proves_its_claims(&self, must: usize, must_not: usize, reconcile: usize) {
        let claims = self.report["claims"].as_array().expect("claims");
        let of = |kind: &str| claims.iter().filter(|claim| claim["kind"] == kind).count();
        assert_eq!([of("must"), of("must_not"), of("reconcile")], [must, must_not, reconcile]);
        for claim in claims {
            assert_eq!(claim["holds"], true, "{claim:#}");
            let proofs = claim["proofs"].as_array().expect("proofs");
            assert!(!proofs.is_empty(), "{claim:#}");
            for proof in proofs {
                let figure = proof["words"].to_string().bytes().any(|b| b.is_ascii_digit());
                let record = proof["records"].as_array().is_some_and(|all| !all.is_empty());
                assert!(proof["holds"] == true && (figure || record), "{proof:#}");
            }
        }
    }

    /// The proofs of the claim that holds these words.
    fn said_of(&self, words: &str) -> String {
        claim(&self.report, words)["proofs"].to_string()
    }

    fn as_text(&self) -> String {
        String::from_utf8(run(&self.arguments).stdout).expect("text")
    }
}

fn scenario(name: &str, registers: usize) -> Option<Played> {
    let file: PathBuf = real_input("TIDEOVER_SCENARIOS")?.join(name);
    let room = Room::new();
    let baskets = room.file("baskets.jsonl", &sample_baskets(150, 14, true, &mut Dice(2)));
    let file = file.to_str().expect("a name");
    let registers = registers.to_string();
    let arguments = ["drill", "--scenario", file, "--baskets", &baskets, "--registers", &registers];
    let (code, report) = ask(&arguments);
    assert_agrees(code, &report);
    assert_eq!(entries(&report).count(), 150);
    let arguments = arguments.map(str::to_owned).into();
    Some(Played { report, arguments, _room: room })
}

fn claim<'a>(report: &'a Value, words: &str) -> &'a Value {
    let claims = report["claims"].as_array().expect("claims");
    let found = claims.iter().find(|c| c["text"].as_str().is_some_and(|t| t.contains(words)));
    found.unwrap_or_else(|| panic!("no claim says '{words}'"))
}

fn is_sold_again(sheet: &sheets::Sheet, day: &str, sum: &str) -> Value {
    let report = Room::new().plays(&sheet.file, day);
    let by_name = by_basket(&report);
    assert_eq!(by_name.len(), sheet.sums.len());
    for (id, sum) in &sheet.sums.iter().collect::<BTreeMap<_, _>>() {
        let entry = by_name[id.as_str()];
        assert_eq!(
            (&entry["total"], &entry["tax"]),
            (&Value::from(sum.to_string()), &Value::from("0.00")),
            "basket {id}"
        );
    }
    for place in ["expected", "ledger", "central"] {
        assert_eq!(report["totals"][place]["total"], sum, "{place}");
    }
    report
}

fn assert_agrees(code: i32, report: &Value) {
    let differences = report["differences"].to_string();
    let is_one = |claim: &&Value| claim["text"].as_str().is_some_and(|t| differences.contains(t));
    let claims: Vec<&Value> =
        report["claims"].as_array().into_iter().flatten().filter(is_one).collect();
    assert_eq!((code, &report["agrees"]), (0, &Value::Bool(true)), "{differences}\n{claims:#?}");
    assert_eq!(report["totals"]["ledger"], report["totals"]["central"]);
    for journal in report["journals"].as_array().expect("journals") {
        assert_eq!(journal["pending"], 0, "{journal}");
        assert_eq!(journal["findings"].as_array().map(Vec::len), Some(0), "{journal}");
    }
}

fn an_hour(day: &str) -> String {
    AN_HOUR.replace("DAY", day)
}

fn entries(report: &Value) -> impl Iterator<Item = &Value> {
    report["baskets"].as_array().expect("baskets").iter()
}

fn by_basket(report: &Value) -> BTreeMap<&str, &Value> {
    entries(report).map(|entry| (entry["basket"].as_str().expect("a name"), entry)).collect()
}

fn moments(report: &Value) -> impl Iterator<Item = &Value> {
    report["moments"].as_array().expect("moments").iter()
}

fn done(moment: &Value) -> Vec<&str> {
    let done = moment["done"].as_array().expect("a list");
    done.iter().map(|words| words.as_str().expect("words")).collect()
}

fn cents(amount: &Value) -> i128 {
    hundredths(amount.as_str().expect("an amount"))
}

/// The pack with another public key in it (that of RFC 8032, section 7.1, test 1), as somebody
/// would try who can't sign.
fn with_another_key(pack: &[u8]) -> Vec<u8> {
    let other = b"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let name = b"\"key\":\"";
    let start = pack.windows(name.len()).rposition(|bytes| bytes == name);
    let start = start.expect("a key in the trailer") + name.len();
    let mut changed = pack.to_vec();
    changed[start..start + other.len()].copy_from_slice(other);
    changed
}
