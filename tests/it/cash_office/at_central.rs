//! One bag's number at two registers that could not see each other: neither could know, so both
//! drops stand, and central tells it once, whichever came in first.

use std::path::Path;

use tideover::domain::money::Money;
use tideover::reconcile::exception::Code;
use tideover::register::command::Command;
use tideover::sync::http::HttpTransport;

use super::{approve, drop, must};
use crate::central::central_at;
use crate::check::carried::hand_over;
use crate::postgres::bind;
use crate::postgres::server::Server;
use crate::printer::witness::enrolled;
use crate::register::{CASHIER, LEAD, Shop};

/// Drops so much in a bag, a lead as the witness.
fn drops(shop: &Shop, minor: i64, bag: &str) {
    let mut register = shop.open(CASHIER);
    register.handle(drop(minor, bag));
    approve(&mut register, LEAD);
    must(&mut register, Command::SignOut);
    register.close().expect("closed");
}

fn told(folder: &Path, order: [usize; 2]) {
    let central = central_at(folder);
    let shops = [Shop::new(), Shop::new()];
    for (shop, register) in shops.iter().zip(7..) {
        enrolled(shop, &central, register);
    }
    drops(&shops[0], 2_000, "TB-9");
    // The next day, at the other register.
    shops[1].clock.advance_ms(86_400_000);
    drops(&shops[1], 4_000, "TB-9");
    // Twice over, as a line that loses answers would.
    for place in order.into_iter().chain(order) {
        let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
        assert_eq!(hand_over(&shops[place].data(), 1, &mut line).pending, 0);
    }
    central.settle();
    let found = central.door().exceptions(None).expect("read");
    let twice: Vec<_> = found.iter().filter(|one| one.code == Code::BagTwice.word()).collect();
    assert_eq!(twice.len(), 1, "{order:?}: {found:#?}");
    let one = twice[0];
    assert_eq!((one.count, one.journal.register.0, one.cause.as_str()), (1, 8, "TB-9"));
    assert_eq!(
        (one.level.as_str(), Money::from_minor(one.amount)),
        ("review", Money::from_minor(4_000))
    );
    for said in ["20.00 at register 7 on 2026-11-22", "40.00 at register 8 on 2026-11-23"] {
        assert!(one.text.contains(said), "{}", one.text);
    }
    central.stop();
}

#[test]
fn a_bag_used_at_two_registers_apart_is_one_exception_whichever_comes_first() {
    for order in [[0, 1], [1, 0]] {
        let folder = tempfile::tempdir().expect("a folder");
        told(folder.path(), order);
    }
}

#[test]
fn on_postgresql_a_bag_used_twice_is_one_exception_too() {
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    bind(folder.path(), &server.database());
    told(folder.path(), [1, 0]);
}
