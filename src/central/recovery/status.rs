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
use super::counted::{ago, dated, grouped, moment, percent};
use super::page::{FIGURES, Said, figure, track};

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
    /// The store's clock is so far from UTC, in minutes, by its last record about an outage; where
    /// it has none, central's.
    pub offset_min: i16,
    /// When any of its registers was heard last, in milliseconds since 1970; 0 for never. One that
    /// nobody vouched for counts where no other is known.
    pub heard_ms: i64,
    /// Outages that were declared and not ended, the first one first.
    pub outages: Vec<OpenOutage>,
    /// Why nothing may be sent.
    pub hold: Option<String>,
    /// All records that are here and count.
    pub records: u64,
    /// Of what was out, records that are here.
    pub received: u64,
    /// Records that were out.
    pub expected: u64,
    /// Records that are out, of which a person decided that they are lost.
    pub given_up: u64,
    /// Records that are here of journals nobody vouched for.
    pub unvouched: u64,
    /// Money of what was out and is here, in minor units.
    pub money: i64,
    /// Money of what was out.
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
        let sum = summed(&registers);
        let (outages, offset) = open_outages(lines);
        Self {
            store: store.0,
            name,
            at_ms: now.utc_ms,
            offset_min: offset.unwrap_or(now.offset_min),
            heard_ms: sum.heard_ms,
            outages: outages.into_iter().map(OpenOutage::of).collect(),
            hold,
            records: sum.records,
            received: sum.received,
            expected: sum.expected,
            given_up: sum.given_up,
            unvouched: sum.unvouched,
            money: sum.money,
            money_expected: sum.money_expected,
            silent_before_ms,
            registers,
        }
    }

    /// Nothing was heard of it lately: what is known of it may be long over.
    pub const fn is_silent(&self) -> bool {
        self.heard_ms < self.silent_before_ms
    }

    /// Registers that are enrolled and were not heard lately, and how many are enrolled.
    fn away(&self) -> (usize, usize) {
        let enrolled = self.registers.iter().filter(|one| one.enrolled);
        let away = enrolled.clone().filter(|one| one.heard_ms < self.silent_before_ms);
        (away.count(), enrolled.count())
    }

    /// A moment on the store's clock, with its zone.
    fn moment(&self, utc_ms: i64) -> Words {
        let at = |utc_ms| Timestamp::new(utc_ms, self.offset_min);
        at(utc_ms).zip(at(self.at_ms)).map_or_else(Words::default, |(at, now)| moment(at, now))
    }
}

/// Sums of a store's registers, and when any was heard last.
fn summed(registers: &[RegisterIn]) -> RegisterIn {
    let known = registers.iter().any(|one| one.enrolled);
    registers.iter().fold(RegisterIn::default(), |mut sum, one| {
        sum.records = sum.records.saturating_add(one.records);
        sum.received = sum.received.saturating_add(one.received);
        sum.expected = sum.expected.saturating_add(one.expected);
        sum.given_up = sum.given_up.saturating_add(one.given_up);
        sum.unvouched = sum.unvouched.saturating_add(one.unvouched);
        sum.money = sum.money.saturating_add(one.money);
        sum.money_expected = sum.money_expected.saturating_add(one.money_expected);
        if one.enrolled || !known {
            sum.heard_ms = sum.heard_ms.max(one.heard_ms);
        }
        sum
    })
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

/// The outages that are open by these records, the first one first, and how far the clock of the
/// last record is from UTC.
pub(super) fn open_outages(lines: &[Vec<u8>]) -> (Vec<Outage>, Option<i16>) {
    let mut book = Book::default();
    let mut last: Option<Timestamp> = None;
    for line in lines {
        let Ok(envelope) = Envelope::read(line) else { continue };
        let at = envelope.header.at;
        if last.is_none_or(|last| last.utc_ms <= at.utc_ms) {
            last = Some(at);
        }
        if let Ok(event) = envelope.event() {
            book.take(&envelope.header.origin(), &event);
        }
    }
    let open = book.outages.open().into_iter().map(|declared| declared.outage.clone());
    (open.collect(), last.map(|at| at.offset_min))
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
        let status = self.status;
        let silent = status.is_silent();
        let title = match (status.outages.is_empty(), silent, status.heard_ms) {
            (false, ..) => Words::plain(term("An outage is open")),
            (true, true, 0) => Words::plain(term("Nothing was heard of this store yet")),
            (true, true, heard_ms) => words!("Nothing heard since {}", status.moment(heard_ms)),
            (true, false, _) => Words::plain(term("No outage is open")),
        };
        let mut html = format!("<h1>{}</h1>", self.say(&title));
        let mut add = |class: &str, words: Words| {
            html.push_str(&format!("<p class=\"say {class}\">{}</p>", self.say(&words)));
        };
        if silent {
            if !status.outages.is_empty() && status.heard_ms > 0 {
                let when = status.moment(status.heard_ms);
                add("wait", words!("Nothing was heard of this store since {}.", when));
            }
            let words = words!(
                "What its registers did since is not known here. They keep it, and send it by \
                 themselves once they are on and have a line."
            );
            add("wait", words);
        }
        let missing = status.expected.saturating_sub(status.received);
        match (missing, status.away()) {
            // Nobody is heard, or nobody who is vouched for.
            (0, (_, all)) if silent || all == 0 => {}
            (0, (0, _)) => {
                add("good", words!("Everything that the registers announced is at central."));
            }
            (0, (away, all)) => {
                let words = words!(
                    "What the registers announced is at central. Not heard lately: {} of {} \
                     registers; what they did since is not known here, and they keep it.",
                    away.to_string(),
                    all.to_string()
                );
                let outage = !status.outages.is_empty() || status.expected > 0;
                add(if outage { "wait" } else { "" }, words);
            }
            (missing, _) => {
                let words = words!(
                    "{} records are still at the registers. They are safe there and are sent by \
                     themselves; leave the registers on.",
                    grouped(missing)
                );
                add("wait", words);
            }
        }
        if status.given_up > 0 {
            let words = words!(
                "Given up: {} records. A manager decided that they are lost; should they come in, \
                 they count.",
                grouped(status.given_up)
            );
            add("", words);
        }
        if status.unvouched > 0 {
            let words = words!(
                "{} records are of registers that nobody vouched for, and are in no figure here. \
                 Adopt or enroll those registers, or find out whose they are.",
                grouped(status.unvouched)
            );
            add("wait", words);
        }
        if let Some(why) = &status.hold {
            add("bad", words!("Central asked registers to send nothing for now: {}", why.clone()));
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

    /// The store's own clock, as its records have it, with its zone.
    fn time(&self, at: Timestamp) -> String {
        self.say(&dated(at))
    }

    fn figures(&self) -> String {
        let status = self.status;
        let money = |minor| escape(&self.voice.currency.format(Money::from_minor(minor)));
        let since = status.silent_before_ms;
        let is_whole = |one: &&RegisterIn| {
            one.enrolled && one.received >= one.expected && one.heard_ms >= since
        };
        let whole = status.registers.iter().filter(is_whole).count();
        let (_, enrolled) = status.away();
        // Where nothing was out, or nobody is heard to say so, a full bar would say too much.
        let (share, bar) = match (status.expected, status.expected > status.received) {
            (0, _) => ("—".to_owned(), String::new()),
            (all, false) if status.is_silent() => (percent(all, all), String::new()),
            (all, _) => (percent(status.received, all), track(status.received, all)),
        };
        let records = format!("{} / {}", grouped(status.received), grouped(status.expected));
        let moneys = format!("{} / {}", money(status.money), money(status.money_expected));
        let registers = format!("{whole} / {enrolled}");
        [
            "<div class=figures>".to_owned(),
            figure("in", &share, &self.term(term("Here"))),
            figure("records", &records, &self.term(term("Records"))),
            figure("money", &moneys, &self.term(term("Money"))),
            figure("registers", &registers, &self.term(term("Registers with everything here"))),
            "</div>".to_owned(),
            bar,
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
        let silent = one.heard_ms < self.status.silent_before_ms;
        let (class, state) = if !one.enrolled && one.provisional {
            ("quiet", words!("nobody vouched for it yet"))
        } else if !one.enrolled {
            ("quiet", words!("its key is trusted no longer"))
        } else if one.heard_ms == 0 {
            ("bad-ink", words!("never heard"))
        } else if missing > 0 {
            ("bad-ink", words!("{} still out", grouped(missing)))
        } else if silent {
            ("quiet", words!("what was announced is here"))
        } else {
            ("good-ink", words!("all here"))
        };
        let given_up = (one.given_up > 0).then(|| {
            let words = words!("given up: {} records", grouped(one.given_up));
            format!("<span class=quiet>{}</span>", self.say(&words))
        });
        let heard = (one.heard_ms > 0).then(|| {
            let class = if silent && one.enrolled { " class=bad-ink" } else { "" };
            let told = words!("heard {}", ago(one.heard_ms, self.status.at_ms));
            format!("<span{class}>{}</span>", self.say(&told))
        });
        format!(
            "<div class=\"row at\" data-register={}><b>{}</b><span class={class}>{}</span>\
             {}<span class=quiet>{}</span></div>",
            one.register,
            self.say(&words!("Register {}", one.register.to_string())),
            self.say(&state),
            given_up.unwrap_or_default(),
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
