//! What a collector is sent, taken apart by the rules of protobuf and the field numbers of OTLP,
//! and by no library of those who write it.

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
}

/// A span, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Span {
    pub trace: Vec<u8>,
    pub id: Vec<u8>,
    pub parent: Vec<u8>,
    pub name: String,
    pub kind: u64,
    pub begins: u64,
    pub ends: u64,
    pub attributes: Vec<(String, Value)>,
}

/// A field of a message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The attributes of the resource, and the spans, of one request.
pub fn spans(body: &[u8]) -> (Vec<(String, Value)>, Vec<Span>) {
    let (mut resource, mut spans) = (Vec::new(), Vec::new());
    for of_resource in parts(body, 1) {
        for described in parts(of_resource, 1) {
            resource.extend(parts(described, 1).map(attribute));
        }
        for of_scope in parts(of_resource, 2) {
            spans.extend(parts(of_scope, 2).map(span));
        }
    }
    (resource, spans)
}

fn span(message: &[u8]) -> Span {
    let mut span = Span::default();
    for (number, field) in fields(message) {
        match (number, field) {
            (1, Field::Bytes(bytes)) => span.trace = bytes.to_vec(),
            (2, Field::Bytes(bytes)) => span.id = bytes.to_vec(),
            (4, Field::Bytes(bytes)) => span.parent = bytes.to_vec(),
            (5, Field::Bytes(bytes)) => span.name = text(bytes),
            (6, Field::Number(kind)) => span.kind = kind,
            (7, Field::Number(at)) => span.begins = at,
            (8, Field::Number(at)) => span.ends = at,
            (9, Field::Bytes(bytes)) => span.attributes.push(attribute(bytes)),
            _ => {}
        }
    }
    span
}

fn attribute(message: &[u8]) -> (String, Value) {
    let key = parts(message, 1).next().map(text).expect("a key");
    let value = parts(message, 2).next().expect("a value");
    match fields(value).pop().expect("a value") {
        (1, Field::Bytes(bytes)) => (key, Value::Text(text(bytes))),
        (3, Field::Number(number)) => (key, Value::Number(i64::try_from(number).expect("small"))),
        (other, _) => panic!("{key} is of kind {other}"),
    }
}

/// The messages or texts of one field.
fn parts(message: &[u8], wanted: u64) -> impl Iterator<Item = &[u8]> {
    let fields = fields(message).into_iter();
    fields.filter_map(move |(number, field)| match field {
        Field::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    })
}

fn fields(mut rest: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let tag = number(&mut rest);
        let field = match tag & 7 {
            0 => Field::Number(number(&mut rest)),
            1 => Field::Number(u64::from_le_bytes(taken(&mut rest, 8).try_into().expect("eight"))),
            2 => {
                let len = usize::try_from(number(&mut rest)).expect("fits");
                Field::Bytes(taken(&mut rest, len))
            }
            5 => Field::Bytes(taken(&mut rest, 4)),
            other => panic!("no such kind of field: {other}"),
        };
        fields.push((tag >> 3, field));
    }
    fields
}

fn taken<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (taken, after) = rest.split_at(len);
    *rest = after;
    taken
}

fn number(rest: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = taken(rest, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}
