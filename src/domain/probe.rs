//! What a register sees of the systems it depends on, and whose fault that most likely is.
//!
//! ```text
//!  Sight, Sight, … ─▶ [Steady] (hysteresis) ─┐
//!  Watched: gateway, outside, systems ───────┴─▶ [cause] ─▶ this register · the store's network ·
//!  this machine has a network address ───────┘             the provider · central · some systems
//! ```
//!
//! Pure: observations in, an opinion out. It switches nothing; a lead reads it and decides. One bad
//! answer is no trouble and one good answer is no recovery, so the lamp neither flickers nor lures
//! a store back while a line flaps.

use super::outage::System;
use super::words::{Words, term, words};

/// Bad answers in a row before a system counts as troubled.
pub const BAD_IN_A_ROW: u8 = 3;
/// Good answers in a row before it counts as well again.
pub const GOOD_IN_A_ROW: u8 = 5;

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    /// The store's router: the first step out of the store's own network.
    Gateway,
    /// Something beyond the provider that has nothing to do with the retailer.
    Outside,
    /// One of the retailer's systems.
    System(System),
}

/// What one look came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It answered as it should, in time.
    Up,
    /// It answered as it should, and too late.
    Slow,
    /// It did not answer.
    Down(Failing),
    /// Somebody else answered in its place, such as the page of a guest network.
    Lying(Lie),
}

/// How a system does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// Its name is not known.
    NoName,
    /// No way leads there.
    NoWay,
    /// Nobody listens there.
    Refused,
    /// No connection in time.
    NoConnection,
    /// Connected, and then nothing was said.
    Silent,
    /// The connection was cut.
    Cut,
    /// It says itself that it is not well: an HTTP status of 500 or more.
    Unwell(u16),
}

/// How an answer shows that it is somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// It sends the caller elsewhere.
    Redirect,
    /// It is not the answer that the store's settings name.
    WrongAnswer,
    /// It does not speak HTTP.
    NotHttp,
}

impl Sight {
    /// It can be worked with.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Up)
    }

    /// The word in a file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Slow => "slow",
            Self::Down(_) => "down",
            Self::Lying(_) => "lying",
        }
    }

    /// What it is called on a screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Up => term("Works"),
            Self::Slow => term("Slow"),
            Self::Down(_) => term("Does not answer"),
            Self::Lying(_) => term("Somebody else answers"),
        }
    }

    /// What support is told.
    pub fn detail(self) -> Words {
        match self {
            Self::Up => words!("answered as it should"),
            Self::Slow => words!("answered too late"),
            Self::Down(Failing::NoName) => words!("its name is not known here"),
            Self::Down(Failing::NoWay) => words!("no way leads there"),
            Self::Down(Failing::Refused) => words!("nobody listens there"),
            Self::Down(Failing::NoConnection) => words!("no connection in time"),
            Self::Down(Failing::Silent) => words!("connected, then silent"),
            Self::Down(Failing::Cut) => words!("the connection was cut"),
            Self::Down(Failing::Unwell(status)) => words!("it answered with error {}", status),
            Self::Lying(Lie::Redirect) => {
                words!("the answer leads elsewhere, as a guest page does")
            }
            Self::Lying(Lie::WrongAnswer) => words!("the answer is not the one it should give"),
            Self::Lying(Lie::NotHttp) => words!("the answer is no web answer"),
        }
    }
}

impl Watched {
    /// The word in a settings file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Outside => "outside",
            Self::System(system) => system.word(),
        }
    }

    /// What a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "gateway" => Some(Self::Gateway),
            "outside" => Some(Self::Outside),
            _ => System::from_word(word).map(Self::System),
        }
    }

    /// What it is called on a screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Gateway => term("Store's router"),
            Self::Outside => term("The internet"),
            Self::System(system) => system.label(),
        }
    }
}

/// What is believed of a system after many looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steady {
    /// What is believed; none before the first look.
    pub sight: Option<Sight>,
    /// Looks in a row that say otherwise.
    against: u8,
}

impl Steady {
    /// Nothing was seen yet.
    pub const NEW: Self = Self { sight: None, against: 0 };

    /// What is believed after one more look.
    #[must_use]
    pub const fn after(self, seen: Sight) -> Self {
        let Some(held) = self.sight else { return Self { sight: Some(seen), against: 0 } };
        if held.is_good() == seen.is_good() {
            // The kind of trouble may change at once; whether there is any may not.
            return Self { sight: Some(seen), against: 0 };
        }
        let needed = if held.is_good() { BAD_IN_A_ROW } else { GOOD_IN_A_ROW };
        let against = self.against.saturating_add(1);
        if against >= needed {
            Self { sight: Some(seen), against: 0 }
        } else {
            Self { sight: Some(held), against }
        }
    }

    /// Looks in a row speak against what is believed: trouble begins, or ends.
    pub const fn wavers(self) -> bool {
        self.against > 0
    }
}

/// Whose fault it most likely is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nothing was looked at yet.
    Unknown,
    /// Everything works.
    Well,
    /// This register has no network: cable, switch port, network card.
    ThisRegister,
    /// The router does not answer: the store's network, or the way of this register to it.
    StoreNetwork,
    /// The router answers, nothing beyond it does.
    Provider,
    /// A guest page or a filter answers in place of others.
    Portal,
    /// The world answers, none of the retailer's systems does.
    Central,
    /// These systems alone are troubled.
    Systems(Vec<System>),
}

/// Whose fault it most likely is, from what is believed of each.
pub fn cause(connected: bool, believed: &[(Watched, Sight)]) -> Cause {
    if believed.is_empty() {
        return if connected { Cause::Unknown } else { Cause::ThisRegister };
    }
    let answers = |sight: &Sight| matches!(sight, Sight::Up | Sight::Slow);
    let of = |watched: Watched| {
        believed.iter().filter(move |(w, _)| *w == watched).map(|(_, sight)| *sight)
    };
    let any_answers = believed.iter().any(|(_, sight)| answers(sight));
    if believed.iter().all(|(_, sight)| sight.is_good()) {
        return Cause::Well;
    }
    if !connected && !any_answers {
        return Cause::ThisRegister;
    }
    let systems: Vec<(System, Sight)> = believed
        .iter()
        .filter_map(|(watched, sight)| match watched {
            Watched::System(system) => Some((*system, *sight)),
            Watched::Gateway | Watched::Outside => None,
        })
        .collect();
    let system_answers = systems.iter().any(|(_, sight)| answers(sight));
    let gateway_down = of(Watched::Gateway).any(|sight| !answers(&sight));
    let outside: Vec<Sight> = of(Watched::Outside).collect();
    let outside_down = !outside.is_empty() && !outside.iter().any(answers);
    let lies = believed.iter().filter(|(_, sight)| matches!(sight, Sight::Lying(_))).count();
    // One lying system may be its own fault; several, or the internet itself, are somebody's page.
    if !system_answers && (lies > 1 || outside.iter().any(|s| matches!(s, Sight::Lying(_)))) {
        return Cause::Portal;
    }
    if gateway_down && !system_answers && (outside.is_empty() || outside_down) {
        return Cause::StoreNetwork;
    }
    if outside_down && !system_answers {
        return Cause::Provider;
    }
    let mut troubled: Vec<System> =
        systems.iter().filter(|(_, sight)| !sight.is_good()).map(|(system, _)| *system).collect();
    troubled.sort_unstable();
    troubled.dedup();
    let all_down = systems.len() > 1 && !system_answers;
    match (all_down, troubled.is_empty()) {
        (true, _) => Cause::Central,
        (false, false) => Cause::Systems(troubled),
        // Only the router or the outside is troubled, and all systems answer.
        (false, true) => Cause::Well,
    }
}

impl Cause {
    /// What it is called, in one sentence.
    pub fn text(&self) -> Words {
        match self {
            Self::Unknown => words!("Nothing was looked at yet"),
            Self::Well => words!("All systems answer"),
            Self::ThisRegister => words!("This register has no network"),
            Self::StoreNetwork => words!("The store's router does not answer"),
            Self::Provider => words!("The line out of the store is down"),
            Self::Portal => words!("Somebody else answers in place of the systems"),
            Self::Central => words!("The store is online, and none of the systems answers"),
            Self::Systems(systems) => match systems.as_slice() {
                [one] => words!("Trouble with one system: {}", Words::plain(one.label())),
                many => words!("Trouble with {} systems", many.len()),
            },
        }
    }

    /// What to look at next.
    pub fn remedy(&self) -> Words {
        match self {
            Self::Unknown | Self::Well => Words::NOTHING,
            Self::ThisRegister => words!("Look at the network cable. Other registers may be fine."),
            Self::StoreNetwork => words!("Look at the other registers, then at the router."),
            Self::Provider => words!("Call the provider. A lead decides whether it is an outage."),
            Self::Portal => words!("Ask IT which network the register is on. Nothing is sent."),
            Self::Central | Self::Systems(_) => {
                words!("Ask support. A lead decides whether it is an outage.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOWN: Sight = Sight::Down(Failing::NoConnection);
    const LIE: Sight = Sight::Lying(Lie::Redirect);

    fn seen(looks: &[Sight]) -> Steady {
        looks.iter().fold(Steady::NEW, |steady, sight| steady.after(*sight))
    }

    #[test]
    fn a_flapping_line_changes_nothing_and_a_steady_one_does() {
        let flapping = [Sight::Up, DOWN, DOWN, Sight::Up, DOWN, DOWN, Sight::Up, DOWN];
        assert_eq!(seen(&flapping).sight, Some(Sight::Up));
        assert!(seen(&flapping).wavers());
        let mut looks = vec![Sight::Up, DOWN, DOWN, DOWN];
        assert_eq!(seen(&looks).sight, Some(DOWN));
        looks.extend([Sight::Up; 4]);
        assert_eq!(seen(&looks).sight, Some(DOWN), "four good answers are no recovery");
        looks.extend([DOWN, Sight::Up, Sight::Up, Sight::Up, Sight::Up]);
        assert_eq!(seen(&looks).sight, Some(DOWN), "and they are counted anew");
        looks.push(Sight::Up);
        assert_eq!(seen(&looks).sight, Some(Sight::Up));
    }

    #[test]
    fn the_kind_of_trouble_is_the_newest_one() {
        assert_eq!(seen(&[DOWN, LIE]).sight, Some(LIE));
        assert_eq!(seen(&[DOWN, Sight::Slow]).sight, Some(Sight::Slow));
    }

    #[test]
    fn causes_are_told_apart() {
        use Watched::{Gateway, Outside};
        let pos = Watched::System(System::PointOfSale);
        let pay = Watched::System(System::Payments);
        let up = Sight::Up;
        let of = |all: &[(Watched, Sight)]| cause(true, all);
        assert_eq!(of(&[]), Cause::Unknown);
        assert_eq!(of(&[(Gateway, up), (Outside, up), (pos, up)]), Cause::Well);
        assert_eq!(cause(false, &[(Gateway, DOWN), (pos, DOWN)]), Cause::ThisRegister);
        assert_eq!(cause(false, &[]), Cause::ThisRegister);
        assert_eq!(of(&[(Gateway, DOWN), (Outside, DOWN), (pos, DOWN)]), Cause::StoreNetwork);
        assert_eq!(of(&[(Gateway, up), (Outside, DOWN), (pos, DOWN)]), Cause::Provider);
        assert_eq!(of(&[(Gateway, up), (Outside, up), (pos, DOWN), (pay, DOWN)]), Cause::Central);
        let one = Cause::Systems(vec![System::Payments]);
        assert_eq!(of(&[(Gateway, up), (Outside, up), (pos, up), (pay, DOWN)]), one);
        assert_eq!(of(&[(pos, up), (pay, Sight::Slow)]), one);
        assert_eq!(of(&[(Gateway, up), (Outside, LIE), (pos, LIE)]), Cause::Portal);
        assert_eq!(of(&[(pos, LIE), (pay, LIE)]), Cause::Portal);
        assert_eq!(of(&[(pos, up), (pay, LIE)]), one, "one alone lies for itself");
    }

    #[test]
    fn a_router_that_answers_nobody_blames_nobody_while_the_systems_answer() {
        // Many routers don't answer on any port, and many networks block what is outside.
        let pos = Watched::System(System::PointOfSale);
        for other in [Watched::Gateway, Watched::Outside] {
            assert_eq!(cause(true, &[(other, DOWN), (pos, Sight::Up)]), Cause::Well);
        }
    }

    #[test]
    fn every_word_is_read_back() {
        for watched in System::ALL.map(Watched::System) {
            assert_eq!(Watched::from_word(watched.word()), Some(watched));
        }
        assert_eq!(Watched::from_word("gateway"), Some(Watched::Gateway));
        assert_eq!(Watched::from_word("weather"), None);
    }
}
