//! The register's program ends at every named point of a sale, for real: this test program starts
//! itself as a child, which aborts there; then the register is started again.

use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use tideover::device::entropy::SystemEntropy;
use tideover::domain::money::Money;
use tideover::ledger::{FaultPoint, Faults};
use tideover::register::command::Command;
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};
use tideover::register::view::Screen;

use crate::register::{CASHIER, Shop, WATER, scan, sell, sign_in};

const POINT: &str = "REGISTER_CHILD_POINT";
const DIR: &str = "REGISTER_CHILD_DIR";

struct AbortAt(FaultPoint);

impl Faults for AbortAt {
    fn at(&self, point: FaultPoint) {
        // Signing in and opening the shift are records too, before the sale was decided.
        let selling = SELLING.load(std::sync::atomic::Ordering::SeqCst);
        if selling && point == self.0 {
            std::process::abort();
        }
    }
}

static SELLING: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Does nothing in an ordinary run; as a child it sells until it is ended.
#[test]
fn child_sells_until_it_is_ended() {
    let (Ok(point), Ok(dir)) = (std::env::var(POINT), std::env::var(DIR)) else { return };
    let point = FaultPoint::from_word(&point).expect("a point");
    let shop = Shop::new();
    let world = World {
        clock: Arc::new(shop.clock.clone()),
        entropy: Arc::new(SystemEntropy),
        faults: Some(Arc::new(AbortAt(point))),
        machine: Default::default(),
    };
    let mut register = startup::open(&DataDir(dir.into()), &world).expect("started");
    sign_in(&mut register, CASHIER);
    register.handle(Command::OpenShift { float: Money::from_minor(15_000) });
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    SELLING.store(true, std::sync::atomic::Ordering::SeqCst);
    register.handle(Command::TakeCash { amount: None, confirmed: false });
    unreachable!("the child was to be ended at {point:?}");
}

#[test]
fn ended_at_any_point_of_a_sale_the_next_start_says_whether_it_is_paid_and_does_nothing_twice() {
    for point in FaultPoint::ALL {
        let shop = Shop::new();
        let status = Process::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "crash::points::child_sells_until_it_is_ended"])
            .env(POINT, point.word())
            .env(DIR, shop.data().0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("a child");
        assert!(!status.success() && status.code().is_none(), "{point:?}: ended by a signal");
        let before = shop.receipts();
        assert!(point >= FaultPoint::AfterDrawer || before.is_empty(), "{point:?}: {before}");

        let recorded = point >= FaultPoint::AfterCommit;
        let mut register = shop.start();
        let Screen::Restart(restart) = register.view().screen else { panic!("{point:?}: silent") };
        assert_eq!(restart.findings.len(), 0, "{point:?}");
        let last = restart.last_sale.map(|sale| (sale.number, sale.total));
        let basket = restart.open_basket_total;
        if recorded {
            assert_eq!(last, Some((1, Money::from_minor(130))), "{point:?}: it is paid");
            assert_eq!(basket, None, "{point:?}: nothing is left to be paid again");
        } else {
            assert_eq!((last, basket), (None, Some(Money::from_minor(131))), "{point:?}");
        }
        register.handle(Command::AcknowledgeRestart);
        sign_in(&mut register, CASHIER);
        assert_eq!(shop.receipts(), before, "{point:?}: nothing is printed by itself");
        // Asked about where it may be missing: the file, unlike a printer, says when it is there.
        let asked = sell(&register).print_now.map(|sale| sale.number);
        let missing = recorded && !before.contains("TOTAL");
        assert_eq!(asked, missing.then_some(1), "{point:?}: is the receipt asked about?");

        if !recorded {
            register.handle(Command::BeginTender);
            register.handle(Command::TakeCash { amount: None, confirmed: false });
        }
        let sales = shop.kinds().iter().filter(|kind| *kind == "sale").count();
        assert_eq!(sales, 1, "{point:?}: one sale, once");
    }
}
