//! Readiness: a row a topic, worst first, each with what to do while there is time.

use crate::domain::event::Event;
use crate::domain::price_news::PriceNews;
use crate::domain::readiness::{ReadinessFinding, ReadinessLook, Standing, look, score};
use crate::domain::words::{Words, term, words};
use crate::register::register::{Register, Said, Setback};
use crate::register::view::{Column, PageAction, PageView, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct ReadinessPage;

impl Page for ReadinessPage {
    fn view(&self, register: &Register) -> PageView {
        let findings = sorted(register);
        let percent = score(&findings);
        let own = register.ledger.chain().journal.register;
        let others = register.book().readiness.registers().filter(|(other, _)| *other != own);
        let mut lead =
            vec![words!("{} of 100 points. What is wrong today would hurt in an outage.", percent)];
        lead.extend(others.filter_map(|(other, times)| {
            let (at, score) = times.looked?;
            let day = at.local_date().to_string();
            Some(words!("Register {}: {} points on {}", other.to_string(), score, day))
        }));
        lead.extend(register.packs.news.iter().skip(1).map(PriceNews::text));
        let mut actions = vec![PageAction::go(term("Record it"), register.person.is_some())];
        if register.has_held_prices() {
            actions.push(PageAction::go(term("Take prices"), register.person.is_some()));
        }
        PageView {
            lead,
            columns: vec![
                Column::words(term("What"), 2),
                Column::words(term("How it stands"), 4),
                Column::words(term("What to do"), 5),
            ],
            rows: findings.iter().map(row).collect(),
            actions,
            ..PageView::of(PageName::Readiness, words!("Ready for an outage?"))
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match input {
            PageInput::Action(0) => {
                register.person()?;
                let look = ReadinessLook::of(&sorted(register));
                let score = look.score;
                register.record(Event::ReadinessLook(look))?;
                Ok(Turn::Stay(Some(Said::done(words!("Recorded with {} points", score)))))
            }
            PageInput::Action(1) => {
                register.person()?;
                Ok(Turn::Stay(register.take_held_prices()?))
            }
            PageInput::Back => Ok(Turn::Leave(None)),
            _ => Ok(Turn::Stay(None)),
        }
    }
}

fn sorted(register: &Register) -> Vec<ReadinessFinding> {
    let mut findings = look(&register.readiness_facts());
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.standing));
    findings
}

fn row(finding: &ReadinessFinding) -> Row {
    let mark = match finding.standing {
        Standing::Ready => RowMark::Good,
        Standing::Soon => RowMark::Attention,
        Standing::NotReady => RowMark::Bad,
    };
    let topic = Words::plain(finding.topic.label());
    Row::marked(mark, vec![topic, finding.text.clone(), finding.remedy.clone()])
}
