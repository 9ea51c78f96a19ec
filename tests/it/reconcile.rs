//! The manager's ten minutes after the outage: a store of 30 registers, 7,500 sales and something
//! wrong of every kind is decided on central's page and closed to the cent.

use std::collections::BTreeMap;
use std::path::Path;

use tideover::central::serve::Central;
use tideover::pack::PackKey;
use tideover::reconcile::certificate::{Certificate, ResidualKind};
use tideover::sync::sealed::Sealed;

mod browser;
mod deposit;
mod evidence;
mod late;
mod outage;
mod pages;
pub(crate) mod store;
#[cfg(feature = "gui-tests")]
mod window;

pub use browser::browser_is_here;
use store::{Goods, MORNING, NOON, STORE, central, packs};

/// A store after its outage, and central with all that could be handed over.
pub struct After {
    pub central: Central,
    folder: tempfile::TempDir,
    pack_key: PackKey,
}

impl After {
    fn played() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, key) = packs(folder.path());
        let goods = [NOON, MORNING].map(|version| Goods::new(folder.path(), &key, version));
        let (central, clock) = central(&folder.path().join("central"), kept);
        outage::play(&central, &clock, &folder.path().join("central"), &goods);
        Self { central, folder, pack_key: key }
    }

    fn report(&self) -> serde_json::Value {
        let url = format!("{}/v1/stores/{STORE}/reconciliation", self.central.url());
        let text = text_of(&url);
        serde_json::from_str(&text).expect("JSON")
    }

    /// The rules that have something open, with how often.
    fn open(&self) -> BTreeMap<String, u64> {
        let report = self.report();
        let mut open = BTreeMap::new();
        for matter in report["matters"].as_array().expect("matters") {
            let code = matter["code"].as_str().expect("a code").to_owned();
            *open.entry(code).or_insert(0) += matter["open"].as_u64().expect("a count");
        }
        open
    }
}

/// A client that follows nothing by itself.
fn client() -> reqwest::blocking::Client {
    // Another test may have been first.
    rustls::crypto::ring::default_provider().install_default().ok();
    let policy = reqwest::redirect::Policy::none();
    reqwest::blocking::Client::builder().redirect(policy).build().expect("a client")
}

fn fetched(url: &str) -> Vec<u8> {
    client().get(url).send().expect("an answer").bytes().expect("bytes").to_vec()
}

fn text_of(url: &str) -> String {
    String::from_utf8(fetched(url)).expect("text")
}

/// The certificate of a sealed text, checked under central's key.
fn opened(sealed: &[u8], central: &Central) -> Certificate {
    let key = central.door().public_key();
    let domain = tideover::journal::key::Domain::Closure;
    Sealed::split(sealed).expect("sealed").open(domain, &key).expect("central's own")
}

/// The differences that were made on purpose, each where it belongs, and the sums around them.
fn assert_balanced(certificate: &Certificate) {
    certificate.check().expect("it adds up");
    let left = |kind: ResidualKind| {
        let same = certificate.residuals.iter().filter(move |one| one.kind == kind);
        same.map(|one| (one.register, one.amount)).collect::<Vec<_>>()
    };
    assert_eq!(left(ResidualKind::DrawerCash), [(8, -1_250), (9, 3_000), (10, 125), (11, -15_000)]);
    assert_eq!(left(ResidualKind::LedgerCash), [(25, -300)]);
    assert_eq!(left(ResidualKind::Lifetime), [(6, 100)]);
    assert_eq!(left(ResidualKind::Paid), [(5, 100)]);
    let cash = certificate.cash;
    assert_eq!(cash.drawer - cash.ledger, -1_250 + 3_000 + 125 - 15_000);
    assert_eq!(cash.ledger - cash.central, -300);
    assert_eq!(certificate.checks.drawer, certificate.checks.central);
    let free = certificate.residuals.iter().find(|one| one.register == 10).expect("named");
    assert_eq!((free.person.as_str(), free.outcome.as_str()), ("c10", "Within the free amount"));
    let lost = certificate.residuals.iter().find(|one| one.kind == ResidualKind::NotHere);
    assert_eq!(lost.map(|one| (one.register, one.second.is_some())), Some((26, true)));
    assert_eq!(certificate.heads.len(), 30);
}

#[test]
fn every_kind_of_trouble_is_found_once_and_what_was_made_wrong_is_all_there_is() {
    let after = After::played();
    let open = after.open();
    let expected: &[(&str, u64)] = &[
        ("arithmetic", 1),
        ("central_was_up", 1),
        ("check_above_limit", 2),
        ("check_twice", 2),
        ("check_without_id", 3),
        ("clock_skew", 2),
        ("control_totals", 1),
        ("count_differs", 1),
        ("delivery_differs", 1),
        ("drawer_ledger", 1),
        ("drawer_variance", 3),
        ("fork", 1),
        ("gap", 1),
        ("keyed_price", 6),
        ("late_sale", 3),
        ("lifetime", 1),
        ("no_sale_often", 1),
        ("not_here", 1),
        ("open_shift", 2),
        ("price_changes_often", 1),
        ("price_differs", 5),
        ("provisional_register", 1),
        ("punch_conflict", 1),
        ("received_twice", 1),
        ("refund_above_limit", 1),
        ("refund_without_receipt", 2),
        ("return_of_another", 1),
        ("returned_twice", 2),
        ("revoked_key", 1),
        ("schema_ahead", 1),
        ("tax_differs", 4),
        ("unknown_item", 43),
        ("unknown_pack", 5),
        ("unsigned", 8),
    ];
    for (code, count) in expected {
        assert_eq!(open.get(*code), Some(count), "{code} of {open:#?}");
    }
    let others: Vec<_> = open
        .keys()
        .filter(|code| !expected.iter().any(|(one, _)| one == code))
        .map(String::as_str)
        .collect();
    assert_eq!(others, ["price_not_in_force", "stock_negative"]);
    // The forty sales of one missing item are one root cause.
    let report = after.report();
    let matters = report["matters"].as_array().expect("matters");
    let unknown: Vec<_> = matters.iter().filter(|one| one["code"] == "unknown_item").collect();
    assert_eq!(unknown.len(), 2);
    assert_eq!(
        (unknown[0]["open"].as_u64(), unknown[0]["amount"].as_i64()),
        (Some(40), Some(19_960))
    );
    // Nothing is closed while anything is open, and it is said what.
    let missing = report["missing"].as_array().expect("missing");
    assert!(
        missing.iter().any(|one| one == "Not decided: Item not in the price file (43, 207.07)")
    );
}

/// The folder of the crate.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
