//! `--window-fault`: lets the real window fail where a test says so.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::gui::faults::{Faults, Point};

/// A point, and the time it is passed at which the window fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowFault {
    point: Point,
    number: u64,
    /// Each time from there on.
    always: bool,
}

impl FromStr for WindowFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(point, number)| {
            let always = number.ends_with('+');
            let number = number.trim_end_matches('+').parse().ok()?;
            Some(Self { point: Point::from_word(point)?, number, always })
        });
        parts.ok_or_else(|| "a point and a number are meant, such as drawing:300".to_owned())
    }
}

impl WindowFault {
    /// The hook that does it.
    pub(super) fn hook(self) -> Arc<dyn Faults> {
        Arc::new(Counted { fault: self, passed: AtomicU64::new(0) })
    }
}

struct Counted {
    fault: WindowFault,
    passed: AtomicU64,
}

impl Faults for Counted {
    #[expect(clippy::panic, reason = "this is what it is for; it is in no program that sells")]
    fn at(&self, point: Point) {
        if point != self.fault.point {
            return;
        }
        let passed = self.passed.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        if passed == self.fault.number || (self.fault.always && passed > self.fault.number) {
            panic!("a fault that a test let happen");
        }
    }
}
