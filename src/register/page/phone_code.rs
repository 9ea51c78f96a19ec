//! Sign in by phone: when no PIN opens the register, IT lets one person in once.
//!
//! ```text
//!  Number ─▶ Call: the register's question ─▶ IT says the answer ─▶ signed in, on record
//! ```
//!
//! The question is drawn anew each time and is good for a quarter of an hour. A wrong answer is a
//! wrong try, and waits grow as with PINs.

use crate::domain::ids::PersonId;
use crate::domain::phone_code::PhoneCodeFault;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::journal::phone_code::{Challenge, PhoneAnswer};
use crate::register::register::{Register, Setback};
use crate::register::view::{PageAsks, PageView};

use super::{Page, PageInput, PageName, Turn};

/// How long a question is good.
const LIFE_MS: u64 = 15 * 60_000;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct PhoneCodePage {
    call: Option<Call>,
}

#[derive(Clone, Debug)]
struct Call {
    person: PersonId,
    challenge: Challenge,
    since_ms: u64,
}

impl Page for PhoneCodePage {
    fn view(&self, register: &Register) -> PageView {
        let page = PageView::of(PageName::PhoneCode, words!("Sign in by phone"));
        if !register.has_recovery_key() {
            return PageView {
                lead: vec![
                    words!("This register has no key for phone codes; it was never enrolled."),
                    words!(
                        "Write sales on paper slips, and have IT enroll it when central is back."
                    ),
                ],
                ..page
            };
        }
        let Some(call) = &self.call else {
            return PageView {
                lead: vec![
                    words!("For when nobody's PIN opens this register. It is recorded."),
                    words!("Key your own number, then call IT with your name at hand."),
                ],
                ..page
            }
            .asking(PageAsks::Digits, term("Your number, for IT"));
        };
        let status = register.ledger.chain().journal;
        PageView {
            step: 1,
            title: words!("Question: {}", call.challenge.to_string()),
            lead: vec![
                words!("Read this to IT, and key what they answer: ten letters and digits."),
                words!("O is read as 0, I and L as 1. It is good for 15 minutes."),
            ],
            answered: vec![
                (words!("Store"), Words::data(status.store.0.to_string())),
                (words!("Register"), Words::data(status.register.0.to_string())),
                (words!("Person"), Words::data(call.person.as_str())),
                (words!("Question"), Words::data(call.challenge.to_string())),
            ],
            ..page
        }
        .asking(PageAsks::Text, term("Answer of IT"))
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (&self.call, input) {
            (Some(_), PageInput::Back) => self.call = None,
            (None, PageInput::Back) => return Ok(Turn::Leave(None)),
            (None, PageInput::Answer { text, .. }) if register.has_recovery_key() => {
                let person = PersonId::parse(text.text().trim());
                self.call = Some(Call {
                    person: person.map_err(|_| PhoneCodeFault::NotANumber)?,
                    challenge: register.phone_challenge()?,
                    since_ms: register.clock.mono_ms(),
                });
            }
            (Some(call), PageInput::Answer { text, .. }) => {
                let passed = register.clock.mono_ms().saturating_sub(call.since_ms);
                if passed >= LIFE_MS {
                    return Err(PhoneCodeFault::TooOld.into());
                }
                let answer = PhoneAnswer::parse(text.text()).ok_or(PhoneCodeFault::NotAnAnswer)?;
                let said = register.sign_in_by_phone(&call.person, call.challenge, answer)?;
                return Ok(Turn::Leave(said));
            }
            (_, PageInput::Row(_)) => return Err(Refusal::NoSuchLine.into()),
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}
