//! What a scan may mean: every code a scanner or a keyboard brings to a register.
//!
//! ```text
//!  "]d20104…␝17…"                       CodeRules: label layouts, gift cards, GS in plain text
//!      │ aim: symbology, if the scanner sends it                     │
//!      ▼                                                             ▼
//!  reading::read ─┬─ upce      8 digits ─▶ UPC-A            bounded, ordered list of Readings;
//!                 ├─ label     price, weight, pieces in it  the catalog chooses among them
//!                 ├─ element   (01)…(17)…(10)…              (chosen::choose)
//!                 ├─ link      https://…/01/…/10/…
//!                 └─ kind      coupon, gift card, refund receipt
//! ```
//!
//! Pure and bounded: a scan of any bytes gives a list of at most [`reading::READINGS_MAX`]
//! readings, never a panic, and nothing here opens an address that a code holds.
//!
//! Sources: GS1 General Specifications (7.9 check digits, 7.8 element strings, 7.12 dates), GS1
//! Barcode Syntax Dictionary (lengths of the identifiers), GS1 Digital Link URI Syntax, ISO/IEC
//! 15424 (AIM symbology identifiers), IFPS (PLU).

pub mod ai;
pub mod aim;
pub mod batch;
pub mod chosen;
pub mod element;
pub mod garbage;
pub mod kind;
pub mod label;
pub mod link;
pub mod measure;
pub mod reading;
pub mod recall;
pub mod ringing;
pub mod upce;
pub mod verifier;

#[cfg(test)]
mod tests;
