//! What people decide at central, and closing a store: central's own journal of a store.
//!
//! ```text
//!  journals, rows, findings ─┐
//!  decisions ── read back ───┼─▶ Reconciliation ─▶ page, JSON, command line
//!  closures ─────────────────┘        │
//!        ▲                            ├─ decide ─▶ record of register 0, signed by central's key
//!        └── the same transaction ────┴─ close  ─▶ record and sealed certificate together
//! ```
//!
//! A journal of decisions is a journal like any other: chained, signed, kept as bytes, never
//! edited. Its name follows from the store and from central's own name, so that a central that was
//! restored from an older copy goes on in a new journal and forks none.

use crate::domain::amendment::Amendment;
use crate::domain::decision::{Action, Decision, Head, StoreClosed};
use crate::domain::event::{EpochOpen, Event, Follows};
use crate::domain::ids::{JournalId, PersonId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Overflow;
use crate::domain::person::Person;
use crate::domain::policy::Currency;
use crate::domain::time::Timestamp;
use crate::journal::chain::{Chain, Entry};
use crate::journal::epoch;
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey};
use crate::journal::record::{Envelope, Header, Line};
use crate::reconcile::balance::{self, Balance};
use crate::reconcile::certificate::{
    Certificate, DecidedLine, Figures, HeadLine, NotBalanced, PROTOCOL, TaxLine,
};
use crate::reconcile::circumstances;
use crate::reconcile::matters::Matter;
use crate::reconcile::packs::{PackView, StoreFacts};
use crate::reconcile::records::{Decided, JournalState, StoreRecords};
use crate::reconcile::report::Lack;
use crate::reconcile::rulebook::Rulebook;
use crate::sync::sealed::{self, Sealed};
use crate::sync::segment;

use super::door::Door;
use super::project;
use super::store::{Held, JournalRow, Standing, Store, StoreError};

/// Central's own number among a store's registers.
pub const OWN_REGISTER: RegisterNo = RegisterNo(0);
/// How often a record is written anew because the journal went on meanwhile.
const TRIES: usize = 5;
/// Records of decisions that are read at once.
const AT_ONCE: usize = 500;

/// A store as it stands now.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// The store, by its newest pack; a bare number where central has none.
    pub facts: StoreFacts,
    /// What is held.
    pub records: StoreRecords,
    /// What it comes to.
    pub balance: Balance,
    /// Its closures, the first one first.
    pub closures: Vec<Closure>,
    /// The rules that hold.
    pub rules: Rulebook,
    /// Central's journal of its decisions; none before the first.
    pub own: Option<HeadLine>,
}

/// A closure as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// The signed text: a signature, a space and the certificate.
    pub sealed: Vec<u8>,
    /// What it says.
    pub certificate: Certificate,
}

/// Why a store is not closed, or nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum NotClosed {
    /// Something is unexplained.
    #[error("the store can't be closed yet: {}", listed(.0))]
    Missing(Vec<Lack>),
    /// The certificate would not add up.
    #[error("the store was not closed, because its certificate would not stand: {0}; call IT")]
    Unbalanced(#[from] NotBalanced),
    /// Somebody else was quicker, several times.
    #[error("somebody else decides at the same moment; nothing was kept, try again")]
    Overtaken,
    /// A sum is absurd.
    #[error(transparent)]
    Sums(#[from] Overflow),
    /// The store of records.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listed(lacks: &[Lack]) -> String {
    let all: Vec<String> = lacks.iter().map(Lack::to_string).collect();
    all.join("; ")
}

impl Closure {
    /// Reads a sealed closure; central's own, so the signature was its own.
    pub(super) fn read(sealed: Vec<u8>) -> Option<Self> {
        let certificate = Sealed::split(&sealed).ok()?.claim().ok()?;
        Some(Self { sealed, certificate })
    }

    /// SHA-256 of the signed text: the closure's fingerprint.
    pub fn digest(&self) -> String {
        Hash::of_bytes(&self.sealed).to_string()
    }

    /// The signature, as text.
    pub fn signature(&self) -> String {
        let text = self.sealed.split(|byte| *byte == b' ').next().unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }
}

impl Door {
    /// A store as it stands now.
    ///
    /// # Errors
    /// [`StoreError`], or [`Overflow`] where a sum is absurd.
    pub fn reconciliation(
        &self,
        store: StoreNo,
        packs: &dyn PackView,
    ) -> Result<Reconciliation, NotClosed> {
        reconciliation(&self.reader, &self.key.public(), store, packs)
    }

    /// Sets the rules, and has everything that rules found derived again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_rules(&self, rules: &Rulebook) -> Result<(), StoreError> {
        let text = rules.to_text();
        self.writer.call(move |store| store.set_rules(&text))?;
        (self.on_commit)();
        Ok(())
    }

    /// The store's reading thread, for whoever reconciles beside a page.
    pub fn reader_of(&self) -> std::sync::Arc<Held> {
        std::sync::Arc::clone(&self.reader)
    }

    /// The record lines of a journal's first branch, all of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn lines_of(&self, journal: &JournalId) -> Result<Vec<Vec<u8>>, StoreError> {
        let journal = *journal;
        self.reader.call(move |store| {
            let end = store.position(&journal)?.next_seq;
            store.lines(&journal, Seq(0), usize::try_from(end.0).unwrap_or(usize::MAX))
        })
    }

    /// The stores that have journals here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn stores(&self) -> Result<Vec<StoreNo>, StoreError> {
        self.reader.call(|store| store.stores())
    }

    /// Writes decisions into the store's journal, all of them or none.
    ///
    /// # Errors
    /// [`NotClosed`]; then nothing was kept.
    pub fn decide(
        &self,
        store: StoreNo,
        by: &PersonId,
        currency: Currency,
        decisions: Vec<Decision>,
    ) -> Result<(), NotClosed> {
        let events: Vec<Event> = decisions.into_iter().map(Event::Decision).collect();
        self.append(store, by, currency, &events, None)
    }

    /// Writes amendments into the store's journal, all of them or none.
    ///
    /// # Errors
    /// [`NotClosed`]; then nothing was kept.
    pub(super) fn amend(
        &self,
        store: StoreNo,
        by: &PersonId,
        currency: Currency,
        amendments: Vec<Amendment>,
    ) -> Result<(), NotClosed> {
        let events: Vec<Event> = amendments.into_iter().map(Event::HandOverAmended).collect();
        self.append(store, by, currency, &events, None)
    }

    /// Closes a store: writes the certificate, if nothing is unexplained.
    ///
    /// # Errors
    /// [`NotClosed`] with what is missing; then nothing was kept.
    pub fn close(
        &self,
        store: StoreNo,
        by: &Person,
        packs: &dyn PackView,
    ) -> Result<Closure, NotClosed> {
        let now = self.reconciliation(store, packs)?;
        if !now.balance.missing.is_empty() {
            return Err(NotClosed::Missing(now.balance.missing));
        }
        let certificate = certificate(&now, by, self.clock.now());
        certificate.check()?;
        let sealed = sealed::seal(&certificate, Domain::Closure, &self.key)
            .map_err(|why| StoreError::Unfit(why.to_string()))?;
        let heads = now.records.journals.iter().map(|state| Head {
            epoch: state.id.epoch,
            next: state.next,
            hash: state.head.0,
        });
        let closed = Event::StoreClosed(StoreClosed {
            number: certificate.number,
            digest: Hash::of_bytes(&sealed).0,
            heads: heads.collect(),
        });
        let kept = Some((certificate.number, sealed.clone()));
        self.append(store, &by.id, now.facts.currency, &[closed], kept)?;
        Ok(Closure { sealed, certificate })
    }

    /// Notes a clock that is off, as it announces.
    pub(super) fn note_clock(
        &self,
        journal: JournalId,
        next: Seq,
        said: &str,
    ) -> Result<(), StoreError> {
        let Ok(register) = Timestamp::parse(said) else { return Ok(()) };
        let rules = project::rules(&self.reader)?;
        let skew = circumstances::skew(journal, next, register, self.clock.now(), &rules);
        let Some(exception) = skew else { return Ok(()) };
        let exception = rules.weigh(exception);
        self.writer.call(move |store| store.except(&exception))
    }

    fn append(
        &self,
        store: StoreNo,
        by: &PersonId,
        currency: Currency,
        events: &[Event],
        closure: Option<(u32, Vec<u8>)>,
    ) -> Result<(), NotClosed> {
        for _ in 0..TRIES {
            let (name, rows) =
                self.reader.call(move |s| Ok((s.server_epoch()?, s.journals(Some(store))?)))?;
            let lines = self.lines_of_own(store, (&name, &rows), by, currency, events)?;
            let unfit = |why: segment::NotASegment| StoreError::Unfit(why.to_string());
            let built = segment::build(&lines, &self.key).map_err(unfit)?;
            let run = segment::open(&built).map_err(unfit)?;
            let (now_ms, key) = (self.clock.now().utc_ms, self.key.public());
            let closure = closure.clone();
            let kept = self.writer.call(move |s| {
                s.put_key(store, OWN_REGISTER, &key, Standing::Enrolled, now_ms)?;
                let closure = closure.as_ref().map(|(number, sealed)| (*number, sealed.as_slice()));
                s.append_own(&run, closure, now_ms)
            })?;
            if kept {
                (self.on_commit)();
                return Ok(());
            }
        }
        Err(NotClosed::Overtaken)
    }

    /// The next lines of the store's own journal; its first record where it has none yet.
    fn lines_of_own(
        &self,
        store: StoreNo,
        (server_epoch, rows): (&str, &[JournalRow]),
        by: &PersonId,
        currency: Currency,
        events: &[Event],
    ) -> Result<Vec<Line>, NotClosed> {
        let key = self.key.public();
        let nonce = nonce(store, server_epoch);
        let journal =
            JournalId { store, register: OWN_REGISTER, epoch: epoch::derive(&key, &nonce) };
        let own = rows.iter().find(|row| row.journal == journal);
        let mut chain = Chain::empty(journal);
        let mut all = Vec::new();
        match own {
            Some(row) if row.position.next_seq > Seq(0) => {
                chain.next_seq = row.position.next_seq;
                chain.head = row.position.head;
            }
            _ => {
                let before = rows.iter().rfind(|row| is_own(row, store, &key));
                all.push(Event::EpochOpen(EpochOpen {
                    public_key: *key.bytes(),
                    nonce,
                    program: env!("CARGO_PKG_VERSION").to_owned(),
                    currency: Some(currency.code().to_owned()),
                    follows: before.map(|row| Follows {
                        epoch: row.journal.epoch,
                        next_seq: row.position.next_seq,
                        reason: "central was restored from an older copy".to_owned(),
                        last_sale: None,
                    }),
                }));
            }
        }
        all.extend_from_slice(events);
        let (at, mono_ms) = (self.clock.now(), self.clock.mono_ms());
        let mut lines = Vec::new();
        for event in all {
            let by = Some(by.clone());
            let date = at.local_date();
            let entry = Entry { at, mono_ms, date, by, pack: None, outage: None, event };
            let (line, after) = chain.next(&entry, Some(&self.key))?;
            lines.push(line);
            chain = after;
        }
        Ok(lines)
    }
}

/// A store as it stands now, of whatever holds central's store.
///
/// # Errors
/// [`StoreError`], or [`Overflow`] where a sum is absurd.
pub fn reconciliation(
    reader: &Held,
    key: &PublicKey,
    store: StoreNo,
    packs: &dyn PackView,
) -> Result<Reconciliation, NotClosed> {
    let rules = project::rules(reader)?;
    let (rows, held, sealed) = reader
        .call(move |s| Ok((s.journals(Some(store))?, s.store_rows(store)?, s.closures(store)?)))?;
    let rain_checks = reader.call(move |s| s.rain_checks(Some(store)))?;
    let (totals, forked) =
        reader.call(move |s| Ok((s.totals(store, None, false)?, s.totals(store, None, true)?)))?;
    let mut decided = Vec::new();
    let mut own = None;
    for row in rows.iter().filter(|row| is_own(row, store, key)) {
        let journal = row.clone();
        let signed = reader.call(move |store| signed_events(store, &journal))?;
        decided.extend(decisions_among(signed));
        own = Some(own_head(row));
    }
    let of_store =
        |row: &&JournalRow| row.journal.store == store && row.journal.register != OWN_REGISTER;
    let records = StoreRecords {
        store,
        journals: rows.iter().filter(of_store).map(state).collect(),
        sales: held.sales,
        drawers: held.drawers,
        moves: held.moves,
        checks: held.checks,
        rain_checks,
        found: held.found,
        more_found: held.more_found,
        totals,
        forked,
    };
    let closures: Vec<Closure> = sealed.into_iter().filter_map(Closure::read).collect();
    let last = closures.last().map(|closure| &closure.certificate);
    let balance = balance::of(&records, &decided, &rules, last)?;
    let name = format!("Store {store}");
    let bare = || StoreFacts { name, currency: Currency::Usd, badges: false };
    let facts = packs.store(store).unwrap_or_else(bare);
    Ok(Reconciliation { facts, records, balance, closures, rules, own })
}

pub(super) fn is_own(row: &JournalRow, store: StoreNo, key: &PublicKey) -> bool {
    // Anybody can send a journal of register 0; only central can sign its own.
    row.journal.store == store && row.journal.register == OWN_REGISTER && row.key == *key
}

fn state(row: &JournalRow) -> JournalState {
    let next = row.position.next_seq;
    // An older announcement, or none, says less than what is here.
    let behind = row.expected_next < next;
    if let Some(trust) = row.trust.filter(|trust| trust.length <= next) {
        // What stands apart is in no sum, and nothing of it is waited for.
        return JournalState {
            id: row.journal,
            next: trust.length,
            head: trust.head,
            received: trust.lifetime,
            expected_next: trust.length,
            expected: trust.lifetime,
            projected: row.projected.min(trust.length),
            parked: 0,
        };
    }
    JournalState {
        id: row.journal,
        next,
        head: row.position.head,
        received: row.received,
        expected_next: if behind { next } else { row.expected_next },
        expected: if behind { row.received } else { row.expected },
        projected: row.projected,
        parked: row.parked,
    }
}

fn own_head(row: &JournalRow) -> HeadLine {
    HeadLine {
        register: OWN_REGISTER.0,
        epoch: row.journal.epoch.to_string(),
        from: 0,
        next: row.position.next_seq.0,
        head: row.position.head.to_string(),
        takings: 0,
        payouts: 0,
    }
}

/// The events of a journal that its key signed, each with its place, time and person.
pub(super) fn signed_events(
    store: &mut dyn Store,
    row: &JournalRow,
) -> Result<Vec<(Header, Event)>, StoreError> {
    let mut signed = Vec::new();
    let mut next = Seq(0);
    while next < row.position.next_seq {
        let lines = store.lines(&row.journal, next, AT_ONCE)?;
        if lines.is_empty() {
            break;
        }
        for line in &lines {
            next = next.next();
            let Ok(envelope) = Envelope::read(line) else { continue };
            if !envelope.is_signed_by(&row.key) {
                continue;
            }
            if let Ok(event) = envelope.event() {
                signed.push((envelope.header, event));
            }
        }
    }
    Ok(signed)
}

/// The decisions among a journal's events, in the order they were made.
pub(super) fn decisions_among(signed: Vec<(Header, Event)>) -> Vec<Decided> {
    let decided = signed.into_iter().filter_map(|(header, event)| {
        let (Event::Decision(decision), Some(by)) = (event, header.by) else { return None };
        Some(Decided { journal: header.journal, seq: header.seq, at: header.at, by, decision })
    });
    decided.collect()
}

/// What makes the name of a store's own journal: with central's key its epoch.
fn nonce(store: StoreNo, server_epoch: &str) -> [u8; 16] {
    let text = format!("tideover/decisions/v1\n{store}\n{server_epoch}");
    let Hash(hash) = Hash::of_bytes(text.as_bytes());
    let mut nonce = [0; 16];
    for (byte, hashed) in nonce.iter_mut().zip(hash) {
        *byte = hashed;
    }
    nonce
}

/// The certificate of a store as it stands now.
fn certificate(now: &Reconciliation, by: &Person, at: Timestamp) -> Certificate {
    let last = now.closures.last();
    let taxes = now.records.totals.taxes.iter().map(|((code, rate), sum)| TaxLine {
        code: code.as_str().to_owned(),
        rate: rate.tenmillionths(),
        taxable: sum.taxable.minor(),
        amount: sum.amount.minor(),
    });
    let new: Vec<(&Matter, &Decided, usize)> = now
        .balance
        .matters
        .iter()
        .flat_map(|matter| {
            matter.settled.iter().map(move |(decided, found)| (matter, decided, found.len()))
        })
        .filter(|(_, decided, _)| !is_closed(now, decided))
        .collect();
    let task = |(matter, decided, _): &(&Matter, &Decided, usize)| match &decided.decision.action {
        Action::Count { area } if matter.cause.is_empty() => Some(area.clone()),
        Action::Count { area } => Some(format!("{area} ({})", matter.cause)),
        _ => None,
    };
    let tasks = new.iter().filter_map(task).collect();
    Certificate {
        protocol: PROTOCOL.to_owned(),
        store: now.records.store.0,
        store_name: now.facts.name.clone(),
        currency: now.facts.currency.sign().to_owned(),
        number: last.map_or(1, |last| last.certificate.number.saturating_add(1)),
        previous: last.map(Closure::digest),
        at: at.to_string(),
        by: by.id.to_string(),
        by_name: by.name.clone(),
        rules: now.rules.version,
        heads: now.balance.heads.clone(),
        decisions: now.own.clone(),
        sales: now.balance.sales,
        taxes: taxes.collect(),
        forked: Figures::of(&now.records.forked),
        drawers: now.balance.drawers.clone(),
        cash: now.balance.cash,
        checks: now.balance.checks,
        residuals: now.balance.residuals.clone(),
        decided: new.iter().map(|(matter, decided, _)| decided_line(matter, decided)).collect(),
        deposit: now.balance.deposit.clone(),
        tasks,
    }
}

/// True for a decision that an earlier closure tells of.
pub(super) fn is_closed(now: &Reconciliation, decided: &Decided) -> bool {
    let epoch = decided.journal.epoch.to_string();
    let told = |head: &HeadLine| head.epoch == epoch && decided.seq.0 < head.next;
    now.closures.iter().any(|one| one.certificate.decisions.as_ref().is_some_and(told))
}

fn decided_line(matter: &Matter, decided: &Decided) -> DecidedLine {
    let decision = &decided.decision;
    let outcome = match &decision.action {
        Action::Reassign { item } => format!("{} {item}", decision.action.label()),
        Action::Count { area } => format!("{}: {area}", decision.action.label()),
        other => other.label().to_owned(),
    };
    DecidedLine {
        seq: decided.seq.0,
        title: matter.code.title().to_owned(),
        cause: matter.cause.clone(),
        count: decision.count,
        sum: decision.sum.minor(),
        outcome,
        correction: match decision.action {
            Action::Correct { amount } => amount.minor(),
            _ => 0,
        },
        person: decided.by.to_string(),
        second: decision.second.as_ref().map(|second| second.by.to_string()),
        reason: decision.reason.clone(),
    }
}
