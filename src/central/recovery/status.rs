//! "Is it down?": one store for its staff, in their language. What is down and until when is what
//! the store's own registers recorded; nobody types it a second time.
//!
//! ```text
//!  records about outages ─▶ Book (the same fold as at the registers) ─▶ open outages
//!  registers_in ─▶ what is out, who is silent
//! ```

use serde::Serialize;

use crate::central::manager::document;
use crate::central::page::escape;
use crate::domain::announcement::clock;
use crate::domain::book::Book;
use crate::domain::ids::StoreNo;
use crate::domain::language::{Language, Voice};
use crate::domain::money::Money;
use crate::domain::outage::{Outage, System};
use crate::domain::policy::Currency;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};
use crate::journal::record::Envelope;

use super::RegisterIn;
use super::counted::{grouped, percent};
use super::page::{FIGURES, Said, figure, track};
use super::watch::summed;

/// Registers that are drawn.
const REGISTERS_MAX: usize = 200;

/// How a store stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreStatus {
    /// Its number.
    pub store: u32,
    /// Its name, where a pack says it.
    pub name: Option<String>,
    /// When this was so, in milliseconds since 1970.
    pub at_ms: i64,
    /// Outages that were declared and not ended, the first one first.
    pub outages: Vec<OpenOutage>,
    /// Why nothing may be sent.
    pub hold: Option<String>,
    /// Records here.
    pub received: u64,
    /// Records announced.
    pub expected: u64,
    /// Money here, in minor units.
    pub money: i64,
    /// Money announced.
    pub money_expected: i64,
    /// Registers heard before it only are silent, in milliseconds since 1970.
    pub silent_before_ms: i64,
    /// The registers, the furthest behind first.
    pub registers: Vec<RegisterIn>,
}

/// An outage as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenOutage {
    /// When it was declared.
    pub since: String,
    /// What is down, as in a record.
    pub systems: Vec<&'static str>,
    /// What happened, as far as known.
    pub cause: String,
    /// The support ticket.
    pub ticket: String,
    /// When it should be over, as far as known.
    pub expected: Option<String>,
    #[serde(skip)]
    outage: Outage,
}

impl StoreStatus {
    pub(super) fn of(
        store: StoreNo,
        name: Option<String>,
        registers: Vec<RegisterIn>,
        lines: &[Vec<u8>],
        hold: Option<String>,
        (now, silent_before_ms): (Timestamp, i64),
    ) -> Self {
        let (received, expected, money, money_expected) = summed(&registers);
        let open = open_outages(lines);
        Self {
            store: store.0,
            name,
            at_ms: now.utc_ms,
            outages: open.into_iter().map(OpenOutage::of).collect(),
            hold,
            received,
            expected,
            money,
            money_expected,
            silent_before_ms,
            registers,
        }
    }
}

impl OpenOutage {
    fn of(outage: Outage) -> Self {
        Self {
            since: outage.since.to_string(),
            systems: outage.systems.iter().map(|system| system.word()).collect(),
            cause: outage.cause.clone(),
            ticket: outage.ticket.clone(),
            expected: outage.expected.map(|at| at.to_string()),
            outage,
        }
    }
}

/// The outages that are open by these records, the first one first.
pub(super) fn open_outages(lines: &[Vec<u8>]) -> Vec<Outage> {
    let mut book = Book::default();
    for line in lines {
        let Ok(envelope) = Envelope::read(line) else { continue };
        if let Ok(event) = envelope.event() {
            book.take(&envelope.header.origin(), &event);
        }
    }
    book.outages.open().into_iter().map(|declared| declared.outage.clone()).collect()
}

/// The list of stores that a number is missing for, in words.
pub(in crate::central) fn which(language: Language, unknown: Option<StoreNo>) -> String {
    let say = |english| language.say(english);
    let voice = Voice { language, currency: Currency::Usd };
    let title = say(term("Is it down?"));
    let unknown = unknown.map_or_else(String::new, |store| {
        let words = words!("No register of store {} is known here. Check the number.", store.0);
        format!("<p class=\"say bad\" role=alert>{}</p>", escape(&words.said_by(&voice)))
    });
    let body = format!(
        "<h1>{title}</h1>{unknown}<form class=\"short card\" method=get action=/status>\
         <label class=in>{}<input type=text name=store inputmode=numeric autofocus></label>\
         <div class=go><button>{}</button></div></form>",
        say(term("Which store?")),
        say(term("Look"))
    );
    let bar = format!("<div><b>{title}</b></div><div>{}</div>", Said(language).other("/status"));
    document(title, &bar, &body, language)
}

/// The page of a store.
pub(in crate::central) fn html(
    status: &StoreStatus,
    language: Language,
    currency: Currency,
) -> String {
    let page = Drawn { status, voice: Voice { language, currency } };
    let title = page.title();
    let body = [
        FIGURES.to_owned(),
        page.verdict(),
        page.outages(),
        page.figures(),
        page.registers(),
        page.links(),
    ];
    let bar = format!(
        "<div><b>{title}</b> <span>{}</span></div><div>{}</div>",
        page.term(term("Is it down?")),
        Said(language).other(&format!("/status?store={}", status.store))
    );
    document(&title, &bar, &body.concat(), language)
}

struct Drawn<'a> {
    status: &'a StoreStatus,
    voice: Voice,
}

impl Drawn<'_> {
    fn say(&self, words: &Words) -> String {
        escape(&words.said_by(&self.voice))
    }

    fn term(&self, english: &'static str) -> String {
        escape(self.voice.language.say(english))
    }

    fn title(&self) -> String {
        let number = self.status.store;
        match &self.status.name {
            Some(name) => escape(&format!("{number} · {name}")),
            None => format!("{} {number}", self.term(term("Store"))),
        }
    }

    fn verdict(&self) -> String {
        let missing = self.status.expected.saturating_sub(self.status.received);
        let mut html = if self.status.outages.is_empty() {
            format!("<h1>{}</h1>", self.term(term("No outage is open")))
        } else {
            format!("<h1>{}</h1>", self.term(term("An outage is open")))
        };
        let (class, words) = if missing == 0 {
            ("good", words!("Everything that the registers announced is at central."))
        } else {
            let words = words!(
                "{} records are still at the registers. They are safe there and are sent by \
                 themselves; leave the registers on.",
                grouped(missing)
            );
            ("wait", words)
        };
        html.push_str(&format!("<p class=\"say {class}\">{}</p>", self.say(&words)));
        if let Some(why) = &self.status.hold {
            let words = words!("Central asked registers to send nothing for now: {}", why.clone());
            html.push_str(&format!("<p class=\"say bad\">{}</p>", self.say(&words)));
        }
        html
    }

    fn outages(&self) -> String {
        self.status.outages.iter().map(|open| self.outage(&open.outage)).collect()
    }

    fn outage(&self, outage: &Outage) -> String {
        let mut rows = Vec::new();
        let mut row = |what: String, said: String| {
            rows.push(format!("<tr><th>{what}<td>{said}</tr>"));
        };
        let down: Vec<String> = outage.systems.iter().map(|one| self.term(one.label())).collect();
        row(self.term(term("Down")), down.join("<br>"));
        row(self.term(term("Since")), self.time(outage.since));
        let expected = match outage.expected {
            Some(at) => self.time(at),
            None => self.term(term("Nobody knows yet")),
        };
        row(self.term(term("Expected end")), expected);
        if !outage.cause.is_empty() {
            row(self.term(term("Cause")), escape(&outage.cause));
        }
        if !outage.ticket.is_empty() {
            row(self.term(term("Ticket")), escape(&outage.ticket));
        }
        let paying = |system: &System| matches!(system, System::PointOfSale | System::Payments);
        let go_on = if outage.systems.iter().any(paying) {
            let words = words!("Sell on with Tideover for cash and checks.");
            format!("<p>{}</p>", self.say(&words))
        } else {
            String::new()
        };
        format!("<div class=card><table>{}</table>{go_on}</div>", rows.concat())
    }

    /// The store's own clock, as its records have it.
    fn time(&self, at: Timestamp) -> String {
        let date = at.local_date();
        let words = words!("{}/{} {}", date.month().to_string(), date.day().to_string(), clock(at));
        self.say(&words)
    }

    fn figures(&self) -> String {
        let status = self.status;
        let money = |minor| escape(&self.voice.currency.format(Money::from_minor(minor)));
        let whole = status.registers.iter().filter(|one| one.received >= one.expected).count();
        let records = format!("{} / {}", grouped(status.received), grouped(status.expected));
        let moneys = format!("{} / {}", money(status.money), money(status.money_expected));
        let registers = format!("{whole} / {}", status.registers.len());
        [
            "<div class=figures>".to_owned(),
            figure("in", &percent(status.received, status.expected), &self.term(term("Here"))),
            figure("records", &records, &self.term(term("Records"))),
            figure("money", &moneys, &self.term(term("Money"))),
            figure("registers", &registers, &self.term(term("Registers with everything here"))),
            "</div>".to_owned(),
            track(status.received, status.expected),
        ]
        .concat()
    }

    fn registers(&self) -> String {
        let shown = self.status.registers.iter().take(REGISTERS_MAX);
        let rows: String = shown.map(|one| self.register(one)).collect();
        format!("<h2>{}</h2>{rows}", self.term(term("Registers")))
    }

    fn register(&self, one: &RegisterIn) -> String {
        let missing = one.expected.saturating_sub(one.received);
        let (class, state) = if one.heard_ms == 0 {
            ("bad-ink", words!("never heard"))
        } else if missing == 0 {
            ("good-ink", words!("all here"))
        } else {
            ("bad-ink", words!("{} still out", grouped(missing)))
        };
        let heard = (one.heard_ms > 0).then(|| {
            let minutes = self.status.at_ms.saturating_sub(one.heard_ms).max(0) / 60_000;
            let silent = one.heard_ms < self.status.silent_before_ms;
            let class = if silent { " class=bad-ink" } else { "" };
            let told = match minutes {
                0 => words!("heard just now"),
                minutes => words!("heard {} minutes ago", minutes.to_string()),
            };
            format!("<span{class}>{}</span>", self.say(&told))
        });
        format!(
            "<div class=\"row at\" data-register={}><b>{}</b><span class={class}>{}</span>\
             <span class=quiet>{}</span></div>",
            one.register,
            self.say(&words!("Register {}", one.register.to_string())),
            self.say(&state),
            heard.unwrap_or_default()
        )
    }

    fn links(&self) -> String {
        format!(
            "<p class=no-print><a href=\"/reconcile?store={}\">{}</a></p>",
            self.status.store,
            self.term(term("After the outage: decide, and close the store"))
        )
    }
}
