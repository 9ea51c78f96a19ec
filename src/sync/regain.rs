//! Asks central for this register's own records: those of a disk that died, or was put back.
//!
//! ```text
//!  which journals? ─▶ epochs, keys, how far ─▶ lines from 0 on, as many as fit, until the last
//! ```
//!
//! A person asked, so a central that is busy is waited for a few times and no longer. Central's
//! signature vouches for what came; each record proves itself once more where it is joined.

use crate::device::entropy::Entropy;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::key::{Domain, PublicKey, SigningKey};

use super::asides::NotTold;
use super::carrier::{Request, Transport};
use super::sealed::{self, Sealed};
use super::wire::regain::{REGAIN_JOURNALS_MAX, REGAIN_PATH, RegainAnswer, RegainQuestion};
use super::wire::{PROTOCOL, RETRY_AFTER_MS, Refusal};

/// How often a central that is busy is waited for, over one regain.
const WAITS_MAX: u32 = 40;
/// The longest of these waits.
const WAIT_MAX_MS: u64 = 15_000;

/// Who asks, and whom.
pub struct Asker<'a> {
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// Its key.
    pub key: &'a SigningKey,
    /// Central's key.
    pub central: PublicKey,
    /// Randomness, for nonces.
    pub entropy: &'a dyn Entropy,
    /// The line.
    pub transport: &'a mut dyn Transport,
    /// Lets time pass.
    pub wait: &'a mut dyn FnMut(u64),
    /// Waits so far.
    pub waits: u32,
}

/// What central told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// It knows a journal of this register, by this key, which goes as far as that.
    Journal(JournalId, PublicKey, Seq),
    /// A line.
    Line(&'a [u8]),
}

/// Takes everything back that central holds of this register; `take` says whether to go on.
///
/// # Errors
/// [`NotTold`]; what was handed on before is good.
pub fn regain(
    asker: &mut Asker<'_>,
    take: &mut dyn FnMut(Heard<'_>) -> bool,
) -> Result<(), NotTold> {
    let told = asker.ask(None, Seq(0))?.journals;
    if told.len() > REGAIN_JOURNALS_MAX {
        return Err(NotTold::NotCentral);
    }
    for one in told {
        let epoch = from_hex(&one.epoch).map(Epoch).ok_or(NotTold::NotCentral)?;
        let key = PublicKey::parse(&one.key).map_err(|_| NotTold::NotCentral)?;
        let journal = JournalId { store: asker.store, register: asker.register, epoch };
        if !take(Heard::Journal(journal, key, Seq(one.next_seq.max(one.announced)))) {
            return Ok(());
        }
        let mut next = Seq(0);
        while next.0 < one.next_seq {
            let lines = asker.ask(Some(epoch), next)?.lines;
            // A record that is no text stands there; nothing behind it can be told this way.
            if lines.is_empty() {
                break;
            }
            for line in lines {
                if !take(Heard::Line(line.as_bytes())) {
                    return Ok(());
                }
                next = next.next();
            }
        }
    }
    Ok(())
}

impl Asker<'_> {
    fn ask(&mut self, epoch: Option<Epoch>, from: Seq) -> Result<RegainAnswer, NotTold> {
        loop {
            let mut nonce = [0; 16];
            self.entropy.fill(&mut nonce).map_err(|_| NotTold::NotCentral)?;
            let question = RegainQuestion {
                protocol: PROTOCOL.to_owned(),
                store: self.store.0,
                reg: self.register.0,
                key: self.key.public().to_string(),
                nonce: to_hex(&nonce),
                epoch: epoch.map(|epoch| epoch.to_string()),
                from: from.0,
            };
            let body = sealed::seal(&question, Domain::Regain, self.key);
            let body = body.map_err(|_| NotTold::NotCentral)?;
            let response = self.transport.send(&Request::post(REGAIN_PATH, body))?;
            if response.status == 200 {
                return self.understood(&question, &response.body);
            }
            let refusal: Result<Refusal, _> = serde_json::from_slice(&response.body);
            let Some(refusal) = refusal.ok().filter(|said| said.protocol == PROTOCOL) else {
                return Err(NotTold::NotCentral);
            };
            match refusal.retry_after_ms {
                Some(wait_ms) if self.waits < WAITS_MAX && wait_ms <= WAIT_MAX_MS => {
                    self.waits = self.waits.saturating_add(1);
                    (self.wait)(wait_ms.max(RETRY_AFTER_MS.0));
                }
                _ => return Err(NotTold::Refused(refusal.text)),
            }
        }
    }

    fn understood(&self, question: &RegainQuestion, body: &[u8]) -> Result<RegainAnswer, NotTold> {
        let split = Sealed::split(body).map_err(|_| NotTold::NotCentral)?;
        let opened = split.open(Domain::Ack, &self.central);
        let answer: RegainAnswer = opened.map_err(|_| NotTold::NotCentral)?;
        let ours = answer.protocol == PROTOCOL
            && answer.answer == "regain"
            && answer.nonce == question.nonce
            && (answer.store, answer.reg) == (question.store, question.reg);
        if ours { Ok(answer) } else { Err(NotTold::NotCentral) }
    }
}
