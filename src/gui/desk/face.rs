//! What a form shows: its title, a few words, its choices or its entry.

use crate::domain::drawer::CashMovementKind;
use crate::domain::money::Money;
use crate::domain::sale::{ExemptReason, Reason};
use crate::register::view::{Screen, View};

use super::form::{Asks, Count, Form, denominations};

/// A form on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// What is asked.
    pub title: String,
    /// Words below it, a sentence each.
    pub words: Vec<String>,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What the entry line is for; none where a digit chooses.
    pub hint: Option<&'static str>,
    /// What was answered before, name and value.
    pub answered: Vec<(String, String)>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The key that chooses it.
    pub key: char,
    /// Its words.
    pub label: String,
    /// It can be chosen now.
    pub enabled: bool,
}

impl Choice {
    /// The choices of a list, by digit from 1.
    pub fn numbered(labels: impl IntoIterator<Item = (String, bool)>) -> Vec<Self> {
        let keys = "123456789".chars();
        keys.zip(labels).map(|(key, (label, enabled))| Self { key, label, enabled }).collect()
    }
}

/// The face of a form.
pub(super) fn of(form: &Form, view: &View) -> Face {
    let face = Face {
        title: title(form, view),
        words: words(form, view).into_iter().map(str::to_owned).collect(),
        choices: choices(form, view),
        hint: hint(form),
        answered: Vec::new(),
    };
    match form {
        Form::Count(count) => count_face(face, count, view),
        _ => face,
    }
}

fn title(form: &Form, view: &View) -> String {
    let open = |place: usize| match &view.screen {
        Screen::Sell(sell) => sell.open.get(place).map_or("", |line| line.name.as_str()),
        _ => "",
    };
    let line = |place: usize| match &view.screen {
        Screen::Sell(sell) => sell.lines.get(place).map_or("", |line| line.name.as_str()),
        _ => "",
    };
    match form {
        Form::More => "What else?".to_owned(),
        Form::Drawer => "Cash drawer".to_owned(),
        Form::OpenPrice { place } => format!("What does {} cost?", open(*place)),
        Form::OpenDepartmentOf { place, .. } => format!("Where does {} belong?", open(*place)),
        Form::OpenWeight { place } => format!("How much does {} weigh?", open(*place)),
        Form::Price { place } => format!("New price of {}", line(*place)),
        Form::PriceReason { .. } => "Why does the price change?".to_owned(),
        Form::Age { years } => format!("Is the buyer {years} or older?"),
        Form::Department => "Which department?".to_owned(),
        Form::OpenAmount { .. } => "How much is it?".to_owned(),
        Form::Exempt => "Why is no tax taken?".to_owned(),
        Form::Certificate { .. } => "Which certificate?".to_owned(),
        Form::Recall => "Which sale goes on?".to_owned(),
        Form::Receipt => "Which receipt?".to_owned(),
        Form::ReturnReason { .. } => "Why does it come back?".to_owned(),
        Form::VoidReason => "Why is the sale taken back?".to_owned(),
        Form::NoSale => "Why is the drawer opened?".to_owned(),
        Form::Movement { kind } => movement(*kind).to_owned(),
        Form::MovementNote { .. } => "Which bag, or for what?".to_owned(),
        Form::Count(_) => "Count the drawer".to_owned(),
    }
}

fn words(form: &Form, view: &View) -> Vec<&'static str> {
    match form {
        Form::OpenPrice { .. } => {
            vec!["Look at the shelf or ask.", "Key the price of one, with the cents: 199 is 1.99."]
        }
        Form::OpenWeight { .. } => {
            vec!["Read the scale or the label.", "Key it with a point: 0.65"]
        }
        Form::Price { .. } => vec!["Key the price of one, with the cents: 199 is 1.99."],
        Form::Age { .. } => vec![
            "Ask for an ID and look at the photo and at the date it ends.",
            "Key the date of birth as month, day and year: 05171990.",
            "The date is compared and forgotten. Without an ID take the item back.",
        ],
        Form::OpenAmount { .. } => vec!["Key the amount with its cents: 450 is 4.50."],
        Form::Certificate { .. } => {
            vec!["Look at the certificate and key its number.", "A lead signs for it."]
        }
        Form::Recall if view.status.suspended.is_empty() => vec!["No sale was put aside."],
        Form::Receipt => vec![
            "Key the number on the receipt, or scan its square code.",
            "Enter alone is the last sale of this register.",
        ],
        Form::Movement { .. } => vec!["Two people count it. Key the amount with its cents."],
        Form::MovementNote { .. } => {
            vec!["The number of the bag, or the errand. Enter alone leaves it open."]
        }
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
        | Form::Count(_) => vec![],
    }
}

const fn hint(form: &Form) -> Option<&'static str> {
    match (form, form.asks()) {
        (_, Asks::Choice) => None,
        (Form::OpenPrice { .. } | Form::Price { .. }, _) => Some("Price of one"),
        (Form::OpenWeight { .. }, _) => Some("Weight"),
        (Form::Age { .. }, _) => Some("Date of birth"),
        (Form::Certificate { .. }, _) => Some("Number of the certificate"),
        (Form::Receipt, _) => Some("Number of the sale"),
        (Form::MovementNote { .. }, _) => Some("Bag or errand"),
        (Form::Count(count), Asks::Quantity) if count.checks.is_some() => Some("How many checks"),
        (Form::Count(_), Asks::Quantity) => Some("How many"),
        (Form::Count(_), _) => Some("Sum of the checks"),
        _ => Some("Amount"),
    }
}

fn choices(form: &Form, view: &View) -> Vec<Choice> {
    let labels = |reasons: &[Reason]| {
        Choice::numbered(
            reasons.iter().map(|reason| (reason.label().to_owned(), true)).collect::<Vec<_>>(),
        )
    };
    let departments = || {
        Choice::numbered(
            view.status.departments.iter().map(|d| (d.name.clone(), true)).collect::<Vec<_>>(),
        )
    };
    match form {
        Form::More => {
            let (empty, waiting) = match &view.screen {
                Screen::Sell(sell) => (sell.is_empty(), !view.status.suspended.is_empty()),
                _ => (true, false),
            };
            Choice::numbered([
                ("Return or void with a receipt".to_owned(), true),
                ("Go on with a sale put aside".to_owned(), waiting && empty),
                ("Open amount".to_owned(), !view.status.departments.is_empty()),
                ("Tax exempt".to_owned(), !empty),
                ("Cash drawer…".to_owned(), empty),
                ("Cancel the sale…".to_owned(), !empty),
                ("Lock the register".to_owned(), true),
            ])
        }
        Form::Drawer => {
            let mut list: Vec<(String, bool)> =
                CashMovementKind::ALL.map(|kind| (movement(kind).to_owned(), true)).to_vec();
            list.push(("Open the drawer without a sale".to_owned(), true));
            list.push(("Count and close the shift".to_owned(), true));
            Choice::numbered(list)
        }
        Form::OpenDepartmentOf { .. } | Form::Department => departments(),
        Form::PriceReason { .. } => labels(&Reason::OF_PRICE),
        Form::ReturnReason { .. } | Form::VoidReason => labels(&Reason::OF_RETURN),
        Form::NoSale => labels(&Reason::OF_NO_SALE),
        Form::Exempt => {
            Choice::numbered(ExemptReason::ALL.map(|reason| (reason.label().to_owned(), true)))
        }
        Form::Recall => Choice::numbered(view.status.suspended.iter().map(|waiting| {
            let total = view.status.currency.format(waiting.total);
            (format!("{}  {}  {total}", waiting.slip, waiting.first), true)
        })),
        Form::Age { .. } if view.status.age_by_sight => {
            vec![Choice { key: 'v', label: "Plainly far older".to_owned(), enabled: true }]
        }
        _ => Vec::new(),
    }
}

fn count_face(mut face: Face, count: &Count, view: &View) -> Face {
    let money = |amount: Money| view.status.currency.format(amount);
    let values = denominations(view);
    face.words = match (values.get(count.pieces.len()), count.loose, count.checks) {
        (Some(value), None, _) => {
            face.title = format!("How many of {}?", money(*value));
            vec![
                "Count notes and coins, the float with them. Enter alone is none.".to_owned(),
                "Or key all cash at once with a point: 980.10".to_owned(),
                "What should be there is shown after you have counted.".to_owned(),
            ]
        }
        (_, _, None) => {
            face.title = "What do the checks come to?".to_owned();
            vec!["Add them up with their cents. Enter alone is none.".to_owned()]
        }
        _ => {
            face.title = "How many checks are there?".to_owned();
            vec!["Enter closes the shift.".to_owned()]
        }
    };
    face.answered = count
        .pieces
        .iter()
        .filter(|pieces| pieces.count > 0)
        .map(|pieces| (money(pieces.value), pieces.count.to_string()))
        .collect();
    if let Some(checks) = count.checks {
        face.answered.push(("Checks".to_owned(), money(checks)));
    }
    face
}

/// What a movement is called.
const fn movement(kind: CashMovementKind) -> &'static str {
    match kind {
        CashMovementKind::Drop => "Drop into the safe",
        CashMovementKind::Pickup => "Pickup by the cash office",
        CashMovementKind::Loan => "Loan: change brought to the drawer",
        CashMovementKind::PaidIn => "Paid in",
        CashMovementKind::PaidOut => "Paid out",
    }
}
