//! Paper: what stands on a receipt or a slip, how it is laid out, and the bytes a printer takes.
//!
//! ```text
//!  CompletedSale ─ sale ─┐
//!  words of others ─ slip ┴▶ Document (closed list of parts) ─ layout ─▶ lines of 48, 42, 32
//!                                                                 ├─ text ───▶ screen, text file
//!                                                                 └─ escpos ─▶ bytes ─▶ device
//! ```
//!
//! Pure: no device, no file, no clock. It decides nothing about money: every amount comes from the
//! record. All text goes through [`Plain`], which no control byte survives, so that an item's
//! name can't open the drawer. The layout and the bytes are described in docs/receipt.md.
//!
//! Reading order: document, words, sale, slip, layout, text; then code_page, glyphs, bitmap, qr,
//! escpos, status.

pub mod badge;
pub mod base32;
pub mod bitmap;
pub mod code;
pub mod code_page;
mod compact;
pub mod document;
pub mod escpos;
mod glyphs;
pub mod layout;
pub mod pad;
pub mod promise;
pub mod qr;
pub mod sale;
pub mod sign;
pub mod slip;
pub mod status;
pub mod text;
pub mod trial;
pub mod witness;
pub mod words;

pub use code::{ReceiptCode, proof};
pub use document::{Document, Part, Plain};
pub use words::Language;
