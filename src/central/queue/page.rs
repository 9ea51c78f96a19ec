//! The page of the queue: what needs a person first, then every store's registers stage by stage,
//! then the other systems. Plain HTML, drawn anew each time; no form on it writes anything.

use std::collections::BTreeMap;

use crate::central::export::ledger::State;
use crate::central::manager::{Said, document};
use crate::central::page::escape;
use crate::domain::language::Language;
use crate::domain::money::Money;

use super::causes::{Cause, ROWS_MAX};
use super::{Posted, Queue, Queues, Register, Target, Wanted, says};

/// Causes and stores that are drawn; the filter reaches the rest.
const CAUSES_MAX: usize = 40;
const STORES_MAX: usize = 60;

/// The whole page.
pub(super) fn html(queue: &Queue, wanted: &Wanted, of: &Queues, said: &Said) -> String {
    let said = match said {
        Said::Nothing => String::new(),
        Said::Done(text) => {
            format!("<p class=\"say good\" role=status>{}</p>", escape(&text.to_string()))
        }
        Said::Refused(text) => {
            format!("<p class=\"say bad\" role=alert>{}</p>", escape(&text.to_string()))
        }
    };
    let body = [
        said,
        verdict(queue),
        filter(queue, wanted),
        causes(queue, wanted, of),
        stores(queue, wanted, of),
        targets(queue),
    ];
    let bar = "<div><b>Queue</b> <span>all stores, for IT</span></div>";
    document("Queue", bar, &body.concat(), Language::English)
}

fn count_of(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn verdict(queue: &Queue) -> String {
    let out: u64 = queue.registers.iter().map(|one| one.still_out).sum();
    let money: i64 = queue.registers.iter().map(|one| one.money_out).sum();
    let needs = queue.causes.iter().filter(|one| one.state != State::Held).count();
    let head = match (needs, out) {
        (0, 0) => "Nothing needs you".to_owned(),
        (0, out) => format!("{} still out", count_of(out, "record", "records")),
        (needs, 0) => format!("{} to look at", count_of(u64_of(needs), "error", "errors")),
        (needs, out) => format!(
            "{} to look at, {} still out",
            count_of(u64_of(needs), "error", "errors"),
            count_of(out, "record", "records")
        ),
    };
    let words = if out == 0 {
        "Everything that was announced is here.".to_owned()
    } else {
        format!("Money still out: {}. Registers send it by themselves.", Money::from_minor(money))
    };
    format!("<h1>{head}</h1><p class=quiet>{words}</p>")
}

fn u64_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn filter(queue: &Queue, wanted: &Wanted) -> String {
    let store = wanted.store.map_or_else(String::new, |store| store.to_string());
    let option = |name: &str| {
        let chosen = if wanted.target.as_deref() == Some(name) { " selected" } else { "" };
        format!("<option value=\"{0}\"{chosen}>{0}</option>", escape(name))
    };
    let mut names: Vec<&str> = queue.targets.iter().map(|one| one.target.as_str()).collect();
    names.extend(wanted.target.as_deref().filter(|name| !names.contains(name)));
    let names: String = names.into_iter().map(option).collect();
    let all = if *wanted == Wanted::default() {
        ""
    } else {
        "<a class=\"button plain\" href=/queue>All stores</a>"
    };
    format!(
        "<form class=\"short card\" method=get action=/queue><div class=two>\
         <label class=in>Store<input type=text name=store inputmode=numeric value=\"{store}\">\
         </label><label class=in>Other system<select name=target><option value=\"\">all</option>\
         {names}</select></label></div><div class=go><button>Show</button>{all}</div></form>"
    )
}

fn causes(queue: &Queue, wanted: &Wanted, of: &Queues) -> String {
    let mut html = "<h2 id=errors>Errors, by root cause</h2>".to_owned();
    if queue.more_findings {
        html.push_str(
            "<p class=\"say wait\">More was found than is told at once: what holds records back \
             stands here, the rest of a store when it is chosen above.</p>",
        );
    }
    if queue.causes.is_empty() {
        html.push_str("<p class=\"say good\">No record is in the way at any other system.</p>");
    }
    html.extend(queue.causes.iter().take(CAUSES_MAX).map(|cause| row(cause, wanted, of)));
    let rest = queue.causes.len().saturating_sub(CAUSES_MAX);
    if rest > 0 || queue.more {
        let more = if queue.more {
            format!("Of one system at most {ROWS_MAX} records are read. ")
        } else {
            String::new()
        };
        html.push_str(&format!(
            "<p class=\"say wait\">{more}{rest} more causes: choose a store or a system above.</p>"
        ));
    }
    html
}

fn row(cause: &Cause, wanted: &Wanted, of: &Queues) -> String {
    let store = wanted.store.map_or_else(String::new, |store| format!("&amp;store={store}"));
    let stores = match cause.stores.as_slice() {
        [one] => format!("store {one}"),
        all => format!("{} stores", all.len()),
    };
    let tried = match (cause.state, cause.attempts) {
        (State::Held, _) => format!("Held since {}.", of.time(cause.last_ms)),
        (_, 0) => format!("Looked at {}.", of.time(cause.last_ms)),
        (_, 1) => format!("Nothing of it is lost. Tried once, at {}.", of.time(cause.last_ms)),
        (_, tries) => format!(
            "Nothing of it is lost. Tried up to {tries} times, last at {}.",
            of.time(cause.last_ms)
        ),
    };
    format!(
        "<div class=card data-row style=\"margin:.55rem 0\">\
         <span class=\"chip {}\">{}</span> <b>{}</b> · {stores} · <span class=mono>{}</span>\
         <p><a href=\"/queue?cause={}{store}\">{}</a></p>\
         <p class=quiet>{tried} {}</p></div>",
        chip(cause.state),
        says(cause.state),
        count_of(u64_of(cause.records), "record", "records"),
        escape(&cause.target),
        cause.name,
        escape(&cause.says),
        cause.next
    )
}

pub(super) const fn chip(state: State) -> &'static str {
    match state {
        State::Different => "critical",
        State::Refused | State::Unknown => "hold",
        State::Held | State::Sent => "review",
        State::Pending | State::Confirmed => "info",
    }
}

fn stores(queue: &Queue, wanted: &Wanted, of: &Queues) -> String {
    let mut html = "<h2 id=stores>Stores</h2>".to_owned();
    let mut by_store: BTreeMap<u32, Vec<&Register>> = BTreeMap::new();
    for one in &queue.registers {
        by_store.entry(one.store).or_default().push(one);
    }
    if by_store.is_empty() {
        html.push_str("<p class=say>No register of it has spoken yet.</p>");
        return html;
    }
    let mut all: Vec<(u32, Vec<&Register>)> = by_store.into_iter().collect();
    // What is furthest behind comes first; then by number.
    let behind = |all: &[&Register]| -> u64 { all.iter().map(|one| one.still_out).sum() };
    let done = |all: &[&Register]| all.iter().all(|one| one.is_done());
    all.sort_by_key(|(number, one)| (done(one), std::cmp::Reverse(behind(one)), *number));
    let (shown, rest) = all.split_at_checked(STORES_MAX).unwrap_or((&all, &[]));
    let alone = wanted.store.is_some() || all.len() == 1;
    for (number, registers) in shown {
        html.push_str(&one_store(queue, *number, registers, alone, of));
    }
    if !rest.is_empty() {
        html.push_str(&format!(
            "<p class=quiet>{} more stores that are less behind: type a number above.</p>",
            rest.len()
        ));
    }
    html
}

fn one_store(
    queue: &Queue,
    number: u32,
    registers: &[&Register],
    open: bool,
    of: &Queues,
) -> String {
    let out: u64 = registers.iter().map(|one| one.still_out).sum();
    let (state, class) = match out {
        0 if registers.iter().all(|one| one.is_done()) => ("all done".to_owned(), "good-ink"),
        0 => ("all here".to_owned(), "good-ink"),
        out => (format!("{out} still out"), "bad-ink"),
    };
    let findings = queue.findings.get(&number).copied().unwrap_or_default();
    let matters = match findings {
        0 => String::new(),
        count => format!(
            "<p><a href=\"/reconcile?store={number}\">{} for the manager of the store</a></p>",
            count_of(u64_of(count), "root cause", "root causes")
        ),
    };
    let lines: String = registers.iter().map(|one| register(one, of)).collect();
    let open = if open { " open" } else { "" };
    format!(
        "<details class=fold data-row{open}><summary><b>{}</b>\
         <span class=\"n {class}\">{state}</span></summary><div class=inside>{matters}{lines}\
         </div></details>",
        escape(&of.name(number))
    )
}

/// A register as a block whose figures wrap, so that a phone shows all of them.
fn register(one: &Register, of: &Queues) -> String {
    let figure = |what: &str, count: u64| format!("<span>{what} <b class=n>{count}</b></span>");
    let mut figures = vec![
        figure("Announced", one.announced),
        figure("Received", one.received),
        figure("In the totals", one.projected),
    ];
    if one.still_out > 0 {
        figures.push(format!(
            "<span class=bad-ink>{} still out, {}</span>",
            one.still_out,
            Money::from_minor(one.money_out)
        ));
    }
    if one.parked > 0 {
        figures.push(format!("<span class=bad-ink>{} wait for others</span>", one.parked));
    }
    let posted = one.posted.iter().map(|posted| format!("<div>{}</div>", at_target(posted, one)));
    format!(
        "<div style=\"padding:.7rem 0;border-top:1px solid var(--rule)\"><b>Register {}</b> \
         <span class=quiet>heard {} · <span class=mono>{}</span></span>\
         <div style=\"display:flex;flex-wrap:wrap;gap:.1rem 1.6rem\">{}</div>{}</div>",
        one.register,
        of.time(one.last_seen_ms),
        one.epoch,
        figures.concat(),
        posted.collect::<String>()
    )
}

fn at_target(posted: &Posted, one: &Register) -> String {
    let mut parts: Vec<String> = State::ALL
        .iter()
        .filter_map(|state| {
            let count = posted.open.get(state.word())?;
            Some(format!("{count} {}", says(*state)))
        })
        .collect();
    let ahead = one.projected.saturating_sub(posted.looked_at);
    if ahead > 0 {
        parts.push(format!("{ahead} for the next run"));
    }
    let class = if parts.is_empty() { "good-ink" } else { "" };
    let words = if parts.is_empty() { "✓ all of it".to_owned() } else { parts.join(", ") };
    format!("<span class=mono>{}</span> <span class={class}>{words}</span>", escape(&posted.target))
}

fn targets(queue: &Queue) -> String {
    let mut html = "<h2 id=targets>Other systems</h2>".to_owned();
    if queue.targets.is_empty() {
        html.push_str(
            "<p class=say>Nothing was handed to another system yet: \
             <span class=mono>tideover central export --to …</span></p>",
        );
        return html;
    }
    let rows: String = queue.targets.iter().map(target).collect();
    html.push_str(&format!(
        "<div class=\"card table wide\"><table><tr><th>System<th>Records</tr>{rows}</table></div>"
    ));
    html
}

fn target(one: &Target) -> String {
    let counted = State::ALL.iter().filter_map(|state| {
        let count = one.records.get(state.word())?;
        Some(format!("{count} {}", says(*state)))
    });
    let counted: Vec<String> = counted.collect();
    let off = one.disabled.as_ref().map_or_else(String::new, |why| {
        format!("<br><span class=bad-ink>Switched off: {}</span>", escape(why))
    });
    let first = if one.look_first {
        "<br>Central was restored since: it is asked before anything is sent."
    } else {
        ""
    };
    format!(
        "<tr><td><span class=mono>{}</span>{off}{first}<td>{}</tr>",
        escape(&one.target),
        counted.join("<br>")
    )
}
