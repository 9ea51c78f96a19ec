//! `tideover simulate`: how long a whole fleet needs to hand everything over, by the policies that
//! ship, before it ever has to. With `--validate` beside real registers at a real central.

mod asking;
mod clients;
mod line;
mod real;

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::fleet::{Drain, Link, Measured, Plan, Slow, Start, Stop, run as simulate};

use super::output::{Ending, Failure, Output};
use super::plot::{self, Bar, bars, escaped, table};
use real::{Compared, Real};

/// A central of a round size, where nothing was measured.
const MEASURED: &str = include_str!("../../assets/fleet/measured.json");

/// `tideover simulate`
#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// Stores.
    #[arg(long, default_value_t = 4_700)]
    stores: u32,
    /// Registers of each store.
    #[arg(long, default_value_t = 25)]
    registers: u32,
    /// Sales of a register: each has between half and one and a half times as many.
    #[arg(long, default_value_t = 250)]
    sales: u32,
    /// What central's work costs, as '--measure' wrote it; without it a central is assumed that
    /// stores 100,000 sales a second.
    #[arg(long, value_name = "FILE")]
    measured: Option<PathBuf>,
    /// Central is so many percent as fast as the measured one.
    #[arg(long, value_name = "PERCENT", default_value_t = 100)]
    speed: u64,
    /// All registers come within so many seconds; without it, at their own next tries after a long
    /// outage.
    #[arg(long, value_name = "SECONDS", conflicts_with = "load")]
    within: Option<u64>,
    /// The first deliveries come at so many times what central can do.
    #[arg(long, value_name = "TIMES")]
    load: Option<u64>,
    /// Requests of which nothing is heard, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    loss: u64,
    /// Central is away for so many seconds, when half of the ideal time is over.
    #[arg(long, value_name = "SECONDS")]
    restart: Option<u64>,
    /// When it goes away instead, in seconds.
    #[arg(long, value_name = "SECONDS", requires = "restart")]
    restart_at: Option<u64>,
    /// Central's database is slow: from this second, for so many seconds, so many times.
    #[arg(long, value_name = "AT,FOR,TIMES")]
    slow: Option<String>,
    /// The stores' lines, in percent: fiber, cable, lte, loopback.
    #[arg(long, default_value = "fiber=40,cable=45,lte=15")]
    links: String,
    /// When central is back, by the clock of the easternmost stores.
    #[arg(long, value_name = "HH:MM", default_value = "12:00")]
    back: String,
    /// The hours in which stores are open, by their own clocks.
    #[arg(long, value_name = "FROM-TO", default_value = "7-22")]
    open: String,
    /// The seed of all chance: the same one gives the same drain.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also write a page with plots, for any browser.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Measure a real central on this machine first, and write what its work costs.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["measured", "validate"])]
    measure: Option<PathBuf>,
    /// Play a fleet of '--clients' real registers at a real central on this machine, and compare.
    #[arg(long, conflicts_with = "measured")]
    validate: bool,
    /// Real registers, each with a line of its own.
    #[arg(long, default_value_t = 5_000, requires = "validate")]
    clients: u32,
    /// Central's database for '--measure' and '--validate': an empty one on a PostgreSQL server;
    /// without it an embedded one.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// How often each kind of request is made when it is measured.
    #[arg(long, default_value_t = 1_600)]
    times: u32,
    /// Be the registers of a simulation that another process began.
    #[arg(long, hide = true)]
    be_the_registers: bool,
}

/// What the command line means, or why it means nothing.
#[derive(Debug, thiserror::Error)]
enum Unclear {
    #[error("'{0}' names no line; write fiber=40,cable=45,lte=15")]
    Links(String),
    #[error("'{0}' is no time of the day; write 12:00, and opening hours as 7-22")]
    Time(String),
    #[error("'{0}' is no slow while; write 60,60,20: from second 60, for 60, 20 times as slow")]
    Slow(String),
    #[error("the fleet of {0} real registers is too large or too small; 25 to 20,000 are possible")]
    Clients(u32),
}

/// What is told.
#[derive(Debug, Serialize)]
struct Simulated {
    drain: Drain,
    measured: Measured,
}

/// Runs it.
///
/// # Errors
/// [`Failure`].
pub fn run(args: &SimulateArgs, output: Output) -> Result<Ending, Failure> {
    if args.be_the_registers {
        clients::play()?;
        return Ok(Ending::Fine);
    }
    let plan = plan_of(args)?;
    let real = Real {
        program: std::env::current_exe()?,
        database: args.database.clone(),
        sizes: sizes(args),
        times: args.times,
        seed: args.seed,
        plays: Cell::default(),
        kept: OnceCell::new(),
    };
    if args.validate {
        let compared = real.compare(&plan, output)?;
        output.say(&compared)?;
        return Ok(Ending::fine_if(compared.fits));
    }
    let measured = match (&args.measure, &args.measured) {
        (Some(to), _) => {
            let measured = real.measure(output)?;
            std::fs::write(to, serde_json::to_string_pretty(&measured)?)?;
            measured
        }
        (None, Some(from)) => Measured::read(&std::fs::read(from)?)?,
        (None, None) => Measured::read(MEASURED.as_bytes())?,
    };
    let drain = simulate(&plan, &measured)?;
    let simulated = Simulated { drain, measured };
    if let Some(to) = &args.html {
        std::fs::write(to, page(&simulated))?;
    }
    output.say(&simulated)?;
    Ok(Ending::fine_if(simulated.drain.records_in == simulated.drain.records))
}

/// The sizes of deliveries that are measured: those of the real fleet, or of any.
fn sizes(args: &SimulateArgs) -> Vec<u32> {
    if args.validate {
        let most = args.sales.saturating_add(args.sales / 2).min(250);
        vec![(args.sales / 2).max(1), most.max(2)]
    } else {
        vec![1, 25, 100, 250]
    }
}

fn plan_of(args: &SimulateArgs) -> Result<Plan, Unclear> {
    let (opens, closes) =
        args.open.split_once('-').ok_or_else(|| Unclear::Time(args.open.clone()))?;
    let mut links = Vec::new();
    for pair in args.links.split(',') {
        let link = pair.split_once('=').and_then(|(word, percent)| {
            Some((Link::parse(word.trim())?, percent.trim().parse().ok()?))
        });
        links.push(link.ok_or_else(|| Unclear::Links(pair.to_owned()))?);
    }
    let slow = match &args.slow {
        None => None,
        Some(text) => {
            let figures: Vec<u64> = text.split(',').filter_map(|one| one.parse().ok()).collect();
            match *figures.as_slice() {
                [at_s, for_s, times @ 1..=1_000] => Some(Slow { at_s, for_s, times }),
                _ => return Err(Unclear::Slow(text.clone())),
            }
        }
    };
    let start = match (args.load, args.within) {
        (Some(load), _) => Start::Load(load),
        (None, Some(within)) => Start::Within(within.saturating_mul(1_000)),
        (None, None) => Start::Tries,
    };
    let plan = Plan {
        stores: args.stores,
        registers: args.registers,
        sales: args.sales,
        speed_percent: args.speed,
        start,
        loss_permille: args.loss.saturating_mul(10),
        links,
        stop: args.restart.map(|for_s| Stop { at_s: args.restart_at, for_s }),
        slow,
        back_minute: minute(&args.back)?,
        open: (minute(opens)?, minute(closes)?),
        seed: args.seed,
        ..Plan::default()
    };
    if !args.validate {
        return Ok(plan);
    }
    let a_store = clients::A_STORE;
    if !(a_store..=20_000).contains(&args.clients) {
        return Err(Unclear::Clients(args.clients));
    }
    let start = match start {
        // Waiting for tries that are minutes apart would measure the waiting.
        Start::Tries => Start::Within(2_000),
        start => start,
    };
    let (stores, registers) = (args.clients / a_store, a_store);
    let (links, speed_percent) = (vec![(Link::Loopback, 100)], 100);
    Ok(Plan { stores, registers, start, links, speed_percent, ..plan })
}

fn minute(text: &str) -> Result<u32, Unclear> {
    let unclear = || Unclear::Time(text.to_owned());
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    let hour: u32 = hour.parse().map_err(|_| unclear())?;
    let minute: u32 = minute.parse().map_err(|_| unclear())?;
    if hour > 24 || minute > 59 {
        return Err(unclear());
    }
    Ok(hour.saturating_mul(60).saturating_add(minute))
}

/// `7:05 min` for times of people, `12.3 s` for short ones.
fn long(ms: u64) -> String {
    if ms < 120_000 {
        format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
    } else if ms < 7_200_000 {
        format!("{}:{:02} min", ms / 60_000, ms / 1_000 % 60)
    } else {
        format!("{}:{:02} h", ms / 3_600_000, ms / 60_000 % 60)
    }
}

fn times(permille: u64) -> String {
    format!("{}.{:02}", permille / 1_000, permille % 1_000 / 10)
}

fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

/// The figures with their words, for text and page.
fn figures(drain: &Drain) -> Vec<(&'static str, String)> {
    vec![
        ("Registers", drain.registers.to_string()),
        ("Records", drain.records.to_string()),
        ("In", drain.records_in.to_string()),
        ("Drained in", long(drain.drain_ms)),
        ("Ideal: all work, one after the other", long(drain.ideal_ms)),
        ("Times the ideal", times(drain.of_ideal_permille)),
        ("Records a second, from a tenth to nine tenths", drain.goodput.to_string()),
        ("Most requests in a second", drain.peak_requests.to_string()),
        ("Requests", drain.requests.to_string()),
        ("Deliveries", drain.deliveries.to_string()),
        ("Refused for each delivery", times(drain.refused_permille)),
        ("Requests without an answer", drain.lost.to_string()),
        ("Records sent again", drain.records_again.to_string()),
        ("MB sent in vain", (drain.bytes_in_vain / 1_000_000).to_string()),
        ("Fairness between stores (Jain)", times(drain.jain_permille)),
        ("Simulated events", drain.events.to_string()),
    ]
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drain = &self.drain;
        for (name, value) in figures(drain) {
            writeln!(f, "{name:46} {value:>14}")?;
        }
        writeln!(f, "\nStores that are done")?;
        for (part, ms) in &drain.stores_done_ms {
            writeln!(f, "{part:>5} %  {:>12}", long(*ms))?;
        }
        writeln!(f, "\n{:>12}  {:>10}  {:>8}  {:>8}", "after", "announced", "in", "stores")?;
        for moment in &drain.moments {
            writeln!(
                f,
                "{:>12}  {:>10}  {:>8}  {:>8}",
                long(moment.at_ms),
                percent(moment.announced_permille),
                percent(moment.in_permille),
                percent(moment.stores_permille)
            )?;
        }
        write!(f, "\nCosts: {}", self.measured.note)
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let simulated = &self.simulated;
        writeln!(f, "{:38} {:>14} {:>14}", "", "simulated", "real")?;
        let rows = [
            ("All done after", long(simulated.drain_ms), long(self.real_ms)),
            ("Half of them after", long(simulated.half_ms), long(self.real_half_ms)),
            (
                "Records a second, tenth to nine tenths",
                simulated.goodput.to_string(),
                self.real_goodput.to_string(),
            ),
            ("Requests", simulated.requests.to_string(), self.real_requests.to_string()),
            ("Connections", simulated.connections.to_string(), self.real_connections.to_string()),
            (
                "Greetings and announcements refused",
                simulated.words_refused.to_string(),
                self.real_words_refused.to_string(),
            ),
            ("Deliveries refused", simulated.refused.to_string(), self.real_refused.to_string()),
            ("Without an answer", simulated.lost.to_string(), self.real_failed.to_string()),
        ];
        for (name, one, other) in rows {
            writeln!(f, "{name:38} {one:>14} {other:>14}")?;
        }
        let sign = if self.off_permille < 0 { "-" } else { "+" };
        let off = self.off_permille.unsigned_abs();
        let fits = if self.fits { "within" } else { "NOT within" };
        write!(f, "The simulated drain is off by {sign}{}.{} %: {fits} 15 %", off / 10, off % 10)
    }
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem auto;max-width:54rem;\
padding:0 1rem;background:var(--page);color:var(--ink)}h1{font-size:1.6rem;margin:0 0 .3rem}\
h2{font-size:1.15rem;margin:0 0 .8rem}section{background:var(--sheet);border:1px solid \
var(--line);border-radius:6px;padding:1rem 1.2rem;margin:1.2rem 0}table{border-collapse:collapse;\
width:100%;font-size:.92rem}th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);\
text-align:left}th{color:var(--soft)}td.n,th.n{text-align:right;\
font-variant-numeric:tabular-nums}small{color:var(--soft)}";

fn page(simulated: &Simulated) -> String {
    let drain = &simulated.drain;
    let bar = |label: String, value: u64, text: String| Bar {
        label,
        value: i64::try_from(value).unwrap_or(i64::MAX),
        text,
    };
    let came = drain
        .moments
        .iter()
        .map(|moment| bar(long(moment.at_ms), moment.in_permille, percent(moment.in_permille)));
    let came = bars("How much of the records is in", &came.collect::<Vec<Bar>>());
    let stores = drain.stores_done_ms.iter();
    let stores = stores.map(|(part, ms)| bar(format!("{part} % of stores"), *ms, long(*ms)));
    let stores = bars("When stores are done", &stores.collect::<Vec<Bar>>());
    let rows = figures(drain).into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    let rows = table(&["Figure", ""], &rows.collect::<Vec<Vec<String>>>());
    let mut html = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width,initial-scale=1\"><title>A fleet comes back</title>",
    );
    writeln!(
        html,
        "<style>{}{STYLE}</style><h1>A fleet comes back</h1><p><small>Simulated with the seed and \
         options of the command. Costs: {}</small></p><section><h2>Records that are in</h2>{came}\
         </section><section><h2>When stores are done</h2>{stores}</section><section><h2>Figures\
         </h2>{rows}</section></html>",
        plot::STYLE,
        escaped(&simulated.measured.note)
    )
    .ok();
    html
}
