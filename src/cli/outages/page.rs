//! The outages as one page for any browser: plots with their tables, no script, nothing loaded.

use super::{DAYS, Outages, Told};
use crate::cli::plot::{self, Bar, bars, escaped, table, week};
use crate::domain::outage_stats::{Span, Stats};

/// The newest outages that are plotted one by one; the table has all.
const PLOTTED: usize = 40;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem auto;max-width:54rem;\
padding:0 1rem;background:var(--page);color:var(--ink)}h1{font-size:1.6rem;margin:0 0 .3rem}\
h2{font-size:1.15rem;margin:0 0 .8rem}section{background:var(--sheet);border:1px solid \
var(--line);border-radius:6px;padding:1rem 1.2rem;margin:1.2rem 0}table{border-collapse:collapse;\
width:100%;margin-top:1rem;font-size:.92rem}th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px \
solid var(--line);text-align:left;vertical-align:top}th{color:var(--soft);font-weight:600}\
td.n,th.n{text-align:right;padding:.3rem 0 .3rem .9rem;font-variant-numeric:tabular-nums}\
.words td.n,.words th.n{text-align:left;padding:.3rem .9rem .3rem 0}.w{overflow-x:auto}\
.f{display:flex;flex-wrap:wrap;gap:.4rem 2.2rem;margin:.8rem 0 0}\
.f div{min-width:7rem}.f b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}\
small,.f span{color:var(--soft)}@media print{body{background:#fff;color:#000}\
section{break-inside:avoid}}";

/// The page.
pub fn page(outages: &Outages, stats: &Stats) -> String {
    let title = format!("Outages of store {}", outages.store);
    let read: Vec<String> = outages.registers.iter().map(ToString::to_string).collect();
    let unread = match outages.unread {
        0 => String::new(),
        count => format!(" {count} records could not be read: tideover verify."),
    };
    let body = if outages.outages.is_empty() {
        "<section><p>No outage was declared.</p></section>".to_owned()
    } else {
        [
            figures(outages, stats),
            months(stats),
            hours(stats),
            systems(stats),
            lengths(outages),
            costs(outages),
            all(outages),
        ]
        .concat()
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{}{STYLE}\
         </style><h1>{title}</h1><p><small>From the journals of register {} that this machine \
         holds, as of {}.{unread}</small></p>{body}</html>\n",
        plot::STYLE,
        escaped(&read.join(", ")),
        escaped(&outages.as_of.get(..16).unwrap_or(&outages.as_of).replace('T', " ")),
    )
}

fn figures(outages: &Outages, stats: &Stats) -> String {
    let sum =
        |of: fn(&Told) -> i64| outages.outages.iter().map(of).fold(0_i64, i64::saturating_add);
    let average = stats.all.minutes.checked_div(i64::from(stats.all.count)).unwrap_or(0);
    let sales = outages.outages.iter().map(|told| told.sales).fold(0, u64::saturating_add);
    let figure = |name: &str, value: &str| {
        format!("<div><span>{name}</span><b>{}</b></div>", escaped(value))
    };
    let figures = [
        figure("Outages", &stats.all.count.to_string()),
        figure("Together", &long(stats.all.minutes)),
        figure("On average", &long(average)),
        figure("The longest", &long(stats.longest)),
        figure("Sales in them", &sales.to_string()),
        figure("Taken in them", &outages.money(sum(|told| told.takings))),
        figure("Given up", &outages.money(sum(|told| told.lost))),
    ];
    format!(
        "<section><h2>At a glance</h2><div class=f>{}</div><p><small>Given up is what baskets \
         would have cost that were rung up and left. Who turned round at the door is in no \
         record.</small></p></section>",
        figures.concat()
    )
}

fn span_bars(spans: &[(String, Span)], head: &str) -> String {
    let plotted: Vec<Bar> = spans
        .iter()
        .map(|(label, span)| Bar {
            label: label.clone(),
            value: span.minutes,
            text: match span.count {
                0 => "none".to_owned(),
                count => format!("{} in {}", long(span.minutes), many(count.into(), "outage")),
            },
        })
        .collect();
    let rows: Vec<Vec<String>> = spans
        .iter()
        .map(|(label, span)| vec![label.clone(), span.count.to_string(), span.minutes.to_string()])
        .collect();
    let about = format!("Minutes of outage by {}", head.to_lowercase());
    format!("{}{}", bars(&about, &plotted), table(&[head, "Outages", "Minutes"], &rows))
}

fn months(stats: &Stats) -> String {
    section("How often and how long, month by month", &span_bars(&stats.months, "Month"))
}

fn systems(stats: &Stats) -> String {
    let spans: Vec<(String, Span)> =
        stats.systems.iter().map(|(system, span)| (system.label().to_owned(), *span)).collect();
    section("Which systems", &span_bars(&spans, "System"))
}

fn hours(stats: &Stats) -> String {
    let about = "How many outages lay in each hour of the week";
    let mut rows = Vec::new();
    for (day, hours) in DAYS.iter().zip(&stats.hours) {
        for (hour, count) in hours.iter().enumerate().filter(|(_, count)| **count > 0) {
            rows.push(vec![format!("{day} {hour:02}:00"), count.to_string()]);
        }
    }
    let plot = week(about, DAYS, &stats.hours);
    let table = table(&["Hour of the week", "Outages"], &rows);
    let folded = format!("<details><summary>As a table</summary>{table}</details>");
    section("Which weekday and hour", &format!("{plot}{folded}"))
}

fn lengths(outages: &Outages) -> String {
    let plotted: Vec<Bar> = newest(outages)
        .map(|told| {
            let open = if told.until.is_some() { "" } else { ", still open" };
            let text = format!("{}{open}", long(told.minutes));
            Bar { label: name(told), value: told.minutes, text }
        })
        .collect();
    let rows: Vec<Vec<String>> =
        newest(outages).map(|told| vec![name(told), told.minutes.to_string()]).collect();
    let plot = bars("How long each outage lasted", &plotted);
    section("How long", &format!("{plot}{}", table(&["Began", "Minutes"], &rows)))
}

fn costs(outages: &Outages) -> String {
    let plotted: Vec<Bar> = newest(outages)
        .map(|told| {
            let text = match told.abandoned {
                0 => "nothing".to_owned(),
                count => format!("{} in {}", outages.money(told.lost), many(count, "basket")),
            };
            Bar { label: name(told), value: told.lost, text }
        })
        .collect();
    let rows: Vec<Vec<String>> = newest(outages)
        .map(|told| {
            vec![
                name(told),
                told.abandoned.to_string(),
                outages.money(told.lost),
                told.sales.to_string(),
                outages.money(told.takings),
            ]
        })
        .collect();
    let columns = ["Began", "Baskets given up", "Given up", "Sales", "Taken"];
    let plot = bars("What was given up in each outage", &plotted);
    section("At what cost", &format!("{plot}{}", table(&columns, &rows)))
}

fn all(outages: &Outages) -> String {
    let rows: Vec<Vec<String>> = outages
        .outages
        .iter()
        .rev()
        .map(|told| {
            let or = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
            vec![
                name(told),
                told.systems.join(", ").replace('_', " "),
                or(&told.cause),
                or(&told.ticket),
                or(&told.note),
            ]
        })
        .collect();
    let table = table(&["Began", "Down", "Cause", "Ticket", "How it ended"], &rows);
    section("All of them", &format!("<div class=words>{table}</div>"))
}

fn section(title: &str, inner: &str) -> String {
    format!("<section><h2>{title}</h2>{inner}</section>")
}

fn newest(outages: &Outages) -> impl Iterator<Item = &Told> {
    outages.outages.iter().rev().take(PLOTTED)
}

/// The day and the minute it began.
fn name(told: &Told) -> String {
    let minute = told.since.get(..16).unwrap_or(&told.since).replace('T', " ");
    format!("{} {minute}", told.weekday)
}

/// A number of things.
fn many(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Minutes as people say them.
fn long(minutes: i64) -> String {
    let (hours, rest) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    let (days, of_day) = (hours.div_euclid(24), hours.rem_euclid(24));
    match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, _) => format!("{hours} h {rest:02} min"),
        _ => format!("{days} d {of_day} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_said_as_people_say_them() {
        let said: Vec<String> = [0, 59, 60, 95, 1_439, 1_440, 3_000].map(long).into();
        let expected =
            ["0 min", "59 min", "1 h 00 min", "1 h 35 min", "23 h 59 min", "1 d 0 h", "2 d 2 h"];
        assert_eq!(said, expected);
    }
}
