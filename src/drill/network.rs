//! A drill's network: carries requests to central, or fails as the scenario says.

use std::collections::BTreeSet;

use crate::sync::carrier::{Method, NoAnswer, Request, Response, Transport};
use crate::sync::wire::Refusal;

/// What is wrong with the network now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Nothing arrives.
    pub gone: bool,
    /// So many deliveries are turned away before central sees them.
    pub turn_away: u32,
    /// So many deliveries arrive without their answer coming back.
    pub lose_answers: u32,
    /// So many deliveries are refused as unreadable.
    pub refuse: u32,
    /// So many were.
    pub refused: u32,
    /// Requests that brought something to central, besides asking how it is.
    pub brought: u64,
    /// What was asked of central: the paths, without what follows a `?`.
    pub paths: BTreeSet<String>,
}

/// A line with the network's faults on it.
pub struct FaultyLine<'a> {
    /// The real line.
    pub line: &'a mut dyn Transport,
    /// The faults.
    pub network: &'a mut Network,
}

impl Transport for FaultyLine<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        let network = &mut *self.network;
        if network.gone {
            return Err(NoAnswer { text: "the drill's network is down".to_owned() });
        }
        network.paths.insert(request.path().chars().take(80).collect());
        let delivery = request.method == Method::Post && request.path() == "/v1/segments";
        if delivery && network.turn_away > 0 {
            network.turn_away = network.turn_away.saturating_sub(1);
            return Ok(busy());
        }
        if delivery && network.refuse > 0 {
            network.refuse = network.refuse.saturating_sub(1);
            network.refused = network.refused.saturating_add(1);
            return Ok(unreadable());
        }
        if request.method == Method::Post {
            network.brought = network.brought.saturating_add(1);
        }
        let answer = self.line.send(request)?;
        if delivery && network.lose_answers > 0 {
            network.lose_answers = network.lose_answers.saturating_sub(1);
            return Err(NoAnswer { text: "the drill lost the answer".to_owned() });
        }
        Ok(answer)
    }
}

/// The words of a central that does not know a field.
fn unreadable() -> Response {
    let text = "the segment holds a field that this central does not know: 'drill'";
    let body = serde_json::to_vec(&Refusal::new(text, None)).unwrap_or_default();
    Response { status: 400, body }
}

/// Central's own words for "come again later".
fn busy() -> Response {
    let refusal = Refusal::new("central is busy; come again in a second", Some(1_000));
    Response { status: 503, body: serde_json::to_vec(&refusal).unwrap_or_default() }
}
