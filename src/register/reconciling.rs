//! The line to central for the manager at this window: a thread of its own, so that the window
//! never waits, and what the register makes of the answers.
//!
//! ```text
//!  page ── Job ──▶ [one at a time] ──▶ errand, signed ──▶ central
//!    ▲                                    │ signed by central? this nonce? a closure: sealed?
//!    └── till's queue ◀── Heard ◀─────────┘
//! ```
//!
//! It decides nothing and keeps nothing but a closure's PDF. What became of an errand without an
//! answer is not known; it is looked up, never sent again by itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::device::entropy::Entropy;
use crate::domain::ids::{RegisterNo, StoreNo};
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, words};
use crate::journal::hash::{Hash, to_hex};
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::reconcile::certificate::Certificate;
use crate::reconcile::errand::{ANSWER_LEN_MAX, Answer, Deed, Errand, Outcome, PATH, PROTOCOL};
use crate::reconcile::report::Report;
use crate::reconcile::{paper, pdf};
use crate::sync::carrier::{NoAnswer, Request, Transport};
use crate::sync::sealed::{self, Sealed};
use crate::sync::wire;

use super::page::Task;
use super::register::{Register, Setback};
use super::sending::{self, CantSend};
use super::settings::Central;
use super::view::{Link, NoticeKind};
use super::worker::TillHandle;

/// What is to be brought to central, or written from what it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Counts up, so that an answer finds its question.
    pub turn: u64,
    /// What.
    pub work: Work,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// An errand.
    Bring(Deed),
    /// A closure's PDF is written.
    Save(Arc<ClosureText>),
}

/// A closure as central signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosureText {
    /// The signed text.
    pub sealed: Vec<u8>,
    /// What it says.
    pub certificate: Certificate,
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Of which.
    pub turn: u64,
    /// What.
    pub came: Came,
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// Central answered.
    Answer(Outcome, Option<Arc<Report>>),
    /// A closure, with central's seal.
    Closure(Arc<ClosureText>),
    /// The PDF lies there.
    Saved(String),
    /// It could not be written.
    NotSaved(String),
    /// Central did not answer, or something that is not central did.
    NoAnswer(Words),
}

/// Where jobs are handed in; false when one is under way already.
pub trait ToCentral: Send + Sync {
    /// Hands a job in and does not wait.
    fn hand_in(&self, job: Job) -> bool;
}

/// The register's end of the line.
#[derive(Clone, Default)]
pub(super) struct ManagerLine {
    line: Option<Arc<dyn ToCentral>>,
    turn: u64,
}

/// What the thread works with.
pub struct ReconcilingParts {
    /// How central is reached.
    pub central: Central,
    /// The register's key.
    pub key: Arc<SigningKey>,
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// Randomness, for nonces.
    pub entropy: Arc<dyn Entropy>,
    /// Where PDFs are written.
    pub folder: PathBuf,
}

/// A running line.
pub struct Reconciling {
    jobs: SyncSender<Option<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Queue(SyncSender<Option<Job>>);

impl ToCentral for Queue {
    fn hand_in(&self, job: Job) -> bool {
        self.0.try_send(Some(job)).is_ok()
    }
}

impl Reconciling {
    /// Starts the line and hands it to the till.
    ///
    /// # Errors
    /// [`CantSend`]; selling goes on without it.
    pub fn spawn(parts: ReconcilingParts, till: TillHandle) -> Result<Self, CantSend> {
        let transport = sending::transport(&parts.central)?.with_answers_up_to(ANSWER_LEN_MAX);
        let central = PublicKey::parse(&parts.central.ack_key)?;
        let (jobs, waiting) = sync_channel(2);
        till.manager_line(Arc::new(Queue(jobs.clone())));
        let thread = std::thread::Builder::new()
            .name("reconciling".to_owned())
            .spawn(move || run(Clerk { parts, central, transport }, &waiting, &till))?;
        Ok(Self { jobs, thread: Some(thread) })
    }

    /// Ends the line; an errand under way is waited for.
    pub fn stop(mut self) {
        // The thread may be on its way out.
        self.jobs.send(None).ok();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the line for the manager ended badly");
        }
    }
}

fn run(mut clerk: Clerk<impl Transport>, jobs: &Receiver<Option<Job>>, till: &TillHandle) {
    while let Ok(Some(Job { turn, work })) = jobs.recv() {
        let came = match work {
            Work::Bring(deed) => clerk.bring(deed),
            Work::Save(closure) => clerk.save(&closure),
        };
        till.heard_of_central(Heard { turn, came });
    }
}

/// Who brings errands.
struct Clerk<T> {
    parts: ReconcilingParts,
    central: PublicKey,
    transport: T,
}

impl<T: Transport> Clerk<T> {
    fn bring(&mut self, deed: Deed) -> Came {
        match self.brought(deed) {
            Ok((Outcome::Closure { sealed }, _)) => {
                let sealed = sealed.into_bytes();
                let opened = Sealed::split(&sealed)
                    .and_then(|split| split.open::<Certificate>(Domain::Closure, &self.central));
                match opened {
                    Ok(certificate) => Came::Closure(Arc::new(ClosureText { sealed, certificate })),
                    Err(why) => Came::NoAnswer(Words::data(why.to_string())),
                }
            }
            Ok((outcome, report)) => Came::Answer(outcome, report),
            Err(why) => Came::NoAnswer(why),
        }
    }

    fn brought(&mut self, deed: Deed) -> Result<(Outcome, Option<Arc<Report>>), Words> {
        let told = |why: &dyn std::fmt::Display| Words::data(why.to_string());
        let mut bytes = [0; 16];
        self.parts.entropy.fill(&mut bytes).map_err(|why| told(&why))?;
        let nonce = to_hex(&bytes);
        let errand = Errand {
            protocol: PROTOCOL.to_owned(),
            store: self.parts.store.0,
            reg: self.parts.register.0,
            key: self.parts.key.public().to_string(),
            nonce: nonce.clone(),
            deed,
        };
        let body =
            sealed::seal(&errand, Domain::Errand, &self.parts.key).map_err(|why| told(&why))?;
        let request = Request::post(PATH, body);
        let unreached = |why: NoAnswer| words!("Central can't be reached: {}", why.text);
        let response = self.transport.send(&request).map_err(unreached)?;
        if response.status != 200 {
            let refusal: Result<wire::Refusal, _> = serde_json::from_slice(&response.body);
            return Err(match refusal {
                Ok(refusal) => Words::data(refusal.text),
                Err(_) => words!("Something answered that is not central ({})", response.status),
            });
        }
        let answer = Sealed::split(&response.body)
            .and_then(|split| split.open::<Answer>(Domain::ErrandAnswer, &self.central))
            .map_err(|why| told(&why))?;
        if answer.protocol != PROTOCOL || answer.nonce != nonce {
            return Err(words!("An old answer of central came again"));
        }
        Ok((answer.outcome, answer.report.map(|report| Arc::new(*report))))
    }

    /// Writes the same bytes that central's page hands out.
    fn save(&self, closure: &ClosureText) -> Came {
        let Certificate { store, number, .. } = closure.certificate;
        let path = self.parts.folder.join(format!("closure-{store}-{number}.pdf"));
        let written = std::fs::create_dir_all(&self.parts.folder)
            .and_then(|()| std::fs::write(&path, closure.pdf()));
        match written {
            Ok(()) => Came::Saved(path.display().to_string()),
            Err(why) => Came::NotSaved(format!("{}: {why}", path.display())),
        }
    }
}

impl ClosureText {
    /// The closure on paper.
    pub fn pdf(&self) -> Vec<u8> {
        let text = self.sealed.split(|byte| *byte == b' ').next().unwrap_or_default();
        let signature = String::from_utf8_lossy(text);
        pdf::draw(&paper::of(&self.certificate, &self.digest(), &signature), &self.sealed)
    }

    /// Its fingerprint.
    pub fn digest(&self) -> String {
        Hash::of_bytes(&self.sealed).to_string()
    }
}

impl ManagerLine {
    /// Takes a line.
    pub(super) fn take(&mut self, line: Arc<dyn ToCentral>) {
        self.line = Some(line);
    }

    /// There is a line.
    pub(super) const fn is_there(&self) -> bool {
        self.line.is_some()
    }
}

impl Register {
    /// Takes the line to central for the manager.
    pub fn manager_line(&mut self, line: Arc<dyn ToCentral>) {
        self.manager.take(line);
    }

    /// Hands a job in; the number its answer will have.
    pub(super) fn ask_central(&mut self, work: Work) -> Result<u64, Setback> {
        if self.training {
            return Err(Refusal::NoLineToCentral.into());
        }
        let line = self.manager.line.clone().ok_or(Refusal::NoLineToCentral)?;
        let turn = self.manager.turn.saturating_add(1);
        if !line.hand_in(Job { turn, work }) {
            return Err(Refusal::CentralIsAsked.into());
        }
        self.manager.turn = turn;
        Ok(turn)
    }

    /// Takes what came of a job; nothing where its page was left meanwhile.
    pub fn heard_of_central(&mut self, heard: Heard) {
        let Some(Task::Reconcile(page)) = &mut self.page else { return };
        let Some((kind, text, remedy)) = page.hear(heard) else { return };
        self.say(kind, text, remedy);
    }

    /// How central was last heard of, in words.
    pub(super) fn link_words(&self) -> (NoticeKind, Words) {
        match &self.link {
            Link::UpToDate => (NoticeKind::Done, words!("Central holds all that was sent")),
            Link::Sending => (NoticeKind::Done, words!("Records are on their way")),
            Link::Held => (NoticeKind::Attention, words!("Central asks to hold records back")),
            Link::Down => (NoticeKind::Attention, words!("Central does not answer")),
            Link::NotEnrolled => {
                (NoticeKind::Attention, words!("This register is not enrolled at central"))
            }
            Link::Refused(why) => (NoticeKind::Attention, why.clone()),
        }
    }
}
