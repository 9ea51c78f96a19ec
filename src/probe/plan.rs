//! Which systems are looked at, where, and what a good answer is: `probes.toml`, which IT writes.
//!
//! ```text
//!  [[probe]]
//!  watches = "payments"                    gateway, outside, or a system
//!  address = "http://10.20.0.9/health"     or tcp:10.20.0.9:443
//!  healthy = "ok"                          what an HTTP answer must contain
//!  limit_ms = 2000                         slower is slow; three times as much is no answer
//!  every_s = 60
//! ```
//!
//! Read apart from the register's settings: a wrong word here costs the probes, not the start.

use std::path::Path;

use serde::Deserialize;

use crate::domain::echo::{echo, in_a_line};
use crate::domain::probe::Watched;

/// The file below the data folder.
pub const FILE: &str = "probes.toml";
/// The most probes of a register.
pub const PROBES_MAX: usize = 24;
/// A longer file is none of ours.
const LEN_MAX: u64 = 64 * 1024;

/// All probes of a register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the file.
    pub probes: Vec<Probe>,
}

/// One probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it looks at.
    pub watched: Watched,
    /// Where.
    pub address: Address,
    /// Slower than this is slow.
    pub limit_ms: u32,
    /// How often.
    pub every_s: u32,
}

/// Where a system is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A port that must take a connection.
    Tcp {
        /// Name or number.
        host: String,
        /// The port.
        port: u16,
    },
    /// A page that must be answered.
    Http {
        /// Name or number.
        host: String,
        /// The port.
        port: u16,
        /// With its slash.
        path: String,
        /// What the answer must contain.
        healthy: String,
    },
}

/// Why there are no probes.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file can't be read.
    #[error("{FILE} can't be read; nothing is probed, selling is not touched: {0}")]
    File(#[from] std::io::Error),
    /// It is too long.
    #[error("{FILE} is longer than 64 KiB; nothing is probed, selling is not touched")]
    TooLong,
    /// It is no TOML, or holds words nobody knows.
    #[error("{FILE} is not understood; nothing is probed, selling is not touched: {0}")]
    Form(String),
    /// One probe is wrong.
    #[error("probe {place} of {FILE}: {why}; nothing is probed, selling is not touched")]
    Probe {
        /// Which, from 1.
        place: usize,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    probe: Vec<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    watches: String,
    address: String,
    healthy: Option<String>,
    #[serde(default = "limit")]
    limit_ms: u32,
    #[serde(default = "every")]
    every_s: u32,
}

const fn limit() -> u32 {
    2_000
}

const fn every() -> u32 {
    60
}

impl Plan {
    /// The plan of a data folder; an empty one where there is no file.
    ///
    /// # Errors
    /// [`PlanError`] in words for IT.
    pub fn read(data: &Path) -> Result<Self, PlanError> {
        let path = data.join(FILE);
        match std::fs::metadata(&path) {
            Ok(meta) if meta.len() > LEN_MAX => return Err(PlanError::TooLong),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error.into()),
        }
        Self::parse(&std::fs::read_to_string(&path)?)
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let file: File =
            toml::from_str(text).map_err(|why| PlanError::Form(in_a_line(&why.to_string())))?;
        let wrong = |place: usize, why: String| PlanError::Probe { place, why };
        if file.probe.len() > PROBES_MAX {
            return Err(wrong(PROBES_MAX + 1, format!("at most {PROBES_MAX} are taken")));
        }
        let mut probes = Vec::new();
        for (place, words) in (1_usize..).zip(file.probe) {
            probes.push(words.probe().map_err(|why| wrong(place, why))?);
        }
        Ok(Self { probes })
    }
}

impl Words {
    fn probe(self) -> Result<Probe, String> {
        let watched = Watched::from_word(&self.watches).ok_or_else(|| {
            format!("watches = '{}' is neither gateway, outside nor a system", echo(&self.watches))
        })?;
        let address = Address::parse(&self.address, self.healthy.as_deref())?;
        if !(50..=60_000).contains(&self.limit_ms) {
            return Err("limit_ms is between 50 and 60000".to_owned());
        }
        if !(5..=86_400).contains(&self.every_s) {
            return Err("every_s is between 5 and 86400".to_owned());
        }
        Ok(Probe { watched, address, limit_ms: self.limit_ms, every_s: self.every_s })
    }
}

impl Address {
    /// Reads `tcp:host:port` or `http://host[:port]/path`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str, healthy: Option<&str>) -> Result<Self, String> {
        // What goes into a request may not end its line.
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || text.len() > 300 {
            return Err("address holds characters that no address has, or is too long".to_owned());
        }
        if let Some(rest) = text.strip_prefix("tcp:") {
            if healthy.is_some() {
                return Err("healthy belongs to an http address".to_owned());
            }
            let (host, port) = host_port(rest, None)?;
            return Ok(Self::Tcp { host, port });
        }
        let Some(rest) = text.strip_prefix("http://") else {
            return Err("address begins with tcp: or http:// (for https use tcp:host:443)".into());
        };
        let healthy = healthy.filter(|healthy| !healthy.is_empty());
        let healthy = healthy.ok_or("an http address needs healthy: words its answer must hold")?;
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) => (host, format!("/{path}")),
            None => (rest, "/".to_owned()),
        };
        let (host, port) = host_port(host, Some(80))?;
        Ok(Self::Http { host, port, path, healthy: healthy.to_owned() })
    }

    /// Host and port.
    pub fn place(&self) -> (&str, u16) {
        match self {
            Self::Tcp { host, port } | Self::Http { host, port, .. } => (host, *port),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
            Self::Http { host, port, path, .. } => write!(f, "http://{host}:{port}{path}"),
        }
    }
}

fn host_port(text: &str, usual: Option<u16>) -> Result<(String, u16), String> {
    // Names and passwords of people are nothing for a probe.
    if text.contains('@') {
        return Err("the address names no host, but somebody's name".to_owned());
    }
    let (host, port) = match (text.rsplit_once(':'), usual) {
        (Some((host, port)), _) if !port.contains(']') => {
            (host, port.parse().map_err(|_| "the port is no number up to 65535".to_owned())?)
        }
        (_, Some(usual)) => (text, usual),
        (_, None) => return Err("tcp: needs a host and a port".to_owned()),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || port == 0 {
        return Err("the address names no host".to_owned());
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_wrong_plan_is_short_whatever_stands_in_it() {
        let long = "o".repeat(4_096);
        for text in [
            format!("[[pr{long}\u{1}"),
            format!("[[probe]]\nwatches = \"{long}\"\naddress = \"tcp:a:1\"\n"),
        ] {
            let said = Plan::parse(&text).expect_err("wrong").to_string();
            assert!(said.len() < 600, "{} bytes", said.len());
            assert!(!said.chars().any(char::is_control), "{said:?}");
        }
    }

    #[test]
    fn a_plan_is_read_with_its_usual_limits() {
        let text = "[[probe]]\nwatches = \"payments\"\naddress = \"http://10.20.0.9/health?x=1\"\n\
                    healthy = \"ok\"\n[[probe]]\nwatches = \"gateway\"\n\
                    address = \"tcp:[fe80::1]:53\"\n\
                    limit_ms = 500\nevery_s = 30\n";
        let plan = Plan::parse(text).expect("a plan");
        assert_eq!((plan.probes[0].limit_ms, plan.probes[0].every_s), (2_000, 60));
        assert_eq!(plan.probes[0].address.to_string(), "http://10.20.0.9:80/health?x=1");
        assert_eq!(plan.probes[1].address.place(), ("fe80::1", 53));
        assert_eq!(Plan::parse("").expect("none"), Plan::default());
    }

    #[test]
    fn a_wrong_plan_says_which_probe_and_what_to_write() {
        let of = |probe: &str| Plan::parse(&format!("[[probe]]\n{probe}")).expect_err("wrong");
        for (probe, said) in [
            ("watches = \"weather\"\naddress = \"tcp:a:1\"", "neither gateway"),
            ("watches = \"payments\"\naddress = \"https://a/\"\nhealthy = \"x\"", "tcp:host:443"),
            ("watches = \"payments\"\naddress = \"http://a/\"", "needs healthy"),
            ("watches = \"payments\"\naddress = \"tcp:a\"", "a host and a port"),
            ("watches = \"payments\"\naddress = \"tcp:a:99999\"", "no number"),
            ("watches = \"payments\"\naddress = \"tcp::1\"", "names no host"),
            ("watches = \"payments\"\naddress = \"http://u:p@a/\"\nhealthy = \"x\"", "no host"),
            ("watches = \"payments\"\naddress = \"http://a/ b\"\nhealthy = \"x\"", "characters"),
            ("watches = \"payments\"\naddress = \"tcp:a:1\"\nevery_s = 1", "every_s"),
            ("watches = \"payments\"\naddress = \"tcp:a:1\"\nlimit_ms = 1", "limit_ms"),
            ("watches = \"payments\"\naddress = \"tcp:a:1\"\npasword = \"x\"", "not understood"),
        ] {
            let error = of(probe).to_string();
            assert!(error.contains(said) && error.contains("selling is not touched"), "{error}");
        }
    }
}
