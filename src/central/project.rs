//! Looks at what stored records say: verifies each one's own signature, applies the rules, and
//! makes rows of sales, lines, tenders, tax and stock. Everything here can be derived again.
//!
//! ```text
//!  Store::unprojected ─▶ read (pure) ─▶ Projection ─▶ Store::project   one transaction a segment
//!  none left: Store::goods ─▶ goods::look (pure) ─▶ Store::goods_looked    one store at a time
//! ```

use crate::domain::event::Event;
use crate::domain::ids::{JournalId, PackVersion, PersonId, Seq};
use crate::domain::sale::CompletedSale;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::record::Envelope;
use crate::reconcile::exception::{Code, Exception};
use crate::reconcile::goods;
use crate::reconcile::packs::PackView;
use crate::reconcile::rules::{Context, look};
use crate::sync::segment::unpack;

use super::store::{Held, Standing, StoreError, Unprojected};

/// A sale to be stored as rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleRow {
    /// Its record.
    pub seq: Seq,
    /// Its business date.
    pub date: BusinessDate,
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

/// What a stretch of records says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// The journal.
    pub journal: JournalId,
    /// The branch.
    pub branch: i64,
    /// The first record.
    pub from: Seq,
    /// The record after the last.
    pub next: Seq,
    /// Sales and refunds.
    pub sales: Vec<SaleRow>,
    /// What came, went and was counted beside sales.
    pub goods: Vec<GoodsRow>,
    /// The packs that the records name.
    pub packs: Vec<PackVersion>,
    /// What does not agree.
    pub exceptions: Vec<Exception>,
}

/// Reads a stretch of records. A stored blob that does not unpack is an exception as well.
pub fn read(stretch: &Unprojected, packs: &dyn PackView) -> Projection {
    let mut projection = Projection {
        journal: stretch.journal,
        branch: stretch.branch,
        from: stretch.from,
        next: stretch.segment_to.next(),
        sales: Vec::new(),
        goods: Vec::new(),
        packs: Vec::new(),
        exceptions: Vec::new(),
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
        let (event, found) = look(&envelope, Context { key: &stretch.key, before, packs });
        before = Some(envelope.header.lifetime);
        projection.exceptions.extend(found);
        if let Some(pack) = &envelope.header.pack
            && !projection.packs.contains(pack)
        {
            projection.packs.push(pack.clone());
        }
        let (date, at) = (envelope.header.date, envelope.header.at);
        match event {
            Some(Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale)) => {
                projection.sales.push(SaleRow { seq: here, date, sale });
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
            _ => {}
        }
    }
    if stretch.from == Seq(0) {
        projection.exceptions.extend(about_key(stretch));
    }
    projection
}

fn about_key(stretch: &Unprojected) -> Option<Exception> {
    let (code, text) = match stretch.standing {
        Standing::Enrolled => return None,
        Standing::Provisional => (
            Code::ProvisionalRegister,
            "nobody vouched for this register's key yet; adopt it once you know whose it is",
        ),
        Standing::Revoked => (Code::RevokedKey, "this register's key is no longer trusted"),
    };
    Some(Exception::new(code, stretch.journal, stretch.from, text))
}

/// Projects one stretch; false when there is none left.
///
/// # Errors
/// [`StoreError`] of reading or writing.
pub fn step(reader: &Held, writer: &Held, packs: &dyn PackView) -> Result<bool, StoreError> {
    let Some(stretch) = reader.call(|store| store.unprojected())? else {
        return look_at_goods(reader, writer, packs);
    };
    let projection = read(&stretch, packs);
    writer.call(move |store| store.project(&projection))?;
    Ok(true)
}

/// Looks at the goods of one store that is due, while no record waits to be projected.
fn look_at_goods(reader: &Held, writer: &Held, packs: &dyn PackView) -> Result<bool, StoreError> {
    let Some((store, stamp)) = reader.call(|store| store.goods_due())? else { return Ok(false) };
    let found = goods::look(&reader.call(move |held| held.goods(store))?, packs);
    writer.call(move |held| held.goods_looked(store, stamp, &found))?;
    Ok(true)
}
