//! Pieces about price files and keys: a wrong one that is rightly signed, the version of the day
//! before, a newer one, a new key for the register; and what central meets of other versions.

use crate::domain::quantity::UnitPrice;
use crate::domain::sale::Reason;
use crate::drill::play::{DrillPack, Offered, Operator};
use crate::register::command::Command;

use super::{Desk, Miss, Outcome};

impl Desk {
    /// A wrong price file is taken into use, and an item is sold above the shelf's price.
    pub(super) fn wrong_prices(&mut self, operator: &mut dyn Operator) -> Outcome {
        let version = self.take_into_use(DrillPack::Wrong, operator)?;
        let package = self.package()?;
        self.scan(&package)?;
        let shown = self.sell_screen()?.lines.first().map(|line| line.unit_price);
        let shown = shown.ok_or_else(|| Miss::Said("nothing was rung up".to_owned()))?;
        if shown <= package.unit_price {
            return Err(Miss::Said(format!("pack {version} has the right price: {shown}")));
        }
        self.pay_cash()?;
        let right = package.unit_price;
        Ok(format!("pack {version}: {} sold at {shown}, the shelf says {right}", package.name))
    }

    /// A customer complains: the shelf's price holds, and the reason is recorded.
    pub(super) fn shelf_price(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        let unit_price: UnitPrice = package.unit_price;
        let reason = Reason::ShelfPrice;
        self.must(Command::SetPrice { place: 0, unit_price, reason })?;
        self.pay_cash()?;
        Ok(format!("{} at the shelf's {unit_price}", package.name))
    }

    /// The version of the day before is pinned; the register shows it and sells by it.
    pub(super) fn pin(&mut self, operator: &mut dyn Operator) -> Outcome {
        let version = operator.pin_pack(&self.lane)?;
        self.restart()?;
        let shown = self.lane.running()?.view().status.pack.map(|pack| pack.version);
        if shown.as_deref() != Some(version.as_str()) {
            return Err(Miss::Said(format!("{version} is pinned, the register shows {shown:?}")));
        }
        let package = self.package()?;
        self.scan(&package)?;
        let price = self.sell_screen()?.lines.first().map(|line| line.unit_price);
        self.pay_cash()?;
        if price != Some(package.unit_price) {
            return Err(Miss::Said(format!("{} was sold at {price:?}", package.name)));
        }
        Ok(format!(
            "the register shows {version} and sells {} at {}",
            package.name, package.unit_price
        ))
    }

    /// A newer version that was revoked is offered, rightly signed.
    pub(super) fn revoked_version(&mut self, operator: &mut dyn Operator) -> Outcome {
        match operator.offer(DrillPack::Revoked, &self.lane)? {
            Offered::Refused(why) if why.contains("revoked") => Ok(why),
            Offered::Refused(why) => Err(Miss::Said(format!("refused for another reason: {why}"))),
            Offered::Taken(version) => Err(Miss::Said(format!("{version} was taken"))),
        }
    }

    /// A newer price file, rightly signed, is taken into use while the outage is open.
    pub(super) fn new_prices(&mut self, operator: &mut dyn Operator) -> Outcome {
        let version = self.take_into_use(DrillPack::Newer, operator)?;
        let package = self.package()?;
        self.scan(&package)?;
        let total = self.pay_cash()?;
        Ok(format!("pack {version} was taken into use; a sale of {total} names it"))
    }

    /// The register gets a new key: its journal so far stays as it is, and a new one follows.
    pub(super) fn new_key(&mut self, operator: &mut dyn Operator) -> Outcome {
        let before = self.lane.running()?.ledger().chain().journal.epoch;
        // A shift ends with the key that signed it.
        self.lane.close_shift()?;
        self.lane.stop()?;
        let said = operator.enroll_anew(&self.lane);
        self.lane.start()?;
        let said = said?;
        let after = self.lane.running()?.ledger().chain().journal.epoch;
        if before == after {
            return Err(Miss::Said(format!("the journal is {after} still")));
        }
        let package = self.package()?;
        self.scan(&package)?;
        self.pay_cash()?;
        Ok(format!("{said}; journal {before} stays as it is, {after} goes on"))
    }

    /// The register says how old its price file is.
    pub(super) fn catalog_age(&mut self) -> Outcome {
        let shown = self.lane.running()?.view().status.pack;
        let shown = shown.ok_or_else(|| Miss::Said("the register shows no pack".to_owned()))?;
        Ok(format!("the bar shows pack {}, {} minutes old", shown.version, shown.age_minutes))
    }

    /// A record of a kind that this version does not know comes to central.
    pub(super) fn next_version(&mut self, operator: &mut dyn Operator) -> Outcome {
        let at = self.lane.running()?.view().status.now;
        Ok(operator.next_version(at)?)
    }

    /// The same event in a store one time zone further east.
    pub(super) fn other_zone(&mut self, operator: &mut dyn Operator) -> Outcome {
        let at = self.lane.running()?.view().status.now;
        Ok(operator.other_zone(at)?)
    }

    fn take_into_use(
        &mut self,
        pack: DrillPack,
        operator: &mut dyn Operator,
    ) -> Result<String, Miss> {
        match operator.offer(pack, &self.lane)? {
            Offered::Taken(version) => {
                self.restart()?;
                Ok(version)
            }
            Offered::Refused(why) => Err(Miss::Said(why)),
        }
    }

    fn restart(&mut self) -> Result<(), Miss> {
        self.lane.stop()?;
        Ok(self.lane.start()?)
    }
}
