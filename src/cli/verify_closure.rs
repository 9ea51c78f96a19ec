//! `tideover verify --closure FILE`: is a closure certificate what central signed, does it add up,
//! does its paper say what was signed, and does it rest on this journal?

use std::fmt;

use serde::Serialize;

use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey};
use crate::journal::record::Envelope;
use crate::reconcile::certificate::Certificate;
use crate::reconcile::{paper, pdf};
use crate::sync::sealed::{NotSealed, Sealed};

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedClosure {
    /// True when nothing is wrong.
    pub clean: bool,
    /// The store.
    pub store: u32,
    /// The closure's number.
    pub number: u32,
    /// Who closed the store.
    pub by: String,
    /// When.
    pub at: String,
    /// Its fingerprint.
    pub digest: String,
    /// What was looked at, in words.
    pub looked_at: Vec<String>,
    /// What is wrong, in words.
    pub findings: Vec<String>,
}

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotAClosure {
    /// A PDF that is not one of ours.
    #[error(
        "this PDF holds no closure of Tideover; take the file that central gave, not a scan of it"
    )]
    NoAttachment,
    /// Other bytes.
    #[error("this is no closure certificate; nothing was checked")]
    Form(#[from] NotSealed),
}

/// Checks a closure, as text or as PDF, against central's key and a journal where they are given.
///
/// # Errors
/// [`NotAClosure`] when there is nothing to check.
pub fn check(
    file: &[u8],
    key: Option<&PublicKey>,
    journal: Option<&[u8]>,
) -> Result<VerifiedClosure, NotAClosure> {
    let is_paper = file.starts_with(b"%PDF");
    let sealed =
        if is_paper { pdf::attached(file).ok_or(NotAClosure::NoAttachment)? } else { file };
    let sealed = sealed.trim_ascii_end();
    let split = Sealed::split(sealed)?;
    let certificate: Certificate = split.claim()?;
    let digest = Hash::of_bytes(sealed).to_string();
    let (mut looked_at, mut findings) = (Vec::new(), Vec::new());
    match key {
        None => findings.push(
            "no --key was given, so nobody knows who signed it; central's key stands in any \
             register's enrolment"
                .to_owned(),
        ),
        Some(key) => match split.open::<Certificate>(Domain::Closure, key) {
            Ok(_) => looked_at.push("signed by that key".to_owned()),
            Err(_) => findings.push(
                "the signature is not that key's: it was changed, or is another central's"
                    .to_owned(),
            ),
        },
    }
    match certificate.check() {
        Ok(()) => looked_at.push(format!(
            "adds up to the cent; {} differences, each with its name",
            certificate.residuals.len()
        )),
        Err(why) => findings.push(why.to_string()),
    }
    if is_paper {
        let text = sealed.split(|byte| *byte == b' ').next().unwrap_or_default();
        let signature = String::from_utf8_lossy(text);
        let drawn = pdf::draw(&paper::of(&certificate, &digest, &signature), sealed);
        if drawn == file {
            looked_at.push("the paper says what was signed".to_owned());
        } else {
            findings.push(
                "the paper is not what this program draws from what was signed: it was changed, \
                 or drawn by another version; believe the text, not the paper"
                    .to_owned(),
            );
        }
    }
    if let Some(journal) = journal {
        match rests_on(&certificate, journal) {
            Ok(words) => looked_at.push(words),
            Err(words) => findings.push(words),
        }
    }
    Ok(VerifiedClosure {
        clean: findings.is_empty(),
        store: certificate.store,
        number: certificate.number,
        by: certificate.by_name,
        at: certificate.at,
        digest,
        looked_at,
        findings,
    })
}

/// Whether the certificate's head of a journal is that journal's record.
fn rests_on(certificate: &Certificate, journal: &[u8]) -> Result<String, String> {
    let lines = journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut known = false;
    for line in lines {
        let Ok(envelope) = Envelope::read(line) else { continue };
        let header = &envelope.header;
        let epoch = header.journal.epoch.to_string();
        let heads = certificate.heads.iter().chain(&certificate.decisions);
        let Some(head) = heads.into_iter().find(|head| head.epoch == epoch) else { continue };
        known = true;
        if header.seq.next().0 == head.next {
            return if Hash::of_line(line).to_string() == head.head {
                Ok(format!(
                    "rests on this journal of register {} up to record {}",
                    head.register, header.seq
                ))
            } else {
                Err(format!(
                    "record {} of this journal is another one than the closure rests on",
                    header.seq
                ))
            };
        }
    }
    Err(if known {
        "this journal ends before the record that the closure rests on".to_owned()
    } else {
        "the closure does not rest on this journal".to_owned()
    })
}

impl fmt::Display for VerifiedClosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, number, by, at, digest, .. } = self;
        writeln!(f, "Closure {number} of store {store}, by {by}, {at}")?;
        writeln!(f, "  fingerprint {digest}")?;
        for words in &self.looked_at {
            writeln!(f, "  ok     {words}")?;
        }
        for words in &self.findings {
            writeln!(f, "  WRONG  {words}")?;
        }
        if self.clean {
            write!(f, "It is what central signed.")
        } else {
            write!(f, "NOT in order. Ask central for this closure again and compare.")
        }
    }
}
