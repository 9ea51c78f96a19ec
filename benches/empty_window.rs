//! An empty window: the yardstick of the register's first frame, idle time and memory.
fn main() {}
