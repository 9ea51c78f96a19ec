//! Plots for pages: bars and a week's grid, as SVG without script, each with its table.
//!
//! All places are whole numbers. Colors come from the page's own style by class, so that light,
//! dark and print are the page's affair; a number stands beside every color.

use std::fmt::Write as _;

/// The width of a plot's own units.
const WIDTH: i64 = 760;
const LABEL_WIDTH: i64 = 190;
const TEXT_WIDTH: i64 = 200;
const ROW_HEIGHT: i64 = 28;
const CELL_WIDTH: i64 = 28;
const CELL_HEIGHT: i64 = 26;
/// A label longer than this is cut on the plot; the table has all of it.
const LABEL_CHARS: usize = 24;

/// The colors of plots, for the style of a page.
pub const STYLE: &str = ":root{color-scheme:light dark;--page:#f6f8fa;--sheet:#fff;--ink:#16202b;\
--soft:#57606a;--line:#d8dee4;--bar:#0b5cad;--c1:#d3e5f7;--c2:#8fbfe8;--c3:#2f7fc6;--c4:#0a3f7a;\
--on1:#16202b;--on2:#16202b;--on3:#fff;--on4:#fff}\
@media (prefers-color-scheme:dark){:root{--page:#10161d;--sheet:#18212b;--ink:#e8eef4;\
--soft:#a3b1bf;--line:#33404d;--bar:#6cb2f2;--c1:#1d3a56;--c2:#2b6199;--c3:#6cb2f2;--c4:#cfe6fb;\
--on1:#e8eef4;--on2:#fff;--on3:#10161d;--on4:#10161d}}\
svg{width:100%;height:auto;max-width:760px;display:block}svg text{font:13px system-ui,sans-serif;\
fill:var(--ink)}svg .soft{fill:var(--soft)}svg .bar{fill:var(--bar)}svg .axis{stroke:var(--line)}\
svg .c0{fill:none;stroke:var(--line)}svg .c1{fill:var(--c1)}svg .c2{fill:var(--c2)}\
svg .c3{fill:var(--c3)}svg .c4{fill:var(--c4)}svg text.on1{fill:var(--on1)}\
svg text.on2{fill:var(--on2)}svg text.on3{fill:var(--on3)}svg text.on4{fill:var(--on4)}";

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// How long it is.
    pub value: i64,
    /// What stands behind it.
    pub text: String,
}

/// Bars from left to right, one below the other; `about` says what they show.
pub fn bars(about: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let room = WIDTH.saturating_sub(LABEL_WIDTH).saturating_sub(TEXT_WIDTH);
    let mut y = 0_i64;
    let mut inner = String::new();
    for bar in bars {
        let long = bar.value.max(0).saturating_mul(room).checked_div(most).unwrap_or(0);
        // A bar of something is seen, however short.
        let long = long.max(i64::from(bar.value > 0).saturating_mul(2));
        let (middle, top) = (y.saturating_add(18), y.saturating_add(5));
        let behind = LABEL_WIDTH.saturating_add(long).saturating_add(8);
        let before = LABEL_WIDTH.saturating_sub(10);
        write!(
            inner,
            "<text x={before} y={middle} text-anchor=end>{}</text>\
             <rect class=bar x={LABEL_WIDTH} y={top} width={long} height=18 rx=2></rect>\
             <text x={behind} y={middle}>{}</text>",
            escaped(&cut(&bar.label)),
            escaped(&bar.text)
        )
        .ok();
        y = y.saturating_add(ROW_HEIGHT);
    }
    let axis = format!("<line class=axis x1={LABEL_WIDTH} y1=0 x2={LABEL_WIDTH} y2={y}></line>");
    svg(about, y, &format!("{axis}{inner}"))
}

/// A week's hours, Monday to Sunday below each other: the more, the stronger, with its number.
pub fn week(about: &str, days: [&str; 7], hours: &[[u32; 24]; 7]) -> String {
    let most = hours.iter().flatten().copied().max().unwrap_or(0).max(1);
    let left = 60_i64;
    let mut inner = String::new();
    for hour in (0..24_i64).step_by(3) {
        let x = left.saturating_add(hour.saturating_mul(CELL_WIDTH));
        write!(inner, "<text class=soft x={x} y=14>{hour}</text>").ok();
    }
    let mut y = 22_i64;
    for (day, row) in days.iter().zip(hours) {
        let middle = y.saturating_add(17);
        let before = left.saturating_sub(10);
        write!(inner, "<text x={before} y={middle} text-anchor=end>{day}</text>").ok();
        let mut x = left;
        for count in row {
            let strength = strength(*count, most);
            let (wide, high) = (CELL_WIDTH.saturating_sub(2), CELL_HEIGHT.saturating_sub(2));
            write!(
                inner,
                "<rect class=c{strength} x={x} y={y} width={wide} height={high} rx=2></rect>"
            )
            .ok();
            if *count > 0 {
                let center = x.saturating_add(wide.div_euclid(2));
                write!(
                    inner,
                    "<text class=on{strength} x={center} y={middle} text-anchor=middle>{count}\
                     </text>"
                )
                .ok();
            }
            x = x.saturating_add(CELL_WIDTH);
        }
        y = y.saturating_add(CELL_HEIGHT);
    }
    svg(about, y, &inner)
}

/// A table; the first column is words, the others are figures.
pub fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut html = String::from("<div class=w><table><tr>");
    for (place, column) in columns.iter().enumerate() {
        let class = if place == 0 { "" } else { " class=n" };
        write!(html, "<th scope=col{class}>{}", escaped(column)).ok();
    }
    for row in rows {
        html.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let class = if place == 0 { "" } else { " class=n" };
            write!(html, "<td{class}>{}", escaped(cell)).ok();
        }
    }
    html.push_str("</table></div>");
    html
}

/// 0 for none, then four strengths.
fn strength(count: u32, most: u32) -> u32 {
    if count == 0 {
        return 0;
    }
    let part = count.saturating_mul(4).div_ceil(most.max(1));
    part.clamp(1, 4)
}

fn svg(about: &str, height: i64, inner: &str) -> String {
    let about = escaped(about);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=img aria-label=\"{about}\">\
         <title>{about}</title>{inner}</svg>"
    )
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LABEL_CHARS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LABEL_CHARS.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Texts come from records, and so from anybody.
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: i64) -> Bar {
        Bar { label: label.to_owned(), value, text: value.to_string() }
    }

    #[test]
    fn the_longest_bar_fills_its_room_and_the_shortest_is_seen() {
        let plot = bars("minutes", &[bar("a", 100_000), bar("b", 1), bar("c", 0), bar("d", -5)]);
        let widths: Vec<&str> = plot.split(" width=").skip(1).collect();
        let widths: Vec<&str> = widths.iter().filter_map(|w| w.split(' ').next()).collect();
        assert_eq!(widths, ["370", "2", "0", "0"]);
    }

    #[test]
    fn what_a_record_says_is_never_a_tag() {
        let evil = "<script>\"&'\u{1b}";
        let all = [
            bars(evil, &[Bar { label: evil.to_owned(), value: 1, text: evil.to_owned() }]),
            table(&[evil], &[vec![evil.to_owned()]]),
        ];
        for html in all {
            assert!(!html.contains("<script"), "{html}");
            assert!(html.contains("&lt;script&gt;&quot;&amp;&#39; "), "{html}");
        }
        let long = bars("", &[bar(&"é".repeat(80), 1)]);
        assert!(long.contains(&format!("{}…", "é".repeat(23))));
    }

    #[test]
    fn every_hour_has_its_cell_and_every_count_its_number() {
        let mut hours = [[0; 24]; 7];
        hours[6][23] = 8;
        hours[0][0] = 1;
        let plot = week("", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], &hours);
        assert_eq!(plot.matches("<rect").count(), 7 * 24);
        assert_eq!(plot.matches("class=c0").count(), 7 * 24 - 2);
        assert!(plot.contains("class=on4") && plot.contains(">8</text>"));
        assert!(plot.contains("class=on1") && plot.contains(">1</text>"));
    }
}
