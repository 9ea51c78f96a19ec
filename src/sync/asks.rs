//! What a register says of a delivery before its body: in the address, so that central can refuse
//! it without reading a byte of what would follow.
//!
//! ```text
//!  POST /v1/segments?records=250&left=1800&within=35000&slot=1795…-9f3c…
//!                     how many     how many   how long it  the appointment it keeps
//!                     it brings    follow     will wait
//! ```
//!
//! All of it is a hint and none of it is needed: what is missing or strange counts as not said.

/// What is said of a delivery before its body.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Asks {
    /// The records it brings.
    pub records: Option<u64>,
    /// The records that follow it.
    pub left: u64,
    /// How long the caller waits for an answer, in milliseconds.
    pub within_ms: Option<u64>,
    /// The appointment that is kept, as central wrote it.
    pub slot: Option<String>,
}

/// The longest appointment's text.
const SLOT_LEN_MAX: usize = 64;

impl Asks {
    /// The address with what is said.
    pub fn path(&self, path: &str) -> String {
        let mut said = Vec::new();
        said.extend(self.records.map(|records| format!("records={records}")));
        said.extend((self.left > 0).then(|| format!("left={}", self.left)));
        said.extend(self.within_ms.map(|within| format!("within={within}")));
        said.extend(self.slot.as_ref().map(|slot| format!("slot={slot}")));
        if said.is_empty() { path.to_owned() } else { format!("{path}?{}", said.join("&")) }
    }

    /// Reads it from an address's query.
    pub fn read(query: &str) -> Self {
        let mut asks = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "records" => asks.records = value.parse().ok(),
                "left" => asks.left = value.parse().unwrap_or(0),
                "within" => asks.within_ms = value.parse().ok(),
                "slot" if is_slot(value) => asks.slot = Some(value.to_owned()),
                _ => {}
            }
        }
        asks
    }
}

/// True for what can be an appointment and may stand in an address: nothing else is repeated.
pub fn is_slot(text: &str) -> bool {
    text.len() <= SLOT_LEN_MAX && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_again_and_nonsense_counts_as_not_said() {
        let asks = Asks {
            records: Some(250),
            left: 1_800,
            within_ms: Some(35_000),
            slot: Some("1795-9f3c".to_owned()),
        };
        let path = asks.path("/v1/segments");
        assert_eq!(path, "/v1/segments?records=250&left=1800&within=35000&slot=1795-9f3c");
        let query = path.split_once('?').map_or("", |(_, query)| query);
        assert_eq!(Asks::read(query), asks);
        assert_eq!(Asks::default().path("/v1/segments"), "/v1/segments");
        let long = format!("slot={}", "1".repeat(65));
        for odd in ["", "records=-1&left=x&within=&slot=a b", "records", "slot=é", &long] {
            assert_eq!(Asks::read(odd), Asks::default(), "{odd}");
        }
    }
}
