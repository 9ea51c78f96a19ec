//! The clock: the wall's time, its offset, and a count that only goes forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::domain::time::Timestamp;

/// Where time comes from.
pub trait Clock: Send + Sync {
    /// The wall's time with the store's offset.
    fn now(&self) -> Timestamp;
    /// Milliseconds that only go forward; their zero means nothing.
    fn mono_ms(&self) -> u64;
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    started: std::time::Instant,
    zone: jiff::tz::TimeZone,
}

impl SystemClock {
    /// The machine's clock, in the zone of an IANA name; in the machine's own zone if the name
    /// is unknown here.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn new(zone: Option<&str>) -> Self {
        let zone = zone
            .and_then(|name| jiff::tz::TimeZone::get(name).ok())
            .unwrap_or_else(jiff::tz::TimeZone::system);
        Self { started: std::time::Instant::now(), zone }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = jiff::Timestamp::now();
        let offset_min = self.zone.to_offset(now).seconds() / 60;
        let zero = Timestamp { utc_ms: 0, offset_min: 0 };
        i16::try_from(offset_min)
            .ok()
            .and_then(|offset_min| Timestamp::new(now.as_millisecond(), offset_min))
            .unwrap_or(zero)
    }

    fn mono_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// How long something took, for metrics: nothing is decided by it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Microseconds since it began.
    pub fn micros(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// A clock that a drill or a test sets; clones share their time.
#[derive(Clone, Debug)]
pub struct SimulatedClock {
    utc_ms: Arc<AtomicI64>,
    mono_ms: Arc<AtomicU64>,
    offset_min: i16,
    /// From this instant on the wall shows so many minutes more.
    turn: Option<(i64, i16)>,
}

impl SimulatedClock {
    /// A clock that stands at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self {
            utc_ms: Arc::new(AtomicI64::new(start.utc_ms)),
            mono_ms: Arc::new(AtomicU64::new(0)),
            offset_min: start.offset_min,
            turn: None,
        }
    }

    /// The same clock, which is put forward or back when those of an IANA zone next are; one that
    /// is never put where the zone is unknown here.
    #[must_use]
    pub fn turning_in(self, zone: &str) -> Self {
        let turn = jiff::tz::TimeZone::get(zone).ok().and_then(|zone| {
            let now = jiff::Timestamp::from_millisecond(self.now().utc_ms).ok()?;
            let before = zone.to_offset(now).seconds();
            let next = zone.following(now).next()?;
            let more = next.offset().seconds().checked_sub(before)? / 60;
            Some((next.timestamp().as_millisecond(), i16::try_from(more).ok()?))
        });
        Self { turn, ..self }
    }

    /// Lets time pass.
    pub fn advance_ms(&self, passed_ms: u32) {
        self.utc_ms.fetch_add(i64::from(passed_ms), Ordering::Relaxed);
        self.mono_ms.fetch_add(u64::from(passed_ms), Ordering::Relaxed);
    }

    /// Sets the wall's time without letting any pass, as a person or a time server does.
    pub fn jump_ms(&self, jump_ms: i64) {
        self.utc_ms.fetch_add(jump_ms, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let utc_ms = self.utc_ms.load(Ordering::Relaxed);
        let more = self.turn.filter(|(from, _)| utc_ms >= *from).map_or(0, |(_, more)| more);
        Timestamp { utc_ms, offset_min: self.offset_min.saturating_add(more) }
    }

    fn mono_ms(&self) -> u64 {
        self.mono_ms.load(Ordering::Relaxed)
    }
}
