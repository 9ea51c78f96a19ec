//! The rules' levels and thresholds: data with a version, so that a chain sets them without a new
//! program, and so that everybody can tell by which rules something was found.
//!
//! ```text
//!  version = 3
//!  drawer_free = "5.00"
//!  [levels]
//!  keyed_price = "review"
//! ```
//!
//! A file names only what differs from the shipped rules. Nothing in it can refuse a sale.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::domain::echo::{echo, in_a_line};
use crate::domain::money::Money;

use super::conduct_limits::Limits;
use super::exception::{Code, Exception, Level};

/// The longest rules file, in bytes.
pub const RULES_LEN_MAX: usize = 16 * 1024;

/// Levels and thresholds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rulebook {
    /// Its version; the shipped one is 1, and each one that is set must be higher.
    pub version: u32,
    /// A drawer may be over or short by this without anybody being asked.
    pub drawer_free: Money,
    /// Beyond this a drawer's difference holds what depends on it.
    pub drawer_hold: Money,
    /// A clock may be off by so many seconds.
    pub clock_s: u32,
    /// Beyond so many seconds somebody looks at it.
    pub clock_review_s: u32,
    /// A sale that comes in after so many hours is late.
    pub late_hours: u32,
    /// A sale of an outage that came in within so many seconds: central was up.
    pub central_up_s: u32,
    /// The drawer may be opened so often in a shift without a sale.
    pub no_sale_max: u32,
    /// A decision about more money than this needs two people.
    pub two_people_above: Money,
    /// How people work at the tills.
    pub conduct: Limits,
    /// Levels that differ from the usual ones.
    pub levels: BTreeMap<Code, Level>,
}

/// Why a file holds no rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRules {
    /// It is not TOML of this form.
    #[error("the rules can't be read ({0}); nothing was changed, the rules before them hold")]
    Form(String),
    /// An amount.
    #[error("'{0}' is not an amount from 0.00 to 1000000.00; nothing was changed")]
    Amount(String),
    /// A rule nobody knows.
    #[error("there is no rule '{0}'; 'tideover central rules' lists them; nothing was changed")]
    NoSuchRule(String),
    /// A level nobody knows.
    #[error("'{0}' is no level; there are info, review, hold and critical; nothing was changed")]
    NoSuchLevel(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    drawer_free: Option<String>,
    drawer_hold: Option<String>,
    clock_s: Option<u32>,
    clock_review_s: Option<u32>,
    late_hours: Option<u32>,
    central_up_s: Option<u32>,
    no_sale_max: Option<u32>,
    two_people_above: Option<String>,
    #[serde(default)]
    conduct: Limits,
    #[serde(default)]
    levels: BTreeMap<String, String>,
}

impl Default for Rulebook {
    fn default() -> Self {
        Self {
            version: 1,
            drawer_free: Money::from_minor(500),
            drawer_hold: Money::from_minor(10_000),
            clock_s: 120,
            clock_review_s: 3_600,
            late_hours: 24,
            central_up_s: 120,
            no_sale_max: 3,
            two_people_above: Money::from_minor(20_000),
            conduct: Limits::default(),
            levels: BTreeMap::new(),
        }
    }
}

impl Rulebook {
    /// Reads a rules file.
    ///
    /// # Errors
    /// [`NotRules`].
    pub fn read(text: &str) -> Result<Self, NotRules> {
        if text.len() > RULES_LEN_MAX {
            return Err(NotRules::Form("it is longer than 16 KiB".to_owned()));
        }
        let file: File =
            toml::from_str(text).map_err(|why| NotRules::Form(in_a_line(&why.to_string())))?;
        let usual = Self::default();
        let mut levels = BTreeMap::new();
        for (rule, level) in file.levels {
            let code = Code::from_word(&rule).ok_or(NotRules::NoSuchRule(echo(&rule)))?;
            let level = Level::from_word(&level).ok_or(NotRules::NoSuchLevel(echo(&level)))?;
            levels.insert(code, level);
        }
        Ok(Self {
            version: file.version,
            drawer_free: amount(file.drawer_free, usual.drawer_free)?,
            drawer_hold: amount(file.drawer_hold, usual.drawer_hold)?,
            clock_s: file.clock_s.unwrap_or(usual.clock_s),
            clock_review_s: file.clock_review_s.unwrap_or(usual.clock_review_s),
            late_hours: file.late_hours.unwrap_or(usual.late_hours),
            central_up_s: file.central_up_s.unwrap_or(usual.central_up_s),
            no_sale_max: file.no_sale_max.unwrap_or(usual.no_sale_max),
            two_people_above: amount(file.two_people_above, usual.two_people_above)?,
            conduct: file.conduct,
            levels,
        })
    }

    /// The rules as a file that gives them again.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        write!(
            text,
            "version = {}\ndrawer_free = \"{}\"\ndrawer_hold = \"{}\"\nclock_s = {}\n\
             clock_review_s = {}\nlate_hours = {}\ncentral_up_s = {}\nno_sale_max = {}\n\
             two_people_above = \"{}\"\n\n{}\n[levels]\n",
            self.version,
            self.drawer_free,
            self.drawer_hold,
            self.clock_s,
            self.clock_review_s,
            self.late_hours,
            self.central_up_s,
            self.no_sale_max,
            self.two_people_above,
            self.conduct.to_text(),
        )
        .ok();
        for (code, level) in &self.levels {
            writeln!(text, "{} = \"{}\"", code.word(), level.word()).ok();
        }
        text
    }

    /// The level of a rule as a rule.
    pub fn level(&self, code: Code) -> Level {
        self.levels.get(&code).copied().unwrap_or(code.level())
    }

    /// An exception with the level that these rules give it, where they give another.
    pub fn weigh(&self, mut exception: Exception) -> Exception {
        if let Some(level) = self.levels.get(&exception.code) {
            exception.level = *level;
        }
        exception
    }
}

fn amount(text: Option<String>, usual: Money) -> Result<Money, NotRules> {
    let Some(text) = text else { return Ok(usual) };
    match Money::parse(&text) {
        Ok(amount) if (0..=100_000_000).contains(&amount.minor()) => Ok(amount),
        _ => Err(NotRules::Amount(echo(&text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_what_differs_and_the_rest_is_as_shipped() {
        let text = "version = 2\ndrawer_free = \"2.50\"\n[levels]\nkeyed_price = \"review\"\n\
                    [conduct]\nparked_minutes = 45\n";
        let rules = Rulebook::read(text).expect("rules");
        assert_eq!((rules.conduct.parked_minutes, rules.conduct.void_minutes), (45, 5));
        assert_eq!((rules.version, rules.drawer_free), (2, Money::from_minor(250)));
        assert_eq!(rules.level(Code::KeyedPrice), Level::Review);
        assert_eq!(rules.level(Code::Fork), Level::Critical);
        assert_eq!(rules.late_hours, Rulebook::default().late_hours);
        assert_eq!(Rulebook::read(&rules.to_text()), Ok(rules));
        let shipped = Rulebook::default();
        assert_eq!(Rulebook::read(&shipped.to_text()), Ok(shipped));
    }

    #[test]
    fn a_file_that_is_wrong_is_refused_with_what_to_mend() {
        for (text, said) in [
            ("drawer_free = \"5.00\"", "version"),
            ("version = 2\ndrawer_free = \"five\"", "'five'"),
            ("version = 2\ndrawer_free = \"-1\"", "'-1'"),
            ("version = 2\nrefuse_sales = true", "refuse_sales"),
            ("version = 2\n[conduct]\nvoid_minuets = 5", "void_minuets"),
            ("version = 2\n[levels]\nunknown_itm = \"hold\"", "'unknown_itm'"),
            ("version = 2\n[levels]\nunknown_item = \"refuse\"", "'refuse'"),
        ] {
            let why = Rulebook::read(text).expect_err(text).to_string();
            assert!(why.contains(said) && why.contains("nothing was changed"), "{why}");
        }
    }
}
