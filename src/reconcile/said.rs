//! The sentences of the manager's reconciliation, said once for central's page and the register's
//! window: headings, columns, the verdict, what is in, and how rows are put together.

use crate::domain::decision::Action;
use crate::domain::money::Money;
use crate::domain::words::{Words, term, words};

use super::exception::Code;
use super::report::{Asked, Closed, FoundLine, RegisterLine, Report, Section, TaskLine};

/// Rows of what is due; the rest of it is one row that opens.
pub const DUE_MAX: usize = 24;
/// A rule with more root causes than this is one row.
pub const CAUSES_MAX: usize = 3;
/// What is missing, as far as it is listed.
pub const MISSING_MAX: usize = 6;

/// Reasons that are often given; each can be typed over.
pub const REASONS: [&str; 8] = [
    term("Looked at the paper, it is right"),
    term("Shelf label was old"),
    term("New item, not in the price file yet"),
    term("Counted twice, it stays so"),
    term("Wrong change given"),
    term("The customer was paid back"),
    term("The register was off, the records are whole"),
    term("Talked to the cashier"),
];

/// A row of matters: one root cause, or a rule that has many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group<T> {
    /// One root cause.
    One(T),
    /// All of a rule.
    Many(Code, Vec<T>),
}

/// Puts matters into rows, in their order.
pub fn groups<T: Copy>(all: &[T], code: impl Fn(T) -> Option<Code>) -> Vec<Group<T>> {
    let mut rows: Vec<Group<T>> = Vec::new();
    for one in all {
        let of = code(*one);
        let alike: Vec<T> = all.iter().copied().filter(|other| code(*other) == of).collect();
        match of {
            Some(of) if alike.len() > CAUSES_MAX => {
                let there = |row: &Group<T>| matches!(row, Group::Many(code, _) if *code == of);
                if !rows.iter().any(there) {
                    rows.push(Group::Many(of, alike));
                }
            }
            _ => rows.push(Group::One(*one)),
        }
    }
    rows
}

impl Section {
    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::In => term("What is in"),
            Self::Sums => term("Drawer, ledger, central"),
            Self::Decide => term("Decide"),
            Self::Info => term("Worth knowing, nothing to decide"),
            Self::Overcharges => term("Overcharges to make good"),
            Self::RainChecks => term("Rain checks open"),
            Self::Tasks => term("Stock tasks"),
            Self::Deposit => term("Checks to deposit"),
            Self::Differences => term("Every difference"),
            Self::Decided => term("Decided"),
            Self::Close => term("Close the store"),
        }
    }

    /// What its columns are called; those of figures are marked.
    pub const fn columns(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::In => {
                const {
                    &[
                        (term("Register"), false),
                        (term("State"), false),
                        (term("Records in"), true),
                        (term("Money out"), true),
                        (term("Should be in drawers"), true),
                        (term("Counted"), true),
                        (term("Over or short"), true),
                    ]
                }
            }
            Self::Sums => {
                const {
                    &[
                        ("", false),
                        (term("Counted"), true),
                        (term("Registers’ ledgers"), true),
                        (term("Central"), true),
                        (term("Over or short"), true),
                    ]
                }
            }
            Self::Decide | Self::Info | Self::Overcharges | Self::RainChecks => {
                const {
                    &[
                        (term("Register"), false),
                        (term("Where"), false),
                        (term("What"), false),
                        (term("Money"), true),
                    ]
                }
            }
            Self::Tasks => {
                const { &[(term("Place"), false), (term("About"), false), (term("By"), false)] }
            }
            Self::Deposit => {
                const {
                    &[
                        (term("Check"), false),
                        (term("Register"), false),
                        (term("Sale"), false),
                        (term("Amount"), true),
                    ]
                }
            }
            Self::Differences => {
                const {
                    &[
                        (term("Difference"), false),
                        (term("Register"), false),
                        (term("Amount"), true),
                        (term("Person"), false),
                        (term("Reason"), false),
                    ]
                }
            }
            Self::Decided => {
                const {
                    &[
                        (term("What"), false),
                        (term("Times"), true),
                        (term("Money"), true),
                        (term("Decided"), false),
                        (term("By"), false),
                        (term("Why"), false),
                    ]
                }
            }
            Self::Close => const { &[(term("What is missing"), false)] },
        }
    }
}

/// How the store stands: a heading and a sentence.
pub fn verdict(report: &Report) -> (Words, Words) {
    let (out, causes) = (report.waited_for(), report.due().len());
    match (out, causes) {
        _ if !report.something_new => {
            let words = report.closures.first().map_or_else(
                || words!("No register has spoken yet."),
                |last| words!("Closure {} holds everything so far.", last.number),
            );
            (words!("Nothing new"), words)
        }
        (0, 0) => (
            words!("Ready to close"),
            words!("What can come is in, and nothing is left to decide."),
        ),
        (0, _) => (
            words!("{} to decide", causes),
            words!("One row is one cause, however many sales it touched."),
        ),
        (out, _) => (
            words!("{} to decide, {} records still out", causes, out),
            words!("You can decide while the rest comes in."),
        ),
    }
}

/// What is in, in a sentence.
pub fn what_is_in(report: &Report) -> Words {
    let out = report.registers.iter().fold(0_u64, |sum, one| sum.saturating_add(one.still_out));
    let complete = report.registers.iter().filter(|one| one.still_out == 0).count();
    let count = report.sales.sales.saturating_add(report.sales.refunds);
    let total = Money::from_minor(report.sales.total.saturating_add(report.sales.rounding));
    let all = report.registers.len();
    if out == 0 {
        words!("Everything is here. Registers: {}. Sales: {}, {}.", all, count, total)
    } else {
        words!(
            "Registers with everything here: {} of {}. Sales: {}, {}. Records still out: {}. \
             Leave those registers on.",
            complete,
            all,
            count,
            total,
            out
        )
    }
}

/// A register's cells, in the order of its columns.
pub fn register_cells(one: &RegisterLine) -> Vec<Words> {
    let money = |minor: i64| words!("{}", Money::from_minor(minor));
    let or_nothing = |there: bool, words: Words| if there { words } else { Words::NOTHING };
    let was_counted = one.uncounted == 0 || one.counted != 0;
    vec![
        words!("{}", one.register),
        if one.still_out > 0 { words!("{} still out", one.still_out) } else { words!("all in") },
        words!("{}", one.records),
        or_nothing(one.money_out != 0, money(one.money_out)),
        or_nothing(was_counted, money(one.should)),
        if one.uncounted > 0 { words!("not counted") } else { money(one.counted) },
        or_nothing(was_counted, money(one.over)),
    ]
}

/// Where a finding is.
pub fn place(one: &FoundLine) -> Words {
    match &one.sale {
        Some((number, day)) => words!("sale {}, {}", number, day),
        None => words!("record {}", one.record),
    }
}

/// How often.
pub fn times(count: usize) -> Words {
    if count == 1 { words!("once") } else { words!("{} times", count) }
}

/// More findings than are shown.
pub fn more_like_these(rest: usize) -> Words {
    words!("and {} more like these", rest)
}

/// Rows that weigh less than those that are shown.
pub fn more_that_weigh_less(rest: usize) -> Words {
    words!("{} more that weigh less", rest)
}

/// How many root causes a rule has.
pub fn causes(count: usize) -> Words {
    words!("{} causes", count)
}

/// What was decided has changed since.
pub fn changed() -> Words {
    words!("It was decided before, and has changed since: look again.")
}

/// A question that is open.
pub fn asked(one: &Asked) -> Words {
    words!("{} asked {}: {}", &one.by, &one.person, &one.reason)
}

/// What all of a rule are decided as.
pub fn all_together(count: usize) -> Words {
    words!("All {} together", count)
}

/// What a lead may do.
pub fn leads_may() -> Words {
    words!("A lead may ask and have counted; the rest is the manager’s.")
}

/// What a signature makes of it.
pub fn becomes_a_record() -> Words {
    words!("It becomes a signed record. Nothing is edited.")
}

/// What is on the button that signs.
pub fn sign_as(name: &str) -> Words {
    words!("Sign as {}", name)
}

/// Where two people sign.
pub fn second_signs() -> Words {
    words!("A second person signs too")
}

/// What was done.
pub fn done(count: usize) -> Words {
    if count == 1 { words!("Decided and signed.") } else { words!("{} decided and signed.", count) }
}

/// Nothing is due.
pub fn nothing_to_decide() -> Words {
    words!("Nothing is left to decide.")
}

/// The store can be closed.
pub fn agrees() -> Words {
    words!("Drawer, ledger and central agree, or each difference has its name.")
}

/// It can't yet.
pub fn not_yet() -> Words {
    words!("Not yet. What is missing:")
}

/// Who closes.
pub fn manager_closes() -> Words {
    words!("The manager closes the store.")
}

/// More kinds than are listed.
pub fn more_kinds(rest: usize) -> Words {
    words!("and {} kinds more, all of them above", rest)
}

/// A closure in a line.
pub fn closure(one: &Closed) -> Words {
    let at = one.at.get(..16).unwrap_or(&one.at).replace('T', " ");
    words!("Closure {} of {}, by {}", one.number, at, &one.by_name)
}

/// A difference that nobody answers for.
pub fn nobody_yet() -> Words {
    words!("nobody yet")
}

/// How many differences have no name.
pub fn names(bare: usize) -> Words {
    if bare == 0 { words!("all named") } else { words!("{} without a name", bare) }
}

/// What is to be counted, with what it is about.
pub fn task(one: &TaskLine) -> [Words; 3] {
    [&one.area, &one.about, &one.by].map(|text| Words::data(text.clone()))
}

/// What was decided, by its word.
pub fn outcome(word: &str) -> Words {
    match Action::label_of(word) {
        Some(label) => Words::plain(label),
        None => Words::data(word),
    }
}

/// Two people, or one.
pub fn people(one: &str, second: Option<&str>) -> Words {
    match second {
        Some(second) => words!("{} and {}", one, second),
        None => Words::data(one),
    }
}
