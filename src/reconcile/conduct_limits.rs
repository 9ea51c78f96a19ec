//! From when on the rules about how people work speak: data of the rules' file.
//!
//! ```text
//!  [conduct]
//!  parked_minutes = 45
//! ```

use std::fmt::Write as _;

use serde::Deserialize;

/// The thresholds; a file names only those that differ from the shipped ones.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// A sale may be taken back so many minutes after it was paid.
    pub void_minutes: u32,
    /// So many sales of a shift may be taken back, whatever the others do.
    pub voids_max: u32,
    /// So many lines of a shift may be taken out.
    pub line_voids_max: u32,
    /// So many prices of a shift may be changed.
    pub price_changes_max: u32,
    /// So many amounts of a person and day may lie within a tenth below a limit.
    pub below_limit_max: u32,
    /// Goods written off within so many minutes after money went back for them.
    pub cover_minutes: u32,
    /// One person's signatures for another are compared from so many on.
    pub same_approver_min: u32,
    /// Nobody signs at two registers within so many seconds.
    pub approver_s: u32,
    /// A sale may lie aside for so many minutes.
    pub parked_minutes: u32,
    /// A drawer is slow below this part of the others' sales an hour, in percent.
    pub slow_percent: u32,
    /// So many wrong PINs may be keyed on one number in a day, unless the right one follows them.
    pub pin_tries_max: u32,
    /// On so many days wrong PINs may be keyed long before the right one.
    pub pin_days_max: u32,
    /// What is heard within so many minutes of an outage's beginning or end counts for nothing.
    pub outage_minutes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            void_minutes: 5,
            voids_max: 3,
            line_voids_max: 6,
            price_changes_max: 5,
            below_limit_max: 2,
            cover_minutes: 120,
            same_approver_min: 6,
            approver_s: 2,
            parked_minutes: 30,
            slow_percent: 30,
            outage_minutes: 5,
            pin_tries_max: 5,
            pin_days_max: 2,
        }
    }
}

impl Limits {
    /// The table of the rules' file that gives them again.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::from("[conduct]\n");
        for (name, value) in [
            ("void_minutes", self.void_minutes),
            ("voids_max", self.voids_max),
            ("line_voids_max", self.line_voids_max),
            ("price_changes_max", self.price_changes_max),
            ("below_limit_max", self.below_limit_max),
            ("cover_minutes", self.cover_minutes),
            ("same_approver_min", self.same_approver_min),
            ("approver_s", self.approver_s),
            ("parked_minutes", self.parked_minutes),
            ("slow_percent", self.slow_percent),
            ("outage_minutes", self.outage_minutes),
            ("pin_tries_max", self.pin_tries_max),
            ("pin_days_max", self.pin_days_max),
        ] {
            // Writing to a String can't fail.
            writeln!(text, "{name} = {value}").ok();
        }
        text
    }
}
