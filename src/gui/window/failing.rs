//! The register's window while a screen of it failed, and the customer's where that one did.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::super::customer::Display;
use super::super::faults::{Way, caught};
use super::super::language::Voice;
use super::super::notice::ShownNotice;
use super::super::pen::Pen;
use super::super::screens;
use super::{BUSY_MS, RegisterWindow};
use crate::domain::words::words;
use crate::register::view::{NoticeKind, View};

impl RegisterWindow {
    /// What the window remembered and what it was about to ask may be why, so all of it goes.
    pub(super) fn fail(&mut self, now_ms: u64) {
        tracing::error!("a screen of the register's window failed; the till goes on");
        self.faults.fail(now_ms);
        self.desk = self.desk.anew();
        self.asked = None;
        self.till_asked = None;
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// A frame of the words about it. What fails in here is caught by nobody in the window: it
    /// ends, and the program starts again.
    pub(super) fn frame_of_fault(&mut self, ui: &mut egui::Ui, now_ms: u64) {
        let ctx = ui.ctx().clone();
        let Some(mut failed) = self.faults.failed else { return };
        self.set_zoom(&ctx);
        // Who walks away from it is signed out as from any other screen.
        let view = self.till.view();
        self.desk.lock_when_left(&view, now_ms);
        let (strokes, _) = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        if !strokes.is_empty() {
            self.desk.touched(now_ms);
        }
        let mut way = None;
        for stamped in strokes {
            way = way.or(failed.way_of(stamped));
        }
        let currency = self.seen.0.status.currency;
        let voice = Voice { language: self.desk.language, currency };
        let mut pen = Pen::new(ui, self.desk.theme.palette(), voice).with(self.hook.clone());
        way = screens::failed::show(&mut pen, ctx.content_rect(), failed).or(way);
        self.faults.failed = Some(failed);
        match way {
            Some(Way::On) => self.faults.leave(now_ms),
            Some(Way::Out) => {
                self.desk.way_out(&view, now_ms);
                self.faults.leave(now_ms);
            }
            Some(Way::Language) => self.desk.language = self.desk.language.next(),
            None => {}
        }
        let busy = self.ask_till();
        if way.is_some() {
            ctx.request_repaint();
        } else if busy {
            ctx.request_repaint_after(Duration::from_millis(BUSY_MS));
        } else if let Some(left) = self.desk.locks_in_ms(&view, now_ms) {
            ctx.request_repaint_after(Duration::from_millis(left.max(1)));
        }
    }

    /// The customer's window: where it fails it is closed, and the register sells on.
    pub(super) fn show_customer(&mut self, ctx: &egui::Context, view: &Arc<View>, now_ms: u64) {
        let (display, theme) = (self.desk.customer, self.desk.theme);
        let shown = caught(|| self.customer.show(ctx, display, view, theme)).is_some();
        if shown && !self.customer.failed() {
            return;
        }
        tracing::error!("the customer's window failed and was closed; the register sells on");
        self.desk.customer = Display::Off;
        self.desk.notice = Some(ShownNotice {
            kind: NoticeKind::Attention,
            text: words!("The customer's window failed and was closed"),
            remedy: words!("Sales go on. Ctrl D opens it again; tell IT."),
            since_ms: now_ms,
        });
    }
}
