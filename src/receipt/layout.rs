//! From parts to lines of a width: wrapping, columns, and never losing an amount.
//!
//! ```text
//!  42  |Organic crushed tomatoes with basil, 28     |   names wrap once, then end in two dots;
//!      |oz can                                 3.49|   the amount stands on the last line
//! ```

use super::document::{Align, Document, Look, Part};

/// The width of the paper, in characters of the printer's normal size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Columns {
    /// 80 mm at 576 dots.
    C48,
    /// 80 mm at 512 dots.
    #[default]
    C42,
    /// 58 mm.
    C32,
}

/// What double-width lines are laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A printer: large letters take two columns each.
    Printer,
    /// A screen or a file: all letters are alike.
    Text,
}

/// One thing after the other, as a printer does them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Laid {
    /// A line that fits the paper, its spaces already in it.
    Line {
        /// The characters, none of them a control character.
        text: String,
        /// How they look.
        look: Look,
    },
    /// A QR code in the middle.
    Qr(String),
    /// The store's picture in the middle.
    Logo,
    /// Cut here.
    Cut,
    /// Open the drawer.
    DrawerPulse,
}

/// Lines the words at the left of an amount may take.
const LEFT_LINES_MAX: usize = 2;
/// Lines a text may take; the longest is a return policy.
const TEXT_LINES_MAX: usize = 12;
/// What shows that words were cut.
const CUT_MARK: &str = "..";

impl Columns {
    /// All widths.
    pub const ALL: [Self; 3] = [Self::C48, Self::C42, Self::C32];

    /// Characters a line.
    pub const fn count(self) -> usize {
        match self {
            Self::C48 => 48,
            Self::C42 => 42,
            Self::C32 => 32,
        }
    }

    /// The width with that many characters.
    pub fn from_count(count: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|columns| u64::try_from(columns.count()) == Ok(count))
    }
}

/// Lays a document out.
pub fn lay(document: &Document, columns: Columns, target: Target) -> Vec<Laid> {
    let mut laid = Vec::new();
    for part in document.parts() {
        match part {
            Part::Line { text, align, look } => {
                let width = width(columns, *look, target);
                for line in wrap(text.as_str(), width, TEXT_LINES_MAX) {
                    let text = match align {
                        Align::Left => line,
                        Align::Center => center(&line, width),
                    };
                    laid.push(Laid::Line { text, look: *look });
                }
            }
            Part::Row { left, right, look } => {
                let width = width(columns, *look, target);
                for text in row(left.as_str(), right.as_str(), width) {
                    laid.push(Laid::Line { text, look: *look });
                }
            }
            Part::Rule => {
                laid.push(Laid::Line { text: "-".repeat(columns.count()), look: Look::Normal });
            }
            Part::Blank => laid.push(Laid::Line { text: String::new(), look: Look::Normal }),
            Part::Qr(text) => laid.push(Laid::Qr(text.as_str().to_owned())),
            Part::Logo => laid.push(Laid::Logo),
            Part::Cut => laid.push(Laid::Cut),
            Part::DrawerPulse => laid.push(Laid::DrawerPulse),
        }
    }
    laid
}

const fn width(columns: Columns, look: Look, target: Target) -> usize {
    match (look, target) {
        (Look::Double, Target::Printer) => columns.count() / 2,
        _ => columns.count(),
    }
}

fn center(text: &str, width: usize) -> String {
    let text = text.trim();
    let before = width.saturating_sub(text.chars().count()) / 2;
    format!("{}{text}", " ".repeat(before))
}

/// Words left, amount right, the amount whole on the last line.
fn row(left: &str, right: &str, width: usize) -> Vec<String> {
    let right = right.trim();
    let amount = right.chars().count();
    let left = left.trim_end();
    if amount.saturating_add(2) > width {
        // An amount as wide as the paper: it gets lines of its own and is broken, never cut.
        let mut lines = wrap(left, width, LEFT_LINES_MAX);
        let alone = right.chars().collect::<Vec<_>>();
        lines.extend(alone.chunks(width.max(1)).map(|piece| piece.iter().collect()));
        return lines;
    }
    let room = width.saturating_sub(amount).saturating_sub(1);
    let mut lines = if left.chars().count() <= room {
        vec![left.to_owned()]
    } else {
        // The first line may use the whole width; what stands beside the amount is narrower.
        let mut lines = wrap(left, width, LEFT_LINES_MAX);
        match lines.pop() {
            Some(last) if last.chars().count() <= room => lines.push(last),
            Some(last) if lines.is_empty() => lines.extend(wrap(&last, room, LEFT_LINES_MAX)),
            Some(last) => lines.push(clip(&last, room)),
            None => lines.push(String::new()),
        }
        lines
    };
    if let Some(last) = lines.last_mut() {
        let gap = width.saturating_sub(last.chars().count()).saturating_sub(amount);
        last.push_str(&" ".repeat(gap));
        last.push_str(right);
    }
    lines
}

/// A text in lines of a width, broken at spaces, after hyphens in long words, else anywhere. What
/// does not fit into the last line ends in two dots. Spaces at the beginning are kept, on each
/// line.
fn wrap(text: &str, width: usize, lines_max: usize) -> Vec<String> {
    let indent: String = text.chars().take_while(|c| *c == ' ').take(width / 4).collect();
    let mut lines = Vec::new();
    let mut line = indent.clone();
    let mut empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word.to_owned();
        loop {
            let used = line.chars().count().saturating_add(usize::from(!empty));
            let length = word.chars().count();
            if used.saturating_add(length) <= width {
                if !empty {
                    line.push(' ');
                }
                line.push_str(&word);
                empty = false;
                break;
            }
            if empty {
                let piece = piece(&word, width.saturating_sub(used).max(1));
                line.push_str(&piece);
                word = word.chars().skip(piece.chars().count()).collect();
            }
            lines.push(std::mem::replace(&mut line, indent.clone()));
            empty = true;
        }
    }
    if !empty || lines.is_empty() {
        lines.push(line);
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            *last = cut(last, width);
        }
    }
    lines
}

/// The beginning of a word that fits, up to its last hyphen where it has one.
fn piece(word: &str, width: usize) -> String {
    let most: String = word.chars().take(width).collect();
    match most.rfind(['-', ':', '/']) {
        Some(at) if at > 0 => {
            most.chars().take(most.get(..=at).map_or(0, |p| p.chars().count())).collect()
        }
        _ => most,
    }
}

/// The beginning of a line, with two dots where something is missing.
fn clip(line: &str, width: usize) -> String {
    let line = line.trim_end();
    if line.chars().count() <= width { line.to_owned() } else { cut(line, width) }
}

fn cut(line: &str, width: usize) -> String {
    let kept: String = line.chars().take(width.saturating_sub(CUT_MARK.len())).collect();
    format!("{}{CUT_MARK}", kept.trim_end_matches([' ', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_amount_whatever_the_name() {
        assert_eq!(row("Bananas", "0.58", 20), ["Bananas         0.58"]);
        assert_eq!(
            row("Organic crushed tomatoes", "3.49", 20),
            ["Organic crushed", "tomatoes        3.49"]
        );
        assert_eq!(
            row("12345678901234567", "1.00", 20),
            ["123456789012345", "67              1.00"]
        );
        let long = row("Alpha beta gamma delta epsilon zeta eta theta iota", "12.00", 20);
        assert_eq!(long, ["Alpha beta gamma", "delta epsilo.. 12.00"]);
        assert_eq!(row("x", "123456789012345678901234", 20).join(""), "x123456789012345678901234");
    }

    #[test]
    fn text_is_broken_where_people_break_it() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("  two deep words", 9, 9), ["  two", "  deep", "  words"]);
        assert_eq!(wrap("9f3c-1801-5d41402a", 10, 9), ["9f3c-1801-", "5d41402a"]);
        assert_eq!(wrap("", 10, 9), [""]);
        assert_eq!(wrap("one two three four", 7, 2), ["one two", "three.."]);
    }

    #[test]
    fn nothing_is_wider_than_its_paper() {
        let words =
            ["", "a", "seven", "hyphen-ated", "äöü", "0123456789012345678901234567890123456"];
        let lefts = || words.iter().flat_map(|a| words.iter().map(move |b| format!("{a} {b} {a}")));
        let rights = ["1.00", "-1,234,567.89", ""];
        let cases = lefts().flat_map(|left| rights.map(|right| (left.clone(), right)));
        for ((left, right), width) in
            cases.flat_map(|case| [16, 21, 24, 32, 42, 48].map(|width| (case.clone(), width)))
        {
            let lines = row(&left, right, width);
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:?}");
            assert!(lines.last().is_some_and(|last| last.ends_with(right)), "{lines:?}");
        }
    }
}
