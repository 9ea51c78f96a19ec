<<<<<<< HEAD
//! A drill: an outage played on a store's own baskets, through the real register and a real
//! central, with the scenario's faults; and the report that says whether every cent arrived.
//!
//! ```text
//!  scenario (what happens when) ─┐
//!  baskets (who buys what) ──────┼─▶ play: registers, clock, network ─▶ report, to the cent
//!  pack (what it costs) ─────────┘
//! ```

pub mod scenario;
=======
//! A drill: an outage played on a store's own baskets, as a rehearsal and as proof.
//!
//! It drives the same register a cashier drives, never a second implementation of it.

pub mod baskets;
>>>>>>> 8170a70177e8dcac7f57c5972d78e32873b9963a
