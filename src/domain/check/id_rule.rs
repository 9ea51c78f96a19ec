//! What a state lets a store ask for, and write down, when somebody pays by check.
//!
//! One rule holds everywhere and is not a setting: no social security number and no card number
//! is asked for or kept, as the statutes below forbid, and the number of the ID is not asked
//! either. What is asked: which kind of ID, which state issued it, whether it is valid and bears
//! the name on the check. A statute that lists what may be kept and leaves kind and state out
//! (Massachusetts) keeps only that an ID was seen.

use crate::domain::words::term;

/// A state or territory of the United States: its two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateCode([u8; 2]);

/// Kinds of ID a store looks at, issued by a government and with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// A driver's license.
    License,
    /// A state's identity card.
    StateId,
    /// A passport or passport card.
    Passport,
    /// A military identity card.
    Military,
    /// A tribal identity card, a consular card, a permanent resident card.
    Other,
}

/// What holds in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRule {
    /// The statute that a customer can be shown; none where only the store's own rule is known.
    pub statute: Option<&'static str>,
    /// What may never be asked for or written down, in words.
    pub never: &'static str,
    /// Kind and issuing state of the ID may be kept, sealed.
    pub keeps_kind: bool,
}

const CODES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO \
                     MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY \
                     DC PR VI GU AS MP";

const NEVER: &str = term("social security number or card number");
const NEVER_BUT_LISTED: &str = term("anything but name, address, telephone and license number");

impl StateCode {
    /// Reads two letters, large or small.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let letters: [u8; 2] = upper.as_bytes().try_into().ok()?;
        CODES.split_ascii_whitespace().any(|code| code == upper).then_some(Self(letters))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Display for StateCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl IdKind {
    /// In the order of the keys 1 to 5.
    pub const ALL: [Self; 5] =
        [Self::License, Self::StateId, Self::Passport, Self::Military, Self::Other];

    /// The word that is sealed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::License => "license",
            Self::StateId => "state_id",
            Self::Passport => "passport",
            Self::Military => "military",
            Self::Other => "other",
        }
    }

    /// As a cashier reads it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::License => term("Driver's license"),
            Self::StateId => term("State ID card"),
            Self::Passport => term("Passport"),
            Self::Military => term("Military ID"),
            Self::Other => term("Other ID with a picture"),
        }
    }

    /// A state of the Union issues it.
    pub const fn has_state(self) -> bool {
        matches!(self, Self::License | Self::StateId)
    }
}

/// The rule of a state; the strictest of what is common where none is named.
pub fn rule(state: Option<StateCode>) -> IdRule {
    let statute = match state.as_ref().map(StateCode::as_str) {
        Some("RI") => Some("R.I. Gen. Laws 6-13-15"),
        Some("MI") => Some("Mich. Comp. Laws 600.2964"),
        Some("MA") => Some("Mass. Gen. Laws ch. 93 s. 105(b)"),
        Some("NH") => Some("N.H. Rev. Stat. 358-M"),
        Some("CA") => Some("Cal. Civ. Code 1725"),
        _ => None,
    };
    let listed = state.is_some_and(|state| state.as_str() == "MA");
    IdRule { statute, never: if listed { NEVER_BUT_LISTED } else { NEVER }, keeps_kind: !listed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_with_a_statute_name_it() {
        let statute = |code| rule(StateCode::parse(code)).statute;
        assert_eq!(statute("ri"), Some("R.I. Gen. Laws 6-13-15"));
        assert_eq!(statute("MI"), Some("Mich. Comp. Laws 600.2964"));
        assert_eq!(statute("NH"), Some("N.H. Rev. Stat. 358-M"));
        assert_eq!(statute("CA"), Some("Cal. Civ. Code 1725"));
        assert_eq!(statute("TX"), None);
        assert_eq!(rule(None).statute, None);
    }

    #[test]
    fn massachusetts_lists_what_may_be_kept_and_the_kind_of_id_is_not_on_it() {
        assert!(!rule(StateCode::parse("MA")).keeps_kind);
        assert!(rule(StateCode::parse("RI")).keeps_kind);
        assert!(rule(None).never.contains("social security"));
    }

    #[test]
    fn only_states_are_states() {
        assert_eq!(StateCode::parse(" tx ").map(|state| state.to_string()).as_deref(), Some("TX"));
        for wrong in ["", "T", "TXX", "ZZ", "A ", " A", "12", "ÄÖ"] {
            assert_eq!(StateCode::parse(wrong), None, "{wrong}");
        }
        assert_eq!(CODES.split_ascii_whitespace().count(), 56);
    }
}
