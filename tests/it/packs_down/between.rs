//! Stands between a register and central, passes all on, and sees what is asked first.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use tideover::sync::carrier::{Address, Request, Transport as _};
use tideover::sync::http::HttpTransport;

/// It stands there until the tests end.
pub(super) struct Between {
    url: String,
}

impl Between {
    /// Stands before a central; `sees` is called before a request is passed on.
    #[expect(clippy::disallowed_methods, reason = "threads that end with the tests")]
    pub(super) fn start(central: &str, sees: impl Fn(&Address) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (central, sees) = (central.to_owned(), Arc::new(sees));
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (central, sees) = (central.clone(), Arc::clone(&sees));
                std::thread::spawn(move || pass_on(socket, &central, sees.as_ref()));
            }
        });
        Self { url }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }
}

/// One request a connection. A line that breaks is the register's to try again.
fn pass_on(socket: TcpStream, central: &str, sees: &dyn Fn(&Address)) {
    let mut reader = BufReader::new(&socket);
    let (mut first, mut len) = (String::new(), 0);
    reader.read_line(&mut first).expect("a head");
    loop {
        let mut field = String::new();
        reader.read_line(&mut field).expect("a head");
        let field = field.trim_end().to_ascii_lowercase();
        if let Some(value) = field.strip_prefix("content-length:") {
            len = value.trim().parse().expect("a number");
        }
        if field.is_empty() {
            break;
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).expect("a body");
    let mut words = first.split(' ');
    let (Some(method), Some(address)) = (words.next(), words.next()) else { return };
    let request = match method {
        "GET" => Request::get(address),
        _ => Request::post(address, body),
    };
    sees(&request.address);
    let line = HttpTransport::new(central, None, false).expect("a line");
    let Ok(answer) = line.with_answers_up_to(1 << 20).send(&request) else { return };
    let (status, len) = (answer.status, answer.body.len());
    let head =
        format!("HTTP/1.1 {status} So\r\nconnection: close\r\ncontent-length: {len}\r\n\r\n");
    (&socket).write_all(&[head.as_bytes(), &answer.body].concat()).ok();
}
