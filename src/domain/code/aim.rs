//! AIM symbology identifiers: the three characters before a scan that name its bars.
//!
//! `01234565` is a good EAN-8 and a good UPC-E; only this prefix tells them apart, which is why a
//! scanner should be set to send it. Without it the catalog decides (see `chosen`).
//!
//! Source: ISO/IEC 15424; GS1 General Specifications, table of symbology identifiers.

/// What the bars were, as far as it changes how their digits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbology {
    /// No identifier was sent: typed, or a scanner that doesn't send it.
    Unknown,
    /// `]E0`, `]E3`: EAN-13, UPC-A, or UPC-E; eight digits under it are UPC-E.
    Ean,
    /// `]E4`: EAN-8.
    Ean8,
    /// `]E1`, `]E2`: an add-on of two or five digits beside an EAN, no item by itself.
    AddOn,
    /// `]I0`, `]I1`: interleaved 2 of 5, as ITF-14 on cases.
    Itf,
    /// `]C1`, `]e0` to `]e3`, `]d2`, `]Q3`, `]J1`: GS1 element strings.
    Gs1,
    /// Any other: Code 128, Code 39, plain QR, ...
    Other,
}

/// Splits a scan into its symbology and what the bars said.
///
/// ```text
///  ]d2 0104… ─▶ (Gs1, "0104…")        4006381333931 ─▶ (Unknown, "4006381333931")
/// ```
pub fn split(scan: &str) -> (Symbology, &str) {
    let Some((head, rest)) = scan.split_at_checked(3) else { return (Symbology::Unknown, scan) };
    let symbology = match head {
        "]E0" | "]E3" => Symbology::Ean,
        "]E4" => Symbology::Ean8,
        "]E1" | "]E2" => Symbology::AddOn,
        "]I0" | "]I1" => Symbology::Itf,
        "]C1" | "]e0" | "]e1" | "]e2" | "]e3" | "]d2" | "]Q3" | "]J1" => Symbology::Gs1,
        _ if is_identifier(head) => Symbology::Other,
        _ => return (Symbology::Unknown, scan),
    };
    (symbology, rest)
}

/// What an EAN says without the add-on that some scanners send in the same breath.
pub fn without_add_on(data: &str) -> &str {
    data.split_once("]E").map_or(data, |(main, _)| main)
}

fn is_identifier(head: &str) -> bool {
    let mut bytes = head.bytes();
    bytes.next() == Some(b']')
        && bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_identifier_is_taken_off_and_nothing_else_is() {
        for (scan, symbology, data) in [
            ("]E04006381333931", Symbology::Ean, "4006381333931"),
            ("]E396385074", Symbology::Ean, "96385074"),
            ("]E496385074", Symbology::Ean8, "96385074"),
            ("]E112", Symbology::AddOn, "12"),
            ("]I110614141007346", Symbology::Itf, "10614141007346"),
            ("]C10104", Symbology::Gs1, "0104"),
            ("]e00104", Symbology::Gs1, "0104"),
            ("]d20104", Symbology::Gs1, "0104"),
            ("]Q30104", Symbology::Gs1, "0104"),
            ("]J10104", Symbology::Gs1, "0104"),
            ("]Q1https://example.com", Symbology::Other, "https://example.com"),
            ("]C085123A", Symbology::Other, "85123A"),
            ("4011", Symbology::Unknown, "4011"),
            ("]", Symbology::Unknown, "]"),
            ("]éx", Symbology::Unknown, "]éx"),
        ] {
            assert_eq!(split(scan), (symbology, data), "{scan}");
        }
        assert_eq!(without_add_on("9771234567003]E112"), "9771234567003");
    }
}
