//! Looks at what stored records say: verifies each one's own signature, applies the rules, and
//! makes rows of sales, lines, tenders and tax. Everything here can be derived again.
//!
//! ```text
//!  Store::unprojected ─▶ read (pure) ─▶ Projection ─▶ Store::project   one transaction a segment
//!  none left: Store::goods ─▶ goods::look (pure) ─▶ Store::goods_looked    one store at a time
//! ```

use crate::domain::decision::{Decision, Reach};
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, PackVersion, PersonId, RecordRef, Seq};
use crate::domain::sale::CompletedSale;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::record::Envelope;
use crate::reconcile::conduct;
use crate::reconcile::exception::{Code, Exception, Level};
use crate::reconcile::goods;
use crate::reconcile::packs::PackView;
use crate::reconcile::rulebook::Rulebook;
use crate::reconcile::rules::{Context, look};
use crate::sync::segment::unpack;

use super::asides::{self, AsideRow};
use super::paper_slips::{self, SlipRow};
use super::rain_checks::{RainCheckRow, said_of};
use super::readiness::Calm;
use super::revocation::{APART, Trust};
use super::rotation::{JournalEnd, end_of};
use super::store::{Held, Standing, Store, StoreError, Unprojected};

/// A sale to be stored as rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleRow {
    /// Its record.
    pub seq: Seq,
    /// Its business date.
    pub date: BusinessDate,
    /// When it was recorded.
    pub at: Timestamp,
    /// The sale.
    pub sale: CompletedSale,
}

/// A record about goods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodsRow {
    /// Its place.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub by: Option<PersonId>,
    /// A change, a count, a delivery or a pickup.
    pub event: Event,
}

/// A record about a drawer or somebody's hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillRow {
    /// Its place.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Timestamp,
    /// Its business date.
    pub day: BusinessDate,
    /// What it says.
    pub event: Event,
    /// The record itself, where rules look at all of a store's; empty for drawers.
    pub line: Vec<u8>,
}

impl TillRow {
    /// It has the whole store looked at again: hours, and bags that left a drawer.
    pub(super) fn is_of_the_store(&self) -> bool {
        match &self.event {
            Event::Punch(_) | Event::PunchCorrected(_) => true,
            Event::CashMovement { movement, .. } => movement.bag.is_some(),
            _ => false,
        }
    }
}

/// What a person decided of records that were announced and are not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUpRow {
    /// The decision's place.
    pub seq: Seq,
    /// When it was made.
    pub at_ms: i64,
    /// The journal that lacks them.
    pub about: Epoch,
    /// It was seen up to here.
    pub next: Seq,
    /// They are waited for no more; else somebody is asked first.
    pub settled: bool,
}

/// What a stretch of records says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// The journal.
    pub journal: JournalId,
    /// The branch that its rows stand on.
    pub branch: i64,
    /// The branch of the journal whose mark moves.
    pub mark: i64,
    /// How far the journal counted when this was read; should it be another by then, nothing of
    /// this is kept.
    pub trust: Option<Trust>,
    /// The first record.
    pub from: Seq,
    /// The record after the last.
    pub next: Seq,
    /// Sales and refunds.
    pub sales: Vec<SaleRow>,
    /// What came, went and was counted beside sales.
    pub goods: Vec<GoodsRow>,
    /// What is said of rain checks.
    pub rain_checks: Vec<RainCheckRow>,
    /// What is said of paper slips.
    pub paper_slips: Vec<SlipRow>,
    /// What is said of sales that were put aside.
    pub asides: Vec<AsideRow>,
    /// Drawers and hours.
    pub till: Vec<TillRow>,
    /// Records that are looked at with the store's others, as they stand in the journal.
    pub conduct: Vec<(Seq, Vec<u8>)>,
    /// Records about outages, as they stand in the journal.
    pub outages: Vec<(Seq, Vec<u8>)>,
    /// What was decided of records that are not here; in central's own journals.
    pub given_up: Vec<GivenUpRow>,
    /// The packs that the records name.
    pub packs: Vec<PackVersion>,
    /// What does not agree.
    pub exceptions: Vec<Exception>,
    /// How heavy it is what only the store finds, when it compares with other records.
    pub rules: Rulebook,
    /// The newest about readiness.
    pub calm: Calm,
    /// The journal ends in these records: its key was followed by another one.
    pub ended: Option<JournalEnd>,
}

/// Reads a stretch of records. A stored blob that does not unpack is an exception as well.
pub fn read(stretch: &Unprojected, packs: &dyn PackView, rules: &Rulebook) -> Projection {
    let (branch, next) = reach(stretch);
    let mut projection = Projection {
        journal: stretch.journal,
        branch,
        mark: stretch.branch,
        trust: stretch.trust,
        from: stretch.from,
        next,
        sales: Vec::new(),
        goods: Vec::new(),
        rain_checks: Vec::new(),
        paper_slips: Vec::new(),
        asides: Vec::new(),
        till: Vec::new(),
        conduct: Vec::new(),
        outages: Vec::new(),
        given_up: Vec::new(),
        packs: Vec::new(),
        exceptions: Vec::new(),
        rules: rules.clone(),
        calm: Calm::default(),
        ended: None,
    };
    let len = usize::try_from(stretch.raw_len).unwrap_or(0);
    let Ok(raw) = unpack(&stretch.blob, len) else {
        let text = "stored records can't be unpacked: central's disk may be failing";
        let at = (stretch.journal, stretch.from);
        projection.exceptions.push(Exception::new(Code::Malformed, at.0, at.1, text));
        return projection;
    };
    let mut before = stretch.before;
    let mut seq = stretch.segment_from;
    for line in raw.split(|byte| *byte == b'\n') {
        let here = seq;
        seq = seq.next();
        if here < stretch.from {
            continue;
        }
        if here >= next {
            break;
        }
        let envelope = match Envelope::read(line) {
            Ok(envelope) => envelope,
            Err(why) => {
                before = None;
                let text = why.to_string();
                let exception = Exception::new(Code::Malformed, stretch.journal, here, text);
                projection.exceptions.push(exception);
                continue;
            }
        };
        let received_ms = Some(stretch.received_ms);
        let context = Context { key: &stretch.key, before, packs, rules, received_ms };
        let (event, mut found) = look(&envelope, context);
        before = Some(envelope.header.lifetime);
        // Of what stands apart only the evidence is of weight: nobody is asked about its prices.
        found.retain(|one| branch != APART || one.level == Level::Critical);
        // Customers are told what registers said, not what somebody wrote into their records.
        let sound = !found.iter().any(|one| one.level == Level::Critical);
        projection.exceptions.extend(found);
        if let Some(pack) = &envelope.header.pack
            && !projection.packs.contains(pack)
        {
            projection.packs.push(pack.clone());
        }
        if branch == 0 && projection.ended.is_none() {
            projection.ended = end_of(&envelope, event.as_ref(), &stretch.key);
        }
        let (date, at) = (envelope.header.date, envelope.header.at);
        if let Some(what) = event.as_ref().and_then(said_of) {
            projection.rain_checks.push(RainCheckRow { seq: here, at, what });
        }
        if let Some(what) = event.as_ref().and_then(paper_slips::said_of) {
            projection.paper_slips.push(SlipRow { seq: here, at, what });
        }
        let place = RecordRef { epoch: stretch.journal.epoch, seq: here };
        if let Some(what) = event.as_ref().and_then(|event| asides::said_of(event, place)) {
            let (at_ms, line) = (at.utc_ms, line.to_vec());
            projection.asides.push(AsideRow { seq: here, at_ms, what, line });
        }
        if let Some(event) = &event {
            projection.calm.take(at, event);
            let facts = packs.facts_of(&envelope.header);
            if conduct::is_noteworthy(event, facts.as_ref()) {
                projection.conduct.push((here, line.to_vec()));
            }
        }
        match event {
            Some(
                Event::OutageDeclared(_) | Event::OutageUpdated(_) | Event::OutageEnded { .. },
            ) if sound => projection.outages.push((here, line.to_vec())),
            Some(Event::Decision(decision)) if sound => {
                projection.given_up.extend(given_up(here, at, &decision));
            }
            Some(Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale)) => {
                projection.sales.push(SaleRow { seq: here, date, at, sale });
            }
            Some(
                event @ (Event::StockDelta(_)
                | Event::StockCount(_)
                | Event::Delivery(_)
                | Event::Pickup(_)),
            ) => {
                let by = envelope.header.by.clone();
                projection.goods.push(GoodsRow { seq: here, at, by, event });
            }
            Some(
                event @ (Event::ShiftOpen { .. }
                | Event::ShiftClose(_)
                | Event::CashMovement { .. }
                | Event::DrawerOpen { .. }),
            ) => {
                let row = TillRow { seq: here, at, day: date, event, line: Vec::new() };
                projection.till.push(row);
            }
            Some(event @ (Event::Punch(_) | Event::PunchCorrected(_))) => {
                let line = line.to_vec();
                projection.till.push(TillRow { seq: here, at, day: date, event, line });
            }
            _ => {}
        }
    }
    projection.exceptions.extend(about_key(stretch));
    projection
}

/// What a decision says of records that are not here: of each journal it reaches.
fn given_up(seq: Seq, at: Timestamp, decision: &Decision) -> Vec<GivenUpRow> {
    if decision.matter.rule.as_str() != Code::NotHere.word() {
        return Vec::new();
    }
    let (at_ms, settled) = (at.utc_ms, decision.action.settles());
    let of =
        |reach: &Reach| GivenUpRow { seq, at_ms, about: reach.epoch, next: reach.next, settled };
    decision.reach.iter().map(of).collect()
}

/// Where a stretch's rows stand, and where it ends: what lies beyond a journal's good length stands
/// apart from what lies below.
fn reach(stretch: &Unprojected) -> (i64, Seq) {
    let end = stretch.segment_to.next();
    match stretch.trust.filter(|_| stretch.branch == 0) {
        Some(trust) if stretch.from >= trust.length => (APART, end),
        Some(trust) => (stretch.branch, end.min(trust.length)),
        None => (stretch.branch, end),
    }
}

/// What is to be said of a journal's key, once a journal.
fn about_key(stretch: &Unprojected) -> Option<Exception> {
    if let Some(trust) = stretch.trust {
        if reach(stretch).0 == APART {
            return Some(trust.exception(stretch.journal));
        }
        // Where a journal ended says nothing of who vouched for it: that is said as before its end
        // was known.
        if !trust.rotated {
            return None;
        }
    }
    let text = "nobody vouched for this register's key yet; adopt it once you know whose it is";
    let tells = stretch.standing == Standing::Provisional && stretch.from == Seq(0);
    tells.then(|| Exception::new(Code::ProvisionalRegister, stretch.journal, Seq(0), text))
}

/// Projects one stretch; false when there is none left.
///
/// # Errors
/// [`StoreError`] of reading or writing.
pub fn step(reader: &Held, writer: &Held, packs: &dyn PackView) -> Result<bool, StoreError> {
    let Some(stretch) = reader.call(|store| store.unprojected())? else {
        return look_at_goods(reader, writer, packs);
    };
    let rules = rules(reader)?;
    let projection = read(&stretch, packs, &rules);
    writer.call(move |store| keep(store, &projection))?;
    Ok(true)
}

/// Keeps what was read; false where it is to be read again. That a journal ended is kept first,
/// and decides how far it is read.
pub(super) fn keep(store: &mut dyn Store, projection: &Projection) -> Result<bool, StoreError> {
    if let Some(end) = &projection.ended
        && store.end_journal(end)?
    {
        return Ok(false);
    }
    store.project(projection)
}

/// The rules that hold. What was set was checked before; should it not be read now, the shipped
/// ones hold, and it is said.
pub(super) fn rules(reader: &Held) -> Result<Rulebook, StoreError> {
    let Some(text) = reader.call(|store| store.rules())? else { return Ok(Rulebook::default()) };
    Ok(Rulebook::read(&text).unwrap_or_else(|error| {
        tracing::error!(%error, "the rules can't be read; the shipped ones hold");
        Rulebook::default()
    }))
}

/// Looks at the goods of one store that is due, while no record waits to be projected.
fn look_at_goods(reader: &Held, writer: &Held, packs: &dyn PackView) -> Result<bool, StoreError> {
    let Some((store, stamp)) = reader.call(|store| store.goods_due())? else { return Ok(false) };
    let rules = rules(reader)?;
    let found = goods::look(&reader.call(move |held| held.goods(store))?, packs, &rules);
    let found: Vec<Exception> = found.into_iter().map(|one| rules.weigh(one)).collect();
    writer.call(move |held| held.goods_looked(store, stamp, &found))?;
    Ok(true)
}
