//! `tideover central ready`: asks a running central whether it takes deliveries, as a balancer
//! does. For health checks where there is no other program that could ask.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::central::tls;
use crate::cli::output::Failure;
use crate::sync::carrier::{Request, Transport as _};
use crate::sync::http::HttpTransport;

/// Asking a central on this machine.
#[derive(Clone, Debug, Args)]
pub(super) struct ReadyArgs {
    /// Its data folder: its certificate is the one that is trusted.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    pub(super) data: PathBuf,
    /// Where it listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7443")]
    pub(super) at: SocketAddr,
    /// Its certificate, where it was started with --cert.
    #[arg(long, value_name = "FILE")]
    pub(super) cert: Option<PathBuf>,
}

/// What it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Ready {
    /// It takes deliveries.
    pub(super) ready: bool,
    /// In its own words.
    pub(super) said: String,
}

/// Asks; an answer that says no is an answer.
pub(super) fn ask(args: &ReadyArgs) -> Result<Ready, Failure> {
    let own = args.data.join(tls::CERT_FILE);
    let cert: Option<&Path> = args.cert.as_deref().or_else(|| own.exists().then_some(&own));
    let (scheme, fingerprint) = match cert {
        Some(cert) => ("https", Some(tls::fingerprint_of(cert)?.to_string())),
        None => ("http", None),
    };
    let url = format!("{scheme}://{}", args.at);
    let mut line = HttpTransport::new(&url, fingerprint.as_deref(), false)?;
    let request = Request::get("/readyz");
    Ok(match line.send(&request) {
        Ok(answer) => {
            let said = String::from_utf8_lossy(&answer.body).trim_end().to_owned();
            Ready { ready: answer.status == 200, said }
        }
        Err(why) => Ready { ready: false, said: format!("{url} does not answer: {}", why.text) },
    })
}

impl fmt::Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.said)
    }
}
