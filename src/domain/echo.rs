//! What somebody gave, as it is shown again in a refusal: short, and without anything that a
//! screen or a log would act on.

/// The most characters that are shown.
const SHOWN_MAX: usize = 60;

/// The beginning of a text, control characters as `?`.
pub fn echo(text: &str) -> String {
    let mut shown: String =
        text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// The most characters of a reader's own words.
const WORDS_MAX: usize = 300;

/// What a reader of a format says of a text, in one line: it may quote all of it as it is.
pub fn in_a_line(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_as_far_as_a_person_reads_it() {
        assert_eq!(echo("12.3x"), "12.3x");
        assert_eq!(echo("a\u{1b}[2Jb"), "a?[2Jb");
        assert_eq!(echo(&"9".repeat(4_096)).chars().count(), 61);
    }

    #[test]
    fn what_a_reader_says_is_one_line_without_what_a_screen_would_act_on() {
        assert_eq!(in_a_line("not a key\n  |\n1 | a\u{1b}[2J\n"), "not a key | 1 | a[2J");
        assert_eq!(in_a_line(&"word ".repeat(4_096)).chars().count(), 300);
    }
}
