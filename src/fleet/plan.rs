//! What fleet comes back, over which lines, and what goes wrong meanwhile.

/// A fleet and its troubles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Stores.
    pub stores: u32,
    /// Registers of each.
    pub registers: u32,
    /// Sales each register has to hand over: between half and one and a half times as many.
    pub sales: u32,
    /// How many times as fast as the measured one central is, in hundredths.
    pub speed_percent: u64,
    /// How the registers hear that central is back.
    pub start: Start,
    /// Requests of which nothing is heard again, in thousandths.
    pub loss_permille: u64,
    /// Stores of each line, in percent: fiber, cable, LTE, none at all but this machine.
    pub links: Vec<(Link, u32)>,
    /// Central stops.
    pub stop: Option<Stop>,
    /// Central's database is slow.
    pub slow: Option<Slow>,
    /// When central is back, in minutes of the easternmost stores' day.
    pub back_minute: u32,
    /// When stores open and close, in minutes of their own day.
    pub open: (u32, u32),
    /// The seed of all chance.
    pub seed: u64,
    /// The longest drain that is looked at, in seconds.
    pub most_s: u64,
}

/// How registers hear that central is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// By their own tries, which are as far apart as a long outage makes them.
    Tries,
    /// All within a time, in milliseconds.
    Within(u64),
    /// So that the first deliveries come at this many times central's capacity.
    Load(u64),
}

/// A store's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// 100 Mbit/s up, 12 ms there and back.
    Fiber,
    /// 20 Mbit/s up, 30 ms.
    Cable,
    /// 2 Mbit/s up, 70 ms.
    Lte,
    /// Within one machine.
    Loopback,
}

/// Central is away for a while, and remembers no appointment afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// When, in seconds from the return; none: when half of the ideal time is over.
    pub at_s: Option<u64>,
    /// For how long, in seconds.
    pub for_s: u64,
}

/// Central's deliveries take longer for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow {
    /// When, in seconds.
    pub at_s: u64,
    /// For how long, in seconds.
    pub for_s: u64,
    /// How many times as long.
    pub times: u64,
}

/// Why a plan can't be simulated.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlan {
    /// Too large, or nothing.
    #[error("a fleet has 1 to 100,000 stores of 1 to 100 registers, at most 2,000,000 in all")]
    Size,
    /// Too many sales, or none.
    #[error("a register has 1 to 100,000 sales to hand over")]
    Sales,
    /// Lines that are not all.
    #[error("the shares of the lines are 100 percent together, such as fiber=40,cable=45,lte=15")]
    Links,
    /// Times.
    #[error("a store opens before it closes, within one day, such as 7-22")]
    Hours,
    /// Others.
    #[error("loss is below 500 thousandths, the load 1 to 100, the speed 1 to 100,000 percent")]
    Numbers,
}

impl Default for Plan {
    /// 4,700 stores of 25 registers that come back at noon with 29 million sales.
    fn default() -> Self {
        Self {
            stores: 4_700,
            registers: 25,
            sales: 250,
            speed_percent: 100,
            start: Start::Tries,
            loss_permille: 0,
            links: vec![(Link::Fiber, 40), (Link::Cable, 45), (Link::Lte, 15)],
            stop: None,
            slow: None,
            back_minute: 12 * 60,
            open: (7 * 60, 22 * 60),
            seed: 1,
            most_s: 6 * 60 * 60,
        }
    }
}

impl Plan {
    /// Asks whether it makes sense.
    ///
    /// # Errors
    /// [`NotAPlan`].
    pub fn check(&self) -> Result<(), NotAPlan> {
        let all = u64::from(self.stores).saturating_mul(u64::from(self.registers));
        let (opens, closes) = self.open;
        let percent = self.links.iter().map(|(_, share)| *share).fold(0_u32, u32::saturating_add);
        let loads = |start| !matches!(start, Start::Load(load) if !(1..=100).contains(&load));
        if !(1..=100_000).contains(&self.stores)
            || !(1..=100).contains(&self.registers)
            || all > 2_000_000
        {
            return Err(NotAPlan::Size);
        }
        if !(1..=100_000).contains(&self.sales) {
            return Err(NotAPlan::Sales);
        }
        if percent != 100 {
            return Err(NotAPlan::Links);
        }
        if opens >= closes || closes > DAY_MINUTES || self.back_minute >= DAY_MINUTES {
            return Err(NotAPlan::Hours);
        }
        let speeds = (1..=100_000).contains(&self.speed_percent);
        if self.loss_permille >= 500 || !loads(self.start) || !speeds {
            return Err(NotAPlan::Numbers);
        }
        Ok(())
    }

    /// The time zone of a store, in hours behind the easternmost: shares of the population of the
    /// United States, east to west.
    pub const fn zone_of(store: u32) -> u32 {
        match store % 100 {
            0..=46 => 0,
            47..=79 => 1,
            80..=86 => 2,
            _ => 3,
        }
    }

    /// The next moment at which a store in this zone is open, in microseconds from the return.
    pub fn open_at(&self, at_us: u64, zone: u32) -> u64 {
        let minute_us = 60_000_000_u64;
        let day_us = u64::from(DAY_MINUTES).saturating_mul(minute_us);
        let own = u64::from(self.back_minute)
            .saturating_add(u64::from(DAY_MINUTES))
            .saturating_sub(u64::from(zone).saturating_mul(60));
        let own_us = own.saturating_mul(minute_us).saturating_add(at_us) % day_us;
        let opens_us = u64::from(self.open.0).saturating_mul(minute_us);
        let closes_us = u64::from(self.open.1).saturating_mul(minute_us);
        if own_us < opens_us {
            at_us.saturating_add(opens_us.saturating_sub(own_us))
        } else if own_us >= closes_us {
            let rest_us = day_us.saturating_sub(own_us).saturating_add(opens_us);
            at_us.saturating_add(rest_us)
        } else {
            at_us
        }
    }
}

const DAY_MINUTES: u32 = 24 * 60;

impl Link {
    /// Bits a second upwards, and microseconds there and back.
    pub const fn figures(self) -> (u64, u64) {
        match self {
            Self::Fiber => (100_000_000, 12_000),
            Self::Cable => (20_000_000, 30_000),
            Self::Lte => (2_000_000, 70_000),
            Self::Loopback => (10_000_000_000, 100),
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fiber => "fiber",
            Self::Cable => "cable",
            Self::Lte => "lte",
            Self::Loopback => "loopback",
        }
    }

    /// Reads its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Fiber, Self::Cable, Self::Lte, Self::Loopback]
            .into_iter()
            .find(|link| link.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_store_comes_when_it_opens_by_its_own_clock() {
        let minute = 60_000_000;
        let plan = Plan { back_minute: 6 * 60 + 30, ..Plan::default() };
        // Half past six in the east: it opens in half an hour, the west three hours later.
        assert_eq!(plan.open_at(0, 0), 30 * minute);
        assert_eq!(plan.open_at(0, 3), 210 * minute);
        assert_eq!(plan.open_at(40 * minute, 0), 40 * minute);
        let late = Plan { back_minute: 22 * 60, ..Plan::default() };
        assert_eq!(late.open_at(0, 0), 9 * 60 * minute);
        assert_eq!(late.open_at(0, 3), 0);
    }

    #[test]
    fn a_plan_without_sense_is_refused() {
        assert_eq!(Plan::default().check(), Ok(()));
        let bad = |change: &dyn Fn(&mut Plan)| {
            let mut plan = Plan::default();
            change(&mut plan);
            plan.check()
        };
        assert_eq!(bad(&|plan| plan.stores = 0), Err(NotAPlan::Size));
        assert_eq!(bad(&|plan| plan.registers = 101), Err(NotAPlan::Size));
        assert_eq!(bad(&|plan| plan.sales = 0), Err(NotAPlan::Sales));
        assert_eq!(bad(&|plan| plan.links = vec![(Link::Lte, 99)]), Err(NotAPlan::Links));
        assert_eq!(bad(&|plan| plan.open = (600, 600)), Err(NotAPlan::Hours));
        assert_eq!(bad(&|plan| plan.start = Start::Load(0)), Err(NotAPlan::Numbers));
        assert_eq!(bad(&|plan| plan.loss_permille = 500), Err(NotAPlan::Numbers));
    }
}
