//! Recalls: goods that must not be sold, known without asking anybody.
//!
//! A recall names an item, and a batch or all of them. A package whose batch is known and recalled
//! is a stop. One whose batch nobody scanned can't be told from a good one, so the cashier is told
//! what to look for on it, and the sale goes on: stopping every package for one batch would empty
//! the shelf of good food.

use super::batch::Batch;

/// What a recall means for one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recall {
    /// It must not be sold.
    Stop {
        /// Why, in the words of the list.
        reason: String,
    },
    /// Its batch is not known, and these are recalled.
    Look {
        /// The batches, at most [`BATCHES_SHOWN_MAX`].
        batches: Vec<Batch>,
        /// Why, in the words of the list.
        reason: String,
    },
}

/// The most batches that are shown to be looked for.
pub const BATCHES_SHOWN_MAX: usize = 8;
