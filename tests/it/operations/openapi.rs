//! The description of central's addresses against the server: every route of the router is in it
//! and the other way round, and what is really sent and answered is as it says.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tideover::central::serve::Central;
use tideover::domain::event::Event;
use tideover::domain::ids::RegisterNo;
use tideover::journal::key::{Domain, SigningKey};
use tideover::reconcile::errand::{self, Deed, Errand, Secret};
use tideover::sync::carrier::{
    Address, Method, NoAnswer, Request, Response, Source as _, Transport,
};
use tideover::sync::enroll::{enroll, phone_key};
use tideover::sync::http::HttpTransport;
use tideover::sync::rotation::certify;
use tideover::sync::sealed::seal;
use tideover::sync::wire::packs::{PACKS_PATH, PackQuestion, piece_path};
use tideover::sync::wire::{JournalName, PROTOCOL};

use super::asked;
use crate::central::{central_at, drain};
use crate::check::carried::hand_over;
use crate::check::{Shop, pay};
use crate::journals::TestRegister;
use crate::reconcile::root;
use crate::recovery::outage;

const SEALED: &str = "application/vnd.tideover.v1";

fn document() -> Value {
    let text = std::fs::read_to_string(root().join("docs/openapi.json")).expect("the document");
    serde_json::from_str(&text).expect("json")
}

/// Method and path of each operation.
fn described(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, all)| {
        let all = all.as_object().expect("operations").keys();
        all.map(move |method| (method.clone(), path.clone()))
    });
    operations.collect()
}

/// The same of the router's sources: `.route("/path", get(…))`, a path perhaps by its name.
fn routed() -> BTreeSet<(String, String)> {
    let names = BTreeMap::from([
        ("PHONE_KEY_PATH", tideover::sync::wire::PHONE_KEY_PATH),
        ("ROTATION_PATH", tideover::sync::wire::rotation::ROTATION_PATH),
        ("REGAIN_PATH", tideover::sync::wire::regain::REGAIN_PATH),
        ("errand::PATH", errand::PATH),
        ("PACKS_PATH", PACKS_PATH),
        ("REVOKED_PATH", tideover::sync::revoked::REVOKED_PATH),
    ]);
    let mut found = BTreeSet::new();
    let central = root().join("src/central");
    let rooms = std::fs::read_dir(central.join("http")).expect("sources");
    let files = rooms.map(|entry| entry.expect("an entry").path());
    for path in files.chain([central.join("http.rs")]) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let text = std::fs::read_to_string(&path).expect("a source");
        for call in text.split(".route(").skip(1) {
            let (place, handler) = call.split_once(',').expect("a path and a handler");
            let place = place.trim();
            let path = match place.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(path) => path,
                None => names.get(place).unwrap_or_else(|| panic!("{name}: what is {place}?")),
            };
            let methods: Vec<&str> = ["get", "post", "put", "delete", "patch"]
                .into_iter()
                .filter(|method| handler.trim_start().starts_with(&format!("{method}(")))
                .collect();
            let [method] = methods[..] else { panic!("{name}: {path} by what method?") };
            assert!(found.insert((method.to_owned(), path.to_owned())), "{path} twice");
        }
    }
    found
}

/// Checks a value against the part of JSON Schema that the document uses; a word it does not know
/// is an error, so that nothing is passed over.
struct Checker<'a> {
    schemas: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let wrong = |why: String| Err(format!("{at}: {why}: {value}"));
        for (word, said) in schema.as_object().expect("a schema") {
            match word.as_str() {
                "$ref" => {
                    let path = said.as_str().expect("a path");
                    let name = path.strip_prefix("#/components/schemas/").expect("a schema");
                    let schema = &self.schemas[name];
                    assert!(schema.is_object(), "{name} is not described");
                    self.check(schema, value, at)?;
                }
                "type" => {
                    let types: Vec<&str> = match said {
                        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
                        one => one.as_str().into_iter().collect(),
                    };
                    let is = |kind: &&str| match *kind {
                        "string" => value.is_string(),
                        "integer" => value.is_i64() || value.is_u64(),
                        "boolean" => value.is_boolean(),
                        "array" => value.is_array(),
                        "object" => value.is_object(),
                        "null" => value.is_null(),
                        other => panic!("{at}: a type {other}"),
                    };
                    if !types.iter().any(is) {
                        return wrong(format!("is none of {types:?}"));
                    }
                }
                "const" if value != said => return wrong(format!("is not {said}")),
                "enum" if !said.as_array().expect("a list").contains(value) => {
                    return wrong(format!("is none of {said}"));
                }
                "minimum" => {
                    let least = said.as_i64().expect("a number");
                    if value.as_i64().is_some_and(|value| value < least) {
                        return wrong(format!("is below {least}"));
                    }
                }
                "pattern" => self.pattern(said.as_str().expect("a pattern"), value, at)?,
                "required" => {
                    let names = said.as_array().expect("names").iter();
                    let mut names = names.map(|name| name.as_str().expect("a name"));
                    let absent =
                        |name: &&str| value.as_object().is_some_and(|one| !one.contains_key(*name));
                    if let Some(name) = names.find(absent) {
                        return wrong(format!("lacks {name}"));
                    }
                }
                "properties" => {
                    let Some(object) = value.as_object() else { continue };
                    let all = said.as_object().expect("properties").iter();
                    let there =
                        all.filter_map(|(name, schema)| Some((name, schema, object.get(name)?)));
                    for (name, schema, value) in there {
                        self.check(schema, value, &format!("{at}.{name}"))?;
                    }
                }
                "additionalProperties" => {
                    let Some(object) = value.as_object() else { continue };
                    let known = schema["properties"].as_object();
                    let mut further = object
                        .iter()
                        .filter(|(name, _)| !known.is_some_and(|known| known.contains_key(*name)));
                    match said {
                        Value::Bool(true) => {}
                        Value::Bool(false) => {
                            let undescribed = further.next().map(|(name, _)| name.clone());
                            let found = |name| wrong(format!("{name} is not described"));
                            undescribed.map_or(Ok(()), found)?;
                        }
                        schema => further.try_for_each(|(name, value)| {
                            self.check(schema, value, &format!("{at}.{name}"))
                        })?,
                    }
                }
                "items" => {
                    for (place, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(said, value, &format!("{at}[{place}]"))?;
                    }
                }
                "const" | "enum" | "description" | "contentMediaType" | "contentSchema" => {}
                other => panic!("{at}: nobody here understands {other}"),
            }
        }
        Ok(())
    }

    /// Patterns are `^[0-9a-f]{N}$` alone.
    fn pattern(&self, pattern: &str, value: &Value, at: &str) -> Result<(), String> {
        let len = pattern.strip_prefix("^[0-9a-f]{").and_then(|rest| rest.strip_suffix("}$"));
        let len: usize = len.and_then(|len| len.parse().ok()).expect("a known pattern");
        let Some(text) = value.as_str() else { return Ok(()) };
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == len && text.bytes().all(hex) {
            return Ok(());
        }
        Err(format!("{at}: {text} is not {pattern}"))
    }
}

/// Passes requests on, and holds each and its answer against the document.
struct Described<'a> {
    line: HttpTransport,
    document: &'a Value,
    seen: RefCell<BTreeSet<(String, String, u16)>>,
}

/// The path of the document that an address belongs to.
fn template(document: &Value, method: &str, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let all: Vec<&str> = template.split('/').collect();
        let alike = |(said, part): (&&str, &&str)| said.starts_with('{') || said == part;
        all.len() == parts.len() && all.iter().zip(&parts).all(alike)
    };
    let (_, found) = described(document)
        .into_iter()
        .find(|(known, template)| known == method && fits(template))
        .unwrap_or_else(|| panic!("{method} {path} is not described"));
    found
}

impl Described<'_> {
    fn hold(&self, method: &str, address: &Address, sent: Option<&[u8]>, status: u16, body: &[u8]) {
        let path = template(self.document, method, address.path());
        let operation = &self.document["paths"][&path][method];
        let at = format!("{method} {path} {status}");
        let answer = &operation["responses"][status.to_string()];
        assert!(answer.is_object(), "{at} is not described: {}", String::from_utf8_lossy(body));
        let checker = Checker { schemas: &self.document["components"]["schemas"] };
        let content = answer["content"].as_object().expect("content");
        let (kind, media) = content.iter().next().expect("a type");
        let fits = self.checked(&checker, kind, &media["schema"], body, &at);
        fits.unwrap_or_else(|why| panic!("{why}"));
        if let Some(sent) = sent.filter(|_| status == 200) {
            let content = operation["requestBody"]["content"].as_object().expect("a body");
            let (kind, media) = content.iter().next().expect("a type");
            let fits = self.checked(&checker, kind, &media["schema"], sent, &format!("{at} sent"));
            fits.unwrap_or_else(|why| panic!("{why}"));
        }
        self.seen.borrow_mut().insert((method.to_owned(), path, status));
    }

    fn checked(
        &self,
        checker: &Checker<'_>,
        kind: &str,
        schema: &Value,
        body: &[u8],
        at: &str,
    ) -> Result<(), String> {
        let inner = &schema["contentSchema"];
        if inner.is_object() {
            // base64 of the signature, a blank, the message.
            let space = body.iter().position(|byte| *byte == b' ').expect("a signature");
            let message = serde_json::from_slice(&body[space + 1..]).expect("json");
            return checker.check(inner, &message, at);
        }
        if kind == "application/json" || kind == SEALED {
            let value = serde_json::from_slice(body).unwrap_or_else(|why| panic!("{at}: {why}"));
            return checker.check(schema, &value, at);
        }
        Ok(())
    }

    fn get(&self, central: &Central, address: &str) {
        let (status, text) = asked(&central.url(), address);
        self.hold("get", &address.into(), None, status, text.as_bytes());
    }
}

impl Transport for Described<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        let answer = self.line.send(request)?;
        let (method, sent) = match request.method {
            Method::Get => ("get", None),
            Method::Post => ("post", Some(request.body.as_slice())),
        };
        self.hold(method, &request.address, sent, answer.status, &answer.body);
        Ok(answer)
    }
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let (described, routed) = (described(&document()), routed());
    let lacking: Vec<_> = routed.difference(&described).collect();
    let empty: Vec<_> = described.difference(&routed).collect();
    assert!(lacking.is_empty(), "docs/openapi.json lacks {lacking:?}");
    assert!(empty.is_empty(), "docs/openapi.json describes what is not there: {empty:?}");
    assert!(routed.len() > 35, "the sources were not understood: {routed:?}");
}

#[test]
fn what_is_really_sent_and_answered_is_as_it_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let document = document();
    let line = HttpTransport::new(&central.url(), None, false).expect("a line");
    let mut through = Described { line, document: &document, seen: RefCell::default() };
    let served: Value =
        serde_json::from_str(&asked(&central.url(), "/openapi.json").1).expect("json");
    assert_eq!(served, document);
    // A register's whole life: enrolment, drain, checks, what was put aside, a manager who errs.
    let mut register = TestRegister::new(8);
    let code = central.door().enroll_code(register.chain.journal.store, RegisterNo(8));
    let code = code.expect("a code");
    let url = central.url();
    let enrolled = enroll(&mut through, &url, None, &code, &register.key).expect("enrolled");
    assert!(enroll(&mut through, &url, None, "7K2MA-Q0X9D", &register.key).is_err());
    phone_key(&mut through, &enrolled, &register.key).expect("a word");
    register.sell(30, 2);
    register.record(Event::OutageDeclared(outage(Some("2026-11-22T18:00:00.000-06:00"))));
    drain(&mut register, &mut through);
    let post = |path: &str, body: Vec<u8>| Request::post(path, body);
    through.send(&post("/v1/records", register.file())).expect("an answer");
    through.send(&post("/v1/segments", b"nonsense".to_vec())).expect("an answer");
    through.send(&post("/v1/segments", vec![b'x'; 600 * 1024])).expect("an answer");
    let root = central.door().public_key();
    let journal = register.chain.journal;
    // Another register was stolen.
    crate::central::enrolled(&central, &TestRegister::new(9));
    let clock = crate::journals::clock();
    crate::central::revoked(folder.path(), journal.store, RegisterNo(9), &clock);
    tideover::sync::asides::ask(&mut through, &journal, &register.key, &root, [7; 16])
        .expect("told");
    let mut asker = tideover::sync::regain::Asker {
        store: journal.store,
        register: journal.register,
        key: &register.key,
        central: root,
        entropy: &tideover::device::entropy::SystemEntropy,
        transport: &mut through,
        wait: &mut |_| (),
        waits: 0,
    };
    let mut lines = 0;
    tideover::sync::regain::regain(&mut asker, &mut |heard| {
        lines += usize::from(matches!(heard, tideover::sync::regain::Heard::Line(_)));
        true
    })
    .expect("its own records");
    assert_eq!(lines, register.lines.len());
    let next = SigningKey::from_seed(&[91; 32]).expect("a key");
    let ends = register.journals().expect("one").remove(0);
    certify(&mut through, &root, &ends, &register.key, &next).expect("certified");
    let other = SigningKey::from_seed(&[92; 32]).expect("a key");
    assert!(certify(&mut through, &root, &ends, &register.key, &other).is_err());
    let shop = Shop::new("", "", central.seal_key());
    let mut till = shop.open(("41", "702946"));
    pay(&mut till, 1, 1207);
    till.close().expect("closed");
    hand_over(&shop.data(), 1, &mut through);
    let errand = Errand {
        protocol: errand::PROTOCOL.to_owned(),
        store: journal.store.0,
        reg: journal.register.0,
        key: register.key.public().to_string(),
        nonce: "00112233".to_owned(),
        deed: Deed::SignIn { number: "41".to_owned(), pin: Secret::new("123456"), badge: None },
    };
    let errand = seal(&errand, Domain::Errand, &register.key).expect("sealed");
    through.send(&post(errand::PATH, errand)).expect("an answer");
    let question = PackQuestion {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&journal),
        key: register.key.public().to_string(),
        nonce: "0011".to_owned(),
    };
    let question = seal(&question, Domain::PackQuestion, &register.key).expect("sealed");
    through.send(&post(PACKS_PATH, question)).expect("an answer");
    central.settle();
    let stages = format!(
        "/v1/registers/1042/8/stages?epoch={}&seq=3&hash={}",
        journal.epoch,
        register.lines[3].hash()
    );
    let cursor = format!("/v1/registers/1042/8/cursor?epoch={}", journal.epoch);
    let no_piece = piece_path(&"0".repeat(64), 0, 100);
    for address in [
        stages.as_str(),
        cursor.as_str(),
        "/v1/registers/1042/8/cursor",
        "/v1/hello?nonce=00",
        "/v1/revoked?nonce=00",
        no_piece.as_str(),
        "/v1/recovery",
        "/v1/stores/1042/status",
        "/v1/stores/9/status",
        "/v1/stores/1042/totals",
        "/v1/stores/1042/stock",
        "/v1/stores/1042/reconciliation",
        "/v1/exceptions?store=1042",
        "/v1/readiness",
        "/v1/queue",
        "/",
        "/status",
        "/status?store=1042",
        "/status?store=9",
        "/public/1042",
        "/reconcile?store=1042",
        "/queue",
        "/closure?store=1042&number=1",
        "/closure.pdf?store=1042&number=1",
        "/closure.txt?store=1042&number=1",
        "/deposit.pdf?store=1042",
        "/deposit.csv?store=1042",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ] {
        through.get(&central, address);
    }
    let seen = through.seen.into_inner();
    let met: BTreeSet<(String, String)> =
        seen.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect();
    let missed: Vec<_> =
        described(&document).into_iter().filter(|one| !met.contains(one)).collect();
    // Forms of pages are posted by tests of their own.
    let forms = |path: &str| path.starts_with("/reconcile/") || path == "/queue/amend";
    assert!(missed.iter().all(|(_, path)| forms(path)), "never called: {missed:?}");
    // Each answer that has a shape was met with that shape.
    for (method, path) in met {
        let answer = &document["paths"][&path][&method]["responses"]["200"]["content"];
        let shaped = answer.get("application/json").is_some() || answer.get(SEALED).is_some();
        assert!(
            !shaped || seen.contains(&(method.clone(), path.clone(), 200)),
            "{method} {path} was never answered well"
        );
    }
}

#[test]
fn the_checker_finds_what_is_not_as_described() {
    let document = document();
    let checker = Checker { schemas: &document["components"]["schemas"] };
    let schema = json!({"$ref": "#/components/schemas/Refusal"});
    let good = json!({"protocol": "tideover/1", "answer": "refusal", "text": "x",
                      "retry_after_ms": null});
    checker.check(&schema, &good, "good").expect("as described");
    let spoiled: [fn(&mut Value); 5] = [
        |value| value["protocol"] = json!("tideover/2"),
        |value| value["text"] = json!(7),
        |value| value["retry_after_ms"] = json!(-1),
        |value| value["more"] = json!(1),
        |value| drop(value.as_object_mut().expect("an object").remove("text")),
    ];
    for spoil in spoiled {
        let mut value = good.clone();
        spoil(&mut value);
        assert!(checker.check(&schema, &value, "bad").is_err(), "{value}");
    }
    let epoch = json!({"type": "string", "pattern": "^[0-9a-f]{16}$"});
    assert!(checker.check(&epoch, &json!("00112233445566xx"), "epoch").is_err());
    assert!(checker.check(&epoch, &json!("0011223344556677"), "epoch").is_ok());
}
