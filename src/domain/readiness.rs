//! Readiness: what would go wrong in an outage tomorrow, said a week before it.
//!
//! ```text
//!  Facts (ages, counts, lamps) ─▶ look ─▶ a finding a topic: ready · soon · not ready ─▶ score
//! ```
//!
//! A calm day is when a missing price file, key or roll of paper costs nothing. Nothing here stops
//! a sale; it only says what to do while there is time.

use super::price_news::PriceNews;
use super::signing::KeyFact;
use super::words::{Words, term, words};

/// What is looked at; its word stands in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The price file.
    Prices,
    /// The key that signs records.
    Key,
    /// Central's key that checks are sealed to.
    Seal,
    /// Records get to central.
    Central,
    /// The clock agrees with central's.
    Clock,
    /// Room on the disk.
    Disk,
    /// The second copy beside the ledger.
    Tape,
    /// Other registers keep copies.
    Copies,
    /// The receipt printer.
    Printer,
    /// The drawer.
    Drawer,
    /// People who can sign in.
    People,
    /// Numbered slips for a register without power.
    Pads,
    /// The last practice.
    Practice,
}

/// How a topic stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// As it should be.
    Ready,
    /// It would do, and should be put right this week.
    Soon,
    /// It would fail.
    NotReady,
}

/// How central was last heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CentralFact {
    /// It holds everything, or is being sent it.
    InTouch,
    /// It asks to hold records back.
    Held,
    /// It was last heard of so many hours ago.
    Silent(u32),
    /// This register never reached it.
    Never,
}

/// How the printer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrinterFact {
    /// It answers, or the store prints nothing.
    Fine,
    /// It prints and can't say how it is.
    Mute,
    /// The roll ends soon.
    RollLow,
    /// It would not print.
    Trouble,
}

/// Copies at other registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopiesFact {
    /// No other register is known.
    Alone,
    /// So many of the known ones are seen.
    Seen {
        /// Seen now.
        seen: u16,
        /// Known.
        known: u16,
    },
}

/// Paper pads of the store, as far as the registers see each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PadsFact {
    /// Pads that were noted as given out.
    pub pads: u32,
    /// Their slips that nobody has used yet.
    pub left: u32,
    /// Registers that would write on them.
    pub registers: u32,
}

/// All that is looked at. What could not be found out is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The age of the price file in hours, and the age it must not have; none without one.
    pub prices: Option<(u32, u32)>,
    /// What else is known of price files, the worst first.
    pub price_news: Vec<PriceNews>,
    /// The key that signs records.
    pub key: KeyFact,
    /// Checks can be sealed.
    pub seals: bool,
    /// How central was last heard of.
    pub central: CentralFact,
    /// How far this clock is from central's, in seconds; none where central was not heard.
    pub clock_off_s: Option<u32>,
    /// Free room on the ledger's disk, in mebibytes.
    pub free_mib: Option<u32>,
    /// The tape lies on a disk of its own.
    pub tape_apart: Option<bool>,
    /// Copies at other registers.
    pub copies: CopiesFact,
    /// How the printer is.
    pub printer: PrinterFact,
    /// Days since the drawer was opened; none where it never was.
    pub drawer_days: Option<u32>,
    /// People who can sign in: cashiers, leads, managers.
    pub people: (u32, u32, u32),
    /// Paper pads.
    pub pads: PadsFact,
    /// Days since the last practice; none where there was none.
    pub practice_days: Option<u32>,
}

/// What was found about a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadinessFinding {
    /// Which.
    pub topic: Topic,
    /// How it stands.
    pub standing: Standing,
    /// What was found.
    pub text: Words,
    /// What to do; empty where nothing is to be done.
    pub remedy: Words,
}

/// A look that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadinessLook {
    /// The score in percent.
    pub score: u8,
    /// What would fail.
    pub not_ready: Vec<Topic>,
    /// What should be put right.
    pub soon: Vec<Topic>,
}

const MIB_SOON: u32 = 2_048;
const MIB_LEAST: u32 = 300;
const CLOCK_SOON_S: u32 = 30;
const CLOCK_MOST_S: u32 = 300;
const SILENT_SOON_H: u32 = 24;
const SILENT_MOST_H: u32 = 168;
const DRAWER_SOON_D: u32 = 7;
/// A register with fewer slips than this is out of them within the first hours.
const SLIPS_EACH: u32 = 25;
const PRACTICE_SOON_D: u32 = 30;
const PRACTICE_MOST_D: u32 = 90;

impl Topic {
    /// All topics, in the order of the page.
    pub const ALL: [Self; 13] = [
        Self::Prices,
        Self::People,
        Self::Key,
        Self::Seal,
        Self::Central,
        Self::Clock,
        Self::Disk,
        Self::Tape,
        Self::Copies,
        Self::Printer,
        Self::Drawer,
        Self::Pads,
        Self::Practice,
    ];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prices => "prices",
            Self::Key => "key",
            Self::Seal => "seal",
            Self::Central => "central",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Tape => "tape",
            Self::Copies => "copies",
            Self::Printer => "printer",
            Self::Drawer => "drawer",
            Self::People => "people",
            Self::Pads => "pads",
            Self::Practice => "practice",
        }
    }

    /// The topic of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prices => term("Prices"),
            Self::Key => term("Signing key"),
            Self::Seal => term("Key for checks"),
            Self::Central => term("Central"),
            Self::Clock => term("Clock"),
            Self::Disk => term("Room on the disk"),
            Self::Tape => term("Second disk"),
            Self::Copies => term("Copies at other registers"),
            Self::Printer => term("Printer"),
            Self::Drawer => term("Drawer"),
            Self::People => term("People"),
            Self::Pads => term("Paper pads"),
            Self::Practice => term("Practice"),
        }
    }
}

/// Looks at everything, in the order of the page.
pub fn look(facts: &Facts) -> Vec<ReadinessFinding> {
    let of = |topic| {
        let (standing, text, remedy) = look_at(topic, facts);
        ReadinessFinding { topic, standing, text, remedy }
    };
    Topic::ALL.into_iter().map(of).collect()
}

/// The score in percent: what is ready counts whole, what should be put right soon half.
pub fn score(findings: &[ReadinessFinding]) -> u8 {
    let points = findings.iter().map(|finding| match finding.standing {
        Standing::Ready => 2_usize,
        Standing::Soon => 1,
        Standing::NotReady => 0,
    });
    let most = findings.len().saturating_mul(2);
    let percent = points.sum::<usize>().saturating_mul(100).checked_div(most).unwrap_or(0);
    u8::try_from(percent).unwrap_or(100)
}

impl ReadinessLook {
    /// What is recorded of a look.
    pub fn of(findings: &[ReadinessFinding]) -> Self {
        let with = |standing| {
            let those = findings.iter().filter(move |finding| finding.standing == standing);
            those.map(|finding| finding.topic).collect()
        };
        Self {
            score: score(findings),
            not_ready: with(Standing::NotReady),
            soon: with(Standing::Soon),
        }
    }
}

type Found = (Standing, Words, Words);

fn look_at(topic: Topic, facts: &Facts) -> Found {
    match topic {
        Topic::Prices => prices_and_news(facts),
        Topic::People => people(facts),
        Topic::Key => match facts.key.trouble() {
            None => ready(words!("Every record is signed")),
            Some((what, remedy)) => not_ready(what, remedy),
        },
        Topic::Seal if facts.seals => ready(words!("Checks can be sealed for central")),
        Topic::Seal => soon(
            words!("Of a check only number and amount could be kept"),
            words!("Ask IT to enroll this register while central answers."),
        ),
        Topic::Central => central(facts),
        Topic::Clock => clock(facts),
        Topic::Disk => disk(facts),
        Topic::Tape => match facts.tape_apart {
            Some(true) => ready(words!("Every record is on two disks")),
            _ => soon(
                words!("Ledger and tape are on one disk"),
                words!("Ask IT for a second disk or a stick that stays in the register."),
            ),
        },
        Topic::Copies => copies(facts),
        Topic::Printer => match facts.printer {
            PrinterFact::Fine => ready(words!("The printer answers")),
            PrinterFact::Mute => soon(
                words!("The printer does not say how it is"),
                words!("Print a test page and look at it."),
            ),
            PrinterFact::RollLow => {
                soon(words!("The roll ends soon"), words!("Put a new roll in, and one beside it."))
            }
            PrinterFact::Trouble => not_ready(
                words!("The printer would not print"),
                words!("Look at paper, cover and cable; then print a test page."),
            ),
        },
        Topic::Drawer => match facts.drawer_days {
            Some(days) if days <= DRAWER_SOON_D => {
                ready(words!("The drawer was opened {} days ago", days))
            }
            Some(days) => soon(
                words!("The drawer was last opened {} days ago", days),
                words!("Open it once with F10, 6, and have the key at hand."),
            ),
            None => soon(
                words!("This register never opened the drawer"),
                words!("Open it once with F10, 6, and have the key at hand."),
            ),
        },
        Topic::Pads => pads(facts.pads),
        Topic::Practice => practice(facts),
    }
}

/// The age, and beside it the worst that is known besides.
fn prices_and_news(facts: &Facts) -> Found {
    let (standing, text, remedy) = prices(facts);
    let Some(news) = facts.price_news.first() else { return (standing, text, remedy) };
    let both = words!("{}; {}", text, news.text());
    // What is to be done about a file that waits or was refused also puts its age right.
    let remedy = if news.remedy().is_empty() { remedy } else { news.remedy() };
    (standing.max(news.standing()), both, remedy)
}

fn prices(facts: &Facts) -> Found {
    let remedy = || words!("Ask IT to bring today's price file to this register.");
    match facts.prices {
        None => not_ready(words!("There is no price file: nothing could be sold"), remedy()),
        Some((age, most)) if age > most => not_ready(
            words!("Prices are {} hours old, more than the {} allowed", age, most),
            remedy(),
        ),
        Some((age, most)) if age > most / 2 => {
            soon(words!("Prices are {} hours old", age), remedy())
        }
        Some((age, _)) => ready(words!("Prices are {} hours old", age)),
    }
}

fn people(facts: &Facts) -> Found {
    let (cashiers, leads, managers) = facts.people;
    let remedy = || words!("Have the missing people entered in the price file's people.");
    let text = words!("{} cashiers, {} leads, {} managers can sign in", cashiers, leads, managers);
    if managers == 0 || cashiers == 0 {
        not_ready(text, remedy())
    } else if leads.saturating_add(managers) < 2 {
        // Nobody signs for an act of their own.
        soon(text, words!("Two people who may sign are needed; have another entered."))
    } else {
        ready(text)
    }
}

fn central(facts: &Facts) -> Found {
    let remedy = || words!("Look at the network; call IT if other systems work.");
    match facts.central {
        CentralFact::InTouch => ready(words!("Central is in touch")),
        CentralFact::Held => soon(
            words!("Central asks to hold records back"),
            words!("Nothing to do: they are sent after the all-clear."),
        ),
        CentralFact::Silent(hours) if hours > SILENT_MOST_H => {
            not_ready(words!("Central last answered {} hours ago", hours), remedy())
        }
        CentralFact::Silent(hours) if hours > SILENT_SOON_H => {
            soon(words!("Central last answered {} hours ago", hours), remedy())
        }
        CentralFact::Silent(hours) => ready(words!("Central last answered {} hours ago", hours)),
        CentralFact::Never => not_ready(
            words!("This register never reached central"),
            words!("Ask IT to enroll it; it sells all the same."),
        ),
    }
}

fn clock(facts: &Facts) -> Found {
    let remedy = || words!("Ask IT to set the clock; sales bear its time.");
    match facts.clock_off_s {
        None => soon(
            words!("The clock could not be compared with central's"),
            words!("Compare it with a phone."),
        ),
        Some(off) if off > CLOCK_MOST_S => {
            not_ready(words!("The clock is {} seconds off", off), remedy())
        }
        Some(off) if off > CLOCK_SOON_S => {
            soon(words!("The clock is {} seconds off", off), remedy())
        }
        Some(_) => ready(words!("The clock agrees with central's")),
    }
}

fn disk(facts: &Facts) -> Found {
    let remedy = || words!("Ask IT to free room on the register's disk.");
    match facts.free_mib {
        None => soon(words!("The room on the disk is not known"), remedy()),
        Some(free) if free < MIB_LEAST => {
            not_ready(words!("{} MB are free on the disk", free), remedy())
        }
        Some(free) if free < MIB_SOON => soon(words!("{} MB are free on the disk", free), remedy()),
        Some(free) => ready(words!("{} MB are free on the disk", free)),
    }
}

fn copies(facts: &Facts) -> Found {
    match facts.copies {
        CopiesFact::Alone => soon(
            words!("No other register keeps copies"),
            words!("Ask IT to make the store's registers known to each other."),
        ),
        CopiesFact::Seen { seen: 0, known } => not_ready(
            words!("None of {} other registers is seen", known),
            words!("Look at the store's network; switch another register on."),
        ),
        CopiesFact::Seen { seen, known } => {
            ready(words!("{} of {} other registers keep copies", seen, known))
        }
    }
}

/// Paper is what sells when a register has no power: it is printed before, or not at all.
fn pads(PadsFact { pads, left, registers }: PadsFact) -> Found {
    let remedy = || {
        words!(
            "Print pads (tideover pads), note who has them under Paper slips, and put one into \
             each drawer."
        )
    };
    let text = words!("Unused slips: {}; pads given out: {}", left, pads);
    match left {
        _ if pads == 0 => not_ready(words!("No paper pad was ever given out"), remedy()),
        0 => not_ready(words!("Every slip is used; pads given out: {}", pads), remedy()),
        few if few < SLIPS_EACH.saturating_mul(registers.max(1)) => soon(text, remedy()),
        _ => ready(text),
    }
}

fn practice(facts: &Facts) -> Found {
    let remedy = || words!("Practice for five minutes: The store, Practice.");
    match facts.practice_days {
        Some(days) if days <= PRACTICE_SOON_D => ready(words!("Last practiced {} days ago", days)),
        Some(days) if days <= PRACTICE_MOST_D => {
            soon(words!("Last practiced {} days ago", days), remedy())
        }
        Some(days) => not_ready(words!("Last practiced {} days ago", days), remedy()),
        None => not_ready(words!("Nobody practiced at this register"), remedy()),
    }
}

const fn ready(text: Words) -> Found {
    (Standing::Ready, text, Words::NOTHING)
}

const fn soon(text: Words, remedy: Words) -> Found {
    (Standing::Soon, text, remedy)
}

const fn not_ready(text: Words, remedy: Words) -> Found {
    (Standing::NotReady, text, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best() -> Facts {
        Facts {
            prices: Some((3, 24)),
            price_news: Vec::new(),
            key: KeyFact::Signs,
            seals: true,
            central: CentralFact::InTouch,
            clock_off_s: Some(1),
            free_mib: Some(50_000),
            tape_apart: Some(true),
            copies: CopiesFact::Seen { seen: 3, known: 3 },
            printer: PrinterFact::Fine,
            drawer_days: Some(0),
            people: (4, 1, 1),
            pads: PadsFact { pads: 4, left: 100, registers: 4 },
            practice_days: Some(3),
        }
    }

    fn withdrawn() -> PriceNews {
        PriceNews::Withdrawn { version: "20261122-1".to_owned() }
    }

    fn pinned() -> PriceNews {
        PriceNews::Pinned { version: "20261122-1".to_owned() }
    }

    fn standing(facts: &Facts, topic: Topic) -> Standing {
        let found = look(facts).into_iter().find(|finding| finding.topic == topic);
        found.expect("every topic is looked at").standing
    }

    #[test]
    fn a_register_in_order_scores_a_hundred_and_has_nothing_to_do() {
        let findings = look(&best());
        assert_eq!(score(&findings), 100);
        assert!(findings.iter().all(|finding| finding.remedy.is_empty()));
        assert_eq!(ReadinessLook::of(&findings).not_ready, []);
    }

    #[test]
    fn every_topic_can_fail_and_says_what_to_do() {
        use Standing::{NotReady, Ready, Soon};
        type Change = fn(&mut Facts);
        let cases: [(Topic, Change, Standing); 33] = [
            (Topic::Prices, |f| f.prices = None, NotReady),
            (Topic::Prices, |f| f.prices = Some((25, 24)), NotReady),
            (Topic::Prices, |f| f.prices = Some((13, 24)), Soon),
            (Topic::Prices, |f| f.prices = Some((12, 24)), Ready),
            (Topic::Prices, |f| f.price_news = vec![withdrawn()], NotReady),
            (Topic::Prices, |f| f.price_news = vec![PriceNews::Frozen { hours: 60 }], Soon),
            (Topic::Prices, |f| f.price_news = vec![pinned()], Ready),
            (Topic::Key, |f| f.key = KeyFact::Missing, NotReady),
            (Topic::Key, |f| f.key = KeyFact::Sealed, NotReady),
            (Topic::Key, |f| f.key = KeyFact::Unreadable, NotReady),
            (Topic::Key, |f| f.key = KeyFact::RotatedAway, NotReady),
            (Topic::Key, |f| f.key = KeyFact::ChangeUnfinished, NotReady),
            (Topic::Key, |f| f.key = KeyFact::HandedOld, NotReady),
            (Topic::Seal, |f| f.seals = false, Soon),
            (Topic::Central, |f| f.central = CentralFact::Never, NotReady),
            (Topic::Central, |f| f.central = CentralFact::Silent(169), NotReady),
            (Topic::Central, |f| f.central = CentralFact::Silent(25), Soon),
            (Topic::Clock, |f| f.clock_off_s = Some(301), NotReady),
            (Topic::Clock, |f| f.clock_off_s = None, Soon),
            (Topic::Disk, |f| f.free_mib = Some(299), NotReady),
            (Topic::Disk, |f| f.free_mib = Some(2_047), Soon),
            (Topic::Tape, |f| f.tape_apart = Some(false), Soon),
            (Topic::Copies, |f| f.copies = CopiesFact::Seen { seen: 0, known: 2 }, NotReady),
            (Topic::Copies, |f| f.copies = CopiesFact::Alone, Soon),
            (Topic::Printer, |f| f.printer = PrinterFact::Trouble, NotReady),
            (Topic::Drawer, |f| f.drawer_days = None, Soon),
            (Topic::People, |f| f.people = (4, 3, 0), NotReady),
            (Topic::People, |f| f.people = (4, 0, 1), Soon),
            (Topic::Pads, |f| f.pads = PadsFact { pads: 0, left: 0, registers: 1 }, NotReady),
            (Topic::Pads, |f| f.pads.left = 0, NotReady),
            (Topic::Pads, |f| f.pads.left = 99, Soon),
            (Topic::Pads, |f| f.pads = PadsFact { pads: 1, left: 25, registers: 0 }, Ready),
            (Topic::Practice, |f| f.practice_days = Some(91), NotReady),
        ];
        for (topic, change, expected) in cases {
            let mut facts = best();
            change(&mut facts);
            assert_eq!(standing(&facts, topic), expected, "{topic:?}: {facts:?}");
            let others = look(&facts).into_iter().filter(|finding| finding.topic != topic);
            assert!(others.clone().all(|finding| finding.standing == Ready), "{topic:?} alone");
            let found = look(&facts).into_iter().find(|finding| finding.topic == topic);
            let remedy = found.map(|finding| finding.remedy.is_empty());
            assert_eq!(remedy, Some(expected == Ready), "{topic:?} says what to do");
        }
    }

    #[test]
    fn words_of_records_are_read_back() {
        for topic in Topic::ALL {
            assert_eq!(Topic::from_word(topic.word()), Some(topic));
        }
    }
}
