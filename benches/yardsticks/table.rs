//! The table of figures: median, minimum and maximum over the rounds, the goal, and whether it is
//! met.

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// For comparison.
    None,
}

/// Whether a missed goal fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A count without noise: fails the run.
    Counter,
    /// A ratio within a round, or a rate: said, not failed.
    Measure,
}

/// One line of the table.
#[derive(Clone, Debug)]
struct Row {
    what: String,
    unit: &'static str,
    values: Vec<f64>,
    goal: Goal,
    aim: Option<f64>,
    kind: Kind,
}

/// All lines.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<(&'static str, Vec<Row>)>,
}

impl Table {
    /// Begins a section.
    pub fn section(&mut self, title: &'static str) {
        self.rows.push((title, Vec::new()));
    }

    /// A figure without a goal, for comparison.
    pub fn yardstick(&mut self, what: &str, unit: &'static str, values: Vec<f64>) {
        self.add(Row {
            what: what.to_owned(),
            unit,
            values,
            goal: Goal::None,
            aim: None,
            kind: Kind::Measure,
        });
    }

    /// A ratio, a rate or a time with its goal.
    pub fn measure(
        &mut self,
        what: &str,
        unit: &'static str,
        values: Vec<f64>,
        goal: Goal,
        aim: Option<f64>,
    ) {
        self.add(Row { what: what.to_owned(), unit, values, goal, aim, kind: Kind::Measure });
    }

    /// A count with its goal; missed, it fails the run.
    pub fn counter(
        &mut self,
        what: &str,
        unit: &'static str,
        values: Vec<f64>,
        goal: Goal,
        aim: Option<f64>,
    ) {
        self.add(Row { what: what.to_owned(), unit, values, goal, aim, kind: Kind::Counter });
    }

    /// True when a count missed its goal.
    pub fn a_counter_missed(&self) -> bool {
        let mut rows = self.rows.iter().flat_map(|(_, rows)| rows);
        rows.any(|row| row.kind == Kind::Counter && !row.is_met())
    }

    /// Prints all of it.
    pub fn print(&self) {
        for (title, rows) in &self.rows {
            println!("\n{title}");
            println!(
                "  {:<58} {:>10}  {:<23} {:<18} met",
                "what", "median", "min-max", "goal (aim)"
            );
            for row in rows {
                row.print();
            }
        }
        println!();
    }

    fn add(&mut self, row: Row) {
        self.rows.last_mut().expect("a section").1.push(row);
    }
}

impl Row {
    fn is_met(&self) -> bool {
        let median = median(&self.values);
        match self.goal {
            Goal::AtMost(most) => median <= most,
            Goal::AtLeast(least) => median >= least,
            Goal::None => true,
        }
    }

    fn print(&self) {
        let bounds = self
            .values
            .iter()
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        let goal = match self.goal {
            Goal::AtMost(most) => format!("<= {}", shown(most)),
            Goal::AtLeast(least) => format!(">= {}", shown(least)),
            Goal::None => String::new(),
        };
        let aim = self.aim.map_or_else(String::new, |aim| format!(" ({})", shown(aim)));
        let met = match (self.goal, self.is_met(), self.kind) {
            (Goal::None, ..) => "",
            (_, true, _) => "yes",
            (_, false, Kind::Counter) => "NO, the run fails",
            (_, false, Kind::Measure) => "no",
        };
        let span = format!("{}-{}", shown(bounds.0), shown(bounds.1));
        let what = format!("{} [{}]", self.what, self.unit);
        let median = shown(median(&self.values));
        println!("  {what:<58} {median:>10}  {span:<23} {:<18} {met}", format!("{goal}{aim}"));
    }
}

/// The middle value.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value that a part of the values does not exceed.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = ((sorted.len() - 1) as f64 * part).round();
    sorted[place as usize]
}

fn shown(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 10.0 => format!("{value:.2}"),
        small if small < 1_000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
