//! Tests through the library's public face, one binary.

mod central;
mod journals;
mod sync;
