//! What a drill's desk needs of a pack: an item of each sort, a department, a number that nobody
//! knows. What a given pack lacks is said, and what needs it is not proved.

use crate::domain::gtin::{ItemCode, ItemCodeShape, check_digit};
use crate::domain::item::{Item, SoldBy};
use crate::domain::policy::Policy;
use crate::pack::{Pack, PackError};

use super::baskets::Basket;
use super::tables;

/// The most goods that a desk looks for.
const GOODS_MAX: usize = 42;

/// What there is for the desk.
#[derive(Clone, Debug)]
pub struct Props {
    /// A package that anybody may buy.
    pub package: Option<Item>,
    /// Loose produce by the piece.
    pub produce: Option<Item>,
    /// Something by weight.
    pub weighed: Option<Item>,
    /// Something for grown-ups.
    pub aged: Option<Item>,
    /// Packages, as many as a truck brings.
    pub goods: Vec<Item>,
    /// A code that the price file does not know.
    pub unknown: String,
    /// A gift card's number.
    pub gift_card: Option<String>,
    /// The store's rules.
    pub policy: Policy,
}

impl Props {
    /// Looks through a pack: the desk's own goods first, then those of the baskets.
    ///
    /// # Errors
    /// [`PackError`] when the pack can't be read.
    pub fn of(pack: &Pack, baskets: &[Basket]) -> Result<Self, PackError> {
        let mut props = Self {
            package: None,
            produce: None,
            weighed: None,
            aged: None,
            goods: Vec::new(),
            unknown: unknown(pack)?,
            gift_card: gift_card(pack),
            policy: pack.policy().clone(),
        };
        let own = tables::desk_codes();
        let own = own.iter().filter_map(|code| ItemCode::parse(code).ok());
        let theirs = baskets.iter().flat_map(|basket| &basket.lines).map(|line| line.code.clone());
        for code in own.chain(theirs) {
            if props.is_complete() {
                break;
            }
            if let Some(item) =
                pack.item(&code)?.filter(|item| item.unit_price.tenthousandths() > 0)
            {
                props.take(item);
            }
        }
        Ok(props)
    }

    fn take(&mut self, item: Item) {
        let shape = item.code.shape();
        let slot = match (item.sold_by, item.age_min, shape) {
            (SoldBy::Weight, None, _) => &mut self.weighed,
            (SoldBy::Each, Some(_), _) => &mut self.aged,
            (SoldBy::Each, None, ItemCodeShape::Plu) => &mut self.produce,
            (SoldBy::Each, None, ItemCodeShape::Gtin) => {
                if self.goods.len() < GOODS_MAX && !self.goods.contains(&item) {
                    self.goods.push(item.clone());
                }
                &mut self.package
            }
            _ => return,
        };
        slot.get_or_insert(item);
    }

    fn is_complete(&self) -> bool {
        let found = [&self.package, &self.produce, &self.weighed, &self.aged];
        found.into_iter().all(Option::is_some) && self.goods.len() >= GOODS_MAX
    }
}

/// The first of the store's own package numbers that no item has.
fn unknown(pack: &Pack) -> Result<String, PackError> {
    for number in 0..1_000_u32 {
        let body = format!("40187{number:06}");
        let code = format!("{body}{}", check_digit(&body).unwrap_or(0));
        let known = ItemCode::parse(&code).ok().map(|code| pack.item(&code)).transpose()?.flatten();
        if known.is_none() {
            return Ok(code);
        }
    }
    Ok(String::from("401870009990"))
}

/// A number of the pack's first range of gift cards.
fn gift_card(pack: &Pack) -> Option<String> {
    let cards = pack.code_rules().gift_cards.first()?;
    let rest = cards.digits().checked_sub(cards.prefix().len())?;
    Some(format!("{}{}", cards.prefix(), "7".repeat(rest)))
}
