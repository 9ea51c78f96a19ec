//! The store's rules that are data: signed in the pack, never in code.

use super::approval::Limits;
use super::cash_rounding::CashRounding;
use super::check::policy::CheckPolicy;
use super::code::reading::ExpiryRule;
use super::counter::CounterPolicy;
use super::ids::{StoreNo, TaxClass};
use super::money::Money;
use super::protocol::StoreTask;
use super::rain_check::RainCheckPolicy;
use super::tax::TaxBasis;

/// The policy of one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The store the pack is for.
    pub store: StoreNo,
    /// Its name, on the screen and the receipt.
    pub store_name: String,
    /// Its street address as one line, for the receipt; empty where the pack has none.
    pub store_address: String,
    /// Its telephone, for the receipt; empty where the pack has none.
    pub store_phone: String,
    /// ISO 4217 code of its one currency; two decimals.
    pub currency: Currency,
    /// The IANA name of its time zone.
    pub time_zone: String,
    /// The unit weighed items are priced in: `lb` or `kg`.
    pub weight_unit: String,
    /// Where tax is rounded.
    pub tax_basis: TaxBasis,
    /// How cash is rounded.
    pub cash_rounding: CashRounding,
    /// The largest check taken without a lead.
    pub check_max: Money,
    /// The other rules for checks.
    pub checks: CheckPolicy,
    /// Ask when a cash tender is more than this above what is due: "5,050.02" for 32.22.
    pub tender_question_above: Money,
    /// Hours after which the pack's age is shown as a warning.
    pub pack_stale_hours: u32,
    /// Up to which of its dates a package may be sold.
    pub expiry: ExpiryRule,
    /// What scanners send instead of GS, where they can't send it.
    pub scanner_separator: Option<String>,
    /// What is said on the receipt about returns.
    pub return_policy: String,
    /// What needs a second person.
    pub limits: Limits,
    /// Slips, and refunds beyond a single one.
    pub counter: CounterPolicy,
    /// The departments that amounts without an item are rung up in, by number.
    pub departments: Vec<Department>,
    /// The store's own tasks in an outage, by number; none for the usual ones.
    pub tasks: Vec<StoreTask>,
    /// Rain checks: how long, up to what, which a register takes.
    pub rain_checks: RainCheckPolicy,
}

/// A department (ARTS: MerchandiseHierarchy) with the tax of what is rung up in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its number, 1 to 99.
    pub number: u16,
    /// Its name, on the key and the receipt.
    pub name: String,
    /// Which tax rows apply.
    pub tax_class: TaxClass,
}

/// A currency with two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Currency {
    /// US dollar.
    Usd,
    /// Canadian dollar.
    Cad,
    /// Pound sterling.
    Gbp,
    /// Euro.
    Eur,
    /// Mexican peso.
    Mxn,
}

impl Currency {
    const ALL: [Self; 5] = [Self::Usd, Self::Cad, Self::Gbp, Self::Eur, Self::Mxn];

    /// ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Cad => "CAD",
            Self::Gbp => "GBP",
            Self::Eur => "EUR",
            Self::Mxn => "MXN",
        }
    }

    /// ISO 4217 number, as codes on packages name it.
    pub const fn number(self) -> &'static str {
        match self {
            Self::Usd => "840",
            Self::Cad => "124",
            Self::Gbp => "826",
            Self::Eur => "978",
            Self::Mxn => "484",
        }
    }

    /// The sign before an amount.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Usd | Self::Cad | Self::Mxn => "$",
            Self::Gbp => "£",
            Self::Eur => "€",
        }
    }

    /// The currency of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.code() == code)
    }

    /// An amount as people read it: `$1,234.50`, `-$0.05`.
    pub fn format(self, amount: Money) -> String {
        let plain = amount.to_string();
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", plain.as_str()),
        };
        let (units, minor) = digits.split_once('.').unwrap_or((digits, "00"));
        let mut grouped = String::new();
        for (place, digit) in units.chars().enumerate() {
            let left = units.len().saturating_sub(place);
            if place > 0 && left.is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        format!("{sign}{}{grouped}.{minor}", self.sign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_read_them() {
        for (minor, text) in
            [(0, "$0.00"), (-5, "-$0.05"), (99_999, "$999.99"), (123_456_789, "$1,234,567.89")]
        {
            assert_eq!(Currency::Usd.format(Money::from_minor(minor)), text);
        }
    }
}
