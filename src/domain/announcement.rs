//! What customers are told in an outage: one text for the window they look at and for the signs.
//!
//! ```text
//!  systems that are down ─┐
//!  store's own terms ─────┼─▶ [Announcement]: headline, what works, what doesn't, until, also
//!  expected end, now ─────┘
//! ```
//!
//! Pure, and nothing in it is about a person or says more than the store can keep: it names no
//! cause and blames nobody. What only the staff feels, such as rosters, is not announced.

use super::money::Money;
use super::outage::System;
use super::policy::Policy;
use super::time::Timestamp;
use super::words::{Words, words};

/// What of a store's terms customers are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The largest check taken as a matter of course; zero where checks are not.
    pub check_max: Money,
    /// A photo ID is asked for with a check.
    pub id_with_check: bool,
    /// The store's own words about returns; empty where it has none.
    pub returns: String,
}

/// The text, sentence by sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The one thing to know.
    pub headline: Words,
    /// What works.
    pub works: Vec<Words>,
    /// What does not.
    pub stopped: Vec<Words>,
    /// When it should be over.
    pub until: Words,
    /// Returns, coupons, and thanks.
    pub also: Vec<Words>,
}

impl Terms {
    /// The terms in a store's policy.
    pub fn of(policy: &Policy) -> Self {
        Self {
            check_max: policy.check_max,
            id_with_check: policy.checks.asks_id(policy.check_max),
            returns: policy.return_policy.clone(),
        }
    }

    /// What can be paid with.
    fn tenders(&self) -> Vec<Words> {
        let mut tenders = vec![words!("Cash")];
        if self.check_max <= Money::ZERO {
            return tenders;
        }
        tenders.push(if self.id_with_check {
            words!("Checks up to {}, with a photo ID", self.check_max)
        } else {
            words!("Checks up to {}", self.check_max)
        });
        tenders
    }
}

impl Announcement {
    /// What to tell while `systems` are down; none when customers feel nothing of it.
    pub fn of(
        systems: &[System],
        expected: Option<Timestamp>,
        now: Timestamp,
        terms: &Terms,
    ) -> Option<Self> {
        let down = |system| systems.contains(&system);
        let paying = down(System::PointOfSale) || down(System::Payments);
        let mut stopped = Vec::new();
        let mut also = Vec::new();
        if paying {
            stopped.push(words!("Credit and debit cards, paying by phone"));
            stopped.push(words!("Gift cards, EBT and WIC"));
            stopped.push(words!("Coupons and rewards"));
            also.push(words!("Keep your coupons and rewards: they stay good."));
        }
        if down(System::OnlineOrdering) {
            stopped.push(words!("Ordering online"));
            also.push(words!("Picking up an order? Please ask at the service desk."));
        }
        if down(System::Inventory) {
            stopped.push(words!("Looking up what other stores have"));
        }
        if down(System::SupplyChain) {
            also.push(words!("Some deliveries are late, so a shelf may be empty."));
        }
        if stopped.is_empty() && also.is_empty() {
            return None;
        }
        if paying {
            also.insert(0, words!("Your receipt from today is good for returns."));
            if !terms.returns.is_empty() {
                also.insert(1, Words::data(terms.returns.clone()));
            }
        }
        Some(Self {
            headline: if paying {
                words!("We are open: cash and checks only")
            } else {
                words!("We are open: some services are down")
            },
            works: if paying { terms.tenders() } else { vec![words!("Shopping in the store")] },
            stopped,
            until: until(expected, now),
            also,
        })
    }
}

/// When it should be over, as customers read a clock.
fn until(expected: Option<Timestamp>, now: Timestamp) -> Words {
    let Some(expected) = expected else {
        return words!("We don't know yet how long it takes. Thank you for your patience.");
    };
    if expected.utc_ms <= now.utc_ms {
        return words!("It takes longer than we expected. Thank you for your patience.");
    }
    let (date, today) = (expected.local_date(), now.local_date());
    if date == today {
        return words!("We expect everything to work again by {}.", clock(expected));
    }
    let day = format!("{}/{}", date.month(), date.day());
    words!("We expect everything to work again on {} by {}.", day, clock(expected))
}

/// `9:05 AM`, as clocks are read in stores of the United States.
pub fn clock(at: Timestamp) -> Words {
    let (hour, minute) = at.local_hour_minute();
    let twelve = match hour % 12 {
        0 => 12,
        hour => hour,
    };
    let time = format!("{twelve}:{minute:02}");
    if hour < 12 { words!("{} AM", time) } else { words!("{} PM", time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("time")
    }

    fn terms() -> Terms {
        Terms {
            check_max: Money::from_minor(20_000),
            id_with_check: true,
            returns: "Returns within 30 days".to_owned(),
        }
    }

    fn told(systems: &[System], expected: Option<&str>) -> Option<Announcement> {
        let now = at("2026-11-22T15:17:20.000-06:00");
        Announcement::of(systems, expected.map(at), now, &terms())
    }

    #[test]
    fn without_cards_it_says_cash_and_checks_and_what_becomes_of_coupons() {
        let told = told(&[System::PointOfSale], None).expect("an announcement");
        assert!(told.headline == "We are open: cash and checks only");
        assert!(told.works[0] == "Cash" && told.works[1].to_string().contains("200.00"));
        let also: Vec<String> = told.also.iter().map(ToString::to_string).collect();
        assert_eq!(also[1], "Returns within 30 days");
        assert!(also.iter().any(|line| line.contains("stay good")), "{also:?}");
        assert!(told.until.to_string().starts_with("We don't know yet"));
    }

    #[test]
    fn where_customers_can_pay_nothing_is_said_about_paying() {
        let told = told(&[System::OnlineOrdering], None).expect("an announcement");
        assert!(told.headline == "We are open: some services are down");
        let text = format!("{told:?}");
        assert!(!text.contains("Cash") && !text.contains("coupons"), "{text}");
    }

    #[test]
    fn what_only_the_staff_feels_is_not_announced() {
        assert_eq!(told(&[System::Scheduling], None), None);
        assert_eq!(told(&[], None), None);
    }

    #[test]
    fn the_expected_end_is_a_time_a_day_or_an_apology() {
        let until = |expected| {
            told(&[System::Payments], Some(expected)).expect("an announcement").until.to_string()
        };
        assert!(until("2026-11-22T18:05:00.000-06:00").ends_with("by 6:05 PM."));
        assert!(until("2026-11-23T00:30:00.000-06:00").ends_with("on 11/23 by 12:30 AM."));
        assert!(until("2026-11-22T15:17:20.000-06:00").starts_with("It takes longer"));
    }

    #[test]
    fn a_store_that_takes_no_checks_promises_none() {
        let none = Terms { check_max: Money::ZERO, ..terms() };
        let now = at("2026-11-22T15:17:20.000-06:00");
        let told = Announcement::of(&[System::Payments], None, now, &none).expect("told");
        assert_eq!(told.works.len(), 1);
    }
}
