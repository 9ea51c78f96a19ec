//! GS1 Digital Link: an item's number, batch and dates inside a web address.
//!
//! ```text
//!  https://id.gs1.org/01/00614141123452/10/ABC123?17=271231&linkType=all
//!  any host, any path before it    │     │        └ identifiers in the query; words are ignored
//!                                  GTIN  22, 10, 21 in this order, or 235
//! ```
//!
//! The address is read as a text. Nothing here or above ever opens it: a register has no network
//! to open it with, and a sticker on a shelf could point anywhere.
//!
//! Source: GS1 Digital Link Standard, URI Syntax. Compressed links are not read: they hold nothing
//! that a person could compare with the package.

use super::ai;
use super::element::{ELEMENTS_MAX, Element};
use super::garbage::Garbage;
use crate::domain::gtin::is_gtin;

/// True for a text that is a web address.
pub fn is_address(text: &str) -> bool {
    let scheme = |scheme: &str| {
        text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    };
    scheme("http://") || scheme("https://")
}

/// The elements of a Digital Link with an item in it.
///
/// # Errors
/// [`Garbage::Link`] for any other address; another [`Garbage`] for a link whose values are wrong.
pub fn parse(address: &str) -> Result<Vec<Element>, Garbage> {
    let (_, after) = address.split_once("://").ok_or(Garbage::Link)?;
    let after = after.split('#').next().unwrap_or(after);
    let (path, query) = after.split_once('?').unwrap_or((after, ""));
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut elements =
        (0..segments.len()).find_map(|at| item_at(segments.get(at..)?)).ok_or(Garbage::Link)??;
    for pair in query.split(['&', ';']) {
        let Some((key, value)) = pair.split_once('=') else { continue };
        if ai::form(key).is_none() || elements.iter().any(|known| known.ai == key) {
            continue;
        }
        if elements.len() >= ELEMENTS_MAX {
            return Err(Garbage::TooLong);
        }
        elements.push(Element::new(key, &decoded(value).ok_or(Garbage::Torn)?)?);
    }
    Ok(elements)
}

/// The elements of a path that begins with `01` and an item's number, to its end; none when it
/// does not begin so.
fn item_at(segments: &[&str]) -> Option<Result<Vec<Element>, Garbage>> {
    let (key, rest) = segments.split_first()?;
    let (number, qualifiers) = rest.split_first()?;
    let right = matches!(number.len(), 12..=14) && is_gtin(number);
    if *key != "01" || !right {
        return None;
    }
    Some(elements_of(&format!("{number:0>14}"), qualifiers))
}

fn elements_of(gtin: &str, qualifiers: &[&str]) -> Result<Vec<Element>, Garbage> {
    let mut elements = vec![Element::new("01", gtin)?];
    // Each may be left out; the order is the standard's, and 235 stands alone.
    let mut allowed: &[&str] = &["235", "22", "10", "21"];
    for pair in qualifiers.chunks(2) {
        let [key, value] = pair else { return Err(Garbage::Link) };
        let place = allowed.iter().position(|known| known == key).ok_or(Garbage::Link)?;
        allowed = match *key {
            "235" => &[],
            _ => allowed.get(place.saturating_add(1)..).unwrap_or(&[]),
        };
        elements.push(Element::new(key, &decoded(value).ok_or(Garbage::Torn)?)?);
    }
    Ok(elements)
}

/// A value with its percent signs resolved; none where one is cut or names no character of GS1.
fn decoded(value: &str) -> Option<String> {
    let mut parts = value.split('%');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2)?;
        let byte = u8::from_str_radix(hex, 16).ok().filter(u8::is_ascii)?;
        text.push(char::from(byte));
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Result<String, Garbage> {
        let elements = parse(address)?;
        Ok(elements.iter().map(|e| format!("({}){}", e.ai, e.value)).collect())
    }

    #[test]
    fn any_host_any_prefix_and_padded_numbers() {
        for (address, elements) in [
            (
                "https://id.gs1.org/01/00614141123452/10/ABC123?17=271231",
                "(01)00614141123452(10)ABC123(17)271231",
            ),
            ("https://example.com/01/614141123452", "(01)00614141123452"),
            ("HTTP://example.com:8080/prefix/01/0614141123452/", "(01)00614141123452"),
            (
                "https://shop.example/01/x/01/00614141123452/22/A/10/B%2FC/21/D#top",
                "(01)00614141123452(22)A(10)B/C(21)D",
            ),
            (
                "https://a.example/01/00614141123452?3103=001500&linkType=all&x",
                "(01)00614141123452(3103)001500",
            ),
            ("https://a.example/01/00614141123452/235/TPX1", "(01)00614141123452(235)TPX1"),
        ] {
            assert_eq!(read(address).as_deref(), Ok(elements), "{address}");
        }
    }

    #[test]
    fn what_is_no_digital_link_is_none() {
        for (address, why) in [
            ("https://example.com/foo/123", Garbage::Link),
            ("https://example.com", Garbage::Link),
            ("https://01/00614141123452", Garbage::Link),
            ("https://a.example/01/00614141123453", Garbage::Link),
            ("https://a.example/01/00614141123452/21/A/10/B", Garbage::Link),
            ("https://a.example/01/00614141123452/10/A/235/B", Garbage::Link),
            ("https://a.example/01/00614141123452/10", Garbage::Link),
            ("https://a.example/01/00614141123452/10/%", Garbage::Torn),
            ("https://a.example/01/00614141123452/10/%FF", Garbage::Torn),
            ("https://a.example/01/00614141123452?17=271399", Garbage::Date),
            ("not an address", Garbage::Link),
        ] {
            assert_eq!(read(address), Err(why), "{address}");
        }
        assert!(is_address("HTTPS://x") && !is_address("ftp://x") && !is_address("https:"));
    }
}
