//! The program ends at every point of a change, for real: this test program starts itself as a
//! child, which aborts there; then the register is started again.

use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tideover::ledger::{FaultPoint, Faults};
use tideover::register::rotating::{Point, Told, rotate};
use tideover::register::settings::DataDir;
use tideover::register::startup::World;

use super::*;

const POINT: &str = "ROTATION_CHILD_POINT";
const DIR: &str = "ROTATION_CHILD_DIR";

/// Where the child ends: at a step of the change, or within the record that it writes as number
/// 0 (the end of the old journal) or 1 (the beginning of the new one).
#[derive(Clone, Copy, Debug)]
enum At {
    Step(Point),
    Record(u32, FaultPoint),
}

struct AbortAt(u32, FaultPoint, AtomicU32);

impl Faults for AbortAt {
    fn at(&self, point: FaultPoint) {
        if point == self.1 && self.2.fetch_add(1, Ordering::Relaxed) == self.0 {
            std::process::abort();
        }
    }
}

/// When a shop opens.
fn afternoon() -> tideover::domain::time::Timestamp {
    tideover::domain::time::Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time")
}

fn all() -> Vec<At> {
    let records = [0, 1].into_iter().flat_map(|number| {
        FaultPoint::OF_A_RECORD.into_iter().map(move |point| At::Record(number, point))
    });
    Point::ALL.into_iter().map(At::Step).chain(records).collect()
}

/// Does nothing in an ordinary run; as a child it changes the key until it is ended.
#[test]
fn child_changes_the_key_until_it_is_ended() {
    let (Ok(point), Ok(dir)) = (std::env::var(POINT), std::env::var(DIR)) else { return };
    let place: usize = point.parse().expect("a place");
    let data = DataDir(dir.into());
    let settings = data.settings().expect("settings");
    let mut line = tideover::register::sending::transport(settings.central.as_ref().expect("one"))
        .expect("a line");
    let faults: Option<Arc<dyn Faults>> = match all()[place] {
        At::Record(number, point) => Some(Arc::new(AbortAt(number, point, AtomicU32::new(0)))),
        At::Step(_) => None,
    };
    let world = World {
        clock: Arc::new(tideover::device::clock::SimulatedClock::at(afternoon())),
        entropy: Arc::new(SystemEntropy),
        faults,
        machine: Default::default(),
    };
    let step = |told: Told<'_>| {
        if matches!((all()[place], told), (At::Step(point), Told::At(at)) if point == at) {
            std::process::abort();
        }
    };
    let ended = rotate(&data, &world, &mut line, "a year has gone by", &step);
    unreachable!("the child was to be ended at {:?}: {ended:?}", all()[place]);
}

/// The same, at a step of the change.
pub(super) fn ended_at_step(shop: &Shop, step: Point) {
    ended_at(shop, Point::ALL.iter().position(|one| *one == step).expect("a step"));
}

/// Changes the shop's key in a child that ends there.
fn ended_at(shop: &Shop, place: usize) {
    let status = Process::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "rotation::cut_off::child_changes_the_key_until_it_is_ended"])
        .env(POINT, place.to_string())
        .env(DIR, shop.data().0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("a child");
    let at = all()[place];
    assert!(!status.success() && status.code().is_none(), "{at:?}: ended by a signal");
}

#[test]
fn a_start_that_can_not_finish_a_change_sells_and_the_next_one_finishes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    let old = key(&shop);
    ended_at_step(&shop, Point::Ended);
    // Something stands in the way of the new certificate for one start.
    let in_the_way = shop.data().0.join("register.cert.new");
    std::fs::create_dir(&in_the_way).expect("a folder");
    let mut register = shop.start();
    let said = format!("{:?}", register.view());
    assert!(said.contains("a change of the key is not finished"), "{said}");
    opens_shift(&mut register);
    sells(&mut register);
    closes(register);
    assert_eq!(key(&shop), old, "it is not finished");
    assert!(super::doctor_of_key(&shop).starts_with("A change of the key is not finished"));
    std::fs::remove_dir(&in_the_way).expect("removed");
    let register = shop.start();
    assert!(register.ledger().signs());
    assert_ne!(key(&shop), old);
    assert_eq!(register.ledger().public_key(), key(&shop));
    assert!(!shop.data().rotation_path().exists());
}

#[test]
fn ended_at_any_point_the_register_sells_on_with_one_key_or_the_other_and_nothing_is_twice() {
    for (place, at) in all().into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let shop = Shop::new();
        enrolled(&shop, &central, 7);
        assert_eq!(shift(&shop, 1), SaleNo(1));
        let old = key(&shop);
        ended_at(&shop, place);

        // It starts and sells, whichever key it has.
        let mut register = shop.start();
        opens_shift(&mut register);
        assert!(register.ledger().signs(), "{at:?}");
        assert_eq!(sells(&mut register), SaleNo(2), "{at:?}");
        let ended = match at {
            At::Step(point) => point >= Point::Ended,
            At::Record(0, point) => point >= FaultPoint::AfterCommit,
            At::Record(..) => true,
        };
        let now = key(&shop);
        assert_eq!(now != old, ended, "{at:?}: the journal alone says which key counts");
        assert_eq!(register.ledger().public_key(), now, "{at:?}");
        closes(register);
        assert_eq!(shop.data().rotation_path().exists(), !ended && at.was_kept(), "{at:?}");

        // Asked for again it is done, and central has everything once.
        let change = changed(&shop, &mut line(&central)).expect("changed");
        assert_eq!(change.old, Some(now.fingerprint()), "{at:?}");
        assert_eq!(shift(&shop, 1), SaleNo(3), "{at:?}");
        all_once(&central, &shop, 3);
        assert_eq!(whole(&shop).len(), if ended { 3 } else { 2 }, "{at:?}");
        let left = std::fs::read_dir(&shop.data().0).expect("a folder").flatten();
        let names = left.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let keys: Vec<String> = names.filter(|name| name.starts_with("register.key")).collect();
        assert_eq!(keys, ["register.key"], "{at:?}: the old key is nowhere");
    }
}

impl At {
    const fn was_kept(self) -> bool {
        match self {
            Self::Step(point) => !matches!(point, Point::NextKey | Point::Certified),
            Self::Record(..) => true,
        }
    }
}

#[test]
fn cut_off_after_the_old_journal_ended_the_command_itself_finishes_what_it_began() {
    for at in [Point::Ended, Point::Papers, Point::Swapped, Point::Settled] {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let shop = Shop::new();
        enrolled(&shop, &central, 7);
        shift(&shop, 1);
        let old = key(&shop);
        ended_at_step(&shop, at);
        let change = changed(&shop, &mut line(&central)).expect("finished");
        assert_eq!(change.old, None, "{at:?}: no second change");
        assert_ne!(key(&shop), old, "{at:?}");
        assert_eq!(shift(&shop, 1), SaleNo(2), "{at:?}");
        all_once(&central, &shop, 2);
    }
}
