//! The tables of a pack for a drill that is given none: made from the baskets themselves, and from
//! the few goods that its desk needs.

use std::fmt::Write as _;

use crate::domain::cash_rounding::CashRounding;
use crate::domain::item::SoldBy;
use crate::domain::tax::TaxBasis;
use crate::pack::Source;

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
    /// stock.csv
    pub stock: String,
    /// orders.csv
    pub orders: String,
}

/// Gift cards of a drill: nothing can be paid with them.
const GIFT_CARDS: &str = "prefix,digits,name\n600649,19,Drill gift card\n";
/// What is on hand of each of the desk's goods before the drill.
const ON_HAND: u32 = 400;

/// One of the goods that a drill's desk sells, receives and counts.
struct Goods {
    code: String,
    name: String,
    cents: u32,
    weighed: bool,
    age_min: &'static str,
}

/// The desk's goods: a package for grown-ups, loose produce by the piece and by weight, and a
/// truck's load of packages. Their codes are the store's own (GS1 prefix 4).
fn desk_goods() -> Vec<Goods> {
    let upc = |number: u32| {
        let body = format!("4019{number:07}");
        let digit = crate::domain::gtin::check_digit(&body).unwrap_or(0);
        format!("{body}{digit}")
    };
    let goods = |code: String, name: String, cents| Goods {
        code,
        name,
        cents,
        weighed: false,
        age_min: "",
    };
    let mut all = vec![
        Goods { age_min: "21", ..goods(upc(9_021), "DRILL CIDER".to_owned(), 899) },
        goods("4979".to_owned(), "DRILL PEARS".to_owned(), 79),
        Goods { weighed: true, ..goods("4982".to_owned(), "DRILL PLUMS".to_owned(), 249) },
    ];
    let load = (1_u32..=40).map(|number| {
        goods(
            upc(number),
            format!("DRILL SOUP {number}"),
            number.saturating_add(1).saturating_mul(25),
        )
    });
    all.extend(load);
    all
}

/// An order that a drill's pack knows: its number, the places of its soups and how many of each.
pub struct Order {
    /// Its number.
    pub number: &'static str,
    /// Its goods stand ready.
    pub staged: bool,
    /// Soups by their place, from 0, and how many.
    pub lines: &'static [(usize, i64)],
}

/// The orders.
pub fn orders() -> Vec<Order> {
    let order = |number, staged, lines| Order { number, staged, lines };
    vec![
        order("D-101", true, &[(0, 2)]),
        order("D-102", false, &[(1, 1)]),
        order("D-103", true, &[(2, 2), (3, 1)]),
        order("D-104", true, &[(4, 1)]),
        order("D-105", true, &[(6, 1)]),
    ]
}

/// True for the code of one of the truck's soups.
pub fn is_soup(code: &crate::domain::gtin::ItemCode) -> bool {
    soups().iter().any(|goods| {
        crate::domain::gtin::ItemCode::parse(&goods.code).is_ok_and(|soup| soup == *code)
    })
}

fn soups() -> Vec<Goods> {
    desk_goods().into_iter().filter(|goods| goods.name.starts_with("DRILL SOUP")).collect()
}

fn orders_csv() -> String {
    let mut text = String::from("order,code,name,item,quantity,paid,place,state,until\n");
    let soups = soups();
    for (place, Order { number, staged, lines }) in orders().into_iter().enumerate() {
        let state = if staged { "staged" } else { "not_staged" };
        for (soup, pieces) in lines {
            let Some(soup) = soups.get(*soup) else { continue };
            let stands = if staged { "Shelf A1" } else { "" };
            let row = format!(
                "{number},73190{place},Customer {},{},{pieces},1.00,{stands},{state},",
                ["One", "Two", "Three", "Four", "Five"].get(place).unwrap_or(&"More"),
                soup.code
            );
            writeln!(text, "{row}").ok();
        }
    }
    text
}

/// The codes of the goods that a desk can use where a pack has them.
pub fn desk_codes() -> Vec<String> {
    desk_goods().into_iter().map(|goods| goods.code).collect()
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
    let taken = |code: &str| {
        let code = crate::domain::gtin::ItemCode::parse(code);
        code.is_ok_and(|code| parts.items.iter().any(|item| item.code == code))
    };
    let taxed_class = parts.taxes.rows().first().map_or(crate::pack::EXEMPT, |r| r.class.as_str());
    let mut stock = String::from("code,on_hand,as_of\n");
    for Goods { code, name, cents, weighed, age_min } in desk_goods() {
        // What the baskets know under a code stays theirs.
        if !taken(&code) {
            let sold_by = if weighed { "lb" } else { "each" };
            let (units, cents) = (cents / 100, cents % 100);
            let row =
                format!("{code},{name},{units}.{cents:02},{sold_by},{taxed_class},1,{age_min}");
            writeln!(items, "{row}").ok();
        }
        writeln!(stock, "{code},{ON_HAND},").ok();
    }
    let mut taxes = String::from("code,class,percent,from,until\n");
    for row in parts.taxes.rows() {
        let until = row.until.map(|day| day.to_string()).unwrap_or_default();
        writeln!(taxes, "{},{},{},{},{until}", row.code, row.class, row.rate, row.from).ok();
    }
    let people = "id,name,role,pin\n41,Manager 41,manager,702946\n42,Manager 42,manager,830175\n\
         43,Cashier 43,cashier,591837\n44,Lead 44,lead,416205\n"
        .to_owned();
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
         weight_unit,lb\ntax_basis,{basis}\ncash_rounding,{rounding}\ncheck_max,150.00\n\
         department_1,{taxed_class};Grocery\nrefund_max,50.00\ncash_max,1000000.00\n\
         void_lines_max,500\ncancel_max,1000000.00\n\
         open_department_max,1000000.00\n\
         refund_unproved_max,1000000.00\nrefund_two_above,1000000.00\ndrop_above,1000000.00\n\
         tender_question_above,100000.00\npack_stale_hours,24\nreturn_policy,Drill\n",
        parts.currency.code()
    );
    Tables { items, taxes, people, policy, stock, orders: orders_csv() }
}

impl Tables {
    /// The same store with wrong prices and stock: four in five of the desk's goods cost twice as
    /// much, and there are absurdly many of them.
    pub fn wrong(&self) -> Self {
        let mut wrong = self.clone();
        for (place, Goods { code, cents, .. }) in desk_goods().into_iter().enumerate() {
            if place.is_multiple_of(5) {
                continue;
            }
            let price = |cents: u32| format!(",{}.{:02},", cents / 100, cents % 100);
            let (right, twice) = (price(cents), price(cents.saturating_mul(2)));
            let of_goods = |line: &str| line.starts_with(&format!("{code},DRILL"));
            let rows = wrong.items.lines().map(|line| {
                if of_goods(line) { line.replacen(&right, &twice, 1) } else { line.to_owned() }
            });
            wrong.items = rows.map(|row| format!("{row}\n")).collect();
            wrong.stock = wrong.stock.replace(&format!("{code},{ON_HAND},"), &format!("{code},9,"));
        }
        wrong
    }

    /// The tables as a pack's source. A store's own codes may be as long as a GTIN; what was sold
    /// under them was no misread.
    pub fn source(&self) -> Source<'_> {
        Source::OwnCodes {
            items: &self.items,
            taxes: &self.taxes,
            people: &self.people,
            policy: &self.policy,
            stock: &self.stock,
            gift_cards: GIFT_CARDS,
            orders: &self.orders,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SeededEntropy;
    use crate::domain::ids::PackVersion;
    use crate::domain::time::Timestamp;
    use crate::drill::baskets;
    use crate::pack::{BuildOrder, Pack, PackSigner, PinCost, build};

    #[test]
    fn a_pack_is_made_of_any_stores_baskets() {
        // Eight digits whose last is no check digit, a free item, a tax class without a row.
        let text = concat!(
            r#"{"store":{"currency":"GBP","tax_basis":"item","cash_rounding":"none","taxes":[]}}"#,
            "\n",
            r#"{"basket":"1","lines":[{"code":"12345678","price":"2"},"#,
            r#"{"code":"22","price":"0","name":"A \"GIFT\", FREE"},"#,
            r#"{"code":"DOT","price":"1.5","tax":"books","qty":"0.5"}]}"#,
        );
        let file = baskets::read(text.as_bytes()).expect("baskets");
        let parts = baskets::items_of(&file).expect("items");
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("drill.pack");
        let signer = PackSigner::from_seed(&[1; 32]).expect("a key");
        let tables = of(&parts, "Europe/London");
        let order = BuildOrder {
            source: &tables.source(),
            out: &out,
            signer: &signer,
            version: &PackVersion::parse("20101201-1").expect("a version"),
            published_at: Timestamp { utc_ms: 0, offset_min: 0 },
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        };
        build(&order, &|_| ()).unwrap_or_else(|why| panic!("{why:?}"));
        let pack = Pack::open(&out, &signer.public()).expect("a pack");
        for line in &file.baskets[0].lines {
            assert!(pack.item(&line.code).expect("readable").is_some(), "{}", line.code);
        }
    }
}
