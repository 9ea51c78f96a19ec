//! What a central needs for each kind of request, as measured on a real one that had nothing but
//! these to do: the time by which one more of them makes everything end later.

use serde::{Deserialize, Serialize};

/// The work of one central. Times are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Where and when it was measured.
    pub note: String,
    /// Deliveries by their size, the smallest first.
    pub deliveries: Vec<Point>,
    /// A greeting.
    pub hello_us: u64,
    /// An announcement.
    pub announce_us: u64,
    /// A delivery that is refused by its head.
    pub refusal_us: u64,
    /// A new connection, with its encryption.
    pub connection_us: u64,
    /// A record's bytes on the wire.
    pub bytes_a_record: u64,
    /// What registers do themselves, where they share central's machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
}

/// The work of a register itself, in microseconds by which everything on the machine ends later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// An announcement is made and signed.
    pub announce_us: u64,
    /// Segments are packed and signed, the smallest first.
    pub segments: Vec<Point>,
    /// An answer's signature is checked.
    pub opening_us: u64,
}

/// A size and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Records in one delivery.
    pub records: u64,
    /// Microseconds for it.
    pub us: u64,
}

/// Why figures can't be used.
#[derive(Debug, thiserror::Error)]
pub enum NotMeasured {
    /// Not the file's form.
    #[error(
        "the measured figures can't be read ({0}); they are what 'tideover simulate --measure' \
         writes"
    )]
    Form(#[from] serde_json::Error),
    /// Nonsense.
    #[error(
        "the measured figures need a delivery of at least one size, sizes that grow, and times \
         of 1 microsecond to 1 minute"
    )]
    Figures,
}

impl Measured {
    /// Reads figures from JSON.
    ///
    /// # Errors
    /// [`NotMeasured`].
    pub fn read(json: &[u8]) -> Result<Self, NotMeasured> {
        let measured: Self = serde_json::from_slice(json)?;
        let words = [measured.hello_us, measured.announce_us, measured.refusal_us];
        let own_is_fine = measured.own.as_ref().is_none_or(|own| {
            grows(&own.segments) && [own.announce_us, own.opening_us].into_iter().all(is_sane)
        });
        let fine = grows(&measured.deliveries)
            && words.into_iter().all(is_sane)
            && own_is_fine
            && measured.connection_us <= LONGEST_US
            && measured.bytes_a_record <= 1_000_000;
        if fine { Ok(measured) } else { Err(NotMeasured::Figures) }
    }

    /// All the work of a register that greets on a new line, announces, and delivers its records
    /// at once.
    #[must_use]
    pub fn register_us(&self, records: u64) -> u64 {
        let words = self.hello_us.saturating_add(self.connection_us);
        let words = words.saturating_add(self.announce_us);
        let own_us = self.own.as_ref().map_or(0, |own| own.register_us(records));
        words.saturating_add(self.delivery_us(records)).saturating_add(own_us)
    }

    /// The same central where all takes so many thousandths of the time.
    #[must_use]
    pub fn at(mut self, permille: u64) -> Self {
        let scaled = |us: u64| us.saturating_mul(permille).checked_div(1_000).unwrap_or(0);
        self.hello_us = scaled(self.hello_us).max(1);
        self.announce_us = scaled(self.announce_us).max(1);
        self.refusal_us = scaled(self.refusal_us).max(1);
        self.connection_us = scaled(self.connection_us);
        let mut points: Vec<&mut Point> = self.deliveries.iter_mut().collect();
        if let Some(own) = &mut self.own {
            own.announce_us = scaled(own.announce_us).max(1);
            own.opening_us = scaled(own.opening_us).max(1);
            points.extend(&mut own.segments);
        }
        for point in points {
            point.us = scaled(point.us).max(1);
        }
        self
    }

    /// The time of a delivery.
    pub fn delivery_us(&self, records: u64) -> u64 {
        on_line(&self.deliveries, records)
    }
}

impl Own {
    /// The time in which a segment is made.
    pub fn segment_us(&self, records: u64) -> u64 {
        on_line(&self.segments, records)
    }

    /// All that a register does itself to announce and deliver so many records at once: three
    /// answers are opened.
    fn register_us(&self, records: u64) -> u64 {
        let opened_us = self.opening_us.saturating_mul(3);
        opened_us.saturating_add(self.announce_us).saturating_add(self.segment_us(records))
    }
}

/// The longest time that is believed of one request.
const LONGEST_US: u64 = 60_000_000;

fn is_sane(us: u64) -> bool {
    (1..=LONGEST_US).contains(&us)
}

/// Some sizes, each larger than the one before, with times that can be.
fn grows(points: &[Point]) -> bool {
    let mut pairs = points.iter().zip(points.iter().skip(1));
    !points.is_empty()
        && points.iter().all(|point| is_sane(point.us))
        && pairs.all(|(one, next)| one.records < next.records)
}

/// The time of a size: between two measured ones in a straight line, beyond the largest in
/// proportion.
fn on_line(points: &[Point], records: u64) -> u64 {
    let mut before = Point { records: 0, us: 0 };
    for point in points {
        if records <= point.records {
            // Below the smallest size nothing is known: as the smallest.
            let smallest = before.records == 0;
            return if smallest { point.us } else { between(before, *point, records) };
        }
        before = *point;
    }
    let beyond = u128::from(before.us).saturating_mul(u128::from(records));
    let us = beyond.checked_div(u128::from(before.records)).unwrap_or(0);
    u64::try_from(us).unwrap_or(u64::MAX)
}

fn between(low: Point, high: Point, records: u64) -> u64 {
    let wide = high.records.saturating_sub(low.records);
    let part = records.saturating_sub(low.records);
    let up = high.us.saturating_sub(low.us).saturating_mul(part).checked_div(wide).unwrap_or(0);
    let down = low.us.saturating_sub(high.us).saturating_mul(part).checked_div(wide).unwrap_or(0);
    low.us.saturating_add(up).saturating_sub(down)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_between_sizes_lie_on_a_line_and_nonsense_is_refused() {
        let json = |deliveries: &str| {
            format!(
                "{{\"note\":\"\",\"deliveries\":[{deliveries}],\"hello_us\":5,\"announce_us\":9,\
                 \"refusal_us\":3,\"connection_us\":0,\"bytes_a_record\":300}}"
            )
        };
        let good = json("{\"records\":10,\"us\":1000},{\"records\":110,\"us\":3000}");
        let measured = Measured::read(good.as_bytes()).expect("figures");
        let times = [1, 10, 60, 110, 220].map(|records| measured.delivery_us(records));
        assert_eq!(times, [1_000, 1_000, 2_000, 3_000, 6_000]);
        // One register: 5 + 0 + 9 + 2,000; all of it at one and a half times.
        assert_eq!(measured.register_us(60), 2_014);
        assert_eq!(measured.at(1_500).register_us(60), 7 + 13 + 3_000);
        let with_own = |own: &str| good.replace("\"note\"", &format!("\"own\":{own},\"note\""));
        let own =
            "{\"announce_us\":30,\"opening_us\":20,\"segments\":[{\"records\":60,\"us\":100}]}";
        let shares = Measured::read(with_own(own).as_bytes()).expect("figures");
        // Registers on the same machine: three answers, an announcement and a segment more.
        assert_eq!(shares.register_us(60), 2_014 + 60 + 30 + 100);
        assert_eq!(shares.at(2_000).register_us(60), 2 * 2_204);
        let nothing = with_own(&own.replace("60,\"us\":100", "60,\"us\":0"));
        assert!(matches!(Measured::read(nothing.as_bytes()), Err(NotMeasured::Figures)));
        let one = "{\"records\":9,\"us\":1}";
        for bad in ["", "{\"records\":9,\"us\":0}", &format!("{one},{one}")] {
            let read = Measured::read(json(bad).as_bytes());
            assert!(matches!(read, Err(NotMeasured::Figures)), "{bad}");
        }
        assert!(matches!(Measured::read(b"{}"), Err(NotMeasured::Form(_))));
    }
}
