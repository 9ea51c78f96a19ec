//! The policy table: one word and one value a row, in policy.csv and in the pack alike.

use std::collections::BTreeMap;

use super::check::{quoted, shown};
use super::{policy_check, policy_counter, policy_rain_check};
use crate::domain::approval::Limits;
use crate::domain::cash_rounding::CashRounding;
use crate::domain::code::reading::ExpiryRule;
use crate::domain::ids::{StoreNo, TaxClass};
use crate::domain::money::Money;
use crate::domain::policy::{Currency, Department, Policy};
use crate::domain::protocol::{Duty, StoreTask, TASK_MAX};
use crate::domain::tax::TaxBasis;

/// Digits of a PIN unless `pin_len_min` says otherwise (NIST SP 800-63B: at least six).
pub(super) const PIN_LEN_MIN: usize = 6;
/// 1,000,000.00: more than any till sees.
const AMOUNT_MAX: i64 = 100_000_000;
/// A year.
const STALE_HOURS_MAX: u32 = 8_784;

/// The highest number of a department that amounts are rung up in.
const DEPARTMENT_MAX: u16 = 99;

const KEYS: [&str; 33] = [
    "store",
    "store_name",
    "store_address",
    "store_phone",
    "currency",
    "time_zone",
    "weight_unit",
    "tax_basis",
    "cash_rounding",
    "check_max",
    "tender_question_above",
    "pack_stale_hours",
    "return_policy",
    "pin_len_min",
    "badges",
    "expiry_stop",
    "scanner_separator",
    "cash_max",
    "void_lines_max",
    "cancel_max",
    "override_percent_max",
    "override_amount_max",
    "open_department_max",
    "refund_max",
    "refund_day_max",
    "refund_register_day_max",
    "refund_unproved_max",
    "refund_two_above",
    "drop_above",
    "stock_lead_max",
    "stock_two_above",
    "day_reach",
    "age_by_sight",
];

/// The rows of the policy, gathered one by one.
#[derive(Debug, Default)]
pub(super) struct PolicyRows(BTreeMap<String, (u64, String)>);

/// A policy that was read, and the shortest PIN it allows.
#[derive(Clone, Debug)]
pub(super) struct ReadPolicy {
    pub(super) policy: Policy,
    pub(super) pin_len_min: usize,
    pub(super) badges: BadgeRule,
}

/// Who signs with a badge beside the PIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum BadgeRule {
    /// Leads and managers, every one of them; others where people.csv gives them a badge.
    Required,
    /// Whom people.csv gives one.
    #[default]
    WhereGiven,
    /// Nobody; what people.csv says of badges is passed over.
    Off,
}

impl PolicyRows {
    /// Takes one row.
    pub(super) fn add(&mut self, line: u64, key: &str, value: &str) -> Result<(), String> {
        let of_checks = policy_check::KEYS.contains(&key);
        let of_counter = policy_counter::KEYS.contains(&key);
        let of_rain_checks = policy_rain_check::KEYS.contains(&key);
        let numbered = department_no(key).is_some() || task_no(key).is_some();
        if !KEYS.contains(&key) && !of_checks && !of_counter && !of_rain_checks && !numbered {
            return Err(format!(
                "'{}' is no word of the policy; the words are {}, {}, {}, {}, department_1 to \
                 department_{DEPARTMENT_MAX} and task_1 to task_{TASK_MAX}",
                quoted(key),
                KEYS.join(", "),
                policy_check::KEYS.join(", "),
                policy_counter::KEYS.join(", "),
                policy_rain_check::KEYS.join(", ")
            ));
        }
        if let Some((first, _)) = self.0.get(key) {
            return Err(format!("'{key}' is already on line {first}"));
        }
        self.0.insert(key.to_owned(), (line, value.to_owned()));
        Ok(())
    }

    /// Puts a row that does not come from a table in place of one that does.
    pub(super) fn put(&mut self, key: &'static str, value: String) {
        self.0.insert(key.to_owned(), (1, value));
    }

    /// The rows as they go into the pack.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, (_, value))| (key.as_str(), value.as_str()))
    }

    /// The policy, or every reason why it is none, each with its line (1 where a word is missing).
    pub(super) fn read(&self) -> Result<ReadPolicy, Vec<(u64, String)>> {
        let mut wrong = Vec::new();
        let store = self.field(&mut wrong, "store", "a number from 1", |v| {
            v.parse().ok().filter(|store| *store > 0).map(StoreNo)
        });
        let store_name = self.text(&mut wrong, "store_name");
        let store_address = self.text_or_none(&mut wrong, "store_address");
        let store_phone = self.text_or_none(&mut wrong, "store_phone");
        let currency =
            self.field(&mut wrong, "currency", "USD, CAD, GBP, EUR or MXN", Currency::from_code);
        let time_zone =
            self.field(&mut wrong, "time_zone", "an IANA name such as America/Chicago", time_zone);
        let weight_unit = self.field(&mut wrong, "weight_unit", "lb or kg", |v| {
            matches!(v, "lb" | "kg").then(|| v.to_owned())
        });
        let tax_basis = self.field(&mut wrong, "tax_basis", "invoice or item", tax_basis);
        let rounding = "none, nearest5, down5 or change_up5";
        let cash_rounding = self.field(&mut wrong, "cash_rounding", rounding, cash_rounding);
        let check_max = self.field(&mut wrong, "check_max", "an amount such as 200.00", amount);
        let tender_question_above =
            self.field(&mut wrong, "tender_question_above", "an amount such as 200.00", amount);
        let pack_stale_hours = self.field(&mut wrong, "pack_stale_hours", "1 to 8784", |v| {
            v.parse().ok().filter(|hours| (1..=STALE_HOURS_MAX).contains(hours))
        });
        let return_policy = self.text(&mut wrong, "return_policy");
        let pin_len_min = if self.0.contains_key("pin_len_min") {
            self.field(&mut wrong, "pin_len_min", "4 to 12", |v| {
                v.parse().ok().filter(|len| (4..=12).contains(len))
            })
        } else {
            Some(PIN_LEN_MIN)
        };
        let checks =
            policy_check::read(|key| self.0.get(key).map(|(line, value)| (*line, value.as_str())));
        let checks = checks.map_err(|mut reasons| wrong.append(&mut reasons)).ok();
        let counter = policy_counter::read(|key| {
            self.0.get(key).map(|(line, value)| (*line, value.as_str()))
        });
        let counter = counter.map_err(|mut reasons| wrong.append(&mut reasons)).ok();
        let rain_checks = policy_rain_check::read(|key| {
            self.0.get(key).map(|(line, value)| (*line, value.as_str()))
        });
        let rain_checks = rain_checks.map_err(|mut reasons| wrong.append(&mut reasons)).ok();
        let expiry = self.optional(&mut wrong, "expiry_stop", EXPIRY_WORDS, expiry_rule);
        let expected = "1 to 8 characters, one of them out of # $ @ [ \\ ] ^ ` { | } ~";
        let separator =
            self.optional(&mut wrong, "scanner_separator", expected, |v| separator(v).map(Some));
        let badges = self.optional(&mut wrong, "badges", BADGE_WORDS, badge_rule);
        let limits = self.limits(&mut wrong);
        let departments = self.departments(&mut wrong);
        let tasks = self.tasks(&mut wrong);
        let read = || {
            Some(ReadPolicy {
                policy: Policy {
                    store: store?,
                    store_name: store_name?,
                    store_address: store_address?,
                    store_phone: store_phone?,
                    currency: currency?,
                    time_zone: time_zone?,
                    weight_unit: weight_unit?,
                    tax_basis: tax_basis?,
                    cash_rounding: cash_rounding?,
                    check_max: check_max?,
                    checks: checks?,
                    tender_question_above: tender_question_above?,
                    pack_stale_hours: pack_stale_hours?,
                    expiry: expiry?,
                    scanner_separator: separator?,
                    return_policy: return_policy?,
                    limits: limits?,
                    counter: counter?,
                    departments: departments?,
                    tasks: tasks?,
                    rain_checks: rain_checks?,
                },
                pin_len_min: pin_len_min?,
                badges: badges?,
            })
        };
        read().ok_or(wrong)
    }

    /// A word that may be left out; it then has its default.
    fn optional<T: Default>(
        &self,
        wrong: &mut Vec<(u64, String)>,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if !self.0.contains_key(key) {
            return Some(T::default());
        }
        self.field(wrong, key, expected, read)
    }

    /// The departments, by number; a row is the tax class, a semicolon and the name.
    fn departments(&self, wrong: &mut Vec<(u64, String)>) -> Option<Vec<Department>> {
        let before = wrong.len();
        let mut departments = Vec::new();
        for (key, (line, value)) in &self.0 {
            let Some(number) = department_no(key) else { continue };
            let read = value.split_once(';').and_then(|(class, name)| {
                let tax_class = TaxClass::parse(class.trim()).ok()?;
                let name = shown(name.trim(), key).ok()?;
                Some(Department { number, name, tax_class })
            });
            match read {
                Some(department) => departments.push(department),
                None => wrong.push((
                    *line,
                    format!("{key} is '{}'; write a tax class, ';' and a name", quoted(value)),
                )),
            }
        }
        departments.sort_by_key(|department| department.number);
        (wrong.len() == before).then_some(departments)
    }

    /// The store's own tasks, by number; a row is who, within how many minutes, and what.
    fn tasks(&self, wrong: &mut Vec<(u64, String)>) -> Option<Vec<StoreTask>> {
        let before = wrong.len();
        let mut tasks = Vec::new();
        for (key, (line, value)) in &self.0 {
            let Some(number) = task_no(key) else { continue };
            let mut words = value.splitn(3, ';').map(str::trim);
            let mut read = || {
                let duty = Duty::from_word(words.next()?)?;
                let within_min =
                    words.next()?.parse().ok().filter(|min| (1..=1_440).contains(min))?;
                let text = shown(words.next()?, key).ok().filter(|text| !text.is_empty())?;
                Some(StoreTask { number, duty, within_min, text })
            };
            match read() {
                Some(task) => tasks.push(task),
                None => wrong.push((
                    *line,
                    format!(
                        "{key} is '{}'; write who ({}), ';', minutes, ';' and what is done",
                        quoted(value),
                        Duty::ALL.map(Duty::word).join(", ")
                    ),
                )),
            }
        }
        tasks.sort_by_key(|task| task.number);
        (wrong.len() == before).then_some(tasks)
    }

    /// The limits: a word that is missing has the value of the default table.
    fn limits(&self, wrong: &mut Vec<(u64, String)>) -> Option<Limits> {
        let default = Limits::default();
        let mut money = |key: &str, default: Money| {
            if self.0.contains_key(key) {
                self.field(wrong, key, "an amount such as 200.00", amount)
            } else {
                Some(default)
            }
        };
        let cash_max = money("cash_max", default.cash_max);
        let cancel_max = money("cancel_max", default.cancel_max);
        let override_amount_max = money("override_amount_max", default.override_amount_max);
        let open_department_max = money("open_department_max", default.open_department_max);
        let refund_max = money("refund_max", default.refund_max);
        let refund_day_max = money("refund_day_max", default.refund_day_max);
        let refund_register_day_max =
            money("refund_register_day_max", default.refund_register_day_max);
        let refund_unproved_max = money("refund_unproved_max", default.refund_unproved_max);
        let refund_two_above = money("refund_two_above", default.refund_two_above);
        let drop_above = money("drop_above", default.drop_above);
        let mut count = |key: &str, default: u32, most: u32| {
            if self.0.contains_key(key) {
                self.field(wrong, key, &format!("0 to {most}"), |v| {
                    v.parse().ok().filter(|count| *count <= most)
                })
            } else {
                Some(default)
            }
        };
        let void_lines_max = count("void_lines_max", default.void_lines_max, 500);
        let override_percent_max = count("override_percent_max", default.override_percent_max, 100);
        let stock_lead_max = count("stock_lead_max", default.stock_lead_max, 1_000_000);
        let stock_two_above = count("stock_two_above", default.stock_two_above, 1_000_000);
        let day_reach = count("day_reach", default.day_reach, 366);
        let age_by_sight = if self.0.contains_key("age_by_sight") {
            self.field(wrong, "age_by_sight", "yes or no", |v| match v {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            })
        } else {
            Some(default.age_by_sight)
        };
        Some(Limits {
            cash_max: cash_max?,
            void_lines_max: void_lines_max?,
            cancel_max: cancel_max?,
            override_percent_max: override_percent_max?,
            override_amount_max: override_amount_max?,
            open_department_max: open_department_max?,
            refund_max: refund_max?,
            refund_day_max: refund_day_max?,
            refund_register_day_max: refund_register_day_max?,
            refund_unproved_max: refund_unproved_max?,
            refund_two_above: refund_two_above?,
            drop_above: drop_above?,
            stock_lead_max: stock_lead_max?,
            stock_two_above: stock_two_above?,
            day_reach: day_reach?,
            age_by_sight: age_by_sight?,
        })
    }

    fn field<T>(
        &self,
        wrong: &mut Vec<(u64, String)>,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Some((line, value)) = self.0.get(key) else {
            wrong.push((1, format!("'{key}' is missing; write {expected}")));
            return None;
        };
        let found = read(value);
        if found.is_none() {
            wrong.push((*line, format!("{key} is '{}'; write {expected}", quoted(value))));
        }
        found
    }

    fn text(&self, wrong: &mut Vec<(u64, String)>, key: &str) -> Option<String> {
        self.field(wrong, key, "1 to 80 bytes without control characters", |v| shown(v, key).ok())
    }

    /// A text that a store may do without.
    fn text_or_none(&self, wrong: &mut Vec<(u64, String)>, key: &str) -> Option<String> {
        if self.0.contains_key(key) { self.text(wrong, key) } else { Some(String::new()) }
    }
}

/// The number of `task_3`.
fn task_no(key: &str) -> Option<u16> {
    let number = key.strip_prefix("task_")?;
    let plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    number.parse().ok().filter(|number| plain && (1..=TASK_MAX).contains(number))
}

/// The number of `department_12`.
fn department_no(key: &str) -> Option<u16> {
    let number = key.strip_prefix("department_")?;
    let plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    number.parse().ok().filter(|number| plain && (1..=DEPARTMENT_MAX).contains(number))
}

pub(super) fn amount(text: &str) -> Option<Money> {
    Money::parse(text).ok().filter(|amount| (0..=AMOUNT_MAX).contains(&amount.minor()))
}

const BADGE_WORDS: &str = "required, where_given or off";

fn badge_rule(word: &str) -> Option<BadgeRule> {
    match word {
        "required" => Some(BadgeRule::Required),
        "where_given" => Some(BadgeRule::WhereGiven),
        "off" => Some(BadgeRule::Off),
        _ => None,
    }
}

const EXPIRY_WORDS: &str = "use_by, sell_by or best_before";

fn expiry_rule(word: &str) -> Option<ExpiryRule> {
    match word {
        "use_by" => Some(ExpiryRule::UseBy),
        "sell_by" => Some(ExpiryRule::SellBy),
        "best_before" => Some(ExpiryRule::BestBefore),
        _ => None,
    }
}

/// A text that no value of an element string can hold, since one of its characters is none of the
/// 82 that GS1 allows: otherwise a batch could be cut in two by it.
fn separator(text: &str) -> Option<String> {
    let fits = (1..=8).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
    let foreign = |c: char| !crate::domain::code::batch::is_gs1_character(c);
    (fits && text.chars().any(foreign)).then(|| text.to_owned())
}

fn tax_basis(word: &str) -> Option<TaxBasis> {
    match word {
        "invoice" => Some(TaxBasis::Invoice),
        "item" => Some(TaxBasis::Item),
        _ => None,
    }
}

fn cash_rounding(word: &str) -> Option<CashRounding> {
    match word {
        "none" => Some(CashRounding::None),
        "nearest5" => Some(CashRounding::Nearest5),
        "down5" => Some(CashRounding::Down5),
        "change_up5" => Some(CashRounding::ChangeUp5),
        _ => None,
    }
}

/// A name of the shape of a time zone, and a known one where this machine knows any.
fn time_zone(name: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    let zones = jiff::tz::db();
    let known = zones.available().next().is_none() || zones.get(name).is_ok();
    (!name.is_empty() && name.len() <= 40 && name.chars().all(allowed) && known)
        .then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(change: &[(&str, &str)]) -> PolicyRows {
        let mut rows = PolicyRows::default();
        for (line, (key, value)) in (2..).zip([
            ("store", "1042"),
            ("store_name", "Tideover Market"),
            ("currency", "USD"),
            ("time_zone", "America/Chicago"),
            ("weight_unit", "lb"),
            ("tax_basis", "invoice"),
            ("cash_rounding", "nearest5"),
            ("check_max", "200.00"),
            ("tender_question_above", "100.00"),
            ("pack_stale_hours", "24"),
            ("return_policy", "Returns within 30 days with receipt"),
        ]) {
            let value = change.iter().find(|(k, _)| *k == key).map_or(value, |(_, v)| *v);
            rows.add(line, key, value).expect("known");
        }
        rows
    }

    #[test]
    fn a_whole_policy_is_read_and_asks_for_six_digits() {
        let read = rows(&[]).read().expect("good");
        assert_eq!(read.policy.store, StoreNo(1042));
        assert_eq!(read.policy.cash_rounding, CashRounding::Nearest5);
        assert_eq!(read.pin_len_min, 6);
    }

    #[test]
    fn every_wrong_word_is_told_at_once() {
        let wrong =
            [("store", "0"), ("currency", "JPY"), ("time_zone", "Mars/Base"), ("check_max", "-1")];
        let said = rows(&wrong).read().expect_err("refused");
        assert_eq!(said.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4, 5, 9]);
        let said = PolicyRows::default().read().expect_err("refused");
        assert_eq!(said.len(), 11);
        assert!(rows(&[]).add(20, "store", "7").expect_err("twice").contains("line 2"));
        assert!(rows(&[]).add(20, "colour", "7").expect_err("unknown").contains("no word"));
    }
}
