//! The recovery page: one column that a phone reads, what matters in large figures, the worst
//! store first. Plain HTML without a script, drawn anew by its own refresh while something is out.
//!
//! However many stores there are, a page has so many of them; the others are pages of their own.

use crate::central::manager::document;
use crate::central::page::escape;
use crate::central::readiness;
use crate::domain::ids::StoreNo;
use crate::domain::language::Language;
use crate::domain::time::Timestamp;
use crate::reconcile::exception::Level;

use super::counted::{about, ago, amount, grouped, per_mille, percent};
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
    let drawn = Drawn { now: &now, watch };
    let ready = match (wanted.ready, now.is_under_way()) {
        (None, true) => "<p><a href=\"/?ready=1\">Ready for an outage? by store</a></p>".to_owned(),
        (page, _) => readiness::section(&watch.readiness()?, page.unwrap_or(0), &|page| {
            format!("/?ready={page}")
        }),
    };
    let body = [
        FIGURES.to_owned(),
        drawn.verdict(),
        drawn.figures(),
        drawn.stores(wanted.page),
        drawn.found(),
        drawn.exports(),
        ready,
        "<p class=quiet>Money is lifetime takings less pay-outs of each journal.</p>".to_owned(),
    ];
    let bar = "<div><b>Recovery</b> <span>all stores</span></div><div><a class=\"button plain\" \
               href=/status>One store</a></div>";
    let html = document("Recovery", bar, &body.concat(), Language::English);
    Ok((html, now.is_under_way()))
}

struct Drawn<'a> {
    now: &'a Recovery,
    watch: &'a Watch,
}

impl Drawn<'_> {
    fn verdict(&self) -> String {
        let all = &self.now.sums.all;
        let missing = self.now.sums.all.missing();
        let mut html = if self.now.stores.is_empty() {
            "<h1>No register has spoken yet</h1>".to_owned()
        } else if missing == 0 {
            format!(
                "<h1>Everything announced is here</h1><p class=\"say good\">{} records of {} \
                 stores.</p>",
                grouped(all.received),
                grouped(self.now.sums.stores)
            )
        } else {
            format!(
                "<h1 class=big>{} in</h1>{}<p class=\"say wait\">{} of {} records are here, {} \
                 to come. Registers send them by themselves; nobody has to do anything for it.</p>",
                percent(all.received, all.expected),
                track(all.received, all.expected),
                grouped(all.received),
                grouped(all.expected),
                grouped(missing)
            )
        };
        if let Some(why) = &self.now.hold {
            html.push_str(&format!(
                "<p class=\"say bad\" role=alert><b>Held:</b> registers were asked to send \
                 nothing. {} Selling goes on; <span class=mono>tideover central release</span> \
                 lifts it.</p>",
                escape(why)
            ));
        }
        html
    }

    fn figures(&self) -> String {
        let (sums, all) = (&self.now.sums, &self.now.sums.all);
        let counted = |name: &str, count: u64, words: &str, bad: bool| {
            let class = if bad && count > 0 { " class=bad" } else { "" };
            format!(
                "<div data-figure={name} data-value={count}{class}><b>{}</b><span>{words}</span>\
                 </div>",
                grouped(count)
            )
        };
        let money = |name: &str, minor: i64, words: &str| {
            format!(
                "<div data-figure={name} data-value={minor}><b>{}</b><span>{words}</span></div>",
                amount(minor)
            )
        };
        let pace = self
            .now
            .a_second
            .map_or_else(String::new, |pace| format!(", {} records a second", grouped(pace)));
        let (value, words) = match (self.now.is_under_way(), self.now.seconds_left) {
            (false, _) => ("—".to_owned(), "time left: nothing is out".to_owned()),
            (true, None) => ("not known yet".to_owned(), "time left".to_owned()),
            (true, Some(seconds)) => {
                let ms = i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
                let at = self.time(self.now.at_ms.saturating_add(ms));
                (about(seconds), format!("time left, until about {at}{pace}"))
            }
        };
        let left = self.now.seconds_left.map_or_else(String::new, |left| left.to_string());
        let eta = format!(
            "<div data-figure=eta data-value=\"{left}\"><b>{value}</b><span>{words}</span></div>"
        );
        let silent = self.now.silent_ms / 60_000;
        [
            "<div class=figures>".to_owned(),
            counted("missing", all.missing(), "records to come", false),
            eta,
            counted("received", all.received, "records here", false),
            counted("expected", all.expected, "records announced", false),
            money("money", all.money, "money here"),
            money("money-expected", all.money_expected, "money announced"),
            counted(
                "silent",
                sums.stores_silent,
                &format!("silent stores: nothing heard for {silent} minutes"),
                true,
            ),
            counted("complete", sums.stores_complete, "stores with everything here", false),
            counted("forked", all.forked, "records on forks", true),
            counted("held", self.now.found_at(Level::Hold), "findings held for a manager", true),
            counted("behind", all.behind, "records not in the totals yet", false),
            counted("export-behind", self.now.export_lag(), "records for other systems", false),
            "</div>".to_owned(),
        ]
        .concat()
    }

    fn stores(&self, page: usize) -> String {
        let all = &self.now.stores;
        let skipped = page.saturating_mul(STORES_MAX);
        let shown = all.iter().skip(skipped).take(STORES_MAX);
        let rows: String = shown.map(|store| self.store(store)).collect();
        if all.is_empty() {
            return String::new();
        }
        let pages = pages(all.len(), STORES_MAX, page, &|page| format!("/?page={page}"));
        format!("<h2 id=stores>Stores, the worst first</h2>{rows}{pages}")
    }

    fn store(&self, store: &StoreIn) -> String {
        let (number, figures) = (store.store, &store.figures);
        let name = self.watch.name(StoreNo(number));
        let name = name.map_or_else(String::new, |name| format!(" · {}", escape(&name)));
        let mut states = Vec::new();
        let mut state = |class: &str, words: String| {
            states.push(format!("<span class={class}>{words}</span>"));
        };
        if figures.forked > 0 {
            state("bad-ink", format!("fork: {} records", grouped(figures.forked)));
        }
        if figures.differs > 0 {
            state("bad-ink", "money is not what was announced".to_owned());
        }
        if figures.missing() > 0 {
            state("bad-ink", format!("{} to come", grouped(figures.missing())));
        } else if store.heard_ms > 0 {
            state("good-ink", "all here".to_owned());
        }
        if figures.parked > 0 {
            state("bad-ink", format!("{} wait for others", grouped(figures.parked)));
        }
        if figures.unheard > 0 {
            state(
                "quiet",
                format!("{} of {} registers never heard", figures.unheard, figures.registers),
            );
        }
        if figures.provisional > 0 {
            state("quiet", format!("{} not adopted", figures.provisional));
        }
        let share = if store.heard_ms == 0 {
            "nothing announced".to_owned()
        } else {
            percent(figures.received, figures.expected)
        };
        let heard = match store.heard_ms {
            0 => "never heard".to_owned(),
            heard_ms => format!("heard {}", ago(heard_ms, self.now.at_ms)),
        };
        let class = if store.is_silent(self.now.silent_before()) { "bad-ink" } else { "quiet" };
        format!(
            "<a class=\"row at\" href=\"/status?store={number}\" data-store={number} \
             data-received={} data-expected={}><b>{number}{name}</b><span>{}</span>{}\
             <span class={class}>{heard}</span><span class=n>{}</span></a>",
            figures.received,
            figures.expected,
            share,
            states.concat(),
            amount(figures.money)
        )
    }

    fn found(&self) -> String {
        let mut html = "<h2 id=found>To look at</h2>".to_owned();
        if self.now.found.is_empty() {
            html.push_str("<p class=\"say good\">Nothing to look at.</p>");
            return html;
        }
        html.extend(self.now.found.iter().take(FOUND_MAX).map(found));
        html.push_str(
            "<p><a href=/reconcile>After the outage: decide, and close the store</a></p>",
        );
        html
    }

    fn exports(&self) -> String {
        if self.now.exports.is_empty() {
            return String::new();
        }
        let row = |one: &super::ExportLag| {
            let stuck = if one.stuck == 0 {
                String::new()
            } else {
                format!("<span class=bad-ink>{} need a person</span>", grouped(one.stuck))
            };
            format!(
                "<a class=\"row at\" href=/queue><b class=mono>{}</b><span>{} to be handed over\
                 </span>{stuck}</a>",
                escape(&one.target),
                grouped(one.behind)
            )
        };
        let rows: String = self.now.exports.iter().map(row).collect();
        format!("<h2 id=exports>Other systems</h2>{rows}")
    }

    /// A time of day as this machine's clock shows it.
    fn time(&self, utc_ms: i64) -> String {
        let at = Timestamp::new(utc_ms, self.now.offset_min);
        at.map(|at| at.local_hour_minute())
            .map_or_else(String::new, |(hour, minute)| format!("{hour:02}:{minute:02}"))
    }
}

fn found(one: &FoundCount) -> String {
    let stores = if one.stores == 1 {
        "1 store".to_owned()
    } else {
        format!("{} stores", grouped(one.stores))
    };
    format!(
        "<div class=\"row at\" data-code={}><span class=\"chip {}\">{}</span><b>{}</b>\
         <span>{} times, {stores}</span><span class=n>{}</span></div>",
        escape(&one.code),
        escape(&one.level),
        escape(&one.level),
        escape(&one.code.replace('_', " ")),
        grouped(one.count),
        amount(one.amount)
    )
}

/// Ways to the other pages of a long list; the address counts pages from 1.
pub(in crate::central) fn pages(
    all: usize,
    of_page: usize,
    page: usize,
    address: &dyn Fn(usize) -> String,
) -> String {
    let last = all.div_ceil(of_page.max(1)).max(1);
    if last == 1 {
        return String::new();
    }
    let link = |to: usize, words: &str| format!("<a href=\"{}\">{words}</a>", address(to));
    let mut parts = Vec::new();
    if page > 0 {
        parts.push(link(page.min(last), "◂ before"));
    }
    parts.push(format!("<span>page {} of {last}</span>", page.saturating_add(1)));
    if page.saturating_add(1) < last {
        parts.push(link(page.saturating_add(2), "next ▸"));
    }
    format!("<div class=pages>{}</div>", parts.concat())
}
