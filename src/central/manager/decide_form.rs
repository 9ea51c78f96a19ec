//! The form that decides a matter, or all matters of a rule together.

use crate::central::page::escape;
use crate::domain::person::Role;
use crate::domain::words::{term, words};
use crate::reconcile::exception::Code;
use crate::reconcile::matters::Matter;
use crate::reconcile::said;
use crate::reconcile::words::Choice;

use super::form::{needs_second, together};
use super::page::Drawn;

impl Drawn<'_> {
    /// The form of a matter, or of all matters of a rule together.
    pub(super) fn form(&self, matters: &[&Matter], code: Code, all: bool) -> String {
        let Some(session) = self.session else {
            return format!(
                "<p class=\"say wait\"><a href=#sign-in>{}</a></p>",
                self.term(term("Sign in to decide"))
            );
        };
        let (count, sum) = together(matters);
        let cause = matters.first().map_or("", |one| one.cause.as_str());
        let fields = [
            ("rule", code.word().to_owned()),
            ("cause", if all { String::new() } else { cause.to_owned() }),
            ("all", u8::from(all).to_string()),
            ("count", count.to_string()),
            ("sum", sum.minor().to_string()),
        ];
        let manager = session.person.role == Role::Manager;
        let choices = code.choices_of(manager);
        let first = choices.first().copied();
        let pick = |choice: &Choice| {
            let checked = if Some(*choice) == first { " checked" } else { "" };
            format!(
                "<label class=pick><input type=radio name=action value={}{checked} required>{}\
                 </label>",
                choice.word(),
                self.term(choice.label())
            )
        };
        let picks: String = choices.iter().map(pick).collect();
        let second =
            if manager && needs_second(self.now, matters) { self.second() } else { String::new() };
        let back = sum.negated().unwrap_or_default();
        let more: String = choices
            .iter()
            .map(|choice| match choice {
                Choice::Correct if all => format!(
                    "<p class=\"more correct quiet\">{}</p>",
                    self.term(term("Each one by its own difference."))
                ),
                Choice::Correct => self.field(
                    "correct",
                    (term("By how much"), term("below zero takes money away")),
                    &format!("name=amount value=\"{back}\" inputmode=decimal"),
                ),
                Choice::Reassign => self.field(
                    "reassign",
                    (term("Which item"), term("its code, as on the shelf label")),
                    "name=item autocomplete=off",
                ),
                Choice::Ask => self.field(
                    "ask",
                    (term("Whom"), term("their number")),
                    "name=person inputmode=numeric autocomplete=off",
                ),
                Choice::Count => self.field(
                    "count",
                    (term("Where"), term("aisle 7, the cooler")),
                    "name=area maxlength=40 autocomplete=off",
                ),
                Choice::Accept | Choice::WriteOff | Choice::MakeGood => String::new(),
            })
            .collect();
        let together = if all {
            format!("<h3>{}</h3>", self.say(&said::all_together(count)))
        } else {
            String::new()
        };
        let note = if manager {
            String::new()
        } else {
            format!("<p class=quiet>{}</p>", self.say(&said::leads_may()))
        };
        format!(
            "{together}<form class=short method=post action=/reconcile/decide>{}<fieldset>\
             <legend>{}</legend>{picks}</fieldset>{note}{more}\
             <label class=in>{}<input type=text name=reason list=reasons maxlength=500 required \
             style=\"max-width:40rem\" autocomplete=off></label>{second}\
             <div class=go><button>{}</button><span class=quiet>{}</span></div></form>",
            self.hidden(&fields),
            self.say(&words!("What do you decide?")),
            self.term(term("Why")),
            self.say(&said::sign_as(&session.person.name)),
            self.say(&said::becomes_a_record()),
        )
    }

    /// A field that goes with a choice.
    fn field(
        &self,
        choice: &str,
        (title, note): (&'static str, &'static str),
        input: &str,
    ) -> String {
        format!(
            "<label class=\"in more {choice}\">{}<span>{}</span><input type=text {input}></label>",
            self.term(title),
            self.term(note)
        )
    }

    fn second(&self) -> String {
        let (badge, _) = self.badge_field("second_badge");
        format!(
            "<div class=second><h3>{}</h3><p class=quiet>{}</p>{badge}<div class=two>\
             <label class=in>{}<input type=text name=second inputmode=numeric autocomplete=off>\
             </label><label class=in>PIN<input type=password name=second_pin inputmode=numeric \
             autocomplete=off></label></div></div>",
            self.say(&said::second_signs()),
            escape(self.voice.language.say(term("A lead or manager, at this screen."))),
            self.term(term("Number"))
        )
    }
}
