//! What a customer pays with while central is down: cash and checks.
//!
//! Of a check its number and amount are recorded, whether an ID was seen, and a commitment to
//! what was sealed for central. Account and bank are never part of a record (docs/checks.md).

use super::check::CheckProof;
use super::money::Money;

/// The longest check number, in digits.
pub const CHECK_NUMBER_LEN_MAX: usize = 10;

/// A payment that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tender {
    /// Coins and notes, as handed over.
    Cash {
        /// What the customer handed over.
        amount: Money,
    },
    /// A check.
    Check {
        /// The amount on it; above what is due only where the store gives cash back.
        amount: Money,
        /// The number printed on it.
        number: CheckNumber,
        /// What else is known of it.
        proof: CheckProof,
    },
    /// A check that was taken goes back to its writer, because its sale is voided.
    CheckReturned {
        /// The amount on it, above zero.
        amount: Money,
        /// The number printed on it.
        number: CheckNumber,
    },
}

/// The serial number printed on a check: 1 to 10 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckNumber(String);

/// Why a text is not a check number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a check number is 1 to {CHECK_NUMBER_LEN_MAX} digits; it stands at the top right")]
pub struct NotCheckNumber;

impl CheckNumber {
    /// Reads the number as printed.
    ///
    /// # Errors
    /// [`NotCheckNumber`] for anything but 1 to 10 digits.
    pub fn parse(text: &str) -> Result<Self, NotCheckNumber> {
        let fits = (1..=CHECK_NUMBER_LEN_MAX).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotCheckNumber)
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Tender {
    /// A check of which only amount and number are known.
    pub fn plain_check(amount: Money, number: CheckNumber) -> Self {
        Self::Check { amount, number, proof: CheckProof::default() }
    }

    /// The amount handed over; below zero for a check that goes back.
    pub fn amount(&self) -> Money {
        match self {
            Self::Cash { amount } | Self::Check { amount, .. } => *amount,
            // Amounts are bounded far from the end of their type, where they are made and read.
            Self::CheckReturned { amount, .. } => Money::ZERO.minus(*amount).unwrap_or(Money::ZERO),
        }
    }
}
