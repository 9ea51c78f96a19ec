//! A closure certificate as a page that can be printed.

use crate::central::close::Closure;
use crate::central::page::escape;
use crate::domain::language::Language;
use crate::reconcile::paper::{Block, Column, Document, of};

use super::page::document;

/// The page.
pub(super) fn html(closure: &Closure) -> String {
    let certificate = &closure.certificate;
    let paper = of(certificate, &closure.digest(), &closure.signature());
    let query = format!("store={}&number={}", certificate.store, certificate.number);
    let bar = format!(
        "<div><b>{}</b> <span>{}</span></div>",
        escape(&paper.title),
        escape(&certificate.store_name)
    );
    let links = format!(
        "<p class=\"go no-print\"><a class=button href=\"/closure.pdf?{query}\">PDF</a>\
         <a class=\"button plain\" href=\"/closure.txt?{query}\">As it was signed</a>\
         <a class=\"button plain\" href=\"/reconcile?store={}\">Back</a></p>",
        certificate.store
    );
    // A certificate is in the language it was signed in.
    let body = format!("{links}{}", blocks(&paper));
    document(&escape(&paper.title), &bar, &body, Language::English)
}

fn blocks(paper: &Document) -> String {
    paper.blocks.iter().map(block).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Title(text) => format!("<h1>{}</h1>", escape(text)),
        Block::Heading(text) => format!("<h2>{}</h2>", escape(text)),
        Block::Words(text) => format!("<p>{}</p>", escape(text)),
        Block::Verdict(text) => format!("<p class=\"say good\"><b>{}</b></p>", escape(text)),
        Block::Mono(text) => format!("<p class=mono>{}</p>", escape(text)),
        Block::Table { columns, rows, total } => {
            let titles: String = columns
                .iter()
                .map(|column| format!("<th{}>{}", class(column), escape(column.title)))
                .collect();
            let line = |row: &Vec<String>, strong: bool| {
                let cell = |(column, text): (&Column, &String)| {
                    let text = escape(text);
                    let text = if strong { format!("<b>{text}</b>") } else { text };
                    format!("<td{}>{text}", class(column))
                };
                let cells: String = columns.iter().zip(row).map(cell).collect();
                format!("<tr>{cells}</tr>")
            };
            let lines: String = rows.iter().map(|row| line(row, false)).collect();
            let last = total.as_ref().map_or_else(String::new, |row| line(row, true));
            format!(
                "<div class=\"card table wide\"><table><tr>{titles}</tr>{lines}{last}</table></div>"
            )
        }
    }
}

const fn class(column: &Column) -> &'static str {
    if column.right { " class=n" } else { "" }
}
