//! What the page of pickup orders shows, step by step.

use crate::domain::book::pickups::Claim;
use crate::domain::goods::carton::OrderNo;
use crate::domain::pickup::handover::Handover;
use crate::domain::pickup::{Outcome, PickupLine, RefundWhy};
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::pack::{CustomerName, OrderHead};
use crate::register::goods::age;
use crate::register::page::PageName;
use crate::register::register::Register;
use crate::register::view::{
    Choice, Column, PageAction, PageAsks, PageView, ROWS_MAX, Row, RowMark,
};

use super::{PickupPage, Step};

impl PickupPage {
    pub(super) fn shown(&self, register: &Register) -> PageView {
        let page = |step, title| PageView { step, ..PageView::of(PageName::Pickup, title) };
        let Some(order) = &self.order else {
            return match self.step {
                Step::Which => which(&self.found, page(1, words!("Which order?"))),
                Step::Promises => promises(register, page(2, words!("Promised orders"))),
                Step::Number => PageView {
                    lead: vec![words!("Only for goods that stand here, against the e-mail.")],
                    ..page(3, words!("Not on file: which number?"))
                        .asking(PageAsks::Text, term("Order number"))
                },
                _ => list(register, page(0, words!("Pickup orders"))),
            };
        };
        let line = |place: usize| order.lines().get(place);
        let answered = |place| line(place).map(line_answered).unwrap_or_default();
        match self.step {
            Step::Name => PageView {
                lead: vec![
                    words!("Look at the ID. Key the name on it, never its number."),
                    words!("Enter alone without an ID: then nothing is handed over."),
                ],
                answered: vec![(words!("Order"), Words::data(order.order().as_str()))],
                ..page(4, words!("Which name stands on the ID?"))
                    .asking(PageAsks::Text, term("Name on the ID"))
            },
            Step::Place => PageView {
                lead: vec![words!("Enter alone if it is nowhere in particular.")],
                answered: self.answered(order),
                ..page(12, words!("Where does it stand?")).asking(PageAsks::Text, term("Place"))
            },
            Step::Code => PageView {
                answered: self.answered(order),
                ..page(6, words!("Which pickup code?")).asking(PageAsks::Text, term("Pickup code"))
            },
            Step::Line(place) => PageView {
                answered: answered(place),
                choices: vec![
                    Choice::open(words!("How many go along")),
                    Choice {
                        label: words!("Something else goes along instead"),
                        enabled: line(place).is_some_and(|line| line.ordered.is_some()),
                    },
                ],
                ..page(7, words!("What of this line?"))
            },
            Step::HowMany(place) => PageView {
                lead: vec![words!("0 when it is not there.")],
                answered: answered(place),
                ..page(8, words!("How many go along?")).asking(PageAsks::Quantity, term("Quantity"))
            },
            Step::Instead(place) => PageView {
                lead: vec![words!("Scan what the customer takes instead, or key 2*code.")],
                answered: answered(place),
                ..page(9, words!("What goes along instead?")).asking(PageAsks::Code, term("Item"))
            },
            Step::Refund => PageView {
                lead: vec![
                    words!("It was paid online and is paid back there. Pay no cash."),
                    words!("The request goes to central with the order's number."),
                ],
                answered: self.answered(order),
                choices: RefundWhy::ALL.map(|why| Choice::open(Words::plain(why.label()))).into(),
                ..page(10, words!("Why is money asked back?"))
            },
            Step::Again(_) => PageView {
                lead: again(register, order),
                answered: self.answered(order),
                choices: vec![
                    Choice::open(words!("Hand nothing over, and record the claim")),
                    Choice::open(words!("Hand it over: a manager signs")),
                    Choice::open(words!("Back to the order")),
                ],
                ..page(11, words!("Claimed before"))
            },
            _ => self.at_counter(
                register,
                order,
                page(5, words!("Order {}", order.order().as_str())),
            ),
        }
    }

    fn answered(&self, order: &Handover) -> Vec<(Words, Words)> {
        let mut answered = vec![(words!("Order"), Words::data(order.order().as_str()))];
        if let Some(name) = &self.name {
            answered.push((words!("Name"), Words::data(name.text())));
        }
        if order.is_on_file() {
            let code = if order.code() { words!("right") } else { words!("not looked at") };
            answered.push((words!("Pickup code"), code));
        }
        let id = if order.id() { words!("seen") } else { words!("not looked at") };
        answered.push((words!("ID"), id));
        if let Some(paid) = order.paid() {
            answered.push((words!("Paid online"), words!("{} in all", paid)));
        }
        answered
    }

    fn at_counter(&self, register: &Register, order: &Handover, page: PageView) -> PageView {
        let known = order.is_on_file();
        let mut lead = vec![match (known, order.is_staged()) {
            (true, true) => words!("It stands ready and is paid. Nothing is paid here."),
            (true, false) => words!("It does not stand ready: promise it, nothing goes out."),
            (false, _) => words!("Not on file: scan each piece that goes out. A witness signs."),
        }];
        lead.extend(again(register, order));
        if let Some(until) = order.until() {
            lead.push(words!("It can be fetched until {}.", until.to_string()));
        }
        let something = order.lines().iter().any(|line| line.handed > Quantity::default());
        let proved = order.code() || order.id();
        let id = if order.id() { term("No ID seen") } else { term("ID seen") };
        let view = PageView {
            lead,
            columns: vec![
                Column::words(term("Item"), 6),
                Column::words(term("Place"), 3),
                Column::figures(term("Ordered"), 2),
                Column::figures(term("Goes along"), 2),
            ],
            rows: order.lines().iter().take(ROWS_MAX).map(row).collect(),
            rows_open: true,
            empty: words!("Nothing was scanned yet."),
            answered: self.answered(order),
            actions: vec![
                PageAction::new(term("Code…"), known && !order.code()),
                PageAction::new(id, known),
                PageAction::go(term("Hand over"), order.is_staged() && something && proved),
                PageAction::new(term("Promise"), true),
                PageAction::new(term("Refund…"), true),
            ],
            ..page
        };
        if known { view } else { view.asking(PageAsks::Code, term("Item")) }
    }
}

fn row(line: &PickupLine) -> Row {
    let name = if line.name.is_empty() { line.code.as_str() } else { line.name.as_str() };
    let mark = match line.ordered {
        Some(ordered) if ordered == line.handed => RowMark::Plain,
        Some(_) => RowMark::Attention,
        None => RowMark::Good,
    };
    let place = match &line.instead_of {
        Some(code) => words!("instead of {}", code.as_str()),
        None => Words::data(line.place.as_str()),
    };
    let ordered = line.ordered.map_or_else(String::new, |ordered| ordered.to_string());
    let handed = Words::data(line.handed.to_string());
    Row::marked(mark, vec![Words::data(name), place, Words::data(ordered), handed])
}

fn line_answered(line: &PickupLine) -> Vec<(Words, Words)> {
    let name = if line.name.is_empty() { line.code.as_str() } else { line.name.as_str() };
    let mut answered = vec![(words!("Item"), Words::data(name))];
    if let Some(ordered) = line.ordered {
        answered.push((words!("Ordered"), Words::data(ordered.to_string())));
    }
    answered.push((words!("Goes along"), Words::data(line.handed.to_string())));
    answered
}

/// What is known of earlier claims.
fn again(register: &Register, order: &Handover) -> Vec<Words> {
    let told = |claim: &Claim| {
        words!(
            "{}: {}, register {}.",
            Words::plain(claim.outcome.label()),
            age(register.clock.now(), claim.at),
            claim.register.to_string()
        )
    };
    register.book().pickups.of(order.order()).take(5).map(|(_, claim)| told(claim)).collect()
}

fn which(found: &[(OrderNo, Option<CustomerName>)], page: PageView) -> PageView {
    let row = |(number, name): &(OrderNo, Option<CustomerName>)| {
        let name = name.as_ref().map_or("", CustomerName::text);
        Row::plain(vec![Words::data(number.as_str()), Words::data(name)])
    };
    PageView {
        columns: vec![Column::words(term("Order"), 3), Column::words(term("Name"), 5)],
        rows: found.iter().map(row).collect(),
        rows_open: true,
        ..page
    }
}

fn promises(register: &Register, page: PageView) -> PageView {
    let now = register.clock.now();
    let row = |(order, claim): &(&OrderNo, &Claim)| {
        let register = words!("register {}", claim.register.to_string());
        let cells = vec![Words::data(order.as_str()), age(now, claim.at), register];
        Row::marked(RowMark::Open, cells)
    };
    PageView {
        lead: vec![words!("Promised and not handed over yet, over all registers that were heard.")],
        columns: vec![
            Column::words(term("Order"), 3),
            Column::words(term("Promised"), 3),
            Column::words("", 3),
        ],
        rows: register.book().pickups.promised().iter().take(ROWS_MAX).map(row).collect(),
        rows_open: true,
        empty: words!("Nothing is promised."),
        ..page
    }
}

fn list(register: &Register, page: PageView) -> PageView {
    let heads = register
        .pack()
        .and_then(|pack| pack.pickup_orders().map_err(|why| Refusal::NoPack(why.to_string())));
    let twice = register.book().pickups.picked_up_twice();
    let row = |head: OrderHead| {
        let is_twice = twice.iter().any(|one| one.order == head.number);
        let (mark, state) = match register.book().pickups.standing(&head.number) {
            Some(_) if is_twice => (RowMark::Bad, words!("handed over twice")),
            Some(outcome @ Outcome::Handed) => (RowMark::Good, Words::plain(outcome.label())),
            Some(outcome) => (RowMark::Attention, Words::plain(outcome.label())),
            None if head.staged => (RowMark::Open, words!("stands ready")),
            None => (RowMark::Plain, words!("not ready")),
        };
        Row::marked(
            mark,
            vec![
                Words::data(head.number.as_str()),
                Words::data(head.place),
                Words::data(head.lines.to_string()),
                Words::data(head.until.map_or_else(String::new, |day| day.to_string())),
                state,
            ],
        )
    };
    PageView {
        lead: vec![
            words!("Key the order's number or the customer's name, whole words. Or choose."),
            words!("Orders are as old as the price file."),
        ],
        columns: vec![
            Column::words(term("Order"), 3),
            Column::words(term("Place"), 3),
            Column::figures(term("Lines"), 1),
            Column::words(term("Until"), 3),
            Column::words("", 4),
        ],
        rows: heads.unwrap_or_default().into_iter().map(row).collect(),
        rows_open: true,
        empty: words!("The price file has no pickup orders. Not on file: F4."),
        actions: vec![
            PageAction::new(term("Not on file…"), true),
            PageAction::new(term("Promised"), true),
        ],
        ..page.asking(PageAsks::Text, term("Order number or name"))
    }
}
