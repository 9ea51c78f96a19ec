//! The rest of the store: the other registers know the new key by central's word for it.

use tideover::central::serve::Encryption;
use tideover::device::clock::SystemClock;
use tideover::register::settings::Central as Line;
use tideover::sync::enroll::enroll;

use super::*;
use crate::central::central_with;
use crate::peers::store::{Running, Store};

pub(crate) fn enrolled_in(store: &Store, central: &Central, register: u16) {
    let code = central.door().enroll_code(STORE, RegisterNo(register)).expect("a code");
    let (url, key) = (central.url(), store.key(register));
    let given = enroll(&mut line(central), &url, None, &code, &key).expect("enrolled");
    let data = store.data(register);
    let mut settings = data.settings().expect("settings");
    settings.central = Some(Line {
        url: given.central,
        ack_key: given.central_key,
        certificate: None,
        receipt_word: given.receipt_word,
    });
    data.write_settings(&settings).expect("written");
    data.write_certificate(&given.certificate).expect("written");
}

#[test]
fn registers_find_each_other_again_after_one_of_them_changed_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_with(folder.path(), Encryption::None);
    let store = Store::of(&[2, 7]);
    for register in [2, 7] {
        enrolled_in(&store, &central, register);
    }
    let (two, seven) = (store.start(2), store.start(7));
    seven.calls(&two);
    let sees = |one: &Running| {
        one.until(|view| view.status.peers.as_ref().is_some_and(|peers| peers.seen == 1));
    };
    sees(&two);
    seven.sells(1);
    seven.does(Command::NextCustomer);
    seven.does(Command::close_shift(Money::from_minor(15_000), Money::ZERO));
    seven.until(|view| view.status.shift.is_none());
    seven.stops();

    let (data, before) = (store.data(7), store.key(7).public());
    let world = World {
        clock: Arc::new(SystemClock::new(None)),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    };
    rotate(&data, &world, &mut line(&central), "a year has gone by", &|_| ()).expect("changed");
    assert_ne!(store.key(7).public(), before, "another key than the one that register 2 lists");

    let seven = store.start(7);
    seven.calls(&two);
    sees(&seven);
    seven.sells(1);
    sees(&two);
    let held = |number| two.mirror().sales_numbered(RegisterNo(7), SaleNo(number)).expect("read");
    seven.until(|view| view.status.peers.as_ref().is_some_and(|peers| peers.copies == 2));
    assert_eq!((held(1).len(), held(2).len()), (1, 1), "both sales are copied, by their numbers");
    seven.stops();
    two.stops();
}
