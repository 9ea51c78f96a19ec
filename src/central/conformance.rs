//! What each store must do; run on every implementation.
