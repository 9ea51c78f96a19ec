//! What customers know: each sale that was shown as PAID, and the money that changed hands.

use std::collections::BTreeSet;

use tideover::domain::ids::{Epoch, Seq};
use tideover::journal::hash::Hash;

/// A sale, return or void that somebody saw as PAID.
#[derive(Clone, Debug)]
pub struct Paid {
    /// The register's place among the lanes, and which of its machines.
    pub lane: usize,
    pub machine: u32,
    pub epoch: Epoch,
    pub seq: Seq,
    pub hash: Hash,
    /// The number on the receipt.
    pub number: u64,
    /// What the store kept in cash and in checks, as the customer counted it; below zero for what
    /// went back.
    pub cash: i64,
    pub checks: i64,
    /// Registers that said they hold it, and whose disks are what they were.
    pub held_by: BTreeSet<u16>,
    /// Central said it holds it, and was not put back since.
    pub acked: bool,
    /// Its own register's disk was destroyed, or put back to before it.
    pub disk_lost: bool,
    /// It was taken back, wholly or in part.
    pub back: bool,
}

impl Paid {
    /// Whether it may be missing at central: nobody who is left ever said to hold it.
    pub fn may_be_lost(&self) -> bool {
        self.disk_lost && self.held_by.is_empty() && !self.acked
    }

    /// As a person would name it.
    pub fn name(&self) -> String {
        format!(
            "sale {} of register {} (journal {}, record {})",
            self.number,
            self.lane + 1,
            self.epoch,
            self.seq
        )
    }
}
