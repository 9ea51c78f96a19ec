//! `/metrics`: what is counted, in the text that Prometheus reads. docs/metrics.md lists each with
//! its unit.
//!
//! ```text
//!  Counters (this process) ─┐
//!  Recovery (all of them) ──┼─▶ text, without a store, a register or a person
//!  packs and programs ──────┘
//! ```
//!
//! Whole numbers only: seconds are written from microseconds, a ratio from millionths.

use std::fmt::Write as _;

use super::counters::{BUCKETS_US, Counters, Histogram};
use super::damaged;
use super::readiness::StoresReadiness;
use super::readiness::programs::{Counted, Programs};
use super::recovery::{Recovery, Watch};

/// The media type of the format.
pub(super) const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Programs that have a sample of their own.
const PROGRAMS_MAX: usize = 20;

/// What is told.
#[derive(Debug, Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP tideover_{name} {help}\n# TYPE tideover_{name} {kind}").ok();
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: &str) {
        write!(self.0, "tideover_{name}").ok();
        for (place, (label, said)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            write!(self.0, "{before}{label}=\"{}\"", escaped(said)).ok();
        }
        let after = if labels.is_empty() { "" } else { "}" };
        writeln!(self.0, "{after} {value}").ok();
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl ToString) {
        self.head(name, kind, help);
        self.sample(name, &[], &value.to_string());
    }

    fn many<'a>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        label: &str,
        values: impl Iterator<Item = (&'a str, u64)>,
    ) {
        self.head(name, kind, help);
        for (said, value) in values {
            self.sample(name, &[(label, said)], &value.to_string());
        }
    }

    fn times(&mut self, name: &str, labels: &[(&str, &str)], histogram: &Histogram) {
        let (counts, sum_us) = histogram.read();
        let bucket = format!("{name}_bucket");
        let ends = BUCKETS_US.iter().map(|end| parts(*end, 1_000_000)).chain(["+Inf".to_owned()]);
        for (end, count) in ends.zip(counts) {
            let with_end: Vec<(&str, &str)> =
                labels.iter().copied().chain([("le", end.as_str())]).collect();
            self.sample(&bucket, &with_end, &count.to_string());
        }
        self.sample(&format!("{name}_sum"), labels, &parts(sum_us, 1_000_000));
        let all = counts.last().copied().unwrap_or(0);
        self.sample(&format!("{name}_count"), labels, &all.to_string());
    }
}

fn escaped(said: &str) -> String {
    said.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A number of `unit`s as a decimal fraction: 1,500,000 of a million is `1.5`.
fn parts(count: u64, unit: u64) -> String {
    let (whole, rest) = (count / unit.max(1), count % unit.max(1));
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What is told of this process beside its counts.
pub(super) struct Process<'a> {
    pub(super) ready: bool,
    pub(super) started_ms: i64,
    pub(super) commits: &'a Histogram,
}

/// All of it. While the database is away, what this process counted is told all the same.
pub(super) fn text(watch: &Watch, process: &Process<'_>) -> String {
    let mut text = Text::default();
    text.head("build_info", "gauge", "The program; always 1.");
    text.sample("build_info", &[("version", env!("CARGO_PKG_VERSION"))], "1");
    let started = u64::try_from(process.started_ms).unwrap_or(0) / 1_000;
    text.one("start_time_seconds", "gauge", "When this process started, since 1970.", started);
    text.one(
        "ready",
        "gauge",
        "1 while this process takes deliveries (the answer of /readyz).",
        u64::from(process.ready),
    );
    counted(&mut text, &watch.door.counters, process.commits);
    let now = watch.now();
    text.one(
        "database_up",
        "gauge",
        "1 while the database answered this look; below it stands nothing of it otherwise.",
        u64::from(now.is_ok()),
    );
    if let Ok(now) = now {
        recovery(&mut text, &now);
        if let Ok(ready) = watch.readiness() {
            packs(&mut text, &ready);
            programs(&mut text, &ready.programs);
        }
    }
    text.0
}

fn counted(text: &mut Text, counters: &Counters, commits: &Histogram) {
    text.many(
        "segments_total",
        "counter",
        "Runs of records taken in, by what became of them.",
        "result",
        counters.segments(),
    );
    let name = "records_total";
    text.head(name, "counter", "Records taken in, by kind and by what became of them.");
    for (kind, result, count) in counters.records().filter(|(_, _, count)| *count > 0) {
        text.sample(name, &[("kind", kind), ("result", result)], &count.to_string());
    }
    text.one(
        "records_joined_total",
        "counter",
        "Records that had waited for others before them and joined them.",
        counters.joined(),
    );
    text.one(
        "unpacked_bytes_total",
        "counter",
        "Bytes of runs that had waited, unpacked to join them.",
        counters.unpacked(),
    );
    let name = "ingest_seconds";
    text.head(name, "histogram", "Time of a delivery, by stage: verify, store.");
    text.times(name, &[("stage", "verify")], &counters.verify);
    text.times(name, &[("stage", "store")], &counters.store);
    let name = "commit_seconds";
    text.head(name, "histogram", "Time of a transaction that takes runs in, commit included.");
    text.times(name, &[], commits);
    text.many(
        "refusals_total",
        "counter",
        "Requests that were sent away, by reason.",
        "reason",
        counters.refusals(),
    );
    text.one("in_flight", "gauge", "Requests being answered.", counters.in_flight());
    text.one(
        "unread_lines_total",
        "counter",
        "Connections that were ended because nobody read what they were answered.",
        counters.unread_lines(),
    );
    let help = "How often a derived row that can't be read was met, by table.";
    text.many("damaged_rows_total", "counter", help, "table", damaged::counts());
}

fn recovery(text: &mut Text, now: &Recovery) {
    let (sums, all) = (&now.sums, &now.sums.all);
    text.one("expected_records", "gauge", "Records that were out.", all.expected);
    text.one("received_records", "gauge", "Of them, records that came in.", all.received);
    text.one("kept_records", "gauge", "All records that are here and count.", all.records);
    let help = "Records that are out and were given up as lost by a person.";
    text.one("given_up_records", "gauge", help, all.given_up);
    let help = "Records that are here of registers that nobody vouched for.";
    text.one("unvouched_records", "gauge", help, all.unvouched);
    let ratio = u128::from(all.received)
        .saturating_mul(1_000_000)
        .checked_div(u128::from(all.expected))
        .and_then(|parts| u64::try_from(parts).ok());
    let help = "Received of expected records: 1 is all of them.";
    text.one("completeness_ratio", "gauge", help, parts(ratio.unwrap_or(1_000_000), 1_000_000));
    let help = "Takings less pay-outs of what was out, in minor units (cents).";
    text.one("expected_money_minor", "gauge", help, all.money_expected);
    let help = "The same of what of it came in, in minor units (cents).";
    text.one("received_money_minor", "gauge", help, all.money);
    let states = [
        ("unheard", all.unheard),
        ("silent", all.silent),
        ("quiet", all.quiet),
        ("sending", all.sending),
        ("complete", all.complete),
    ];
    let help = "Registers that are known, by state.";
    text.many("registers", "gauge", help, "state", states.into_iter());
    text.one("stores", "gauge", "Stores that are known.", sums.stores);
    let help = "Registers not heard lately, of stores where something was out.";
    text.one("registers_away", "gauge", help, sums.away);
    let help = "Stores with everything here that was announced, all registers heard lately.";
    text.one("stores_complete", "gauge", help, sums.stores_complete);
    let help = "Stores that announced nothing, or were not heard lately.";
    text.one("stores_silent", "gauge", help, sums.stores_silent);
    if let Some(left) = now.seconds_left {
        let help = "Time until all of it is here, at the pace of the last minutes.";
        text.one("time_left_seconds", "gauge", help, left);
    }
    let help = "Records that are here and not in the totals yet.";
    text.one("projection_lag_records", "gauge", help, all.behind);
    text.one("forked_records", "gauge", "Records on forks of a journal.", all.forked);
    text.one("parked_records", "gauge", "Records that wait for others before them.", all.parked);
    let held = u64::from(now.hold.is_some());
    text.one("hold", "gauge", "1 while registers were asked to send nothing.", held);
    let behind = now.exports.iter().map(|one| (one.target.as_str(), one.behind));
    let help = "Records that another system has not got yet.";
    text.many("export_lag_records", "gauge", help, "target", behind);
    let stuck = now.exports.iter().map(|one| (one.target.as_str(), one.stuck));
    let help = "Records for another system that wait for a person.";
    text.many("export_stuck_records", "gauge", help, "target", stuck);
    text.head("exceptions", "gauge", "What was found, by rule and level.");
    for one in &now.found {
        let labels = [("code", one.code.as_str()), ("level", one.level.as_str())];
        text.sample("exceptions", &labels, &one.count.to_string());
    }
}

/// How long registers have used their packs.
fn packs(text: &mut Text, ready: &StoresReadiness) {
    let registers = ready.stores.iter().flat_map(|store| &store.registers);
    let mut without = 0_u64;
    let mut days: Vec<i64> = Vec::new();
    for one in registers {
        match one.pack_days {
            Some(age) => days.push(age),
            None => without = without.saturating_add(1),
        }
    }
    days.sort_unstable();
    let help = "Registers of which no pack is known.";
    text.one("registers_without_pack", "gauge", help, without);
    let name = "pack_age_seconds";
    text.head(name, "gauge", "How long registers have used their packs, whole days, by quantile.");
    let last = days.len().saturating_sub(1);
    for (quantile, tenths) in [("0.5", 5_usize), ("0.9", 9), ("1", 10)] {
        let place = last.saturating_mul(tenths).div_ceil(10);
        if let Some(age) = days.get(place) {
            let seconds = age.saturating_mul(86_400).to_string();
            text.sample(name, &[("quantile", quantile)], &seconds);
        }
    }
}

/// Which programs registers run. What they say of themselves may be any number of versions, so the
/// most common ones have a name.
fn programs(text: &mut Text, programs: &Programs) {
    let counts = programs.counts(PROGRAMS_MAX).into_iter().map(|(what, count)| match what {
        Counted::Version(version) => (version.as_str(), count),
        Counted::Others => ("other", count),
        Counted::Unreadable => ("unreadable", count),
        Counted::NotAnnounced => ("not_announced", count),
    });
    let help = "Registers by the program that they announced.";
    text.many("registers_by_program", "gauge", help, "program", counts);
    let help = "Registers with an older program than the newest of an enrolled register.";
    text.one("registers_older_program", "gauge", help, programs.older);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_written_without_a_float() {
        let told: Vec<_> =
            [0, 1, 2_500, 1_000_000, 1_500_000, 982_134].map(|us| parts(us, 1_000_000)).into();
        assert_eq!(told, ["0", "0.000001", "0.0025", "1", "1.5", "0.982134"]);
    }

    #[test]
    fn what_a_label_says_ends_neither_the_label_nor_the_line() {
        let mut text = Text::default();
        text.sample("export_lag_records", &[("target", "csv:C:\\out \"a\"\nb")], "3");
        let expected = "tideover_export_lag_records{target=\"csv:C:\\\\out \\\"a\\\"\\nb\"} 3\n";
        assert_eq!(text.0, expected);
    }
}
