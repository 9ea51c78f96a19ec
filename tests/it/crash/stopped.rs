//! Recording fails under a payment, all is closed in good order, and the next start says what
//! became of that sale: it landed, or it did not.

use tideover::domain::money::Money;
use tideover::register::command::Command;
use tideover::register::register::Answer;
use tideover::register::view::{Restart, Screen, Stopped};

use super::cuts::read;
use super::disk::Op;
use super::watch::{Lie, Plan, Trouble, Watched, so_far, watch};
use crate::register::{CASHIER, Shop, WATER, scan, sell, sign_in};

struct Paid {
    /// How much was done to the disk before the payment.
    before: usize,
    answer: Answer,
    screen: Screen,
}

/// A register sells one bottle and ends in good order, on a disk that fails as planned.
fn sells_one(shop: &Shop, plan: Option<Plan>) -> Watched<Paid> {
    let root = shop.data().0;
    watch(&root, &read(&root).names, plan, Lie::default(), || {
        let mut register = shop.open(CASHIER);
        scan(&mut register, WATER);
        register.handle(Command::BeginTender);
        let before = so_far();
        let answer = register.handle(Command::TakeCash { amount: None, confirmed: false });
        let screen = register.view().screen;
        register.close().expect("closed in good order");
        Paid { before, answer, screen }
    })
}

/// The same, and the first operation of its kind under the payment fails.
fn fails(shop: &Shop, trouble: Trouble) -> Stopped {
    let whole = sells_one(&Shop::new(), None);
    assert_eq!(whole.result.answer, Answer::Done);
    let meets = |op: &Op| match trouble {
        Trouble::FlushError => matches!(op, Op::Flush { .. }),
        Trouble::WriteError | Trouble::Full => matches!(op, Op::Write { .. }),
    };
    let before = whole.result.before;
    let first = whole.ops.iter().skip(before).position(meets).expect("there is one");
    let failed = sells_one(shop, Some(Plan { trouble, at: before + first, once: true }));
    assert_eq!((failed.troubled, &failed.result.answer), (1, &Answer::Stopped));
    match failed.result.screen {
        Screen::Stopped(stopped) => stopped,
        other => panic!("not stopped: {other:?}"),
    }
}

fn restart(shop: &Shop) -> Restart {
    match shop.start().view().screen {
        Screen::Restart(restart) => restart,
        other => panic!("nothing is said: {other:?}"),
    }
}

fn ends_with_one_sale(shop: &Shop, open: bool) {
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(sell(&register).lines.len(), usize::from(open));
    if open {
        register.handle(Command::BeginTender);
        let paid = register.handle(Command::TakeCash { amount: None, confirmed: false });
        assert_eq!(paid, Answer::Done);
    }
    assert_eq!(shop.kinds().iter().filter(|kind| *kind == "sale").count(), 1, "one sale, once");
    register.close().expect("closed");
    let register = shop.start();
    assert!(matches!(register.view().screen, Screen::SignIn(_)), "it was read, and is over");
}

#[test]
fn a_sale_whose_flush_failed_landed_and_the_next_start_says_that_it_counts() {
    let shop = Shop::new();
    let stopped = fails(&shop, Trouble::FlushError);
    let (money, remedy) = (stopped.money.to_string(), stopped.remedy.to_string());
    assert!(stopped.what.to_string().contains("not certain"), "{}", stopped.what);
    assert!(money.contains("counts as paid is not known yet"), "{money}");
    assert!(remedy.contains("write no paper slip for this sale yet"), "{remedy}");

    let said = restart(&shop);
    let last = said.last_sale.as_ref().map(|last| (last.number, last.total));
    assert_eq!(last, Some((1, Money::from_minor(130))), "it is PAID");
    assert_eq!((said.open_basket_total, said.given_up), (None, false));
    let compare = said.compare.clone().expect("what to compare").to_string();
    assert!(compare.contains("sale 1 was recorded all the same: it counts"), "{compare}");
    assert_eq!(restart(&shop), said, "until somebody has read it");
    ends_with_one_sale(&shop, false);
}

#[test]
fn a_sale_that_could_not_be_written_is_open_again_and_is_said_not_to_count() {
    let shop = Shop::new();
    let stopped = fails(&shop, Trouble::WriteError);
    assert!(stopped.money.to_string().contains("is not known yet"), "{}", stopped.money);

    let said = restart(&shop);
    assert_eq!((&said.last_sale, said.open_basket_total), (&None, Some(Money::from_minor(131))));
    let compare = said.compare.clone().expect("what to compare").to_string();
    assert!(compare.contains("the open sale was not recorded: it does not count"), "{compare}");
    assert_eq!(restart(&shop), said, "until somebody has read it");
    ends_with_one_sale(&shop, true);
}
