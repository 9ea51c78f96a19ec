//! Sales that were put aside, over all registers of a store: taken up twice, or perhaps paid by a
//! card and not closed, or closed in two ways.
//!
//! ```text
//!  all records about one sale that was put aside ─▶ the store's book ─▶ one exception a rule
//! ```
//!
//! The book is the one that registers fold too (`domain::book`), so both find the same. What a
//! card's case lacks is open until its ending comes in, and then gone.

use crate::domain::book::card_pending::Pending;
use crate::domain::book::{Book, Origin};
use crate::domain::ids::{JournalId, RecordRef, RegisterNo};
use crate::journal::record::Envelope;

use super::exception::{Code, Exception};

/// The codes of what is found here: they are replaced for one sale as a whole.
pub const CODES: [Code; 3] = [Code::ResumedTwice, Code::CardPending, Code::CardPendingTwice];

/// What the exceptions of one sale share.
pub fn cause(about: RecordRef) -> String {
    format!("{}-{}", about.epoch, about.seq)
}

/// What does not agree about the sale that this record put aside, by all records about it. One
/// that can't be read is an exception of its own already.
pub fn look(about: RecordRef, lines: &[Vec<u8>]) -> Vec<Exception> {
    let mut records: Vec<(Origin, JournalId, _)> = lines
        .iter()
        .filter_map(|line| {
            let envelope = Envelope::read(line).ok()?;
            let event = envelope.event().ok()?;
            Some((envelope.header.origin(), envelope.header.journal, event))
        })
        .collect();
    records.sort_by_key(|(origin, _, _)| (origin.at.utc_ms, origin.at_record));
    let mut book = Book::default();
    for (origin, _, event) in &records {
        book.told(origin, event);
    }
    let last = || records.last().map(|(origin, journal, _)| (*journal, origin.at_record.seq));
    let place = |of: RecordRef| {
        let here = records.iter().find(|(origin, _, _)| origin.at_record == of);
        here.map(|(origin, journal, _)| (*journal, origin.at_record.seq))
    };
    let mut found = Vec::new();
    let twice = book.slips.resumed_twice();
    if let Some(twice) = twice.first()
        && let Some((journal, seq)) =
            twice.by.iter().filter_map(|(_, at)| place(*at)).max_by_key(|(journal, seq)| {
                let of = RecordRef { epoch: journal.epoch, seq: *seq };
                records.iter().position(|(origin, _, _)| origin.at_record == of)
            })
    {
        let text = format!(
            "number {} went on at registers {}, while they could not see each other",
            twice.slip,
            named(twice.by.iter().map(|(register, _)| *register))
        );
        found.push(Exception::new(Code::ResumedTwice, journal, seq, text));
    }
    let cards = &book.card_pending;
    if let (Some(pending), Some((journal, seq))) = (cards.of(about), place(about))
        && cards.endings(about).is_empty()
    {
        let text = open_text(pending, &book, about);
        let open = Exception::new(Code::CardPending, journal, seq, text);
        found.push(open.about(pending.total));
    }
    if cards.disputed().contains(&about)
        && let Some((journal, seq)) = last()
    {
        let amount = cards.of(about).map(|pending| pending.total).unwrap_or_default();
        let disputed = Exception::new(Code::CardPendingTwice, journal, seq, told(&book, about));
        found.push(disputed.about(amount));
    }
    found.into_iter().map(|one| one.because_of(cause(about))).collect()
}

fn open_text(pending: &Pending, book: &Book, about: RecordRef) -> String {
    let Pending { slip, register, .. } = pending;
    match book.card_pending.collected(about).first() {
        Some(sale) => format!(
            "number {slip} of register {register}: sale {} took the money, and nobody said that \
             the card was reversed",
            sale.number
        ),
        None => format!(
            "number {slip} of register {register}: a card may have paid it, and nobody said how \
             it ended"
        ),
    }
}

/// All endings and all sales of a case, in words.
fn told(book: &Book, about: RecordRef) -> String {
    let cards = &book.card_pending;
    let endings = cards.endings(about);
    let endings = endings.iter().map(|one| {
        format!("closed at register {}: {}", one.register, one.ending.label().to_lowercase())
    });
    let sales = cards.collected(about);
    let sales = sales.iter().map(|one| format!("sale {} at register {}", one.number, one.register));
    let all: Vec<String> = endings.chain(sales).collect();
    let slip = cards.of(about).map(|pending| format!("number {}", pending.slip));
    format!("{}: {}", slip.unwrap_or_else(|| "a sale put aside".to_owned()), all.join("; "))
}

fn named(registers: impl Iterator<Item = RegisterNo>) -> String {
    let mut registers: Vec<RegisterNo> = registers.collect();
    registers.sort_unstable();
    registers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
