//! What a posted form, or an address's question, says: its fields, as browsers write them.

use crate::reconcile::errand::Secret;

/// The longest form, in bytes.
pub(super) const FORM_LEN_MAX: usize = 16 * 1024;

/// The fields of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `a=b&c=d+e%20f`.
    pub(super) fn read(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        Self(pairs.map(pair).collect())
    }

    /// The fields of a register's window.
    pub(super) fn of_window(fields: Vec<(String, Secret)>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name, value.text().to_owned())).collect())
    }

    /// A field without the blanks around it; empty where it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let value = high.zip(low).map(|(high, low)| high.saturating_mul(16) | low);
                bytes.push(value.and_then(|value| u8::try_from(value).ok()).unwrap_or(b'?'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let form = Form::read("reason=Label+was+old%21&sum=-1204&empty=&%C3%A9=%C3%A9&odd=%zz%4");
        assert_eq!((form.get("reason"), form.get("sum")), ("Label was old!", "-1204"));
        assert_eq!((form.get("empty"), form.get("none"), form.get("é")), ("", "", "é"));
        assert_eq!(form.get("odd"), "??");
        assert_eq!(Form::read("a=1&a=2").get("a"), "1", "the first one counts");
    }
}
