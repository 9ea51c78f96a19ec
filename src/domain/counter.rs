//! A store's rules for the counter that most stores leave as they are: slips, refunds, pickups.

/// See the module. All of it may be left out of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterPolicy {
    /// A slip is printed each time the drawer is opened without a sale.
    pub no_sale_slip: bool,
    /// With an open drawer, where the printer tells, no payment begins; otherwise it is only said.
    pub drawer_must_close: bool,
    /// For so many days after a sale that a check paid, cash goes back with a manager only: the
    /// check may not have cleared.
    pub check_hold_days: u16,
    /// Goods may go out for an online order that is not on file, against an ID and with a witness.
    pub pickup_unverified: bool,
    /// A register that nobody touches for so many seconds locks itself; 0: it never does.
    pub lock_after_s: u16,
}

impl CounterPolicy {
    /// What holds where the pack says nothing.
    pub const DEFAULT: Self = Self {
        no_sale_slip: false,
        drawer_must_close: false,
        check_hold_days: 10,
        pickup_unverified: true,
        lock_after_s: 120,
    };
}

impl Default for CounterPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
