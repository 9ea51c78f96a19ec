//! The sums that claims speak of: each from the records alone, and where central has it too, beside
//! what central says.

use super::claim::Sum;
use super::files::{self, Papers};
use super::gather::Gathered;
use super::play::{DrillPack, Offered, Witnessed};
use super::prove::{CentralSays, Finding};
use super::report::SumsEntry;
use crate::domain::gtin::ItemCode;
use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::sync::wire::PROTOCOL;

/// What is asked of central by a register, and nothing else.
const WIRE: [&str; 4] = ["/v1/hello", "/v1/announce", "/v1/segments", "/v1/sealed"];
/// Central's rules whose findings are about deliveries and counts, prices, and the chain.
const PRICE_RULES: [&str; 2] = ["keyed_price", "unknown_item"];
const CHAIN_RULES: [&str; 5] = ["fork", "gap", "control_totals", "lifetime", "foreign_key"];
/// The most groups of exceptions that central tells.
const GROUPS_MAX: usize = 1_000;

/// What the desk's register says of one item, beside what it should say.
pub struct Shelved {
    /// The item's code.
    pub code: ItemCode,
    /// What the register shows.
    pub shown: Option<Quantity>,
    /// The trusted figure it began with.
    pub began: Quantity,
    /// What moved by the records.
    pub moved: Quantity,
}

/// All that sums are counted from.
pub struct Counted<'a> {
    /// The records.
    pub gathered: &'a Gathered,
    /// The papers.
    pub papers: &'a Papers,
    /// What was seen while the drill was played.
    pub seen: &'a Witnessed,
    /// What was asked of central.
    pub asked: &'a std::collections::BTreeSet<String>,
    /// What central says.
    pub central: &'a CentralSays,
    /// The totals of the ledger and of central.
    pub totals: (&'a SumsEntry, &'a SumsEntry),
    /// What verifying the journals found.
    pub findings: &'a [String],
    /// Items on hand at the desk.
    pub on_hand: &'a [Shelved],
    /// The drill's folder.
    pub dir: &'a std::path::Path,
}

fn money(minor: i128) -> String {
    i64::try_from(minor).map_or_else(|_| "absurd".to_owned(), |m| Money::from_minor(m).to_string())
}

impl Sum {
    /// Counts it.
    pub fn count(self, of: &Counted<'_>) -> Finding {
        let gathered = of.gathered;
        match self {
            Self::OutageOnPaper => outage_on_paper(of.papers),
            Self::XOnPaper => {
                let count = of.papers.x_reports;
                Finding::of(count > 0, format!("{count} X reports stand on paper"))
            }
            Self::TendersOnly => {
                let (cash, checks, returned) = gathered.tenders;
                let words = format!(
                    "all {} payments are cash ({cash}) or checks ({checks} taken, {returned} \
                     handed back); a record holds no other kind",
                    cash.saturating_add(checks).saturating_add(returned)
                );
                Finding::of(gathered.unread == 0 && cash > 0, words)
            }
            Self::NoCardNumber => no_card_number(of),
            Self::ReceiptsKept => receipts_kept(of.papers),
            Self::NumbersOnce => {
                let (twice, sales) = (gathered.numbers_twice, gathered.papers.len());
                let words = format!("{sales} sales, {twice} of them with a number used before");
                Finding::of(twice == 0 && sales > 0, words)
            }
            Self::OnceAtCentral => once_at_central(of),
            Self::NoGaps => {
                let gaps: u64 = gathered.journals.values().map(|journal| journal.gaps).sum();
                let found = of.findings.len();
                let words = format!(
                    "{} journals, each from record 0 to its last; {} records, {gaps} out of place, \
                     {found} findings of their verification",
                    gathered.journals.len(),
                    gathered.records
                );
                Finding::of(gaps == 0 && found == 0 && gathered.unread == 0, words)
            }
            Self::Drawers => drawers(gathered),
            Self::Checks => checks(of),
            Self::Taxes => taxes(of),
            Self::Stock => stock(of),
            Self::KeyedList => keyed_list(of),
            Self::Abandoned => {
                let (named, moved) = &gathered.abandoned;
                let words =
                    format!("{} baskets given up, {moved} of them moved money", named.count);
                Finding::of(*moved == 0 && named.count > 0, words).by(named)
            }
            Self::Lag => {
                let minutes = &of.seen.minutes;
                let (looks, ms) = (minutes.looks, minutes.slowest_ms);
                let words = format!(
                    "{looks} times sent while the outage was open; the slowest time until \
                     central's totals held all of it: {ms} ms"
                );
                Finding::of(looks > 0 && ms < 5_000, words)
            }
            Self::EveryMinute => {
                let minutes = &of.seen.minutes;
                let words = match minutes.differences.first() {
                    None => format!(
                        "at {} minutes cash, checks, total and tax were the same here and at \
                         central",
                        minutes.looks
                    ),
                    Some(first) => first.clone(),
                };
                Finding::of(minutes.looks > 0 && minutes.differences.is_empty(), words)
            }
            Self::CatalogNamed => {
                let named = gathered.packs.iter().map(|(version, under)| match version {
                    Some(version) => format!("{} by pack {version}", under.sales),
                    None => format!("{} by NO pack", under.sales),
                });
                let words: Vec<String> = named.collect();
                let all = !gathered.packs.is_empty() && !gathered.packs.contains_key(&None);
                Finding::of(all, format!("sales: {}", words.join(", ")))
            }
            Self::BusinessDates => {
                let (odd, offsets) = (gathered.odd_dates, offsets(gathered));
                let words = format!(
                    "{} records, {odd} of them with another business date than their shift's; \
                     offsets from UTC: {offsets}",
                    gathered.records
                );
                Finding::of(odd == 0 && gathered.records > 0, words)
            }
            Self::MissingHour => {
                let (count, offsets) = (gathered.missing_hour, offsets(gathered));
                let words = format!(
                    "{count} of {} records between 02:00 and 03:00; offsets from UTC: {offsets}",
                    gathered.records
                );
                Finding::of(count == 0 && gathered.records > 0, words)
            }
            Self::UtcOrder => {
                let back: u64 = gathered.journals.values().map(|journal| journal.backwards).sum();
                let words = format!(
                    "{} records, {back} of them earlier in UTC than the one before",
                    gathered.records
                );
                Finding::of(back == 0 && gathered.records > 0, words)
            }
            Self::Resent => resent(of),
            Self::TurnedAway => match &of.seen.turned_away {
                Some((said, others)) => {
                    let kept = said.contains("keeps") && *others > 0;
                    Finding::of(kept, format!("{said}; {others} other registers went on"))
                }
                None => Finding::of(false, "central refused no delivery".to_owned()),
            },
            Self::Overcharges => overcharges(gathered),
            Self::OnHand => on_hand(of),
            Self::Held => match of.seen.hold {
                Some((before, Some(after))) => Finding::of(
                    before == after,
                    format!(
                        "{} requests brought something to central between its word to hold and the \
                         all-clear; registers heard that word, signed, each time they asked",
                        after.saturating_sub(before)
                    ),
                ),
                _ => Finding::of(false, "central never said to hold".to_owned()),
            },
            Self::PacksRefused => packs_refused(of.seen),
            Self::OldKeyVerifies => old_key(of),
            Self::CardList => card_list(of),
            Self::WentOnOnce => {
                let twice = gathered.went_on.values().filter(|count| **count > 1).count();
                let found = of.central.count(&["resumed_twice"]);
                let words = format!(
                    "{} baskets of other registers went on, {twice} of them twice; central found \
                     {found}",
                    gathered.went_on.len()
                );
                Finding::of(twice == 0 && found == 0 && !gathered.went_on.is_empty(), words)
            }
            Self::NoOrders => {
                let strange: Vec<&String> =
                    of.asked.iter().filter(|path| !WIRE.contains(&path.as_str())).collect();
                let asked: Vec<&str> = of.asked.iter().map(String::as_str).collect();
                let words = format!(
                    "registers asked central for {} alone ({PROTOCOL}); none of {} records is an \
                     order",
                    asked.join(", "),
                    gathered.records
                );
                Finding::of(strange.is_empty() && !asked.is_empty(), words)
            }
            Self::DeliveryList => {
                let (here, there) =
                    (gathered.delivery_lines.count, of.central.count(&["delivery_differs"]));
                let words = format!("{here} lines not as listed here, {there} at central");
                Finding::of(here == there && here > 0, words).by(&gathered.delivery_lines)
            }
            Self::ReceivedTwice => {
                let found = of.central.groups_of(&["received_twice"]).next();
                let words = found.map_or_else(
                    || "central found nothing received twice".to_owned(),
                    |group| format!("central: {}", group.text),
                );
                Finding::of(found.is_some(), words)
            }
            Self::OrdersWithoutMoney => {
                let (named, moved) = &gathered.orders;
                let words = format!(
                    "{} records about orders, {moved} of them moved money; none holds a payment",
                    named.count
                );
                Finding::of(*moved == 0 && named.count > 0, words).by(named)
            }
            Self::OrderNotFound => {
                let found = of.central.groups_of(&["pickup_not_found"]).next();
                let words = found.map_or_else(
                    || "central kept no order that is not found".to_owned(),
                    |group| format!("central keeps: {}", group.text),
                );
                Finding::of(found.is_some(), words)
            }
            Self::NextVersion => {
                let found = of.central.groups_of(&["schema_ahead"]).next();
                let words = found.map_or_else(
                    || "central lists no record of a later version".to_owned(),
                    |group| format!("central keeps it, says why, and goes on: {}", group.text),
                );
                Finding::of(found.is_some(), words)
            }
            Self::CountTimes => {
                let (lines, earlier) = &gathered.count_lines;
                let words = format!(
                    "{lines} counted items, {} of them dated when they were counted, before their \
                     count was recorded",
                    earlier.count
                );
                Finding::of(earlier.count > 0, words).by(earlier)
            }
        }
    }
}

fn offsets(gathered: &Gathered) -> String {
    let one = |(offset, count): (&i16, &u64)| format!("{offset} min on {count} records");
    gathered.offsets.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Each case that was opened has exactly one ending, and central asks about none.
fn card_list(of: &Counted<'_>) -> Finding {
    let cards = &of.gathered.cards;
    let once = cards.values().filter(|endings| **endings == 1).count();
    let (open, twice) =
        (of.central.count(&["card_pending"]), of.central.count(&["card_pending_twice"]));
    let words = format!(
        "{} sales that a card may have paid, {once} of them closed once; at central {open} open, \
         {twice} closed in two ways",
        cards.len()
    );
    Finding::of(!cards.is_empty() && once == cards.len() && open == 0 && twice == 0, words)
}

fn outage_on_paper(papers: &Papers) -> Finding {
    let Papers { in_outage, unmarked, outage, .. } = papers;
    let name = outage.as_ref().map_or_else(String::new, |outage| format!(", such as {outage}"));
    let words =
        format!("{in_outage} papers of sales in an outage, {unmarked} do not name it{name}");
    Finding::of(*in_outage > 0 && *unmarked == 0, words)
}

fn receipts_kept(papers: &Papers) -> Finding {
    let (lost, first) = &papers.without_record;
    let first = first.as_ref().map_or_else(String::new, |first| format!(", first {first}"));
    let words = format!(
        "{} receipts were printed; the record of {lost} is not in its journal with the hash on the \
         paper{first}",
        papers.papers
    );
    Finding::of(papers.papers > 0 && *lost == 0, words)
}

fn no_card_number(of: &Counted<'_>) -> Finding {
    let card = super::desk::CARD.as_bytes();
    match files::find(of.dir, card) {
        Ok((looked, None)) => Finding::of(
            true,
            format!(
                "the number that was tried stands in none of {} records and in none of the \
                 {looked} files of registers and central",
                of.gathered.records
            ),
        ),
        Ok((_, Some(file))) => {
            Finding::of(false, format!("the number that was tried stands in {}", file.display()))
        }
        Err(error) => Finding::of(false, format!("the drill's files can't be searched: {error}")),
    }
}

fn once_at_central(of: &Counted<'_>) -> Finding {
    let mut behind = Vec::new();
    for (epoch, journal) in &of.gathered.journals {
        let held = of.central.positions.get(epoch);
        if held != Some(&(journal.next.0, journal.head.to_string())) {
            behind.push(format!("register {} journal {epoch}", journal.register));
        }
    }
    let odd = of.central.count(&CHAIN_RULES);
    let same = of.totals.0 == of.totals.1;
    let words = if behind.is_empty() && odd == 0 && same {
        format!(
            "central holds {} records of {} journals, each to the same last hash, and the same \
             totals: {} sales, {} refunds, {}",
            of.gathered.records,
            of.gathered.journals.len(),
            of.totals.1.sales,
            of.totals.1.refunds,
            of.totals.1.total
        )
    } else {
        format!(
            "not the same at central: {}; {odd} findings about chains; totals {}",
            behind.join(", "),
            if same { "agree" } else { "differ" }
        )
    };
    Finding::of(behind.is_empty() && odd == 0 && same, words)
}

fn drawers(gathered: &Gathered) -> Finding {
    let mut wrong = Vec::new();
    let mut records = Vec::new();
    for drawer in gathered.drawers.values() {
        let counted = (i64::try_from(drawer.counted), i64::try_from(drawer.checks));
        let agrees = match (drawer.closed, counted) {
            (Some((cash, checks)), (Ok(ours), Ok(taken))) => (cash, checks) == (ours, taken),
            _ => false,
        };
        if agrees {
            records.push(drawer.record.clone());
        } else {
            wrong.push(format!("{} ({} counted)", drawer.record, money(drawer.counted)));
        }
    }
    let words = match wrong.first() {
        None => format!(
            "{} drawers counted again, movement by movement: each is what its closing record says",
            records.len()
        ),
        Some(first) => format!("{} drawers differ, first {first}", wrong.len()),
    };
    records.truncate(super::gather::NAMED_MAX);
    let holds = wrong.is_empty() && !records.is_empty();
    Finding { holds, words, records }
}

fn checks(of: &Counted<'_>) -> Finding {
    let (named, sum) = &of.gathered.checks;
    let batch: i128 = of.gathered.drawers.values().map(|drawer| drawer.checks).sum();
    let closed = of.gathered.drawers.values().filter_map(|drawer| drawer.closed);
    let closed: i128 = closed.map(|(_, checks)| i128::from(checks)).sum();
    let central = i128::from(of.central.checks);
    let words = format!(
        "{} checks come to {}; the drawers' batches to {}, their closing records to {}, central \
         says {}",
        named.count,
        money(*sum),
        money(batch),
        money(closed),
        money(central)
    );
    let same = [batch, closed, central].iter().all(|other| other == sum);
    Finding::of(same && named.count > 0, words).by(named)
}

fn taxes(of: &Counted<'_>) -> Finding {
    let ours = &of.gathered.taxes;
    let differs = ours != &of.central.taxes;
    let one = |((code, rate), (taxable, amount)): (&(String, i64), &(i128, i128))| {
        let rate = crate::domain::tax::TaxRate::from_tenmillionths(*rate);
        format!("{code} {rate} %: {} on {}", money(*amount), money(*taxable))
    };
    let said: Vec<String> = ours.iter().map(one).collect();
    let words = if differs {
        format!("here {}; central has other sums", said.join(", "))
    } else if said.is_empty() {
        "no tax was taken, here and at central: nothing that was sold is taxed".to_owned()
    } else {
        format!("the same here and at central: {}", said.join(", "))
    };
    Finding::of(!differs, words)
}

fn stock(of: &Counted<'_>) -> Finding {
    let ours = of.gathered.moved.iter().map(|(code, moved)| (code.to_string(), *moved));
    let ours: std::collections::BTreeMap<String, i128> = ours.collect();
    let nothing = |item: &str| of.central.moved.get(item).copied().unwrap_or(0);
    let differs = ours.iter().find(|(item, moved)| nothing(item) != **moved);
    let words = match differs {
        None => format!("{} items moved: each by as much here and at central", ours.len()),
        Some((item, moved)) => format!("{item} moved by {moved} ten-thousandths here only"),
    };
    let strange = of.central.moved.keys().any(|item| !ours.contains_key(item));
    Finding::of(differs.is_none() && !strange, words)
}

fn keyed_list(of: &Counted<'_>) -> Finding {
    let (here, there) = (of.gathered.keyed.count, of.central.count(&PRICE_RULES));
    let amount: i128 = of.central.groups_of(&PRICE_RULES).map(|g| i128::from(g.amount)).sum();
    let whole = of.central.groups.len() < GROUPS_MAX;
    let words = format!(
        "{here} items at a keyed price or not on file here, {there} in central's list; they differ \
         from its price files by {}",
        money(amount)
    );
    Finding::of(here == there && here > 0 && whole, words).by(&of.gathered.keyed)
}

fn resent(of: &Counted<'_>) -> Finding {
    let Some((acknowledged, held)) = of.seen.put_back else {
        return Finding::of(false, "central was not put back to an older copy".to_owned());
    };
    let all = once_at_central(of);
    let words = format!(
        "{acknowledged} records were acknowledged; put back, central held {held}; registers had \
         kept them, and {}",
        all.words
    );
    Finding::of(all.holds && held < acknowledged, words)
}

fn overcharges(gathered: &Gathered) -> Finding {
    let (mut over, mut sum, mut under) = (super::gather::Named::default(), 0_i128, (0_u64, 0_i128));
    for pack in gathered.packs.values() {
        over.count = over.count.saturating_add(pack.over.0.count);
        over.records.extend(pack.over.0.records.iter().cloned());
        sum = sum.saturating_add(pack.over.1);
        under = (under.0.saturating_add(pack.under.0), under.1.saturating_add(pack.under.1));
    }
    let words = format!(
        "{} lines above the shelf's price, {} to be given back; {} lines below it, {}, told only",
        over.count,
        money(sum),
        under.0,
        money(under.1)
    );
    Finding::of(over.count > 0, words).by(&over)
}

fn on_hand(of: &Counted<'_>) -> Finding {
    let uncounted = |one: &&Shelved| !of.gathered.counted.contains_key(&one.code);
    let (mut agree, mut moved_some, mut wrong) = (0_u64, 0_u64, None);
    for Shelved { code, shown, began, moved } in of.on_hand.iter().filter(uncounted) {
        if *shown == began.plus(*moved).ok() {
            agree = agree.saturating_add(1);
            moved_some = moved_some.saturating_add(u64::from(*moved != Quantity::default()));
        } else {
            let shown = shown.map_or_else(|| "nothing".to_owned(), |shown| shown.to_string());
            wrong.get_or_insert(format!("{code}: {began} and {moved} moved, {shown} is shown"));
        }
    }
    let words = wrong.clone().unwrap_or_else(|| {
        format!(
            "{agree} items at the desk: the trusted figure and what moved is what is on hand, \
             {moved_some} of them moved; nothing that a wrong price file said of stock counts"
        )
    });
    Finding::of(wrong.is_none() && moved_some > 0, words)
}

fn packs_refused(seen: &Witnessed) -> Finding {
    let mut words = Vec::new();
    for pack in [DrillPack::Foreign, DrillPack::Older] {
        let found = seen.offers.iter().find(|(offered, _)| *offered == pack);
        match found {
            Some((_, Offered::Refused(why))) => words.push(format!("{}: {why}", pack.word())),
            Some((_, Offered::Taken(version))) => {
                return Finding::of(false, format!("{version} was taken"));
            }
            None => {
                return Finding::of(false, format!("no {} pack was offered", pack.word()));
            }
        }
    }
    Finding::of(true, words.join("; "))
}

fn old_key(of: &Counted<'_>) -> Finding {
    let mut of_register = std::collections::BTreeMap::<u16, u64>::new();
    for journal in of.gathered.journals.values() {
        let count = of_register.entry(journal.register).or_default();
        *count = count.saturating_add(1);
    }
    let two = of_register.iter().find(|(_, count)| **count > 1);
    let odd = of.central.count(&["bad_signature", "foreign_key", "unsigned"]);
    let found = of.findings.len();
    let words = match two {
        Some((register, count)) => format!(
            "register {register} has {count} journals, each signed by the key it began with; their \
             verification has {found} findings, central {odd} about signatures"
        ),
        None => "no register has a journal of an earlier key".to_owned(),
    };
    Finding::of(two.is_some() && odd == 0 && found == 0, words)
}
