//! What central hands over to other systems: each record once, whatever is cut off or comes back.

mod adapters;
pub(crate) mod bundle;
mod killed;
mod lifted;
mod on_postgres;
mod once;
mod queue;
mod reader;
mod sample;

use std::path::Path;
use std::sync::Arc;

use tideover::central::backend::Backend;
use tideover::central::export::Adapter;
use tideover::central::export::decided::Decided;
use tideover::central::export::folder::{Folder, Format};
use tideover::central::export::http_client::HttpLine;
use tideover::central::export::ledger::{State, TargetName};
use tideover::central::export::lock::Lock;
use tideover::central::export::receiver::Receiver;
use tideover::central::export::run::{Around, Handed, Manner, RunError, run};
use tideover::central::export::webhook::Webhook;
use tideover::central::serve::own_key;
use tideover::central::store::Store;
use tideover::device::clock::SimulatedClock;

use crate::central::{central_at, drain};
use crate::journals::{TestRegister, clock};

/// Delivers registers' journals to a central in this folder, which is stopped again.
pub(crate) fn central_with(folder: &Path, registers: &mut [&mut TestRegister]) {
    let central = central_at(folder);
    for register in registers {
        let mut line = tideover::central::door::InProcess(central.door());
        assert_eq!(drain(register, &mut line).pending, 0);
    }
    central.settle();
    central.stop();
}

/// A run in this process; waits cost nothing and are noted.
pub(crate) struct Runner {
    pub(crate) clock: SimulatedClock,
    pub(crate) waits: Vec<u64>,
    pub(crate) manner: Manner,
}

impl Runner {
    pub(crate) fn new() -> Self {
        Self { clock: clock(), waits: Vec::new(), manner: Manner::default() }
    }

    pub(crate) fn run(
        &mut self,
        folder: &Path,
        adapter: &mut dyn Adapter,
    ) -> Result<Handed, RunError> {
        self.run_until(folder, adapter, &|| false)
    }

    pub(crate) fn run_until(
        &mut self,
        folder: &Path,
        adapter: &mut dyn Adapter,
        stop: &dyn Fn() -> bool,
    ) -> Result<Handed, RunError> {
        let mut store = store_of(folder);
        let _lock = Lock::with_turn(folder, store.as_mut()).expect("its turn");
        let (clock, waits) = (self.clock.clone(), &mut self.waits);
        let mut wait = |ms: u64| {
            waits.push(ms);
            clock.advance_ms(u32::try_from(ms).expect("a wait"));
        };
        let mut around = Around { clock: &clock, wait: &mut wait, stop, progress: &mut |_| {} };
        let decided = decided_at(folder, store.as_mut());
        run(store.as_mut(), adapter, &mut around, self.manner, &decided)
    }
}

/// The store of a central's folder, wherever its records are.
pub(crate) fn store_of(folder: &Path) -> Box<dyn Store> {
    Backend::existing(folder).and_then(|backend| backend.open()).expect("a store")
}

/// What people decided at a central, by the records that its own key signed.
pub(crate) fn decided_at(folder: &Path, store: &mut dyn Store) -> Decided {
    let key = own_key(folder).expect("central's key");
    Decided::read(store, &key).expect("read")
}

pub(crate) fn folder(dir: &Path, format: impl Format + 'static) -> Folder {
    Folder::new(dir, Box::new(format)).expect("a target")
}

pub(crate) fn webhook(receiver: &Receiver, read_back: bool) -> Webhook {
    let line = Box::new(HttpLine::new(&receiver.url(), None).expect("a line"));
    let back = read_back.then(|| receiver.url());
    Webhook::new(receiver.url(), back, 5_000, line, Arc::new(clock())).expect("a target")
}

/// How many rows of a target are in each state that has any.
pub(crate) fn states(folder: &Path, target: &TargetName) -> Vec<(State, u64)> {
    let mut store = store_of(folder);
    let ledger = store.hand_overs();
    let counts = ledger.state_counts(target).expect("counted");
    counts.iter().map(|count| (count.state, count.rows)).collect()
}
