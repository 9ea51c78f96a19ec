//! What a register makes of the codes that are scanned at it, in a store made for the purpose.

use tideover::domain::approval::Act;
use tideover::domain::code::garbage::Garbage;
use tideover::domain::event::Event;
use tideover::domain::gtin::check_digit;
use tideover::domain::ids::Seq;
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::quantity::Quantity;
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{CompletedSale, LinePrice, Missing, Offered, PriceSource};
use tideover::journal::body;
use tideover::journal::record::Envelope;
use tideover::ledger::Reader;
use tideover::pack::Source;
use tideover::register::command::{Command, Pin, Settlement};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{Ask, NoticeKind};

use crate::register::{CASHIER, LEAD, Shop, cash, done, enter, scan, sell};

const ITEMS: &str = "code,name,unit_price,sold_by,tax_class,department,age_min\n\
    4011,Bananas,0.59,lb,exempt,6,\n\
    60101,Deli turkey,8.00,lb,exempt,9,\n\
    60105,Deli sandwich,5.00,each,exempt,9,\n\
    01234565,Mints,1.00,each,exempt,1,\n\
    012345000065,Cola 2 L,2.00,each,exempt,1,\n\
    04900099131585,Yogurt,0.80,each,exempt,4,\n\
    90490009913150,Ground beef,4.00,lb,exempt,7,\n\
    406174004002,Caesar salad,3.99,each,exempt,6,\n";
const PEOPLE: &str = include_str!("../../assets/sample-store/people.csv");
const POLICY: &str = include_str!("../../assets/sample-store/policy.csv");
const TAXES: &str = include_str!("../../assets/sample-store/taxes.csv");
const LABELS: &str = "prefix,item_digits,verifier,value_digits,decimals,means,catalog_code\n\
    02,5,checked,4,2,price,plu\n";
const RECALLS: &str = "code,batch,reason\n\
    406174004002,L2231,Listeria\n04900099131585,,Glass\n4011,,Spiders\n";
const GIFT_CARDS: &str = "prefix,digits,name\n600649,19,Market gift card\n";

fn shop() -> Shop {
    shop_with(POLICY, "code,batch,reason\n406174004002,L2231,Listeria\n")
}

fn shop_with(policy: &str, recalls: &str) -> Shop {
    Shop::of(&Source::Tables(&[
        ("items.csv", ITEMS),
        ("people.csv", PEOPLE),
        ("policy.csv", policy),
        ("taxes.csv", TAXES),
        ("labels.csv", LABELS),
        ("recalls.csv", recalls),
        ("giftcards.csv", GIFT_CARDS),
    ]))
}

/// A label of the deli scale: item, verifier and price.
fn label(body: &str) -> String {
    let body = format!("2{body}");
    format!("{body}{}", check_digit(&body).expect("digits"))
}

fn amounts(register: &Register) -> Vec<(String, i64)> {
    let lines = sell(register).lines;
    lines.iter().map(|line| (line.quantity.to_string(), line.amount.minor())).collect()
}

fn refusal(answer: Answer) -> Refusal {
    match answer {
        Answer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// The newest sale in the journal.
fn recorded(shop: &Shop) -> CompletedSale {
    let place = shop.data().place(&shop.data().settings().expect("settings"));
    let reader = Reader::open(&place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
    let sale = lines.iter().rev().find_map(|line| {
        let envelope = Envelope::read(line.bytes()).expect("a record");
        match body::read(envelope.kind, envelope.version, envelope.body) {
            Ok(Event::Sale(sale)) => Some(sale),
            _ => None,
        }
    });
    sale.expect("a sale")
}

#[test]
fn a_scales_label_sells_at_its_own_price() {
    let shop = shop();
    let mut register = shop.open(CASHIER);
    assert_eq!(scan(&mut register, &label("6010192875")), Answer::Done);
    assert_eq!(scan(&mut register, &label("6010510500")), misread());
    // 28.75 at 8.00 a pound is 3.5938 pounds; a price verifier that disagrees is a misread.
    assert_eq!(amounts(&register), [("3.5938".to_owned(), 2_875)]);
    assert_eq!(sell(&register).lines[0].price_source, PriceSource::Label);
    // Two equal scans are two packages.
    assert_eq!(scan(&mut register, &label("6010192875")), Answer::Done);
    assert_eq!(amounts(&register).len(), 2);
    assert_eq!(enter(&mut register, &format!("2*{}", label("6010192875"))), Answer::Done);
    assert_eq!(amounts(&register)[2], ("7.1876".to_owned(), 5_750));
}

fn misread() -> Answer {
    Answer::Refused(Refusal::Unread(Garbage::PriceCheck))
}

#[test]
fn a_label_without_a_price_waits_for_its_weight_or_price() {
    let shop = shop();
    let mut register = shop.open(CASHIER);
    scan(&mut register, &label("6010100000"));
    scan(&mut register, &label("6010500000"));
    scan(&mut register, "4011");
    let open: Vec<(String, Missing)> =
        sell(&register).open.into_iter().map(|line| (line.name, line.missing)).collect();
    assert_eq!(
        open,
        [
            ("Deli turkey".to_owned(), Missing::Weight),
            ("Deli sandwich".to_owned(), Missing::Price),
            ("Bananas".to_owned(), Missing::Weight),
        ]
    );
    assert_eq!(refusal(register.handle(Command::BeginTender)), Refusal::OpenLines(3));
    let weight = Settlement::Weight(Quantity::parse("0.5").expect("a weight"));
    assert_eq!(register.handle(Command::Settle { place: 0, with: weight }), Answer::Done);
    assert_eq!(amounts(&register), [("0.5".to_owned(), 400)]);
}

#[test]
fn a_number_with_two_meanings_is_asked_about_and_answered_with_one_key() {
    let shop = shop();
    let mut register = shop.open(CASHIER);
    let asked = refusal(scan(&mut register, "01234565"));
    assert!(matches!(asked, Refusal::WhichItem(_)), "{asked:?}");
    let Some(Ask::Which(candidates)) = register.view().ask else { panic!("nothing is asked") };
    let names: Vec<&str> = candidates.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Mints", "Cola 2 L"]);
    // The next scan is refused aloud, not swallowed.
    assert_eq!(refusal(scan(&mut register, "60105")), Refusal::AnswerFirst);
    assert_eq!(refusal(register.handle(Command::Choose { place: 2 })), Refusal::NoSuchLine);
    assert_eq!(register.handle(Command::Choose { place: 1 }), Answer::Done);
    assert_eq!(sell(&register).lines[0].name, "Cola 2 L");
    assert_eq!(register.view().ask, None);
    // The next time it is asked again; nobody has to answer.
    assert!(matches!(refusal(scan(&mut register, "01234565")), Refusal::WhichItem(_)));
    assert_eq!(register.handle(Command::Decline), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 1);
    // A scanner that names the symbology is never asked.
    assert_eq!(scan(&mut register, "]E401234565"), Answer::Done);
    assert_eq!(scan(&mut register, "]E001234565"), Answer::Done);
    assert_eq!(sell(&register).lines[2].name, "Cola 2 L");
    assert_eq!(refusal(register.handle(Command::Choose { place: 0 })), Refusal::NothingToChoose);
}

#[test]
fn a_2d_code_brings_weight_price_batch_and_date_into_the_record() {
    let shop = shop();
    let mut register = shop.open(CASHIER);
    let beef = "]d20190490009913150320200015017261231";
    assert_eq!(scan(&mut register, &format!("{beef}10B77")), Answer::Done);
    assert_eq!(scan(&mut register, &format!("{beef}3922650")), Answer::Done);
    assert_eq!(
        scan(&mut register, "https://a.example/01/04900099131585/10/L9?17=261130"),
        Answer::Done
    );
    let expected = [("1.5".to_owned(), 600), ("1.5".to_owned(), 650), ("1".to_owned(), 80)];
    assert_eq!(amounts(&register), expected);
    register.handle(Command::BeginTender);
    register.handle(cash(1_330, false));
    assert_eq!(done(&register).total, Money::from_minor(1_330));
    let sale = recorded(&shop);
    let lots: Vec<(Option<&str>, Option<String>)> = sale
        .lines
        .iter()
        .map(|line| {
            let lot = &line.lot;
            (lot.batch.as_ref().map(|b| b.as_str()), lot.expires.map(|day| day.to_string()))
        })
        .collect();
    assert_eq!(
        lots,
        [
            (Some("B77"), Some("2026-12-31".to_owned())),
            (None, Some("2026-12-31".to_owned())),
            (Some("L9"), Some("2026-11-30".to_owned())),
        ]
    );
}

#[test]
fn past_its_date_an_item_needs_a_colleague_even_for_a_lead() {
    let shop = shop();
    let mut register = shop.open(LEAD);
    // The business date is the 22nd: that day is still good.
    assert_eq!(scan(&mut register, "]d2010490009913158517261122"), Answer::Done);
    let asked = refusal(scan(&mut register, "]d2010490009913158517261121"));
    assert_eq!(asked, Refusal::NeedsApproval(Act::SellExpired, Role::Lead));
    let about = register.view().about.to_string();
    assert!(about.contains("good until 2026-11-21"), "which item, which date: {about}");
    assert_eq!(sell(&register).lines.len(), 1);
    let (person, pin) = ("51".to_owned(), Pin::new("958316"));
    assert_eq!(register.handle(Command::Approve { person, pin }), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 2);
    // Best before is no stop here; a store may say otherwise.
    assert_eq!(scan(&mut register, "]d2010490009913158515261121"), Answer::Done);
    register.handle(Command::BeginTender);
    register.handle(cash(240, false));
    let approvals: Vec<Act> = recorded(&shop).terms.approvals.iter().map(|a| a.act).collect();
    assert_eq!(approvals, [Act::SellExpired]);
    drop(register);

    let strict = shop_with(&format!("{POLICY}expiry_stop,best_before\n"), RECALLS);
    let mut register = strict.open(CASHIER);
    assert_eq!(
        refusal(scan(&mut register, "]d2019049000991315015261121")),
        Refusal::NeedsApproval(Act::SellExpired, Role::Lead)
    );
    assert_eq!(register.handle(Command::Decline), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 0);
}

#[test]
fn what_is_recalled_is_not_sold_and_nobody_can_lift_it() {
    let shop = shop_with(POLICY, RECALLS);
    let mut register = shop.open(LEAD);
    let stop = |reason: &str| Refusal::Recalled(reason.to_owned());
    assert_eq!(refusal(scan(&mut register, "4900099131585")), stop("Glass"));
    assert_eq!(refusal(scan(&mut register, "4011")), stop("Spiders"));
    assert_eq!(register.view().ask, None, "there is nothing to sign");
    // One batch of the salad: stopped where it is known, in whatever letters.
    let salad = "]d20100406174004002";
    assert_eq!(refusal(scan(&mut register, &format!("{salad}10l2231"))), stop("Listeria"));
    assert_eq!(scan(&mut register, &format!("{salad}10L2232")), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 1);
    // From the bars alone nobody knows the batch: the cashier is told to look.
    assert_eq!(scan(&mut register, "406174004002"), Answer::Done);
    let notice = register.view().notice.expect("words");
    assert_eq!(notice.kind, NoticeKind::Attention);
    assert!(notice.text.to_string().contains("batch L2231"), "{}", notice.text);
    // Not by another way either.
    let by_name = |code: &str| Command::AddItem {
        code: code.to_owned(),
        quantity: Quantity::ONE,
        price: LinePrice::Pack,
    };
    assert_eq!(refusal(register.handle(by_name("4900099131585"))), stop("Glass"));
    // It may come back: that is what a recall is for.
    assert_eq!(enter(&mut register, "-1*4900099131585"), Answer::Done);
}

#[test]
fn coupons_and_gift_cards_are_given_back_politely_and_only_counted() {
    let shop = shop();
    let mut register = shop.open(CASHIER);
    scan(&mut register, "60105");
    let body = "50939667007";
    let coupon = format!("{body}{}", check_digit(body).expect("digits"));
    for _ in 0..2 {
        assert_eq!(refusal(scan(&mut register, &coupon)), Refusal::Coupon);
    }
    let notice = register.view().notice.expect("words");
    assert_eq!(notice.kind, NoticeKind::Refused);
    assert_eq!(notice.remedy, "Give it back; it stays good. Ctrl R: a rain check.");
    let gift = Refusal::GiftCard("Market gift card".to_owned());
    assert_eq!(refusal(scan(&mut register, "6006491234567890123")), gift);
    assert_eq!(refusal(scan(&mut register, "4111111111111111")), Refusal::CardNumber);
    assert_eq!(sell(&register).lines.len(), 1);
    register.handle(Command::BeginTender);
    register.handle(cash(500, false));
    let sale = recorded(&shop);
    assert_eq!(sale.terms.offered, Offered { coupons: 2, gift_cards: 1 });
    drop(register);
    let place = shop.data().place(&shop.data().settings().expect("settings"));
    let reader = Reader::open(&place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    for line in reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines") {
        let text = String::from_utf8_lossy(line.bytes()).into_owned();
        for number in [coupon.as_str(), "6006491234567890123", "4111111111111111"] {
            assert!(!text.contains(number), "{number} was recorded");
        }
    }
}

#[test]
fn what_cant_be_read_adds_nothing_and_says_what_to_do() {
    let shop = shop();
    let mut register = shop.open(CASHIER);
    for (code, why) in [
        ("https://example.com/foo/123", Garbage::Link),
        ("]d20104900099131585172611", Garbage::Torn),
        ("]E112", Garbage::AddOn),
        (&"9".repeat(4_096), Garbage::TooLong),
    ] {
        assert_eq!(refusal(scan(&mut register, code)), Refusal::Unread(why));
        assert_eq!(
            register.view().notice.map(|notice| notice.text.to_string()),
            Some(why.text().to_owned())
        );
    }
    assert!(sell(&register).lines.is_empty() && sell(&register).open.is_empty());
    // A code that nobody knows is a yellow line, with its batch.
    assert_eq!(
        scan(&mut register, "]E04006381333932"),
        Answer::Refused(Refusal::WrongCheckDigit("4006381333932".to_owned()))
    );
    assert_eq!(scan(&mut register, "77777"), Answer::Done);
    assert_eq!(sell(&register).open[0].missing, Missing::Item);
}
