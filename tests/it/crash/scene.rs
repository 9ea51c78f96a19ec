//! What a register does while the plug may be pulled, and what it said meanwhile: each record
//! that was acknowledged, and when.

use std::path::{Path, PathBuf};

use tideover::domain::check::Commitment;
use tideover::domain::event::{Event, KeyRotated};
use tideover::domain::ids::{JournalId, Seq, ShiftNo};
use tideover::domain::money::Money;
use tideover::domain::tender::{CheckNumber, Tender};
use tideover::journal::key::SigningKey;
use tideover::ledger::finding::FindingKind::{
    self, DatabaseRebuilt, JournalFrozen, KeyRotated as KeyChanged, NoTape, ProjectionsRebuilt,
    RecordsRestored, TapeMended,
};
use tideover::ledger::{AccountTag, CheckRow, Ledger, LedgerError, Opening, says_rotated_to};

use super::watch::so_far;
use crate::ledger::store::{Register, next_sale, sale, shift_open};

/// A record that was acknowledged.
#[derive(Clone, Debug)]
pub struct Told {
    /// Ops before it was begun: before that it can't be anywhere.
    pub begun: usize,
    /// Ops before it was acknowledged: after that it must be there.
    pub acked: usize,
    pub journal: JournalId,
    pub seq: Seq,
    pub line: Vec<u8>,
}

/// A register that is being used, and what it told.
pub struct Till {
    pub register: Register,
    pub ledger: Option<Ledger>,
    pub told: Vec<Told>,
    /// What the last opening found.
    pub found: Option<Opening>,
    /// A sale whose recording failed: it may be there, whole, or not.
    pub in_doubt: Option<Event>,
}

impl Till {
    pub fn at(root: &Path, seed: u64) -> Self {
        let register = Register::at(root, seed);
        Self { register, ledger: None, told: Vec::new(), found: None, in_doubt: None }
    }

    /// The key that is at hand: the next one where there is one and the journal says that it ended.
    fn key(&self) -> SigningKey {
        let next = next_key();
        let place = &self.register.place;
        let made = place.dir.with_file_name(NEXT_KEY).exists();
        if made && says_rotated_to(place, &next.public()) { next } else { Register::key() }
    }

    fn ledger(&mut self) -> &mut Ledger {
        self.ledger.as_mut().expect("an open ledger")
    }

    /// Starts, and takes note of every record that is there from now on.
    pub fn start(&mut self) -> Result<(), LedgerError> {
        let begun = so_far();
        let (ledger, opening) = self.register.open_with(Some(self.key()), None)?;
        let (journal, end) = (ledger.chain().journal, ledger.chain().next_seq);
        let mut seq = Seq(0);
        while seq < end {
            let known = self.told.iter().any(|told| told.journal == journal && told.seq == seq);
            if !known && let Some(line) = ledger.line_at(seq)? {
                let line = line.bytes().to_vec();
                self.told.push(Told { begun, acked: so_far(), journal, seq, line });
            }
            seq = seq.next();
        }
        self.ledger = Some(ledger);
        self.found = Some(opening);
        Ok(())
    }

    pub fn append(&mut self, event: Event, checks: &[CheckRow]) -> Result<(), LedgerError> {
        let begun = so_far();
        let entry = self.register.entry(event);
        self.in_doubt = Some(entry.event.clone());
        let journal = self.ledger().chain().journal;
        let committed = self.ledger().append_with(&entry, checks)?;
        self.in_doubt = None;
        let line = committed.line.bytes().to_vec();
        self.told.push(Told { begun, acked: so_far(), journal, seq: committed.seq, line });
        Ok(())
    }

    /// Opens a shift where none is open, and sells so often.
    pub fn sell(&mut self, sales: u64) -> Result<(), LedgerError> {
        if self.ledger().state().open_shift.is_none() {
            let shift = ShiftNo(self.ledger().state().last_shift.0 + 1);
            self.append(shift_open(shift), &[])?;
        }
        for _ in 0..sales {
            let (number, shift) = next_sale(self.ledger());
            self.append(Event::of_sale(sale(number, shift, 1 + number.0 % 4)), &[])?;
        }
        Ok(())
    }

    /// Sells for a check, whose sealed data stands beside the record.
    pub fn sell_for_check(&mut self) -> Result<Commitment, LedgerError> {
        let (number, shift) = next_sale(self.ledger());
        let mut by_check = sale(number, shift, 2);
        by_check.change = Money::ZERO;
        let check = CheckNumber::parse("1041").expect("a number");
        by_check.tenders = vec![Tender::plain_check(by_check.total, check.clone())];
        let mut commitment = [7; 32];
        commitment[..8].copy_from_slice(&number.0.to_be_bytes());
        let row = CheckRow {
            sealed: Some((Commitment(commitment), vec![9; 96])),
            account: Some(AccountTag([3; 32])),
            number: check,
            amount: by_check.total,
        };
        self.append(Event::of_sale(by_check), &[row])?;
        Ok(Commitment(commitment))
    }

    pub fn checkpoint(&mut self) -> Result<(), LedgerError> {
        self.ledger().checkpoint_wal().map(|_| ())
    }

    /// The till is closed in good order.
    pub fn close(&mut self) -> Result<(), LedgerError> {
        self.ledger.take().map_or(Ok(()), Ledger::close)
    }

    /// The program ends at once.
    pub fn kill(&mut self) {
        self.ledger = None;
    }
}

/// What happens, and to what it happens.
pub struct Scene {
    pub name: &'static str,
    /// What lies there before, made without being watched.
    pub before: fn(&mut Till),
    /// What is watched.
    pub act: fn(&mut Till) -> Result<(), LedgerError>,
    /// What a start may find after a cut, beside what it always may.
    pub may_find: &'static [FindingKind],
}

fn nothing(_: &mut Till) {}

/// A register that sold and was closed, or killed.
fn sold(till: &mut Till, sales: u64, closed: bool) {
    till.start().expect("opened");
    till.sell(sales).expect("sold");
    if closed {
        till.close().expect("closed");
    }
    till.kill();
}

fn database(till: &Till) -> PathBuf {
    till.register.place.database()
}

/// A copy of the database from before the last sales is put back.
fn older_copy_put_back(till: &mut Till) {
    sold(till, 3, true);
    let older = std::fs::read(database(till)).expect("a copy");
    sold(till, 4, true);
    std::fs::write(database(till), older).expect("put back");
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(till.register.place.dir.join(format!("ledger.db{suffix}"))).ok();
    }
}

fn tape(till: &Till) -> PathBuf {
    let entries = std::fs::read_dir(&till.register.place.tape_dir).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).next().expect("a tape")
}

const NEXT_KEY: &str = "register.key.next";

fn next_key() -> SigningKey {
    SigningKey::from_seed(&[6; 32]).expect("a key")
}

/// The database alone: where the tape's disk should be there is none.
pub const WITHOUT_TAPE: Scene = Scene {
    name: "the first start and selling, without a tape",
    before: |till| {
        std::fs::write(&till.register.place.tape_dir, b"no disk").expect("in its place");
    },
    act: |till| {
        till.start()?;
        for _ in 0..2 {
            till.sell(4)?;
            till.checkpoint()?;
        }
        till.sell(3)
    },
    may_find: &[NoTape],
};

/// All scenes.
pub const SCENES: [Scene; 13] = [
    WITHOUT_TAPE,
    Scene {
        name: "the first start, and the first sales",
        before: nothing,
        act: |till| {
            till.start()?;
            till.sell(2)?;
            till.close()
        },
        may_find: &[],
    },
    Scene {
        name: "selling, checkpoints, the log written over from its beginning",
        before: |till| sold(till, 2, true),
        act: |till| {
            till.start()?;
            for _ in 0..3 {
                till.sell(4)?;
                till.checkpoint()?;
            }
            till.sell(2)
        },
        may_find: &[],
    },
    Scene {
        name: "a start after a kill, and closing in good order, twice",
        before: |till| sold(till, 3, false),
        act: |till| {
            for _ in 0..2 {
                till.start()?;
                till.sell(2)?;
                till.close()?;
            }
            till.start()?;
            till.sell(1)
        },
        may_find: &[],
    },
    Scene {
        name: "checks: sealed data beside the record, and its destruction",
        before: |till| sold(till, 1, false),
        act: |till| {
            till.start()?;
            let first = till.sell_for_check()?;
            till.sell_for_check()?;
            till.ledger().erase_sealed(&first)?;
            till.sell(2)
        },
        may_find: &[],
    },
    Scene {
        name: "records brought back from the tape",
        before: older_copy_put_back,
        act: |till| {
            till.start()?;
            till.sell(1)
        },
        may_find: &[RecordsRestored],
    },
    Scene {
        name: "a damaged database built again",
        before: |till| {
            sold(till, 5, true);
            std::fs::write(database(till), b"not a ledger").expect("damaged");
        },
        act: |till| {
            till.start()?;
            till.sell(1)
        },
        may_find: &[DatabaseRebuilt, RecordsRestored],
    },
    Scene {
        name: "a deleted database built again",
        before: |till| {
            sold(till, 5, true);
            std::fs::remove_file(database(till)).expect("deleted");
        },
        act: |till| {
            till.start()?;
            till.sell(1)
        },
        may_find: &[DatabaseRebuilt, RecordsRestored],
    },
    Scene {
        name: "a damaged tape set aside and written again",
        before: |till| {
            sold(till, 5, true);
            let mut bytes = std::fs::read(tape(till)).expect("a tape");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            std::fs::write(tape(till), bytes).expect("damaged");
        },
        act: |till| {
            till.start()?;
            till.sell(1)
        },
        may_find: &[TapeMended],
    },
    Scene {
        name: "tables derived again",
        before: |till| {
            sold(till, 5, true);
            let raw = rusqlite::Connection::open(database(till)).expect("open");
            raw.execute_batch("DELETE FROM sale WHERE number = 2").expect("a table changed");
        },
        act: |till| {
            till.start()?;
            till.sell(1)
        },
        may_find: &[ProjectionsRebuilt],
    },
    Scene {
        name: "a journal frozen, and a new one begun",
        before: |till| {
            older_copy_put_back(till);
            std::fs::remove_file(tape(till)).expect("the tape is gone too");
            // Of what was told only what is left can be asked for.
            let left = Seq(5);
            till.told.retain(|told| told.seq < left);
        },
        act: |till| {
            till.start()?;
            till.sell(2)?;
            till.close()
        },
        may_find: &[JournalFrozen],
    },
    Scene {
        name: "a key changed for another one: the last record of a journal, and the next journal",
        before: |till| {
            sold(till, 3, true);
            let next = till.register.place.dir.with_file_name(NEXT_KEY);
            std::fs::write(next, b"it is made").expect("the next key");
        },
        act: |till| {
            till.start()?;
            till.sell(1)?;
            let (public_key, reason) = (*next_key().public().bytes(), "yearly".to_owned());
            till.append(Event::KeyRotated(KeyRotated { public_key, reason }), &[])?;
            till.close()?;
            till.start()?;
            till.sell(2)?;
            till.close()
        },
        may_find: &[KeyChanged, JournalFrozen],
    },
    Scene {
        name: "two branches of one journal frozen",
        before: |till| {
            sold(till, 3, true);
            let copy = std::fs::read(database(till)).expect("a copy");
            sold(till, 2, true);
            let tape_path = tape(till);
            let branch = std::fs::read(&tape_path).expect("the tape of the one branch");
            std::fs::write(database(till), copy).expect("put back");
            std::fs::remove_file(&tape_path).expect("forgotten");
            let anchor = till.register.place.anchor_dir.clone();
            std::fs::remove_dir_all(anchor).expect("forgotten");
            till.told.retain(|told| told.seq < Seq(5));
            till.register.clock.advance_ms(77_000);
            sold(till, 3, true);
            std::fs::write(&tape_path, branch).expect("put back");
        },
        act: |till| {
            till.start()?;
            till.sell(1)
        },
        may_find: &[JournalFrozen],
    },
];
