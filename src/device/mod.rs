//! What the till touches besides its disk: clock, randomness, and later printer, drawer and scale.
//!
//! The only module that may read a clock or draw a random number; everything else is handed one.
//! Each device has a real and a simulated form, so that a whole store runs from one seed.

pub mod clock;
pub mod entropy;
pub mod key_store;
pub mod machine;
pub mod marks;
pub mod mounts;
pub mod next_key;
pub mod own_file;
pub mod printer;
pub mod process;
pub mod reader;
pub mod sealed_key;
pub mod seed_file;
pub mod stick;
