//! Views of a shop in the middle of an outage, and a window on them.

use std::sync::Arc;

use egui_kittest::Harness;
use tideover::domain::announcement::{Announcement, Terms};
use tideover::domain::approval::Act;
use tideover::domain::check::wizard::Step;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::TaxClass;
use tideover::domain::money::Money;
use tideover::domain::outage::System;
use tideover::domain::person::Role;
use tideover::domain::policy::{Currency, Department};
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::refusal::Candidate;
use tideover::domain::sale::{Missing, PriceSource};
use tideover::domain::tax::{TaxLine, TaxRate};
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::domain::words::{Words, words};
use tideover::gui::theme::Theme;
use tideover::gui::{RegisterWindow, WindowOptions};
use tideover::register::till::Till;
use tideover::register::view::{
    Ask, Done, LastSale, LineView, Link, Notice, NoticeKind, OpenLineView, OutageView, PackView,
    PageAsks, PaperState, PaperView, PeersView, Pending, PrinterLamp, QrMatrix, ReceiptLine,
    ReceiptView, Restart, Screen, Sell, ShiftClosed, SignIn, Status, Stopped, SuspendedView,
    TenderView, View,
};

use super::pages;
use super::renderer::Pixels;
use super::till::SimulatedTill;

pub fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("time")
}

pub fn status() -> Status {
    Status {
        store_name: "Harbor Street".to_owned(),
        store: 1042,
        register: 7,
        person: Some(("Cashier 31".to_owned(), "cashier")),
        leads: false,
        badges: false,
        shift: Some(12),
        date: BusinessDate::new(2026, 11, 22),
        outage: Some(OutageView {
            since: at("2026-11-22T14:05:00.000-06:00"),
            systems: vec![System::PointOfSale, System::Payments],
            cause: "Network to the data center is down".to_owned(),
            ticket: "INC-20871".to_owned(),
            expected: None,
        }),
        announcement: announcement().map(Arc::new),
        pack: Some(PackView {
            version: "20261122-3".to_owned(),
            age_minutes: 515,
            stale: false,
            news: None,
        }),
        pending: Pending { records: 38, sales: 35, money: money(412_055) },
        printer: PrinterLamp::Ready,
        link: Link::Down,
        peers: None,
        suspended: Arc::default(),
        drop_due: false,
        training: false,
        departments: Arc::default(),
        age_by_sight: false,
        lock_after_s: 120,
        handed_over: None,
        currency: Currency::Usd,
        weight_unit: "lb".to_owned(),
        now: at("2026-11-22T15:17:20.000-06:00"),
    }
}

/// What the shop tells its customers.
pub fn announcement() -> Option<Announcement> {
    let terms = Terms {
        check_max: money(20_000),
        id_with_check: true,
        returns: "Returns within 30 days with this receipt".to_owned(),
    };
    let now = at("2026-11-22T15:17:20.000-06:00");
    let expected = at("2026-11-22T18:00:00.000-06:00");
    let systems = [System::PointOfSale, System::Payments];
    Announcement::of(&systems, Some(expected), now, &terms)
}

pub fn view(screen: Screen) -> View {
    View {
        screen,
        status: status(),
        ask: None,
        about: Words::default(),
        notice: None,
        recording_since_ms: None,
    }
}

pub fn noticed(mut view: View, kind: NoticeKind, text: &str, remedy: &str) -> View {
    view.notice =
        Some(Notice { number: 1, kind, text: Words::data(text), remedy: Words::data(remedy) });
    view
}

/// The view of a lead instead of a cashier.
pub fn led(mut view: View) -> View {
    view.status.person = Some(("Lead 4".to_owned(), "lead"));
    view.status.leads = true;
    view
}

pub fn line(name: &str, quantity: &str, unit: &str, weighed: bool) -> LineView {
    let quantity = Quantity::parse(quantity).expect("quantity");
    let unit_price = UnitPrice::parse(unit).expect("unit price");
    LineView {
        name: name.to_owned(),
        code: "4006381333931".to_owned(),
        quantity,
        weighed,
        unit_price,
        price_source: PriceSource::Pack,
        amount: unit_price.times(quantity).expect("amount"),
        voided: false,
        price_was: None,
        returned: false,
    }
}

pub fn basket() -> Sell {
    let mut lines = vec![
        line("Corn tortillas 30 count", "2", "3.49", false),
        line("Ground coffee 24 oz", "1", "11.49", false),
        line("Bananas", "2.36", "0.59", true),
        line("Dish soap 1 gal", "1", "7.21", false),
        line("Crema mexicana 15 oz", "3", "4.29", false),
        line("Whole milk 1 gal", "1", "3.89", false),
        line("Peanut butter 40 oz", "1", "6.59", false),
    ];
    lines[3].voided = true;
    let subtotal =
        Money::sum(lines.iter().filter(|line| !line.voided).map(|line| line.amount)).expect("sum");
    let rate = TaxRate::parse_percent("8.25").expect("rate");
    let tax = rate.of(subtotal).expect("tax");
    Sell {
        item_count: 9,
        subtotal,
        taxes: vec![TaxLine {
            code: TaxClass::parse("TX").expect("class"),
            rate,
            taxable: subtotal,
            amount: tax,
        }],
        total: subtotal.plus(tax).expect("total"),
        lines,
        open: Vec::new(),
        age_to_ask: None,
        exempt: false,
        print_now: None,
    }
}

pub fn sell() -> View {
    noticed(view(Screen::Sell(basket())), NoticeKind::Done, "Added Peanut butter 40 oz, $6.59", "")
}

pub fn empty_sale() -> View {
    view(Screen::Sell(Sell::default()))
}

/// A sale with yellow lines and an ID to be looked at.
pub fn unsettled() -> View {
    let open = |name: &str, missing: Missing| OpenLineView {
        name: name.to_owned(),
        code: "4006381333931".to_owned(),
        quantity: Quantity::ONE,
        missing,
    };
    let mut sale = basket();
    sale.open = vec![open("4006381333931", Missing::Item), open("Bananas", Missing::Weight)];
    sale.age_to_ask = Some(21);
    sale.exempt = true;
    let mut view = view(Screen::Sell(sale));
    view.status.departments = departments();
    view.status.drop_due = true;
    view.status.peers = Some(PeersView { known: 4, seen: 0, copies: 1 });
    view
}

pub fn departments() -> Arc<[Department]> {
    let department = |number: u16, name: &str| Department {
        number,
        name: name.to_owned(),
        tax_class: TaxClass::parse("general").expect("class"),
    };
    vec![department(1, "Grocery"), department(2, "General goods"), department(3, "Produce")].into()
}

/// No sale is open; two were put aside.
pub fn waiting() -> View {
    let mut view = empty_sale();
    let sale = |slip: u32, first: &str| SuspendedView {
        card: false,
        slip,
        total: money(2_317),
        lines: 4,
        first: first.to_owned(),
    };
    view.status.suspended =
        vec![sale(7_003, "Corn tortillas 30 count"), sale(2_004, "Bananas")].into();
    view.status.peers = Some(PeersView { known: 4, seen: 2, copies: 3 });
    view.status.departments = departments();
    view
}

/// A paid sale, some of which came back.
pub fn receipt() -> View {
    let line = |place: u16, name: &str, sold: &str, back: &str, minor: i64| ReceiptLine {
        place,
        name: name.to_owned(),
        sold: Quantity::parse(sold).expect("quantity"),
        came_back: Quantity::parse(back).expect("quantity"),
        amount: money(minor),
    };
    view(Screen::Receipt(ReceiptView {
        number: 1_801,
        at: at("2026-11-22T14:59:02.000-06:00"),
        total: money(4_679),
        taken: vec![(words!("Cash"), money(4_679))],
        lines: vec![
            line(0, "Corn tortillas 30 count", "2", "1", 698),
            line(1, "Bananas", "2.36", "0", 139),
            line(3, "Crema mexicana 15 oz", "3", "0", 1_287),
        ],
        voidable: true,
        paper: None,
    }))
}

/// A code that two items of the price file have.
pub fn which() -> View {
    let candidate = |code: &str, name: &str| Candidate {
        code: ItemCode::parse(code).expect("code"),
        name: name.to_owned(),
        unit_price: UnitPrice::parse("1.99").expect("price"),
    };
    let mut view = sell();
    let candidates =
        vec![candidate("01234565", "Sea salt 17 oz"), candidate("012345000065", "Mustard 9 oz")];
    view.ask = Some(Ask::Which(candidates));
    view
}

/// A register to learn on.
pub fn training() -> View {
    let mut view = sell();
    view.status.training = true;
    view
}

/// Something waits for another person's signature.
pub fn approval() -> View {
    let mut view = sell();
    view.ask = Some(Ask::Approval { act: Act::PriceOverride, role: Role::Lead });
    view
}

pub fn tender() -> View {
    let sale = basket();
    view(Screen::Tender(TenderView {
        due: sale.total,
        cash_due: sale.total,
        sale,
        taken: Vec::new(),
        quick_cash: vec![money(4_700), money(5_000), money(10_000)],
        check_max: money(15_000),
        question: None,
    }))
}

/// A check that is being taken, at a step.
pub fn check(step: Step) -> View {
    view(Screen::Check(Box::new(super::check::view_at(step))))
}

pub fn done() -> View {
    view(Screen::Done(Done {
        number: 1_801,
        total: money(4_679),
        taken: vec![(words!("Cash"), money(10_000))],
        rounding: money(0),
        change: money(5_321),
        change_by_denomination: vec![
            (2, money(2_000)),
            (1, money(1_000)),
            (3, money(100)),
            (2, money(10)),
            (1, money(1)),
        ],
        proof: "record 2412 · 9f3c 07ab e210".to_owned(),
        voids: None,
        paper: PaperView::default(),
    }))
}

/// Paid in a store without paper: the receipt and its square beside the change.
pub fn on_screen() -> View {
    let mut view = done();
    view.status.printer = PrinterLamp::PaperFree;
    if let Screen::Done(done) = &mut view.screen {
        let rows = [
            "            Harbor Street",
            "           Store 1042  Register 7",
            "2026-11-22 15:17:20 -06:00",
            "------------------------------------------",
            "Spring water                          1.29",
            "Sourdough bread                       4.50",
            "TOTAL                               $46.79",
            "Cash                                100.00",
            "Change                               53.21",
            "                Sale 1801",
            "9f3c07abe2105d41-2412-402abc4b2a76f119",
        ];
        done.paper = PaperView {
            state: PaperState::OnScreen,
            lines: rows.map(str::to_owned).into(),
            codes: QrMatrix::of("TDO1:1042:7:9F3C07ABE2105D41:2412:402ABC4B2A76F119")
                .into_iter()
                .collect(),
        };
    }
    view
}

/// The same with more lines than fit, and the signed sale as its code.
pub fn long_receipt() -> View {
    let mut view = on_screen();
    if let Screen::Done(done) = &mut view.screen {
        let item = |number: u32| format!("{number:<3} Spring water                        1.29");
        let body = (1..=90).map(item).collect::<Vec<_>>();
        let ends = done.paper.lines.to_vec();
        let (head, foot) = ends.split_at(4);
        done.paper.lines = [head, &body, foot].concat().into();
        let code = format!("TDO2:{}", "MZXW6YTB".repeat(90));
        done.paper.codes = QrMatrix::of(&code).into_iter().collect();
    }
    view
}

/// The cashier before left the drawer with what was counted.
pub fn handed() -> View {
    let mut view = view(Screen::OpenShift);
    view.status.handed_over = Some(money(13_131));
    view
}

/// A sale of another store, believed by its paper.
pub fn elsewhere() -> View {
    let mut view = receipt();
    if let Screen::Receipt(receipt) = &mut view.screen {
        receipt.paper = Some((2_000, 3, (2, 3)));
        receipt.voidable = false;
    }
    view
}

/// What somebody signs for, in words.
pub fn expired() -> View {
    let mut view = approval();
    view.ask = Some(Ask::Approval { act: Act::SellExpired, role: Role::Lead });
    view.about = words!("{}: good until {}", "Crema mexicana 15 oz", "2026-11-21");
    view
}

/// Selling while the printer is out of paper.
pub fn no_paper() -> View {
    let mut view = sell();
    view.status.printer = PrinterLamp::PaperOut;
    view
}

pub fn sign_in() -> View {
    let mut view = view(Screen::SignIn(SignIn::default()));
    view.status.person = None;
    view.status.shift = None;
    view
}

/// A register without any price file.
pub fn no_prices() -> View {
    let mut view = sign_in();
    let no_prices = Some("none was brought to it yet".to_owned());
    view.screen = Screen::SignIn(SignIn { no_prices, ..SignIn::default() });
    view.status.store_name = String::new();
    view.status.pack = None;
    view
}

/// The same where some have badges.
pub fn sign_in_with_badges() -> View {
    let mut view = sign_in();
    view.status.badges = true;
    view
}

/// A signature is asked for where some have badges.
pub fn approval_with_badges() -> View {
    let mut view = approval();
    view.status.badges = true;
    view
}

pub fn stopped() -> View {
    let mut view = view(Screen::Stopped(Stopped {
        what: Words::data("The disk that holds the ledger is full."),
        money: Words::data(
            "Every sale up to 14:52 is recorded. Nothing after it is, and nothing was lost.",
        ),
        remedy: Words::data(
            "Free 200 MB on /var, then start the register again. Until then write paper slips.",
        ),
    }));
    view.status.person = None;
    view
}

pub fn restart() -> View {
    view(Screen::Restart(Restart {
        last_sale: Some(LastSale {
            number: 41,
            total: money(2_317),
            change: money(183),
            at: at("2026-11-22T14:59:02.000-06:00"),
        }),
        open_basket_total: Some(money(1_842)),
        given_up: false,
        compare: None,
        findings: vec![Words::data(
            "The last 2 records were missing in the database and were taken back from the tape.",
        )],
    }))
}

pub fn shift_closed() -> View {
    view(Screen::ShiftClosed(ShiftClosed {
        number: 12,
        sales: 35,
        expected_cash: money(98_210),
        counted_cash: money(98_010),
        expected_checks: money(31_450),
        counted_checks: money(31_450),
        over_short: money(-200),
        handed_over: false,
    }))
}

/// After an interruption: was the last receipt printed?
pub fn print_now() -> View {
    let Screen::Restart(restart) = restart().screen else { unreachable!("a restart") };
    let mut view = waiting();
    view.screen = Screen::Sell(Sell { print_now: restart.last_sale, ..Sell::default() });
    view
}

/// Every screen, by a name for messages.
pub fn all() -> Vec<(&'static str, View)> {
    vec![
        ("starting", view(Screen::Starting)),
        ("stopped", stopped()),
        ("restart", restart()),
        ("sign-in", sign_in()),
        ("open-shift", view(Screen::OpenShift)),
        ("empty-sale", empty_sale()),
        ("sell", sell()),
        ("unsettled", unsettled()),
        ("waiting", waiting()),
        ("receipt", receipt()),
        ("training", training()),
        ("which", which()),
        ("approval", approval()),
        ("approval-badges", approval_with_badges()),
        ("sign-in-badges", sign_in_with_badges()),
        ("tender", tender()),
        ("page-list", pages::page(pages::list(Some(PageAsks::Code)))),
        ("page-words", pages::page(pages::list(Some(PageAsks::Text)))),
        ("page-rows", pages::page(pages::list(None))),
        ("page-choices", pages::page(pages::choices())),
        ("page-both", pages::page(pages::list_and_choices())),
        ("check", check(Step::Line)),
        ("check-id", check(Step::IdKind)),
        ("check-take", check(Step::Take)),
        ("done", done()),
        ("on-screen", on_screen()),
        ("long-receipt", long_receipt()),
        ("handed", handed()),
        ("elsewhere", elsewhere()),
        ("expired", expired()),
        ("no-paper", no_paper()),
        ("print-now", print_now()),
        ("no-prices", no_prices()),
        ("shift-closed", shift_closed()),
    ]
}

pub type Window = Harness<'static, RegisterWindow>;

/// How a test's window is made.
#[derive(Clone, Copy)]
pub struct Size {
    /// Pixels.
    pub pixels: [f32; 2],
    pub theme: Theme,
}

pub const DESIGN: Size = Size { pixels: [1280.0, 720.0], theme: Theme::Light };

/// A window of this size on a till. The harness does not rescale its own rectangle when the zoom
/// changes, so the zoom that the window would choose is given and the points are worked out here.
pub fn open(till: &Arc<SimulatedTill>, size: Size) -> Window {
    open_with(till, size, |_options| ())
}

/// The same with other options.
pub fn open_with(
    till: &Arc<SimulatedTill>,
    size: Size,
    change: impl FnOnce(&mut WindowOptions) + 'static,
) -> Window {
    let till: Arc<dyn Till> = Arc::<SimulatedTill>::clone(till);
    open_on(till, size, change)
}

/// A window on any till.
pub fn open_on(
    till: Arc<dyn Till>,
    size: Size,
    change: impl FnOnce(&mut WindowOptions) + 'static,
) -> Window {
    let [width, height] = size.pixels;
    let zoom = tideover::gui::theme::zoom_for(width, height);
    let mut window = Harness::builder()
        .with_size([width / zoom, height / zoom])
        .with_max_steps(8)
        .renderer(Pixels::default())
        .build_eframe(move |cc| {
            let mut options =
                WindowOptions { theme: size.theme, zoom: Some(zoom), ..WindowOptions::default() };
            change(&mut options);
            cc.egui_ctx.set_zoom_factor(zoom);
            RegisterWindow::new(&cc.egui_ctx, till, options)
        });
    window.set_size(egui::vec2(width / zoom, height / zoom));
    window.run();
    window
}

/// A window of the design's size on a till that shows `view`.
pub fn window(view: View) -> (Arc<SimulatedTill>, Window) {
    let till = SimulatedTill::showing(view);
    let window = open(&till, DESIGN);
    (till, window)
}
