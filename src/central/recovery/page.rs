//! The recovery page: one column that a phone reads, what matters in large figures, the worst
//! store first. Plain HTML without a script, drawn anew by its own refresh while something is out.
//!
//! However many stores there are, a page has so many of them; the others are pages of their own.

use crate::central::manager::document;
use crate::central::page::escape;
use crate::central::readiness;
use crate::domain::ids::StoreNo;
use crate::domain::language::{Language, Voice};
use crate::domain::policy::Currency;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};
use crate::reconcile::exception::{Code, Level};

use super::counted::{about, ago, amount, grouped, moment, per_mille, percent};
use super::watch::Watch;
use super::{FoundCount, Recovery, StoreIn};
use crate::central::store::StoreError;

/// Stores of one page.
const STORES_MAX: usize = 50;
/// Causes that are drawn.
const FOUND_MAX: usize = 40;

/// What of it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::central) struct Wanted {
    /// Which page of stores; 0 is the first.
    pub(in crate::central) page: usize,
    /// Which page of readiness; none while something is out and nobody asked.
    pub(in crate::central) ready: Option<usize>,
    /// In which language.
    pub(in crate::central) language: Language,
}

/// The look of large figures; they stand two beside each other on a phone.
pub(super) const FIGURES: &str = "<style>h1.big{font-size:2.6rem;margin:.2rem 0 .6rem}\
.figures{display:grid;gap:.6rem;margin:1rem 0;\
grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr))}.figures div{background:var(--card);\
border:1px solid var(--rule);border-radius:12px;padding:.7rem .9rem}.figures b{display:block;\
font-size:1.7rem;line-height:1.15;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\
.figures span{color:var(--quiet)}.figures .bad b{color:var(--danger)}.figures .good b{\
color:var(--good)}.track{height:1.1rem;border-radius:1rem;background:var(--rule);overflow:hidden}\
.track i{display:block;height:100%;background:var(--good)}.at{display:flex;flex-wrap:wrap;\
gap:.1rem 1.2rem;padding:.7rem 1rem;align-items:baseline;color:inherit;text-decoration:none}\
.at b{min-width:9rem}.at .n{margin-left:auto}a.at:hover{background:var(--soft)}\
.pages{display:flex;gap:1rem;flex-wrap:wrap;margin:1rem 0}\
@media(max-width:480px){.figures{grid-template-columns:1fr 1fr}.figures b{font-size:1.45rem}\
.figures .wide{grid-column:1/-1}.figures .wide b{font-size:2.1rem}.at b{min-width:60%}}</style>";

/// One large figure; value and words are HTML.
pub(super) fn figure(name: &str, value: &str, words: &str) -> String {
    let wide = if matches!(name, "in" | "money" | "records") { " class=wide" } else { "" };
    format!("<div data-figure={name}{wide}><b>{value}</b><span>{words}</span></div>")
}

/// How much of it is here, as a bar.
pub(super) fn track(here: u64, all: u64) -> String {
    let mille = per_mille(here, all);
    format!("<div class=track><i style=\"width:{}.{}%\"></i></div>", mille / 10, mille % 10)
}

/// The page.
pub(in crate::central) fn html(
    watch: &Watch,
    wanted: Wanted,
) -> Result<(String, bool), StoreError> {
    let now = watch.now()?;
    let drawn = Drawn { now: &now, watch, said: Said(wanted.language) };
    let said = drawn.said;
    let ready = match (wanted.ready, now.is_under_way()) {
        (None, true) => {
            let words = said.term(term("Ready for an outage? by store"));
            format!("<p><a href=\"/?ready=1\">{words}</a></p>")
        }
        (page, _) => {
            let address = |page| format!("/?ready={page}");
            let all = watch.readiness()?;
            readiness::section(&all, page.unwrap_or(0), &address, said)
        }
    };
    let body = [
        FIGURES.to_owned(),
        drawn.verdict(),
        drawn.figures(),
        drawn.stores(wanted.page),
        drawn.found(),
        drawn.exports(),
        ready,
        drawn.rule(),
    ];
    let title = said.term(term("Recovery"));
    let bar = format!(
        "<div><b>{title}</b> <span>{}</span></div><div>{} <a class=\"button plain\" \
         href=/status>{}</a></div>",
        said.term(term("all stores")),
        said.other("/"),
        said.term(term("One store"))
    );
    let html = document(&title, &bar, &body.concat(), wanted.language);
    Ok((html, now.is_under_way()))
}

/// Says things in the reader's language, as HTML. Amounts are in no currency: stores of a chain
/// may have several.
#[derive(Clone, Copy, Debug)]
pub(in crate::central) struct Said(pub(in crate::central) Language);

impl Said {
    /// A sentence.
    pub(in crate::central) fn words(self, words: &Words) -> String {
        escape(&words.said_by(&Voice { language: self.0, currency: Currency::Usd }))
    }

    /// A sentence without places.
    pub(in crate::central) fn term(self, english: &'static str) -> String {
        escape(self.0.say(english))
    }

    /// A way to the same page in the other language, which is kept from then on.
    pub(super) fn other(self, address: &str) -> String {
        let other = self.0.next();
        let joined = if address.contains('?') { "&amp;" } else { "?" };
        let word = other.word();
        format!(
            "<a class=\"button plain\" lang={word} href=\"{address}{joined}lang={word}\">{}</a>",
            other.own_name()
        )
    }
}

struct Drawn<'a> {
    now: &'a Recovery,
    watch: &'a Watch,
    said: Said,
}

impl Drawn<'_> {
    fn verdict(&self) -> String {
        let all = &self.now.sums.all;
        let missing = all.missing();
        let mut html = if self.now.stores.is_empty() {
            format!("<h1>{}</h1>", self.said.term(term("No register has spoken yet")))
        } else if missing == 0 {
            let title = self.said.term(term("Everything announced is here"));
            format!("<h1>{title}</h1>{}", self.all_in())
        } else {
            let share = percent(all.received, all.expected);
            let words = words!(
                "{} of {} records that were out are here, {} to come. Registers send them by \
                 themselves; nobody has to do anything for it.",
                grouped(all.received),
                grouped(all.expected),
                grouped(missing)
            );
            format!(
                "<h1 class=big>{}</h1>{}<p class=\"say wait\">{}</p>",
                self.said.words(&words!("{} in", share)),
                track(all.received, all.expected),
                self.said.words(&words)
            )
        };
        if let Some(why) = &self.now.hold {
            let words = words!(
                "Held: registers were asked to send nothing. {} Selling goes on; 'tideover central \
                 release' lifts it.",
                why.clone()
            );
            html.push_str(&format!(
                "<p class=\"say bad\" role=alert>{}</p>",
                self.said.words(&words)
            ));
        }
        if all.unvouched > 0 {
            let words = words!(
                "{} records are of registers that nobody vouched for, and are in no figure here. \
                 Adopt or enroll those registers, or find out whose they are.",
                grouped(all.unvouched)
            );
            html.push_str(&format!("<p class=\"say wait\">{}</p>", self.said.words(&words)));
        }
        html
    }

    /// Nothing is out: good news, unless somebody is away who may have something.
    fn all_in(&self) -> String {
        let sums = &self.now.sums;
        let (records, stores) = (grouped(sums.all.records), grouped(sums.stores));
        let known = words!("{} records of {} stores.", records, stores);
        let known = self.said.words(&known);
        if self.now.is_all_clear() {
            return format!("<p class=\"say good\">{known}</p>");
        }
        let mut told = vec![known];
        if sums.stores_silent > 0 {
            let words = words!("Stores not heard lately: {}.", grouped(sums.stores_silent));
            told.push(self.said.words(&words));
        }
        if sums.away > 0 {
            let words = words!(
                "Registers not heard lately, of stores where something was out: {}.",
                grouped(sums.away)
            );
            told.push(self.said.words(&words));
        }
        told.push(self.said.term(term(
            "What they did since is not known here; they keep it, and send it by themselves once \
             they are on and have a line.",
        )));
        format!("<p class=\"say wait\">{}</p>", told.join(" "))
    }

    /// What is counted, since when, and when this was so.
    fn rule(&self) -> String {
        let now = Timestamp::new(self.now.at_ms, self.now.offset_min);
        let from = Timestamp::new(self.now.counted_from_ms, self.now.offset_min);
        let Some((now, from)) = now.zip(from) else { return String::new() };
        let rule = words!(
            "Counted is what was out: of journals that are behind, from where central stood when \
             they turned behind; of whole ones, what they had to send since {}. Money is takings \
             less pay-outs of that.",
            moment(from, now)
        );
        let as_of = words!("As of {}", moment(now, now));
        format!(
            "<p class=quiet>{}</p><p class=quiet>{}</p>",
            self.said.words(&rule),
            self.said.words(&as_of)
        )
    }

    fn figures(&self) -> String {
        let (sums, all) = (&self.now.sums, &self.now.sums.all);
        let counted = |name: &str, count: u64, words: &'static str, bad: bool| {
            let class = if bad && count > 0 { " class=bad" } else { "" };
            format!(
                "<div data-figure={name} data-value={count}{class}><b>{}</b><span>{}</span></div>",
                grouped(count),
                self.said.term(words)
            )
        };
        let money = |name: &str, minor: i64, words: &'static str| {
            format!(
                "<div data-figure={name} data-value={minor}><b>{}</b><span>{}</span></div>",
                amount(minor),
                self.said.term(words)
            )
        };
        let minutes = self.now.silent_ms / 60_000;
        let words = words!("silent stores: nothing heard for {} minutes", minutes.to_string());
        let (count, class) =
            (sums.stores_silent, if sums.stores_silent > 0 { " class=bad" } else { "" });
        let silent = format!(
            "<div data-figure=silent data-value={count}{class}><b>{}</b><span>{}</span></div>",
            grouped(count),
            self.said.words(&words)
        );
        let held = self.now.found_at(Level::Hold);
        let (behind, lag) = (all.behind, self.now.export_lag());
        let some = |name: &str, count: u64, words: &'static str| {
            if count == 0 { String::new() } else { counted(name, count, words, true) }
        };
        let away = term("registers not heard lately, where something was out");
        [
            "<div class=figures>".to_owned(),
            counted("missing", all.missing(), term("records to come"), false),
            self.time_left(),
            counted("received", all.received, term("records that came in"), false),
            counted("expected", all.expected, term("records that were out"), false),
            money("money", all.money, term("money that came in")),
            money("money-expected", all.money_expected, term("money that was out")),
            silent,
            some("away", sums.away, away),
            counted("complete", sums.stores_complete, term("stores with everything here"), false),
            counted("records", all.records, term("records here in all"), false),
            some("given-up", all.given_up, term("records given up as lost")),
            some("unvouched", all.unvouched, term("records nobody vouched for")),
            counted("forked", all.forked, term("records on forks"), true),
            counted("held", held, term("findings held for a manager"), true),
            counted("behind", behind, term("records not in the totals yet"), false),
            counted("export-behind", lag, term("records for other systems"), false),
            "</div>".to_owned(),
        ]
        .concat()
    }

    fn time_left(&self) -> String {
        let (value, words) = match (self.now.is_under_way(), self.now.seconds_left) {
            (false, _) => ("—".to_owned(), Words::plain(term("time left: nothing is out"))),
            (true, None) => {
                (self.said.term(term("not known yet")), Words::plain(term("time left")))
            }
            (true, Some(seconds)) => {
                let ms = i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
                let at = |ms| Timestamp::new(ms, self.now.offset_min);
                let (now, then) = (at(self.now.at_ms), at(self.now.at_ms.saturating_add(ms)));
                let at = now.zip(then).map_or_else(Words::default, |(now, then)| moment(then, now));
                let words = match self.now.a_second {
                    None => words!("time left, until about {}", at),
                    Some(pace) => {
                        words!("time left, until about {}, {} records a second", at, grouped(pace))
                    }
                };
                (self.said.words(&about(seconds)), words)
            }
        };
        let left = self.now.seconds_left.map_or_else(String::new, |left| left.to_string());
        format!(
            "<div data-figure=eta data-value=\"{left}\"><b>{value}</b><span>{}</span></div>",
            self.said.words(&words)
        )
    }

    fn stores(&self, page: usize) -> String {
        let all = &self.now.stores;
        let skipped = page.saturating_mul(STORES_MAX);
        let shown = all.iter().skip(skipped).take(STORES_MAX);
        let rows: String = shown.map(|store| self.store(store)).collect();
        if all.is_empty() {
            return String::new();
        }
        let address = |page| format!("/?page={page}");
        let pages = pages(all.len(), STORES_MAX, page, &address, self.said);
        let title = self.said.term(term("Stores, the worst first"));
        format!("<h2 id=stores>{title}</h2>{rows}{pages}")
    }

    fn store(&self, store: &StoreIn) -> String {
        let (number, figures) = (store.store, &store.figures);
        let name = self.watch.name(StoreNo(number));
        let name = name.map_or_else(String::new, |name| format!(" · {}", escape(&name)));
        let said = self.said;
        let states: String = states(store, self.now.silent_before())
            .iter()
            .map(|(class, words)| format!("<span class={class}>{}</span>", said.words(words)))
            .collect();
        let share = if store.heard_ms == 0 {
            said.term(term("nothing announced"))
        } else if figures.expected == 0 {
            said.term(term("nothing was out"))
        } else {
            percent(figures.received, figures.expected)
        };
        let heard = match store.heard_ms {
            0 => Words::plain(term("never heard")),
            heard_ms => words!("heard {}", ago(heard_ms, self.now.at_ms)),
        };
        let class = if store.is_silent(self.now.silent_before()) { "bad-ink" } else { "quiet" };
        format!(
            "<a class=\"row at\" href=\"/status?store={number}\" data-store={number} \
             data-received={} data-expected={}><b>{number}{name}</b><span>{share}</span>{states}\
             <span class={class}>{}</span><span class=n>{}</span></a>",
            figures.received,
            figures.expected,
            said.words(&heard),
            amount(figures.money)
        )
    }

    fn found(&self) -> String {
        let said = self.said;
        let mut html = format!("<h2 id=found>{}</h2>", said.term(term("To look at")));
        if self.now.found.is_empty() {
            let words = said.term(term("Nothing to look at."));
            html.push_str(&format!("<p class=\"say good\">{words}</p>"));
            return html;
        }
        html.extend(self.now.found.iter().take(FOUND_MAX).map(|one| found(one, said)));
        html.push_str(&format!(
            "<p><a href=/reconcile>{}</a></p>",
            said.term(term("After the outage: decide, and close the store"))
        ));
        html
    }

    fn exports(&self) -> String {
        if self.now.exports.is_empty() {
            return String::new();
        }
        let said = self.said;
        let row = |one: &super::ExportLag| {
            let stuck = if one.stuck == 0 {
                String::new()
            } else {
                let words = words!("{} need a person", grouped(one.stuck));
                format!("<span class=bad-ink>{}</span>", said.words(&words))
            };
            format!(
                "<a class=\"row at\" href=/queue><b class=mono>{}</b><span>{}</span>{stuck}</a>",
                escape(&one.target),
                said.words(&words!("{} to be handed over", grouped(one.behind)))
            )
        };
        let rows: String = self.now.exports.iter().map(row).collect();
        format!("<h2 id=exports>{}</h2>{rows}", said.term(term("Other systems")))
    }
}

/// What is to be said of a store, each with the look of its ink.
fn states(store: &StoreIn, silent_before: i64) -> Vec<(&'static str, Words)> {
    let figures = &store.figures;
    let mut states = Vec::new();
    if figures.forked > 0 {
        states.push(("bad-ink", words!("fork: {} records", grouped(figures.forked))));
    }
    if figures.differs > 0 {
        states.push(("bad-ink", Words::plain(term("money is not what was announced"))));
    }
    if figures.missing() > 0 {
        states.push(("bad-ink", words!("{} to come", grouped(figures.missing()))));
    } else if store.is_complete(silent_before) {
        states.push(("good-ink", Words::plain(term("all here"))));
    } else if store.heard_ms > 0 {
        states.push(("quiet", Words::plain(term("what was announced is here"))));
    }
    if figures.parked > 0 {
        states.push(("bad-ink", words!("{} wait for others", grouped(figures.parked))));
    }
    if figures.quiet > 0 {
        let (quiet, all) = (grouped(figures.quiet), grouped(figures.registers));
        states.push(("quiet", words!("{} of {} registers not heard lately", quiet, all)));
    }
    if figures.given_up > 0 {
        states.push(("quiet", words!("given up: {} records", grouped(figures.given_up))));
    }
    if figures.unheard > 0 {
        let (unheard, all) = (grouped(figures.unheard), grouped(figures.registers));
        states.push(("quiet", words!("{} of {} registers never heard", unheard, all)));
    }
    if figures.provisional > 0 {
        states.push(("quiet", words!("{} not adopted", grouped(figures.provisional))));
    }
    states
}

fn found(one: &FoundCount, said: Said) -> String {
    let (times, stores) = (grouped(one.count), grouped(one.stores));
    let how_often = match one.stores {
        1 => words!("{} times, 1 store", times),
        _ => words!("{} times, {} stores", times, stores),
    };
    // What a newer central found bears its own word.
    let title = match Code::from_word(&one.code) {
        Some(code) => said.term(code.title()),
        None => escape(&one.code.replace('_', " ")),
    };
    let level = match Level::from_word(&one.level) {
        Some(level) => said.term(level.label()),
        None => escape(&one.level),
    };
    format!(
        "<div class=\"row at\" data-code={}><span class=\"chip {}\">{level}</span><b>{title}</b>\
         <span>{}</span><span class=n>{}</span></div>",
        escape(&one.code),
        escape(&one.level),
        said.words(&how_often),
        amount(one.amount)
    )
}

/// Ways to the other pages of a long list; the address counts pages from 1.
pub(in crate::central) fn pages(
    all: usize,
    of_page: usize,
    page: usize,
    address: &dyn Fn(usize) -> String,
    said: Said,
) -> String {
    let last = all.div_ceil(of_page.max(1)).max(1);
    if last == 1 {
        return String::new();
    }
    let link = |to: usize, words: &'static str| {
        format!("<a href=\"{}\">{}</a>", address(to), said.term(words))
    };
    let mut parts = Vec::new();
    if page > 0 {
        parts.push(link(page.min(last), term("◂ before")));
    }
    let number = page.saturating_add(1).to_string();
    let words = words!("page {} of {}", number, last.to_string());
    parts.push(format!("<span>{}</span>", said.words(&words)));
    if page.saturating_add(1) < last {
        parts.push(link(page.saturating_add(2), term("next ▸")));
    }
    format!("<div class=pages>{}</div>", parts.concat())
}
