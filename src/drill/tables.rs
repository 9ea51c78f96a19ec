//! The tables of a pack for a drill that is given none: made from the baskets themselves.

use std::fmt::Write as _;

use crate::domain::cash_rounding::CashRounding;
use crate::domain::item::SoldBy;
use crate::domain::tax::TaxBasis;

use super::baskets::PackParts;

/// The four tables as texts.
#[derive(Clone, Debug)]
pub struct Tables {
    /// items.csv
    pub items: String,
    /// taxes.csv
    pub taxes: String,
    /// people.csv
    pub people: String,
    /// policy.csv
    pub policy: String,
}

/// The store of a drill without a pack.
pub const STORE: u32 = 1;

/// Writes the tables. An item that costs nothing in its first basket costs a cent in the pack,
/// which prices no item at zero; its lines are keyed.
pub fn of(parts: &PackParts, time_zone: &str) -> Tables {
    let mut items = String::from("code,name,unit_price,sold_by,tax_class,department,age_min\n");
    for item in &parts.items {
        let free = item.unit_price.tenthousandths() <= 0;
        let price = if free { "0.01".to_owned() } else { item.unit_price.to_string() };
        let sold_by = match item.sold_by {
            SoldBy::Each => "each",
            SoldBy::Weight => "lb",
        };
        let name: String = item.name.chars().filter(|c| !c.is_control()).collect();
        let name = name.trim().replace('"', "\"\"");
        let taxed = parts.taxes.rows().iter().any(|row| row.class == item.tax_class);
        let class = if taxed { item.tax_class.as_str() } else { crate::pack::EXEMPT };
        let code = &item.code;
        // Writing to a String can't fail.
        writeln!(items, "{code},\"{name}\",{price},{sold_by},{class},0,").ok();
    }
    let mut taxes = String::from("code,class,percent,from,until\n");
    for row in parts.taxes.rows() {
        let until = row.until.map(|day| day.to_string()).unwrap_or_default();
        writeln!(taxes, "{},{},{},{},{until}", row.code, row.class, row.rate, row.from).ok();
    }
    let people = "id,name,role,pin\n41,Lead 41,lead,702946\n42,Lead 42,lead,830175\n".to_owned();
    let basis = match parts.basis {
        TaxBasis::Invoice => "invoice",
        TaxBasis::Item => "item",
    };
    let rounding = match parts.rounding {
        CashRounding::None => "none",
        CashRounding::Nearest5 => "nearest5",
        CashRounding::Down5 => "down5",
        CashRounding::ChangeUp5 => "change_up5",
    };
    let policy = format!(
        "key,value\nstore,{STORE}\nstore_name,Drill\ncurrency,{}\ntime_zone,{time_zone}\n\
         weight_unit,lb\ntax_basis,{basis}\ncash_rounding,{rounding}\ncheck_max,100000.00\n\
         tender_question_above,100000.00\npack_stale_hours,24\nreturn_policy,\n",
        parts.currency.code()
    );
    Tables { items, taxes, people, policy }
}
