//! Targets as they are typed: `poslog:DIR`, `csv:DIR`, `checks:DIR`, `inventory:DIR`,
//! `punches:DIR`, `webhook:URL`; for replay also `central:URL`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::central::export::Adapter;
use crate::central::export::checks::CheckList;
use crate::central::export::csv_bundle::CsvBundle;
use crate::central::export::folder::{Folder, Format};
use crate::central::export::http_client::{HttpLine, NotAReceiver, checked};
use crate::central::export::inventory::Inventory;
use crate::central::export::poslog::PosLog;
use crate::central::export::punches::Punches;
use crate::central::export::webhook::Webhook;
use crate::device::clock::Clock;

/// The longest token, in bytes.
const TOKEN_LEN_MAX: u64 = 4 * 1024;

/// What belongs to a target.
#[derive(Clone, Debug, Args)]
pub struct TargetArgs {
    /// Where to: poslog:DIR, csv:DIR, checks:DIR, inventory:DIR, punches:DIR or webhook:URL.
    #[arg(long, value_name = "TARGET")]
    pub to: String,
    /// Where a webhook's receiver tells what it has; docs/export.md says how.
    #[arg(long, value_name = "URL")]
    pub read_back: Option<String>,
    /// A file with the token that a webhook's receiver asks for.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The currency of journals that began before their first price file, such as USD; it stands
    /// in POSLog.
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub currency: Option<String>,
    /// How long after a lost answer a webhook's receiver is asked what it has, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    pub settle_ms: u64,
}

/// Why a target can't be used. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotATarget {
    /// No such word.
    #[error(
        "'{0}' is no target; write poslog:DIR, csv:DIR, checks:DIR, inventory:DIR, punches:DIR, \
         webhook:URL or, to replay, central:URL. Nothing was sent"
    )]
    Word(String),
    /// The path or address.
    #[error("{0}; nothing was sent")]
    Place(String),
    /// The webhook's address.
    #[error(transparent)]
    Receiver(#[from] NotAReceiver),
    /// The token.
    #[error("the token in {file} can't be read; nothing was sent")]
    Token {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl TargetArgs {
    /// The word before the colon, and what stands behind it.
    ///
    /// # Errors
    /// [`NotATarget::Word`] without a colon.
    pub fn parts(&self) -> Result<(&str, &str), NotATarget> {
        let parts = self.to.split_once(':').filter(|(_, place)| !place.is_empty());
        parts.ok_or_else(|| NotATarget::Word(self.to.clone()))
    }

    /// The adapter of the target.
    ///
    /// # Errors
    /// [`NotATarget`].
    pub fn adapter(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Adapter>, NotATarget> {
        let (word, place) = self.parts()?;
        if word == "webhook" {
            return self.webhook(place, clock);
        }
        let format = format(word, self.currency.as_deref())
            .ok_or_else(|| NotATarget::Word(self.to.clone()))?;
        let folder = Folder::new(Path::new(place), format).map_err(NotATarget::Place)?;
        Ok(Box::new(folder))
    }

    /// The token, where a file of it is named.
    ///
    /// # Errors
    /// [`NotATarget::Token`].
    pub fn token(&self) -> Result<Option<String>, NotATarget> {
        self.token_file.as_deref().map(token).transpose()
    }

    fn webhook(&self, url: &str, clock: Arc<dyn Clock>) -> Result<Box<dyn Adapter>, NotATarget> {
        let read_back = self.read_back.as_deref().map(checked).transpose()?;
        let token = self.token()?;
        let line = Box::new(HttpLine::new(url, token.as_deref())?);
        let hook = Webhook::new(checked(url)?, read_back, self.settle_ms, line, clock);
        Ok(Box::new(hook.map_err(NotATarget::Place)?))
    }
}

/// The files of a word; none where it is no word of files.
pub fn format(word: &str, currency: Option<&str>) -> Option<Box<dyn Format>> {
    Some(match word {
        "poslog" => Box::new(PosLog { currency: currency.map(str::to_owned) }),
        "csv" => Box::new(CsvBundle),
        "checks" => Box::new(CheckList),
        "inventory" => Box::new(Inventory),
        "punches" => Box::new(Punches),
        _ => return None,
    })
}

fn currency(text: &str) -> Result<String, String> {
    let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if fits { Ok(text.to_owned()) } else { Err("a currency is three letters, such as USD".into()) }
}

/// The one line of a token's file.
fn token(path: &Path) -> Result<String, NotATarget> {
    use std::io::Read as _;
    let failed = |source| NotATarget::Token { file: path.display().to_string(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(TOKEN_LEN_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(text.trim().to_owned())
}
