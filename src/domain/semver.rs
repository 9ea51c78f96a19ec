//! A version by Semantic Versioning 2.0.0, and which of two comes first. What a register announces
//! of its program is one: Cargo gives a program no other.
//!
//! ```text
//!  1.10.0-rc.2+b7      1.9.0 < 1.10.0-rc.2 < 1.10.0-rc.10 < 1.10.0
//!  └──┬─┘ └─┬┘ └┬┘
//!     │     │   └ build: never decides
//!     │     └ before the release of these numbers, part by part; numbers come before words
//!     └ numbers, compared as numbers
//! ```

use std::cmp::Ordering;
use std::fmt;

/// The most characters of a version.
pub const SEMVER_LEN_MAX: usize = 40;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Semver {
    text: String,
    rank: Rank,
}

/// All of a version that decides which comes first; the fields in the order in which they do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    numbers: [u64; 3],
    /// What comes before a release is less than it.
    is_release: bool,
    before: Vec<Part>,
}

/// A part of what comes before a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

impl Semver {
    /// Reads a version; none where it is none, or longer than [`SEMVER_LEN_MAX`].
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > SEMVER_LEN_MAX {
            return None;
        }
        let (rest, build) = match text.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (text, None),
        };
        if build.is_some_and(|build| !build.split('.').all(is_identifier)) {
            return None;
        }
        let (numbers, before) = match rest.split_once('-') {
            Some((numbers, before)) => (numbers, Some(before)),
            None => (rest, None),
        };
        let mut three = numbers.split('.').map(number);
        let numbers = [three.next()??, three.next()??, three.next()??];
        if three.next().is_some() {
            return None;
        }
        let parts = before.map(|before| before.split('.').map(part).collect::<Option<Vec<_>>>());
        let before = match parts {
            Some(parts) => parts?,
            None => Vec::new(),
        };
        let rank = Rank { numbers, is_release: before.is_empty(), before };
        Some(Self { text: text.to_owned(), rank })
    }

    /// It precedes the other one: item 11 of the rules, so that builds of one version are alike.
    pub fn comes_before(&self, other: &Self) -> bool {
        self.rank < other.rank
    }

    /// The text, as it was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// By what decides; builds of one version stand by their text.
impl Ord for Semver {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Semver {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A number has one text: no sign, and no zero before it.
fn number(text: &str) -> Option<u64> {
    let one_text = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits && one_text { text.parse().ok() } else { None }
}

fn part(text: &str) -> Option<Part> {
    if !is_identifier(text) {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return number(text).map(Part::Number);
    }
    Some(Part::Word(text.to_owned()))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Semver {
        Semver::parse(text).unwrap_or_else(|| panic!("{text} is a version"))
    }

    #[test]
    fn numbers_are_numbers_and_what_comes_before_a_release_comes_before_it() {
        let order = [
            "0.9.0",
            "0.10.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1-0",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "1.10.18446744073709551615",
        ];
        let all: Vec<Semver> = order.iter().map(|text| version(text)).collect();
        for (place, one) in all.iter().enumerate() {
            for (other_place, other) in all.iter().enumerate() {
                let (one_first, expected) = (one.comes_before(other), place < other_place);
                assert_eq!(one_first, expected, "{one} before {other}");
                assert_eq!(one.cmp(other), place.cmp(&other_place));
            }
            assert_eq!(version(one.as_str()), *one);
            assert_eq!(one.to_string(), order[place]);
        }
    }

    #[test]
    fn a_build_never_decides_and_still_is_another_text() {
        let (one, other) = (version("1.4.0+b1"), version("1.4.0+b-2.007"));
        assert!(!one.comes_before(&other) && !other.comes_before(&one));
        assert_ne!(one, other);
        assert_ne!(one.cmp(&other), Ordering::Equal);
        assert!(version("1.4.0-rc.1+z").comes_before(&one));
    }

    #[test]
    fn what_is_no_version_is_none() {
        let long = format!("1.0.0-{}", "a".repeat(SEMVER_LEN_MAX - 6));
        assert!(Semver::parse(&long).is_some());
        for text in [
            "",
            "1",
            "1.4",
            "1.4.0.1",
            "v1.4.0",
            "1.4.x",
            "01.4.0",
            "1.4.00",
            "1.4.-1",
            "+1.4.0",
            "1.4.0-",
            "1.4.0-rc..1",
            "1.4.0-01",
            "1.4.0+",
            "1.4.0+b+c",
            "1.4.0 ",
            "1.4.0\n",
            "1.4.0-r\u{e9}",
            "1.4.0-<b>",
            "1.4.18446744073709551616",
            "١.٤.٠",
            &format!("{long}a"),
        ] {
            assert_eq!(Semver::parse(text), None, "{text:?}");
        }
    }
}
