//! Slips of a register at central: what the pen wrote is told once, for a person to look at, and
//! is settled by a decision.

use std::path::Path;
use std::sync::Arc;

use tideover::central::operations::Operations;
use tideover::central::packs::Packs;
use tideover::central::serve::{Central, Encryption, Settings};
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SystemEntropy;
use tideover::domain::decision::{Action, Decision, Matter, RuleWord};
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{PersonId, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::paper_slip::SlipFault;
use tideover::domain::policy::Currency;
use tideover::pack::PackSigner;
use tideover::reconcile::exception::{Code, Level};
use tideover::reconcile::matters;
use tideover::reconcile::rulebook::Rulebook;
use tideover::register::command::Command;
use tideover::register::page::PageInput;
use tideover::sync::http::HttpTransport;

use super::{KEY_SLIPS, must, open, pad_issued, press, refused, rows, says};
use crate::check::carried::hand_over;
use crate::printer::witness::enrolled;
use crate::register::{LEAD, Shop, WATER};

const STORE: StoreNo = StoreNo(1042);

/// A central that has the shop's pack, in the evening.
fn central(folder: &Path, packs: &Arc<Packs>) -> Central {
    let settings = Settings {
        folder: folder.to_owned(),
        listen: "127.0.0.1:0".parse().expect("an address"),
        encryption: Encryption::None,
        pack_key: None,
        packs: Arc::clone(packs) as _,
        clock: Arc::new(SimulatedClock::at(crate::journals::start())),
        entropy: Arc::new(SystemEntropy),
        restored: false,
        operations: Operations::of_tests(),
        also_certificates: Vec::new(),
    };
    Central::start(settings).expect("central starts")
}

fn matter(central: &Central, packs: &Packs, code: Code) -> Vec<matters::Matter> {
    let now = central.door().reconciliation(STORE, packs).expect("read");
    now.balance.matters.into_iter().filter(|matter| matter.code == code).collect()
}

/// A manager accepts all that is open of a matter.
fn accept(central: &Central, matter: &matters::Matter, reason: &str) {
    let decision = Decision {
        matter: Matter {
            rule: RuleWord::parse(matter.code.word()).expect("a rule"),
            cause: matter.cause.clone(),
        },
        action: Action::Accept,
        count: u32::try_from(matter.open.len()).expect("few"),
        sum: matter.open_sum(),
        reach: matter.reach(),
        reason: reason.to_owned(),
        second: None,
    };
    let manager = PersonId::parse("51").expect("a manager");
    central.door().decide(STORE, &manager, Currency::Usd, vec![decision]).expect("kept");
    central.settle();
}

#[test]
fn a_guessed_price_and_a_wrong_sum_on_paper_are_told_once_at_central_and_settled() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Shop::new();
    let of_shop = shop.data().0.parent().expect("a folder").to_owned();
    let key = PackSigner::from_seed(&[3; 32]).expect("a key").public();
    let packs = Arc::new(Packs::open(&of_shop, &key).expect("the shop's pack"));
    let central = central(folder.path(), &packs);
    enrolled(&shop, &central, 7);
    let mut register = shop.open(LEAD);
    pad_issued(&mut register);
    press(&mut register, KEY_SLIPS);
    // As the price file says; three cents off, as where small coins are gone: nothing to tell.
    says(&mut register, &["101", "1305", WATER, "", "1.34", ""]);
    // A water at 0.99: not the file's. And the pen added up to 23 cents less than its lines.
    says(&mut register, &["102", "", WATER]);
    must(&mut register, Command::Page(PageInput::Row(0)));
    says(&mut register, &["0.99", "0.65*4011", "4006381333931", "4.50", "10", "", "6.00", ""]);
    let listed = rows(&register);
    assert_eq!(listed.len(), 2, "{listed:?}");
    press(&mut register, 0);
    let differs = SlipFault::TotalDiffers;
    assert_eq!(refused(&mut register, super::answer("7.35")), differs.into());
    says(&mut register, &["7.34"]);
    open(&mut register);
    register.close().expect("closed");
    // Handed over twice, as a line that loses answers would.
    for _ in 0..2 {
        let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
        assert_eq!(hand_over(&shop.data(), 1, &mut line).pending, 0);
    }
    central.settle();
    let found = central.door().exceptions(Some(STORE)).expect("read");
    let told = |code: Code| {
        let of_code = found.iter().filter(move |one| one.code == code.word());
        of_code.map(|one| (one.cause.clone(), one.count, one.amount)).collect::<Vec<_>>()
    };
    let cause = |code: &str| ItemCode::parse(code).expect("a code").as_str().to_owned();
    let mut guessed = told(Code::PriceGuessed);
    guessed.sort();
    let mut expected = vec![(cause(WATER), 1, 99), (cause("4006381333931"), 1, 450)];
    expected.sort();
    assert_eq!(guessed, expected, "{found:#?}");
    assert_eq!(told(Code::SlipDiffers).len(), 1, "{found:#?}");
    assert_eq!(told(Code::SlipDiffers)[0].2, sums_off(&shop), "the pen's difference");
    // It is not told a second time as something else.
    for code in [Code::PriceDiffers, Code::UnknownItem, Code::TaxDiffers, Code::Arithmetic] {
        assert_eq!(told(code), [], "{code:?}");
    }

    // Worth knowing only, so nothing has to be decided; a chain that wants it decided says so.
    for code in [Code::PriceGuessed, Code::SlipDiffers] {
        let open = matter(&central, &packs, code);
        assert!(open.iter().all(|one| one.level == Level::Info && !one.is_due()), "{open:#?}");
    }
    let text = "version = 2\n[levels]\nprice_guessed = \"review\"\nslip_differs = \"review\"\n";
    central.door().set_rules(&Rulebook::read(text).expect("rules")).expect("set");
    central.settle();
    for (code, count) in [(Code::PriceGuessed, 2), (Code::SlipDiffers, 1)] {
        let due = matter(&central, &packs, code);
        assert_eq!(due.iter().filter(|one| one.is_due()).count(), count, "{due:#?}");
        for one in &due {
            accept(&central, one, "the shelf had the old price; seen on paper");
        }
        let settled = matter(&central, &packs, code);
        assert!(settled.iter().all(|one| !one.is_due() && one.settled.len() == 1), "{settled:#?}");
    }
    // Derived anew, it stays settled.
    central
        .door()
        .set_rules(&Rulebook::read(&text.replace('2', "3")).expect("rules"))
        .expect("set");
    central.settle();
    let now = central.door().reconciliation(STORE, packs.as_ref()).expect("read");
    let slips = [Code::PriceGuessed, Code::SlipDiffers];
    assert!(now.balance.matters.iter().all(|one| !slips.contains(&one.code) || !one.is_due()));
    central.stop();
}

/// What the pen said more or less than the lines of the last slip.
fn sums_off(shop: &Shop) -> i64 {
    let sale = super::sales(shop).pop().expect("a slip");
    assert_eq!(sale.cash_kept(), Ok(Money::from_minor(600)));
    sale.rounding.minor()
}
