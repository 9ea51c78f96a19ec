//! Stories that need more than one module; one binary, since each would link the program again.

mod pack;
