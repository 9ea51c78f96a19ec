//! How central is operated, beside where its files lie: what it shows to whom, and for how long.

use std::time::Duration;

/// How central is operated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations {
    /// Customers may ask how a store is open (`/public/STORE`).
    pub public_form: bool,
    /// A register that was not heard for so long is silent.
    pub silent_after: Duration,
    /// What pages asked of the database counts for so long.
    pub fresh: Duration,
    /// After a request to stop, so long central says that it is not ready and refuses what is new,
    /// before it closes its doors: whoever balances looks elsewhere meanwhile.
    pub notice: Duration,
    /// A line that takes nothing of its answer for so long is ended.
    pub unread: Duration,
    /// Traces of requests are handed to a collector there.
    #[cfg(feature = "otel")]
    pub traces_to: Option<std::net::SocketAddr>,
}

impl Default for Operations {
    fn default() -> Self {
        Self {
            public_form: false,
            silent_after: Duration::from_mins(15),
            fresh: Duration::from_secs(1),
            notice: Duration::ZERO,
            unread: Duration::from_secs(15),
            #[cfg(feature = "otel")]
            traces_to: None,
        }
    }
}

impl Operations {
    /// How tests operate it: each look asks the database anew.
    pub fn of_tests() -> Self {
        Self { fresh: Duration::ZERO, ..Self::default() }
    }
}
