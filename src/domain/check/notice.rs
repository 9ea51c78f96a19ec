//! The notice for customers: what the store asks of a check, and what it does not keep.
//!
//! Lines only; who prints them chooses the paper. 42 columns fit every receipt printer.

use super::policy::CheckPolicy;
use crate::domain::money::Money;
use crate::domain::policy::Currency;

/// The most characters of a line.
pub const COLUMNS: usize = 42;

/// The notice, wrapped.
pub fn lines(
    store_name: &str,
    policy: &CheckPolicy,
    check_max: Money,
    currency: Currency,
) -> Vec<String> {
    let mut said = vec![
        format!("PAYING BY CHECK AT {}", store_name.to_uppercase()),
        String::new(),
        format!("Checks up to {}; above it a manager decides.", currency.format(check_max)),
    ];
    if let Some(count) = policy.account_day_count {
        said.push(format!("At most {count} checks a day."));
    }
    said.push(match policy.cash_back_max {
        Money::ZERO => "Make it out for the amount due; no cash back.".to_owned(),
        most => format!("Cash back up to {}.", currency.format(most)),
    });
    said.extend(policy.look("us").iter().map(ToString::to_string));
    let rule = policy.id_rule();
    if policy.id_from.is_some() {
        said.push("We look at an ID with a picture.".to_owned());
        said.push(if rule.keeps_kind {
            "We keep which kind it was and who issued it. Not its number.".to_owned()
        } else {
            "We keep that we saw one, and nothing from it.".to_owned()
        });
    }
    said.push(format!("We never ask for or write down {}.", rule.never));
    said.extend(rule.statute.map(|statute| format!("({statute})")));
    said.push(String::new());
    said.push(match (policy.asks_account, policy.seal_key) {
        (false, _) => "We keep the check's number and amount, and no account number.".to_owned(),
        (true, None) => "Routing and account number are encrypted at once, or not kept.".to_owned(),
        (true, Some(_)) => {
            "Routing and account number are encrypted at once. This store can't read them again; \
             they are opened at our head office only if your check comes back unpaid."
                .to_owned()
        }
    });
    said.iter().flat_map(|line| wrap(line)).collect()
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let fits = lines.last().is_some_and(|line| {
            line.chars().count().saturating_add(word.chars().count()) < COLUMNS
        });
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if fits => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::id_rule::StateCode;

    #[test]
    fn the_notice_fits_the_paper_and_names_what_is_not_kept() {
        let policy = CheckPolicy { state: StateCode::parse("RI"), ..CheckPolicy::DEFAULT };
        let lines = lines("Tideover Market", &policy, Money::from_minor(15_000), Currency::Usd);
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS), "{lines:#?}");
        let text = lines.join(" ");
        for said in ["$150.00", "social security number", "R.I. Gen. Laws 6-13-15", "no cash back"]
        {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}
