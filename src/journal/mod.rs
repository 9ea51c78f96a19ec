//! What makes events evidence: the bytes of a record, its place in the chain and its signature.
//!
//! Pure but for the signing library: no file, no SQL, no clock. A record's bytes are written once
//! and never again; the same bytes are hashed, signed, stored, mirrored, sent and exported. The
//! format, byte by byte, is docs/record.md.
//!
//! ```text
//!  Event ─ body ─┐
//!  Header ───────┴─▶ json ─ key.sign ─▶ Line  "<signature> <json>"
//!                                        │ hash = SHA-256(0x00 || line)
//!                                        ├─▶ the next record's prev      (chain)
//!                                        └─▶ the RFC 6962 leaf           (merkle, checkpoint)
//!  Line ─▶ record::read (strict) ─▶ verify: every finding, by class, with its seq
//! ```
//!
//! Beside the records: check_data is what is personal, sealed by hpke for central alone.
//!
//! Reading order: hash, key, record, body, merkle, checkpoint, verify; hpke, check_data.

pub mod body;
pub mod chain;
pub mod check_data;
pub mod checkpoint;
pub mod epoch;
pub mod hash;
pub mod hpke;
pub mod json;
pub mod key;
pub mod merkle;
pub mod phone_code;
pub mod pickup_name;
pub mod receipt_key;
pub mod record;
mod sealed_text;
pub mod verify;
