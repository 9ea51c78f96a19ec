//! The line to central: it loses requests and answers, brings some twice, and some much later.

use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::wire::regain::REGAIN_PATH;
use tideover::sync::wire::rotation::ROTATION_PATH;

use super::Chance;
use super::bugs::{self, Bug};
use super::central::Central;

/// Everything on the way between registers and central.
#[derive(Default)]
pub struct Way {
    /// Requests that come later, out of their order.
    pub late: Vec<Request>,
    /// How many were made.
    pub requests: u64,
    /// What central refused, in its words.
    pub refused: Vec<String>,
    /// Faults are over.
    pub calm: bool,
    pub bug: Option<Bug>,
}

/// The line of one register, for one step.
pub struct Wire<'a> {
    pub central: &'a mut Central,
    pub way: &'a mut Way,
    pub chance: &'a Chance,
    pub cut_off: bool,
    /// What became of the last request, in a word.
    pub last: &'static str,
}

fn lost(text: &str) -> NoAnswer {
    NoAnswer { text: text.to_owned() }
}

impl Wire<'_> {
    fn ask(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if self.way.bug == Some(Bug::ContentRefused)
            && request.path() == "/v1/segments"
            && self.chance.below(40) == 0
        {
            let refused = bugs::refusal();
            self.way.took(request, &refused);
            return Ok(refused);
        }
        let response = self.central.answer(request).ok_or_else(|| lost("nobody listens"))?;
        self.way.took(request, &response);
        Ok(response)
    }
}

impl Way {
    /// Central's answer is looked at, whoever waits for it. That it does not know a key any more,
    /// since it was put back to before a machine was enrolled, says nothing about records: the
    /// journal comes again from its beginning.
    fn took(&mut self, request: &Request, response: &Response) {
        let unknown_key = response.status == 403;
        // Nor does it say anything about a record that a key is not followed by another one now, or
        // that a register asks for its own too often.
        if [ROTATION_PATH, REGAIN_PATH].contains(&request.path()) {
            return;
        }
        if (400..500).contains(&response.status) && !unknown_key {
            let words = String::from_utf8_lossy(&response.body).into_owned();
            self.refused.push(format!("{} {}: {words}", response.status, request.address));
        }
    }

    /// What was on its way arrives now; nobody waits for its answer any more.
    pub fn arrive(&mut self, central: &mut Central) -> usize {
        let late = std::mem::take(&mut self.late);
        for request in &late {
            if let Some(response) = central.answer(request) {
                self.took(request, &response);
            }
        }
        late.len()
    }
}

impl Transport for Wire<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.way.requests += 1;
        let fate = if self.way.calm { 100 } else { self.chance.below(100) };
        let (word, answer) = match fate {
            _ if self.cut_off => ("no line", Err(lost("no line"))),
            0..=3 => ("the request is lost", Err(lost("it is lost"))),
            4..=7 => {
                let answered = self.ask(request);
                ("the answer is lost", answered.and(Err(lost("its answer is lost"))))
            }
            8..=10 => ("it comes twice", self.ask(request).and_then(|_| self.ask(request))),
            11..=13 => {
                // It times out here, and arrives after others.
                self.way.late.push(request.clone());
                ("it comes late", Err(lost("it takes long")))
            }
            14 => {
                let body = b"<html>Sign in to the store's WiFi</html>".to_vec();
                ("a portal answers", Ok(Response { status: 200, body }))
            }
            _ => ("", self.ask(request)),
        };
        if !word.is_empty() {
            self.last = word;
        }
        answer
    }
}
