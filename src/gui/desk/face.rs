//! What a form shows: its title, a few words, its choices or its entry.

use crate::domain::drawer::CashMovementKind;
use crate::domain::money::Money;
use crate::domain::sale::{ExemptReason, Reason};
use crate::domain::words::{Words, term, words};
use crate::register::view::{Screen, View};

use super::form::{Asks, Count, Form, denominations, reasons};

/// A form on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// What is asked.
    pub title: Words,
    /// Words below it, a sentence each.
    pub words: Vec<Words>,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What the entry line is for; none where a digit chooses.
    pub hint: Option<&'static str>,
    /// What was answered before, name and value.
    pub answered: Vec<(Words, String)>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The key that chooses it.
    pub key: char,
    /// Its words.
    pub label: Words,
    /// It can be chosen now.
    pub enabled: bool,
}

/// The key of what is not in a list of nine: all sales that were put aside.
pub const ALL_OF_THEM: char = '0';

impl Choice {
    /// The choices of a list, by digit from 1.
    pub fn numbered(labels: impl IntoIterator<Item = (Words, bool)>) -> Vec<Self> {
        let keys = "123456789".chars();
        keys.zip(labels).map(|(key, (label, enabled))| Self { key, label, enabled }).collect()
    }
}

/// The face of a form.
pub(super) fn of(form: &Form, view: &View) -> Face {
    let face = Face {
        title: title(form, view),
        words: words(form, view),
        choices: choices(form, view),
        hint: hint(form),
        answered: Vec::new(),
    };
    match form {
        Form::Count(count) => count_face(face, count, view),
        _ => face,
    }
}

fn title(form: &Form, view: &View) -> Words {
    let open = |place: usize| match &view.screen {
        Screen::Sell(sell) => sell.open.get(place).map_or("", |line| line.name.as_str()),
        _ => "",
    };
    let line = |place: usize| match &view.screen {
        Screen::Sell(sell) => sell.lines.get(place).map_or("", |line| line.name.as_str()),
        _ => "",
    };
    match form {
        Form::More => words!("What else?"),
        Form::Drawer => words!("Cash drawer"),
        Form::OpenPrice { place } => words!("What does {} cost?", open(*place)),
        Form::OpenDepartmentOf { place, .. } => words!("Where does {} belong?", open(*place)),
        Form::OpenWeight { place } => words!("How much does {} weigh?", open(*place)),
        Form::Price { place } => words!("New price of {}", line(*place)),
        Form::PriceReason { .. } => words!("Why does the price change?"),
        Form::Age { years } => words!("Is the buyer {} or older?", years),
        Form::Department => words!("Which department?"),
        Form::OpenAmount { .. } => words!("How much is it?"),
        Form::Exempt => words!("Why is no tax taken?"),
        Form::Certificate { .. } => words!("Which certificate?"),
        Form::Terminal => words!("What does the terminal say?"),
        Form::Recall => words!("Which sale goes on?"),
        Form::Receipt => words!("Which receipt?"),
        Form::ReturnReason { .. } => words!("Why does it come back?"),
        Form::VoidReason => words!("Why is the sale taken back?"),
        Form::NoSale => words!("Why is the drawer opened?"),
        Form::Movement { kind } => Words::plain(movement(*kind)),
        Form::MovementBag { .. } => words!("Which bag?"),
        Form::MovementReason { .. } => words!("What is it for?"),
        Form::MovementNote { .. } => words!("More words about it?"),
        Form::Training if view.status.training => words!("Back to real sales?"),
        Form::Training => words!("Go to training?"),
        Form::Count(_) => words!("Count the drawer"),
    }
}

fn words(form: &Form, view: &View) -> Vec<Words> {
    match form {
        Form::OpenPrice { .. } => {
            vec![
                words!("Look at the shelf or ask."),
                words!("Key the price of one, with the cents: 199 is 1.99."),
            ]
        }
        Form::OpenWeight { .. } => {
            vec![words!("Read the scale or the label."), words!("Key it with a point: 0.65")]
        }
        Form::Price { .. } => vec![words!("Key the price of one, with the cents: 199 is 1.99.")],
        Form::Age { .. } => vec![
            words!("Ask for an ID and look at the photo and at the date it ends."),
            words!("Key the date of birth as month, day and year: 05171990."),
            words!("The date is compared and forgotten. Without an ID take the item back."),
        ],
        Form::OpenAmount { .. } => vec![words!("Key the amount with its cents: 450 is 4.50.")],
        Form::Certificate { .. } => {
            vec![
                words!("Look at the certificate and key its number."),
                words!("A lead signs for it."),
            ]
        }
        Form::Terminal => vec![
            words!("The card may have been charged: the sale is put aside as such."),
            words!("Key the number on the slip of the terminal. Enter alone: there is none."),
            words!("Never key a card's number. Only a manager has it paid again."),
        ],
        Form::Recall if view.status.suspended.is_empty() => vec![words!("No sale was put aside.")],
        Form::Receipt => vec![
            words!("Key the number on the receipt, or scan its square code."),
            words!("Enter alone is the last sale of this register."),
        ],
        Form::Movement { kind: CashMovementKind::Loan } => vec![
            words!("Two people count it. Key the amount with its cents."),
            words!(
                "Counted by notes and coins (Shift F11, Float and change), it is forecast more \
                 exactly."
            ),
        ],
        Form::Movement { .. } => {
            vec![words!("Two people count it. Key the amount with its cents.")]
        }
        Form::MovementBag { kind: CashMovementKind::Drop, .. } => vec![
            words!("Seal it, then scan or key the number on it."),
            words!("On a bag without a number write one of your own."),
        ],
        Form::MovementBag { .. } => {
            vec![words!("The number on the bag. Enter alone: it goes without one.")]
        }
        Form::MovementNote { .. } => vec![words!("The errand. Enter alone leaves it open.")],
        Form::Training if view.status.training => {
            vec![words!("What was practiced stays in its own journal and counts for nothing.")]
        }
        Form::Training => vec![
            words!("The same screens and prices. Nothing counts and the drawer stays closed."),
            words!("Your shift and what was sold wait unchanged. Sign in there as ever."),
        ],
        Form::More
        | Form::Drawer
        | Form::OpenDepartmentOf { .. }
        | Form::PriceReason { .. }
        | Form::Department
        | Form::Exempt
        | Form::Recall
        | Form::ReturnReason { .. }
        | Form::VoidReason
        | Form::NoSale
        | Form::MovementReason { .. }
        | Form::Count(_) => vec![],
    }
}

const fn hint(form: &Form) -> Option<&'static str> {
    match (form, form.asks()) {
        (_, Asks::Choice) => None,
        (Form::OpenPrice { .. } | Form::Price { .. }, _) => Some(term("Price of one")),
        (Form::OpenWeight { .. }, _) => Some(term("Weight")),
        (Form::Age { .. }, _) => Some(term("Date of birth")),
        (Form::Certificate { .. }, _) => Some(term("Number of the certificate")),
        (Form::Receipt, _) => Some(term("Number of the sale")),
        (Form::Terminal, _) => Some(term("Terminal's number")),
        (Form::MovementBag { .. }, _) => Some(term("Number of the bag")),
        (Form::MovementNote { .. }, _) => Some(term("Errand")),
        (Form::Count(count), Asks::Quantity) if count.checks.is_some() => {
            Some(term("How many checks"))
        }
        (Form::Count(_), Asks::Quantity) => Some(term("How many")),
        (Form::Count(_), _) => Some(term("Sum of the checks")),
        _ => Some(term("Amount")),
    }
}

fn choices(form: &Form, view: &View) -> Vec<Choice> {
    let labels = |reasons: &[Reason]| {
        Choice::numbered(
            reasons.iter().map(|reason| (Words::plain(reason.label()), true)).collect::<Vec<_>>(),
        )
    };
    let departments = || {
        Choice::numbered(
            view.status
                .departments
                .iter()
                .map(|d| (Words::data(d.name.as_str()), true))
                .collect::<Vec<_>>(),
        )
    };
    match form {
        Form::More => {
            let (empty, waiting) = match &view.screen {
                Screen::Sell(sell) => (sell.is_empty(), !view.status.suspended.is_empty()),
                _ => (true, false),
            };
            let mut list = Choice::numbered([
                (words!("Return or void with a receipt"), true),
                (words!("Go on with a sale put aside"), waiting && empty),
                (words!("Open amount"), !view.status.departments.is_empty()),
                (words!("Tax exempt"), !empty),
                (words!("Cash drawer…"), empty),
                (words!("Cancel the sale…"), !empty),
                (words!("Lock the register"), true),
                (words!("The store: stock, hours, cash office…"), true),
                (words!("Customer's window"), true),
            ]);
            let label = words!("Card hangs: put aside (Ctrl K)");
            list.push(Choice { key: '0', label, enabled: !empty });
            list
        }
        Form::Drawer => {
            let mut list: Vec<(Words, bool)> =
                CashMovementKind::ALL.map(|kind| (Words::plain(movement(kind)), true)).to_vec();
            list.push((words!("Open the drawer without a sale"), true));
            list.push((words!("Count and close the shift"), true));
            list.push((words!("X report: sales so far"), true));
            list.push((words!("Count and hand over to the next cashier"), true));
            Choice::numbered(list)
        }
        Form::OpenDepartmentOf { .. } | Form::Department => departments(),
        Form::PriceReason { .. } => labels(&Reason::OF_PRICE),
        Form::ReturnReason { .. } | Form::VoidReason => labels(&Reason::OF_RETURN),
        Form::NoSale => labels(&Reason::OF_NO_SALE),
        Form::MovementReason { kind, .. } => Choice::numbered(
            reasons(*kind)
                .iter()
                .map(|reason| (Words::plain(reason.label()), true))
                .collect::<Vec<_>>(),
        ),
        Form::Training if view.status.training => {
            Choice::numbered([(words!("Leave training: sales count again"), true)])
        }
        Form::Training => Choice::numbered([(words!("Begin training: nothing counts"), true)]),
        Form::Exempt => {
            Choice::numbered(ExemptReason::ALL.map(|reason| (Words::plain(reason.label()), true)))
        }
        Form::Recall => {
            let mut list = Choice::numbered(view.status.suspended.iter().map(|waiting| {
                let total = view.status.currency.format(waiting.total);
                let first = &waiting.first;
                if waiting.card {
                    return (words!("{}  {}  {}: card?", waiting.slip, first, total), true);
                }
                (words!("{}  {}  {}", waiting.slip, first, total), true)
            }));
            let label = words!("The whole list, card sales too");
            list.push(Choice { key: ALL_OF_THEM, label, enabled: true });
            list
        }
        Form::Age { .. } if view.status.age_by_sight => {
            vec![Choice { key: 'v', label: words!("Plainly far older"), enabled: true }]
        }
        _ => Vec::new(),
    }
}

fn count_face(mut face: Face, count: &Count, view: &View) -> Face {
    let money = |amount: Money| view.status.currency.format(amount);
    let values = denominations(view);
    face.words = match (values.get(count.pieces.len()), count.loose, count.checks) {
        (Some(value), None, _) => {
            face.title = words!("How many of {}?", money(*value));
            vec![
                words!("Count notes and coins, the float with them. Enter alone is none."),
                words!("Or key all cash at once with a point: 980.10"),
                words!("What should be there is shown after you have counted."),
            ]
        }
        (_, _, None) => {
            face.title = words!("What do the checks come to?");
            vec![words!("Add them up with their cents. Enter alone is none.")]
        }
        _ => {
            face.title = words!("How many checks are there?");
            if count.hand_over {
                vec![words!("Enter closes the shift and leaves the drawer to the next cashier.")]
            } else {
                vec![words!("Enter closes the shift.")]
            }
        }
    };
    face.answered = count
        .pieces
        .iter()
        .filter(|pieces| pieces.count > 0)
        .map(|pieces| (Words::data(money(pieces.value)), pieces.count.to_string()))
        .collect();
    if let Some(checks) = count.checks {
        face.answered.push((words!("Checks"), money(checks)));
    }
    face
}

/// What a movement is called.
const fn movement(kind: CashMovementKind) -> &'static str {
    match kind {
        CashMovementKind::Drop => term("Drop into the safe"),
        CashMovementKind::Pickup => term("Pickup by the cash office"),
        CashMovementKind::Loan => term("Loan: change brought to the drawer"),
        CashMovementKind::PaidIn => term("Paid in"),
        CashMovementKind::PaidOut => term("Paid out"),
    }
}
