//! Bugs that are put in on purpose, each at a seam between parts: what the simulation is for is
//! shown by its finding them.

use rusqlite::Connection;
use tideover::domain::event::{EpochOpen, Event};
use tideover::domain::ids::{JournalId, RegisterNo};
use tideover::journal::chain::{Chain, Entry};
use tideover::journal::epoch;
use tideover::journal::record::Envelope;
use tideover::sync::carrier::{Request, Response};
use tideover::sync::wire::{PROTOCOL, Refusal};

use super::STORE;
use super::invariants::Invariant;
use super::world::World;

/// One bug a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The till shows PAID, and a power cut shows that the disk never had it.
    PaidBeforeCommit,
    /// Central answers, and its end shows that its disk never had it.
    AnsweredBeforeCommit,
    /// A delivered sale is delivered once more, as another journal's.
    AnotherIdentity,
    /// The screen tells another change than the record holds.
    WrongChange,
    /// A row of a ledger is taken away.
    RowRemoved,
    /// One byte of a stored record becomes another.
    ByteAltered,
    /// A row that central derived becomes another.
    ProjectionAltered,
    /// Central refuses what it does not like.
    ContentRefused,
    /// A sale waits for the network as long as the network likes.
    SaleWaits,
}

impl Bug {
    pub const ALL: [Self; 9] = [
        Self::PaidBeforeCommit,
        Self::AnsweredBeforeCommit,
        Self::AnotherIdentity,
        Self::WrongChange,
        Self::RowRemoved,
        Self::ByteAltered,
        Self::ProjectionAltered,
        Self::ContentRefused,
        Self::SaleWaits,
    ];

    /// What it breaks.
    pub const fn breaks(self) -> Invariant {
        match self {
            Self::AnsweredBeforeCommit | Self::AnotherIdentity => Invariant::Once,
            Self::WrongChange => Invariant::Sums,
            Self::PaidBeforeCommit | Self::RowRemoved => Invariant::Kept,
            Self::ByteAltered => Invariant::Chains,
            Self::ProjectionAltered => Invariant::Rebuilt,
            Self::ContentRefused => Invariant::NeverRefused,
            Self::SaleWaits => Invariant::Slowed,
        }
    }
}

/// How a central would refuse a record for its content.
pub fn refusal() -> Response {
    let refusal = Refusal {
        protocol: PROTOCOL.to_owned(),
        answer: "refusal".to_owned(),
        text: "this sale can't be right".to_owned(),
        retry_after_ms: None,
        slot: None,
    };
    Response { status: 422, body: serde_json::to_vec(&refusal).expect("written") }
}

impl World {
    /// Bugs that strike what lies on disks, after everything was delivered and before it is looked
    /// at.
    pub fn strike_at_rest(&mut self) {
        match self.bug {
            Some(Bug::AnotherIdentity) => self.delivers_under_another_identity(),
            Some(Bug::RowRemoved) => self.alters_ledger(
                "journal_is_not_deleted",
                "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM sale)",
            ),
            Some(Bug::ByteAltered) => self.alters_ledger(
                "journal_is_not_updated",
                "UPDATE journal SET line = CAST(replace(CAST(line AS TEXT), '\"k\":\"sale\"', \
                 '\"k\":\"sold\"') AS BLOB) WHERE seq = (SELECT max(seq) FROM sale)",
            ),
            Some(Bug::ProjectionAltered) => {
                let db = open(&self.central.database());
                db.execute("UPDATE sale_line SET quantity = quantity + 10000", ())
                    .expect("altered");
            }
            _ => {}
        }
    }

    /// A ledger that somebody sold with, past its own guard.
    fn alters_ledger(&mut self, guard: &str, sql: &str) {
        let running = self.lanes.iter().filter(|lane| !lane.gone);
        for lane in running {
            let db = open(&lane.place().database());
            let find = "SELECT sql FROM sqlite_schema WHERE name = ?1";
            let text: String = db.query_row(find, [guard], |row| row.get(0)).expect("a guard");
            db.execute_batch(&format!("DROP TRIGGER {guard}")).expect("taken away");
            let altered = db.execute(sql, ()).expect("altered");
            db.execute_batch(&text).expect("put back");
            if altered > 0 {
                return;
            }
        }
    }

    fn delivers_under_another_identity(&mut self) {
        let Some(paid) = self.paid.iter().find(|paid| !self.lanes[paid.lane].gone) else { return };
        let lane = &self.lanes[paid.lane];
        let Some(till) = &lane.till else { return };
        let line = till.register.ledger().line_at(paid.seq).expect("read");
        let Some(line) = line.filter(|line| line.hash() == paid.hash) else { return };
        let envelope = Envelope::read(line.bytes()).expect("a record");
        let (key, nonce) = (lane.key(), [7; 16]);
        let epoch = epoch::derive(&key.public(), &nonce);
        let open = EpochOpen {
            public_key: *key.public().bytes(),
            nonce,
            program: "0.1.0".to_owned(),
            currency: None,
            follows: None,
        };
        let register = RegisterNo(lane.number);
        let mut chain = Chain::empty(JournalId { store: STORE, register, epoch });
        let mut lines = Vec::new();
        for event in [Event::EpochOpen(open), envelope.event().expect("a sale")] {
            let entry = Entry {
                at: envelope.header.at,
                mono_ms: 0,
                date: envelope.header.date,
                by: None,
                pack: None,
                outage: None,
                event,
            };
            let (line, next) = chain.next(&entry, Some(&key)).expect("fits");
            lines.push(line.into_bytes());
            chain = next;
        }
        let body = lines.join(&b'\n');
        let request = Request::post("/v1/records", body);
        let response = self.central.answer(&request).expect("central runs");
        assert_eq!(response.status, 200);
        self.central.project(usize::MAX);
    }
}

#[expect(clippy::disallowed_methods, reason = "damage is done to files as others would do it")]
pub fn open(path: &std::path::Path) -> Connection {
    Connection::open(path).expect("opened")
}
